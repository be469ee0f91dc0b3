"""Upkeep of what was taken in."""

from __future__ import annotations

from backend.db.engine import WriteSession
from backend.ingest import service
from backend.settings import settings
from jobs.actor import actor


@actor("ingest.make_partitions")
async def make_partitions(session: WriteSession) -> None:
    """Make the partitions of events ahead of time, and drop those past WAYMARK_EVENT_MONTHS."""
    await service.make_partitions(session)
    if months := settings().event_months:
        await service.drop_partitions(session, months)


@actor("ingest.prune_event_keys")
async def prune_event_keys(session: WriteSession) -> None:
    """Forget message ids of live sources after 60 days."""
    await service.prune_event_keys(session)
