"""The work list: what is to be done, written in the business transaction that asks for it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, PrimaryKeyConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.db.base import Base, Code, Id, Json, Personal, RecordedAt, one_of


class Queue(StrEnum):
    """Which worker processes do a kind of work."""

    CRITICAL = "critical"
    DEFAULT = "default"
    BULK = "bulk"


class WorkItem(Base):
    """One thing to do. Arguments are ids only."""

    __tablename__ = "work_items"
    __table_args__ = (
        one_of("queue", Queue),
        Index(
            "uq_work_items_dedupe_key",
            "kind",
            "dedupe_key",
            unique=True,
            postgresql_where=text("lease_until is null and finished_at is null and parked_at is null"),
        ),
        Index(
            "ix_work_items_due", "kind", "run_at", postgresql_where=text("finished_at is null and parked_at is null")
        ),
        Index("ix_work_items_parked", "parked_at", postgresql_where=text("parked_at is not null")),
    )
    id: Mapped[Id]
    kind: Mapped[Code]
    args: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    queue: Mapped[Code]
    fair_key: Mapped[Code] = mapped_column(server_default=text("''"))
    """Items are claimed round-robin over this key, usually the account, so that none starves the others."""
    run_at: Mapped[datetime] = mapped_column(server_default=func.waymark_now())
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    """Raised by each claim; finishing compares it, so that a worker that lost its lease changes nothing."""
    lease_until: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    parked_at: Mapped[datetime | None]
    last_error: Mapped[Personal | None]
    dedupe_key: Mapped[Code | None]
    """Unique among items that nobody has claimed; asked for while one runs becomes a new item."""
    created_at: Mapped[RecordedAt]


class ScheduleSlot(Base):
    """A time at which a schedule was due; unique, so that two clocks cannot double it."""

    __tablename__ = "schedule_slots"
    __table_args__ = (PrimaryKeyConstraint("schedule", "slot"),)
    schedule: Mapped[Code]
    slot: Mapped[datetime]
    work_item_id: Mapped[UUID]
    taken_at: Mapped[RecordedAt]
