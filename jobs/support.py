"""Tickets from events of conversations."""

from __future__ import annotations

from backend.support import intake
from jobs.actor import Lease, long_actor
from jobs.live import follow_where_needed


@long_actor("support.take_events")
async def take_events(lease: Lease) -> None:
    """Make tickets of marked events, a transaction for each thousand."""
    found = 1
    while found:
        async with lease.begin() as session:
            found = await intake.take(session)
            await follow_where_needed(session)  # at once, not with the clock's next tick: an angry ticket is news
