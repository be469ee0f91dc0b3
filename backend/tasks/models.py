"""The table of tasks. Staff alone read and write it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.db.base import Base, Code, Id, Prose, RecordedAt, one_of


class TaskState(StrEnum):
    """Where a task stands."""

    OPEN = "OPEN"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


class Task(Base):
    """Something that somebody of the staff has to do."""

    __tablename__ = "tasks"
    __table_args__ = (
        one_of("state", TaskState),
        CheckConstraint("length(title) between 1 and 200", name="title_length"),
        CheckConstraint("length(body) between 1 and 10000", name="body_length"),
        CheckConstraint("(state = 'OPEN') = (closed_at is null)", name="closed_has_a_time"),
        Index(None, "account_id", "id"),
        Index("ix_tasks_open", "assignee_id", "due_on", "id", postgresql_where=text("state = 'OPEN'")),
        # What is due soonest of everybody's, as the list of tasks is ordered.
        Index(
            "ix_tasks_open_by_day",
            text("coalesce(due_on, '9999-12-31'::date)"),
            "id",
            postgresql_where=text("state = 'OPEN'"),
        ),
    )
    id: Mapped[Id]
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    """Empty: for no account in particular."""
    title: Mapped[Prose]
    body: Mapped[Prose | None]
    assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    due_on: Mapped[date | None]
    state: Mapped[Code] = mapped_column(server_default=text("'OPEN'"))
    closed_at: Mapped[datetime | None]
    """When it was done or cancelled."""
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    """Empty: an API key."""
    created_at: Mapped[RecordedAt]
