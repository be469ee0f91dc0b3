"""Tables of the work list."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, PrimaryKeyConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.db.base import Base, Code, Id, Json, Personal, RecordedAt, one_of

OPEN = "finished_at is null and parked_at is null"


class Queue(StrEnum):
    """Which worker processes do a kind of work."""

    CRITICAL = "critical"
    DEFAULT = "default"
    BULK = "bulk"


class WorkItem(Base):
    """One thing to do. Arguments are ids, numbers and days only."""

    __tablename__ = "work_items"
    __table_args__ = (
        one_of("queue", Queue),
        Index("ix_work_items_due", "kind", "run_at", postgresql_where=text(OPEN)),
        Index("ix_work_items_fair", "kind", "fair_key", "run_at", postgresql_where=text(OPEN)),
        Index("ix_work_items_twins", "kind", "dedupe_key", postgresql_where=text(f"{OPEN} and dedupe_key is not null")),
        Index("ix_work_items_parked", "parked_at", postgresql_where=text("parked_at is not null")),
        Index("ix_work_items_finished", "finished_at", postgresql_where=text("finished_at is not null")),
    )
    id: Mapped[Id]
    kind: Mapped[Code]
    args: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    queue: Mapped[Code]
    fair_key: Mapped[Code] = mapped_column(server_default=text("''"))
    """Items are claimed in turns over this key, usually the account, so that none starves the others."""
    run_at: Mapped[datetime] = mapped_column(server_default=func.waymark_now())
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    """Raised by each claim and never lowered; every transaction of a worker compares it, so that a worker that lost
    its lease changes nothing."""
    parks_after: Mapped[int]
    """The attempt after which a failing item is parked."""
    lease_until: Mapped[datetime | None]
    """Until then only the worker that claimed it may begin with it. Empty: nobody has claimed it, or it failed."""
    finished_at: Mapped[datetime | None]
    parked_at: Mapped[datetime | None]
    last_error: Mapped[Personal | None]
    dedupe_key: Mapped[Code | None]
    """Items of a kind with the same key are twins: a run finishes all twins that were committed when it began."""
    created_at: Mapped[RecordedAt]


class ScheduleSlot(Base):
    """A time at which a schedule was due; unique, so that two clocks cannot double it."""

    __tablename__ = "schedule_slots"
    __table_args__ = (PrimaryKeyConstraint("schedule", "slot"),)
    schedule: Mapped[Code]
    slot: Mapped[datetime]
    work_item_id: Mapped[UUID]
    taken_at: Mapped[RecordedAt]
