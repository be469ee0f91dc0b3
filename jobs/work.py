"""The work list's own upkeep."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, func
from sqlalchemy.ext.asyncio import AsyncSession

from backend.work.models import ScheduleSlot, WorkItem
from jobs.actor import actor

FINISHED_KEPT = timedelta(days=7)
SLOTS_KEPT = timedelta(days=400)


@actor("work.prune")
async def prune(session: AsyncSession) -> None:
    """Delete items that were finished more than a week ago, and slots of long ago. Parked items stay."""
    await session.execute(delete(WorkItem).where(WorkItem.finished_at < func.waymark_now() - FINISHED_KEPT))
    await session.execute(delete(ScheduleSlot).where(ScheduleSlot.slot < func.waymark_now() - SLOTS_KEPT))
