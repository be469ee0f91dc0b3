"""What staff do with parked work."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Update, case, func, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import ColumnElement

from backend.errors import NotFound
from backend.work.asking import ring_after_commit
from backend.work.kinds import KINDS
from backend.work.models import WorkItem


async def rerun(session: AsyncSession, item_id: UUID) -> None:
    """Have a parked item tried again at once, with all its attempts. Raises NotFound when no such item is parked."""
    kind = await session.scalar(_revive(WorkItem.id == item_id).returning(WorkItem.kind))
    if kind is None:
        raise NotFound(f"No parked work item has the id {item_id}; `waymark work list --state PARKED` shows them.")
    ring_after_commit(session, kind)


async def rerun_parked(session: AsyncSession, kind: str) -> int:
    """Have every parked item of a kind tried again; returns how many there were."""
    revived = (await session.scalars(_revive(WorkItem.kind == kind).returning(WorkItem.id))).all()
    if revived:
        ring_after_commit(session, kind)
    return len(revived)


def _revive(which: ColumnElement[bool]) -> Update:
    """Attempts go on counting, since they fence off workers of old; the budget moves up instead."""
    budget = case({name: kind.attempts for name, kind in KINDS.items()}, value=WorkItem.kind, else_=1)
    return (
        update(WorkItem)
        .where(which, WorkItem.parked_at.is_not(None))
        .values(parked_at=None, lease_until=None, run_at=func.waymark_now(), parks_after=WorkItem.attempts + budget)
        .execution_options(synchronize_session=False)
    )
