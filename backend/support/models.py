"""Tables of support."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.db.base import Base, Code, Id, RecordedAt


class Ticket(Base):
    """A conversation with support, as known from `known_on`."""

    __tablename__ = "tickets"
    __table_args__ = (
        UniqueConstraint("source_id", "external_id", "revision"),
        CheckConstraint("sentiment between -1 and 1", name="sentiment_range"),
        Index(None, "account_id", "opened_on"),
    )
    id: Mapped[Id]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    source_id: Mapped[UUID] = mapped_column(ForeignKey("sources.id"))
    external_id: Mapped[Code]
    revision: Mapped[int]
    opened_on: Mapped[date]
    opened_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    sentiment: Mapped[float | None]
    """From -1 (angry) to 1 (delighted); empty when nobody and nothing has judged it."""
    known_on: Mapped[date]
    superseded_on: Mapped[date | None]
    recorded_at: Mapped[RecordedAt]
