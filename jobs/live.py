"""From events to scores and alerts within seconds: what is marked is counted, scored and looked at, pass by pass.

The clock asks for it while there are marks (`is_needed`); it ends when there are none.
"""

from __future__ import annotations

import asyncio
import time

from sqlalchemy import func, select, text

from backend.alerts import service as alerts
from backend.db import clock
from backend.db.engine import WriteSession
from backend.health import live
from backend.ingest.counting import count_marks
from backend.ingest.models import EventMark
from backend.usage.service import take_account_marks
from backend.work import enqueue
from jobs.actor import Lease, long_actor

PAUSE_SECONDS = 0.2
"""Between passes, at least: marks gather, so that an account which sends without end is scored a few times a second."""
LONGEST_PAUSE_SECONDS = 0.5
LATE_SECONDS = 3
"""Marks so old mean that nobody follows, whatever a lease says: its holder may be gone."""

NEEDED = text(
    """select not exists (select from work_items where kind = 'health.follow' and finished_at is null
            and parked_at is null and lease_until is null)
        and case when exists (select from work_items where kind = 'health.follow' and finished_at is null
                and parked_at is null)
            then exists (select from event_marks where received_at < waymark_now() - make_interval(secs => :late))
              or exists (select from account_marks where marked_at < waymark_now() - make_interval(secs => :late))
            else exists (select from event_marks) or exists (select from account_marks) end"""
)

FEEDS = text("select count(distinct feed) from source_feeds")


async def follow_where_needed(session: WriteSession) -> None:
    """Ask for marks to be followed where there are some, and nobody who follows them."""
    if await session.scalar(NEEDED, {"late": LATE_SECONDS}):
        await enqueue(session, "health.follow")


@long_actor("health.follow")
async def follow(lease: Lease) -> None:
    """Count and score what is marked until nothing is, or until somebody else does.

    A pause is as long as the pass was, within bounds: on a busy machine, passes leave others half of the time.
    """
    while True:
        began = time.monotonic()
        async with lease.begin() as session:
            if not await follow_once(session):
                return
        await asyncio.sleep(min(max(time.monotonic() - began, PAUSE_SECONDS), LONGEST_PAUSE_SECONDS))


async def follow_once(session: WriteSession) -> bool:
    """One pass in one transaction; whether there was anything to do."""
    oldest = await session.scalar(select(func.min(EventMark.received_at)))
    feeds = await session.scalar(FEEDS)
    counted = await count_marks(session)
    if counted is None:
        return False
    if feeds != await session.scalar(FEEDS):
        # What a source feeds for the first time is missing nowhere any more: every account's weights are others.
        await enqueue(session, "health.sweep", key="feeds")
    marked = await take_account_marks(session)
    await live.rescore(session, sorted(marked.union(counted.counted)))
    moved = sorted(marked.union(counted.accounts))
    # Falls of use are of days that are over: what came in today moves none, and the sweep turns the day.
    past = sorted(marked.union(counted.of_past))
    await alerts.consider(session, moved, since=oldest or await clock.now(session), past=past)
    return bool(moved)
