"""The work list as staff read it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import Row, Select, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import ColumnElement

from backend.work.models import WorkItem


class WorkState(StrEnum):
    """Where an item stands. Derived from its times, not stored."""

    WAITING = "WAITING"
    DUE = "DUE"
    RUNNING = "RUNNING"
    PARKED = "PARKED"
    FINISHED = "FINISHED"


def state() -> ColumnElement[str]:
    """SQL expression of an item's WorkState, at the transaction's time."""
    now = func.waymark_now()
    return case(
        (WorkItem.finished_at.is_not(None), WorkState.FINISHED.value),
        (WorkItem.parked_at.is_not(None), WorkState.PARKED.value),
        (WorkItem.lease_until.is_not(None), WorkState.RUNNING.value),
        (WorkItem.run_at > now, WorkState.WAITING.value),
        else_=WorkState.DUE.value,
    )


def items(only: WorkState | None = None, kind: str | None = None) -> Select[WorkItem, str]:
    """Items with their state, the oldest first."""
    wanted = select(WorkItem, state().label("state")).order_by(WorkItem.id)
    if only is not None:
        wanted = wanted.where(state() == only.value)
    if kind is not None:
        wanted = wanted.where(WorkItem.kind == kind)
    return wanted


async def counts(session: AsyncSession) -> Sequence[Row[str, str, int]]:
    """Number of items by kind and state, ordered by both."""
    found = await session.execute(
        select(WorkItem.kind, state().label("state"), func.count())
        .group_by(WorkItem.kind, "state")
        .order_by("kind", "state")
    )
    return found.all()
