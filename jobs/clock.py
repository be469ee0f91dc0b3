"""The clock process: `python -m jobs.clock`.

Each second it turns schedules that are due into work items and rings every kind that has due work nobody holds:
work whose bell was lost, whose time has come, or whose worker ended. Any number of clocks may run. SIGTERM or SIGINT
ends it after the current second's work. Exit codes: 0 stopped, 2 unusable settings, 3 PostgreSQL was not reached at
the start or for 30 seconds (the supervisor starts the process anew).
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from backend.db.clock import now
from backend.db.engine import Database, WriteSession
from backend.settings import Settings
from backend.work.asking import Ask, enqueue_all
from backend.work.claims import autocommit, due_kinds
from backend.work.doorbell import Doorbell
from backend.work.models import ScheduleSlot
from jobs.live import follow_where_needed
from jobs.process import SERVER_LOST, main_of
from jobs.schedule import SCHEDULES, Schedule

log = structlog.get_logger("waymark.clock")

SECONDS = 1.0
TICK_SECONDS = 30.0
FAILURES = 30


class Clock:
    """One clock's memory: the newest slot of each schedule that it knows to be taken."""

    def __init__(self, database: Database, schedules: Sequence[Schedule] = SCHEDULES) -> None:
        self._database = database
        self._schedules = schedules
        self._taken: dict[str, datetime] | None = None

    async def tick(self) -> None:
        """Take slots that are due, have marks followed, ring for all due work. Raises SQLAlchemyError or OSError."""
        async with self._database.begin() as session:
            taken = await self._take_slots(session)
            await follow_where_needed(session)
        self._taken = taken  # only now: a slot of a transaction that failed is still to be taken
        async with autocommit(self._database.engine()) as connection:
            self._database.ring(await due_kinds(connection))

    async def _take_slots(self, session: WriteSession) -> dict[str, datetime]:
        taken = await _slots_taken(session) if self._taken is None else dict(self._taken)
        zone = ZoneInfo(await session.scalar(text("select time_zone from organizations")) or "UTC")
        at = await now(session)
        for schedule in self._schedules:
            for slot in schedule.due(taken.get(schedule.name), at, zone):
                await _take(session, schedule, slot, zone)
                taken[schedule.name] = slot
        return taken


async def _slots_taken(session: WriteSession) -> dict[str, datetime]:
    found = await session.execute(
        select(ScheduleSlot.schedule, func.max(ScheduleSlot.slot).label("newest")).group_by(ScheduleSlot.schedule)
    )
    return {row.schedule: row.newest for row in found}


async def _take(session: WriteSession, schedule: Schedule, slot: datetime, zone: ZoneInfo) -> None:
    """Ask for the work of a slot, unless another clock has."""
    ask = Ask(schedule.arguments(slot.astimezone(zone)))
    row = insert(ScheduleSlot).values(schedule=schedule.name, slot=slot, work_item_id=ask.id)
    if await session.scalar(row.on_conflict_do_nothing().returning(ScheduleSlot.slot)) is not None:
        await enqueue_all(session, schedule.kind, [ask])
        log.info("due", schedule=schedule.name, slot=slot.isoformat())


async def run(chosen: Settings) -> int:
    """Tick until a signal; returns the exit code."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    with Doorbell(chosen.redis_url) as doorbell:
        database = Database(chosen, ring=doorbell.ring, announce=doorbell.announce)
        await database.open()
        try:
            log.info("ready")
            return await _tick_until(stop, Clock(database), doorbell)
        finally:
            await database.close()


async def _tick_until(stop: asyncio.Event, clock: Clock, doorbell: Doorbell) -> int:
    failed = 0
    while not stop.is_set():
        try:
            async with asyncio.timeout(TICK_SECONDS):
                await clock.tick()
            doorbell.beat("clock")
            failed = 0
        except (SQLAlchemyError, OSError) as error:  # TimeoutError is an OSError
            failed += 1
            log.warning("PostgreSQL does not answer", error=type(error).__name__, failed=failed)
            if failed == FAILURES:
                return SERVER_LOST
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SECONDS):
                await stop.wait()
    return 0


def main(arguments: list[str]) -> int:
    """Run from the command line; returns the exit code."""
    return main_of("clock", arguments, run)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
