"""Upkeep of what was taken in."""

from __future__ import annotations

from backend.db.engine import WriteSession
from backend.ingest import resolution, upkeep
from backend.settings import settings
from jobs.actor import Lease, actor, long_actor

RECENT_MINUTES = 5


@actor("ingest.make_partitions")
async def make_partitions(session: WriteSession) -> None:
    """Make the partitions of events ahead of time, and drop those past WAYMARK_EVENT_MONTHS."""
    await upkeep.make_partitions(session)
    if months := settings().event_months:
        await upkeep.drop_partitions(session, months)


@actor("ingest.prune_event_keys")
async def prune_event_keys(session: WriteSession) -> None:
    """Forget message ids of live sources, rejects and unresolved events after 60 days."""
    await upkeep.prune_event_keys(session)
    await upkeep.prune_waiting(session)


@long_actor("ingest.resolve")
async def resolve(lease: Lease) -> None:
    """Make events of those whose account is known by now, a transaction for each so many."""
    found = 1
    while found:
        async with lease.begin() as session:
            found = await resolution.resolve_all(session)


@actor("ingest.resolve_recent")
async def resolve_recent(session: WriteSession) -> None:
    """Do so for those of the last minutes: what names an account may have been committed a moment too late for them."""
    await resolution.resolve_recent(session, RECENT_MINUTES)
