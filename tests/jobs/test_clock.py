"""Schedules: when they are due, and that no slot is taken twice or missed."""

from __future__ import annotations

import asyncio
import itertools
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text

from backend.db.engine import Database
from backend.settings import Settings
from backend.work import ScheduleSlot, WorkItem
from jobs.clock import Clock
from jobs.schedule import Daily, Every, Schedule
from tests.jobs.clockwork import an_hour_later

BERLIN = ZoneInfo("Europe/Berlin")
NIGHTLY = Schedule("nightly", "probe.count_default", Daily(time(2, 30)), misses_none=True)
HOURLY = Schedule("hourly", "probe.count_bulk", Every(timedelta(hours=1)))


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.unit
@pytest.mark.parametrize(
    "now, slot",
    [
        (utc(2026, 6, 10, 0, 29), utc(2026, 6, 9, 0, 30)),
        (utc(2026, 6, 10, 0, 30), utc(2026, 6, 10, 0, 30)),
        (utc(2026, 1, 10, 23, 59), utc(2026, 1, 10, 1, 30)),
        (utc(2026, 3, 29, 1, 29), utc(2026, 3, 28, 1, 30)),  # 02:30 does not exist that night: 03:30 summer time
        (utc(2026, 3, 29, 1, 30), utc(2026, 3, 29, 1, 30)),
        (utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 0, 30)),  # 02:30 comes twice: the first one
        (utc(2026, 10, 25, 1, 30), utc(2026, 10, 25, 0, 30)),
    ],
)
def test_a_daily_slot_is_at_its_time_in_the_zone(now: datetime, slot: datetime) -> None:
    assert NIGHTLY.timing.latest(now, BERLIN) == slot


@pytest.mark.unit
def test_every_day_of_a_year_has_one_slot() -> None:
    slots = NIGHTLY.due(utc(2025, 12, 31, 12), utc(2026, 12, 31, 12), BERLIN)

    days = [slot.astimezone(BERLIN).date() for slot in slots]
    assert days == [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]


@pytest.mark.unit
def test_an_hourly_slot_is_on_the_hour() -> None:
    assert HOURLY.timing.latest(utc(2026, 6, 10, 7, 59, 59), BERLIN) == utc(2026, 6, 10, 7)


@pytest.mark.unit
def test_a_new_schedule_begins_with_its_newest_slot() -> None:
    assert NIGHTLY.due(None, utc(2026, 6, 10, 12), BERLIN) == [utc(2026, 6, 10, 0, 30)]


@pytest.mark.unit
def test_after_an_outage_missed_slots_run_late_all_or_the_newest() -> None:
    last, now = utc(2026, 6, 10, 0, 30), utc(2026, 6, 13, 12)

    assert NIGHTLY.due(last, now, BERLIN) == [utc(2026, 6, day, 0, 30) for day in (11, 12, 13)]
    assert HOURLY.due(last, now, BERLIN) == [now]
    assert NIGHTLY.due(now, now, BERLIN) == []


@pytest.mark.unit
def test_a_clock_that_was_moved_back_takes_nothing() -> None:
    assert NIGHTLY.due(utc(2026, 6, 10, 0, 30), utc(2026, 6, 1), BERLIN) == []


async def slots(database: Database) -> list[tuple[str, datetime]]:
    async with database.begin() as session:
        rows = await session.execute(
            select(ScheduleSlot.schedule, ScheduleSlot.slot)
            .join(WorkItem, WorkItem.id == ScheduleSlot.work_item_id)
            .order_by(ScheduleSlot.schedule, ScheduleSlot.slot)
        )
        return [(schedule, slot) for schedule, slot in rows]


async def test_two_clocks_do_not_double_a_slot(database: Database, settings: Settings) -> None:
    clocks = [Clock(database, [NIGHTLY, HOURLY]) for _ in range(3)]

    for _ in range(3):
        await asyncio.gather(*(clock.tick() for clock in clocks))
        await an_hour_later(settings)

    async with database.begin() as session:
        hourly = await session.scalar(text("select count(*) from work_items where kind = 'probe.count_bulk'"))
    taken = [slot for schedule, slot in await slots(database) if schedule == "hourly"]
    assert hourly == 3
    assert [b - a for a, b in itertools.pairwise(taken)] == [timedelta(hours=1)] * 2


async def test_a_clock_goes_on_where_the_last_one_ended(database: Database, settings: Settings) -> None:
    await Clock(database, [NIGHTLY]).tick()
    for _ in range(50):
        await an_hour_later(settings)

    await Clock(database, [NIGHTLY]).tick()

    taken = [slot for _, slot in await slots(database)]
    assert len(taken) in {3, 4}
    assert {b - a for a, b in itertools.pairwise(taken)} == {timedelta(days=1)}


async def test_the_work_of_a_slot_is_given_the_slot(database: Database) -> None:
    schedule = Schedule(
        "closing", "probe.count_default", Daily(time(0, 10)), lambda slot: {"day": slot.date() - timedelta(days=1)}
    )
    async with database.begin() as session:
        await session.execute(text("insert into organizations (name, time_zone) values ('Test', 'Pacific/Auckland')"))

    await Clock(database, [schedule]).tick()

    ((_, slot),) = await slots(database)
    local = slot.astimezone(ZoneInfo("Pacific/Auckland"))
    async with database.begin() as session:
        args = await session.scalar(select(WorkItem.args))
    assert local.time() == time(0, 10)
    assert args == {"day": (local.date() - timedelta(days=1)).isoformat()}
