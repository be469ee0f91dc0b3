"""Runs of scoring: chunks as work, cut off and resumed; the same days as known then and restated."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text

from backend.db import clock
from backend.db.engine import ANNOUNCED, Database, WriteSession
from backend.errors import InvalidInput
from backend.health import runs, scoring
from backend.health.models import ScoringRun
from backend.health.runs import Knowledge
from backend.settings import Settings
from backend.work import WorkItem
from jobs.actors import ACTORS
from jobs.clock import Clock
from jobs.runner import Runner
from jobs.schedule import SCHEDULES
from tests.billing.stripe_events import do_all_work
from tests.health.test_many_days import LAST, a_random_world, snapshots
from tests.jobs.clockwork import move_to

FIRST = LAST - timedelta(days=9)


async def run_of(session: WriteSession, run: UUID) -> ScoringRun:
    return (await session.scalars(select(ScoringRun).where(ScoringRun.id == run))).one()


async def test_a_run_is_done_by_workers_chunk_by_chunk(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "CHUNK_ROWS", 40)
    async with database.begin() as session:
        await a_random_world(session, 1, accounts=11)
        run, chunks = await runs.request(session, knowledge=Knowledge.AS_OF, first=FIRST, last=LAST)

    assert "health.score_chunk" in ACTORS
    runner = Runner(database)
    for _ in chunks:
        await runner.answer("health.score_chunk")

    async with database.begin() as session:
        done = await run_of(session, run)
        stored = len(await snapshots(session, "health_snapshots"))
        open_items = await session.scalars(select(WorkItem.id).where(WorkItem.finished_at.is_(None)))
        assert (len(chunks), done.chunks_done, done.snapshots, done.finished_at is not None) == (3, 3, stored, True)
        assert stored > 0
        assert list(open_items) == []


async def test_a_chunk_that_was_cut_off_leaves_nothing_and_is_done_again(database: Database) -> None:
    async with database.begin() as session:
        await a_random_world(session, 2, accounts=6)
        run, chunks = await runs.request(session, knowledge=Knowledge.AS_OF, first=FIRST, last=LAST, enqueued=False)
    with contextlib.suppress(asyncio.CancelledError):
        async with database.begin() as session:
            await runs.score_chunk(session, run, chunks[0])
            raise asyncio.CancelledError

    async with database.begin() as session:
        left = await snapshots(session, "health_snapshots")
    for _ in range(2):
        async with database.begin() as session:
            await runs.score_chunk(session, run, chunks[0])

    async with database.begin() as session:
        done = await run_of(session, run)
        stored = len(await snapshots(session, "health_snapshots"))
        assert left == []
        assert (done.snapshots, done.unchanged, done.differing) == (stored, stored, 0)


async def test_a_day_repeated_as_known_then_equals_what_was_stored(session: WriteSession) -> None:
    await a_random_world(session, 3)
    days = [FIRST + timedelta(days=n) for n in range(10)]
    for day in days:
        await scoring.close(session, day)
    stored = await snapshots(session, "health_snapshots")

    again = [await scoring.score_days(session, [day]) for day in days]

    assert sum(result.unchanged for result in again) == len(stored) > 0
    assert [(result.new, result.differing) for result in again] == [(0, 0)] * 10
    assert await snapshots(session, "health_snapshots") == stored


async def test_the_clock_closes_each_day_that_is_over_once_and_those_of_an_outage_late(
    database: Database, settings: Settings
) -> None:
    nightly, runner = Clock(database, [each for each in SCHEDULES if each.name == "close the day"]), Runner(database)
    async with database.begin() as session:
        await a_random_world(session, 8, accounts=12)

    for days in (1, 1, 4):  # twice on one day, then not for three days
        await move_to(settings, datetime.combine(LAST + timedelta(days=days), time(9), UTC))
        await nightly.tick()
        await do_all_work(database, ["health.close_day", "health.score_chunk"])
    await runner.answer("health.close_day")

    async with database.begin() as session:
        stored = await snapshots(session, "health_snapshots")
        closed = sorted({row[1] for row in stored}, key=str)
        finished = (await session.scalars(select(ScoringRun.first_day).order_by(ScoringRun.first_day))).all()
        again = await scoring.score_days(session, [LAST + timedelta(days=n) for n in range(4)])
    assert closed == finished == [LAST + timedelta(days=n) for n in range(4)]
    assert {row[2] for row in stored} == {0}
    assert (again.new, again.unchanged, again.differing) == (0, len(stored), 0)


async def test_a_day_that_is_not_over_cannot_be_closed(session: WriteSession) -> None:
    await a_random_world(session, 5, accounts=1)
    today = await clock.today(session)

    with pytest.raises(InvalidInput, match="is not over"):
        await runs.request(session, knowledge=Knowledge.AS_OF, first=today, last=today)
    with pytest.raises(InvalidInput, match="is after"):
        await runs.request(session, knowledge=Knowledge.AS_OF, first=LAST, last=FIRST)
    with pytest.raises(InvalidInput, match="more than 7320 days"):
        await runs.request(session, knowledge=Knowledge.AS_OF, first=date(1, 1, 1), last=LAST)


async def test_a_sweep_waits_for_the_last_one(session: WriteSession) -> None:
    await a_random_world(session, 6, accounts=2)

    first = await runs.sweep(session)
    second = await runs.sweep(session)

    assert first is not None
    assert second is None


async def test_what_a_sweep_moves_is_announced_and_a_change_of_band_is_on_the_timeline(session: WriteSession) -> None:
    accounts = await a_random_world(session, 6, accounts=6)
    await sweep(session)
    first = session.info.pop(ANNOUNCED)
    await sweep(session)
    same = session.info.pop(ANNOUNCED, {})
    live = {row.account_id: row for row in await session.execute(text("select * from current_health"))}
    other, drained, gone = sorted(live)[:3]
    score = live[drained].score
    band = "RED" if live[other].band != "RED" else "GREEN"
    await session.execute(text("update current_health set band = :b where account_id = :a"), {"a": other, "b": band})
    await session.execute(text("update current_health set score = 1 where account_id = :a"), {"a": drained})
    await session.execute(text("delete from current_health where account_id = :a"), {"a": gone})

    await sweep(session)

    assert set(live) <= set(accounts)
    assert set(first) == {f"health {each} {each}" for each in live}
    assert same == {}
    assert score != 1
    assert set(session.info[ANNOUNCED]) == {f"health {each} {each}" for each in (other, drained, gone)}
    told = await session.execute(
        text("select account_id, body from domain_events where type = 'HealthBandChanged' order by account_id")
    )
    assert [tuple(row) for row in told] == [
        (other, {"before": band, "after": live[other].band, "score": live[other].score})
    ]


async def sweep(session: WriteSession) -> None:
    run, chunks = await runs.request(session, knowledge=Knowledge.LIVE, enqueued=False)
    for chunk in chunks:
        await runs.score_chunk(session, run, chunk)
    assert (await run_of(session, run)).snapshots == await session.scalar(text("select count(*) from current_health"))
