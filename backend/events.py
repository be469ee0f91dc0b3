"""Domain events: what happened, typed and versioned; the table is the timeline."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.db.base import Base, Code, Id, Json, RecordedAt


class DomainEventRow(Base):
    """One thing that happened. Append-only; ids, amounts and states, never names."""

    __tablename__ = "domain_events"
    __table_args__ = (Index(None, "account_id", "occurred_at"),)
    id: Mapped[Id]
    type: Mapped[Code]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    account_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    body: Mapped[Json]
    occurred_at: Mapped[RecordedAt]
