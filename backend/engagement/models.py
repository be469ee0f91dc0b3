"""Tables of engagement. Staff alone read and write them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from backend.db.base import Base, Code, Id, Prose, RecordedAt, one_of


class TouchpointKind(StrEnum):
    """By which way staff and a customer were in contact."""

    CALL = "CALL"
    MEETING = "MEETING"
    EMAIL = "EMAIL"
    CHAT = "CHAT"
    OTHER = "OTHER"


class Touchpoint(Base):
    """A contact between staff and an account."""

    __tablename__ = "touchpoints"
    __table_args__ = (
        one_of("kind", TouchpointKind),
        CheckConstraint("length(summary) between 1 and 10000", name="summary_length"),
        Index(None, "account_id", "occurred_at", "id"),
    )
    id: Mapped[Id]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    kind: Mapped[Code]
    occurred_at: Mapped[datetime]
    summary: Mapped[Prose]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id"), index=True)
    """With whom, where it was one person."""
    logged_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    """Empty: an API key."""
    created_at: Mapped[RecordedAt]
