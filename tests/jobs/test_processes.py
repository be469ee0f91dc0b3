"""Clock and worker as processes of their own, on a real Valkey."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from backend.db.engine import Database, WriteSession
from backend.settings import Settings
from backend.work import Queue, WorkItem, enqueue
from backend.work.doorbell import Doorbell, connect
from jobs import clock, worker
from jobs.process import SERVER_LOST
from tests.jobs import probe
from tests.pooler import pooled


@pytest.mark.parametrize("queue", Queue)
async def test_each_queue_has_a_worker_that_the_bell_after_the_commit_reaches(
    settings_with_valkey: Settings, effects_table: None, queue: Queue, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with Doorbell(settings_with_valkey.redis_url) as doorbell:
        database = Database(settings_with_valkey, ring=doorbell.ring)
        await database.open()
        # And no clock.
        with (
            log.open("wb") as output,
            probe.process(settings_with_valkey, "worker", queue.value, output=output) as child,
        ):
            async with database.begin() as session:
                for number in range(25):
                    await enqueue(session, f"probe.count_{queue}", number=number)
            await probe.until(lambda: probe.are_done(database, 25), "all items are done")
            child.send_signal(signal.SIGTERM)
            code = await probe.ended(child)
        done = await probe.effects(database)
        await database.close()

    assert done == list(range(25))
    assert code == 0
    assert [line for line in log.read_text().splitlines() if "warning" in line.lower() or "error" in line.lower()] == []


async def test_the_clock_rings_for_work_that_nobody_rang_for(
    settings_with_valkey: Settings, effects_table: None, database: Database
) -> None:
    async with database.begin() as session:  # this database has no doorbell
        await enqueue(session, "probe.count_default", number=1)

    with (
        probe.process(settings_with_valkey, "worker", "default"),
        probe.process(settings_with_valkey, "clock") as clock,
    ):
        await probe.until(lambda: probe.are_done(database, 1), "the item is done")
        clock.send_signal(signal.SIGTERM)
        code = await probe.ended(clock)

    assert await probe.effects(database) == [1]
    assert code == 0


async def test_who_waits_for_outside_parties_keeps_nobody_else_waiting(
    settings_with_valkey: Settings, effects_table: None, database: Database
) -> None:
    async with database.begin() as session:
        for number in range(6):
            await enqueue(session, "probe.outside", number=number)

    with (
        probe.process(settings_with_valkey, "worker", "default") as child,
        probe.process(settings_with_valkey, "clock"),
    ):
        await probe.until(lambda: has_shouted(database, 2), "its own threads wait")
        async with database.begin() as session:
            await enqueue(session, "probe.count_default", number=10)
        await probe.until(lambda: probe.are_done(database, 1), "the item is done")
        meanwhile = await probe.effects(database), await probe.shouts(database)
        async with database.begin() as session:
            await session.execute(text("insert into gates values (1)"))
        await probe.until(lambda: probe.are_done(database, 7), "all items are done")
        child.send_signal(signal.SIGTERM)
        code = await probe.ended(child)

    assert meanwhile == ([10], 2)
    assert await probe.effects(database) == [0, 1, 2, 3, 4, 5, 10]
    assert code == 0


async def has_shouted(database: Database, count: int) -> bool:
    return await probe.shouts(database) >= count


async def test_facts_and_alerts_wait_for_nothing_slow(
    settings_with_valkey: Settings, effects_table: None, database: Database
) -> None:
    news = ("billing.take_stripe_object", "support.take_events")
    shared = settings_with_valkey.write_pool_size - 1
    async with database.begin() as session:
        source_id = await session.scalar(
            text("insert into sources (key, name, kind) values ('stripe', 'Stripe', 'BILLING') returning id")
        )
        for number in range(10 * shared):  # each thread claims ten
            await enqueue(session, "probe.patient", number=number)

    with (
        probe.process(settings_with_valkey, "worker", "default"),
        probe.process(settings_with_valkey, "worker", "critical"),
        probe.process(settings_with_valkey, "clock"),
    ):
        await probe.until(lambda: has_shouted(database, shared), "the threads of the queue hang")
        async with database.begin() as session:
            await enqueue(session, news[0], source_id=source_id, object_id="in_1")
            await enqueue(session, news[1], key="all")
        await probe.until(lambda: are_finished(database, news), "the news are taken in")

    assert await probe.effects(database) == []


async def are_finished(database: Database, kinds: Sequence[str]) -> bool:
    async with database.begin() as session:
        found = await session.scalars(
            select(WorkItem.kind).where(WorkItem.kind.in_(kinds), WorkItem.finished_at.is_not(None))
        )
        return set(found) == set(kinds)


async def test_a_worker_told_to_stop_finishes_what_it_began(
    settings_with_valkey: Settings, effects_table: None, database: Database
) -> None:
    async with database.begin() as session:
        for number in range(4):
            await enqueue(session, "probe.wait", number=number)

    with (
        probe.process(settings_with_valkey, "worker", "default") as child,
        probe.process(settings_with_valkey, "clock"),
    ):
        await probe.until(lambda: probe.shouts(database), "the first effect is done but not committed")
        child.send_signal(signal.SIGTERM)
        async with database.begin() as session:
            await session.execute(text("insert into gates values (1)"))
        code = await probe.ended(child)

    async with database.begin() as session:
        left = (
            await session.execute(
                text(
                    "select parks_after - attempts, lease_until from work_items"
                    " where kind = 'probe.wait' and finished_at is null"
                )
            )
        ).all()
    begun = await probe.effects(database)
    assert code == 0
    assert len(begun) + len(left) == 4
    assert begun != []
    assert {tuple(row) for row in left} <= {(10, None)}  # nobody has to wait for a lease's end


async def test_a_worker_that_cannot_finish_in_time_gives_back_what_it_began(
    settings_with_valkey: Settings, effects_table: None, database: Database
) -> None:
    used = replace(settings_with_valkey, drain_seconds=3)
    async with database.begin() as session:
        made = await enqueue(session, "probe.patient", number=1)

    with probe.process(used, "worker", "default") as child, probe.process(used, "clock"):
        await probe.until(lambda: probe.shouts(database), "the effect is done but not committed")
        child.send_signal(signal.SIGTERM)
        code = await probe.ended(child)

    async with database.begin() as session:
        left, is_free = (
            await session.execute(
                text("select parks_after - attempts, lease_until is null from work_items where id = :id"),
                {"id": made},
            )
        ).one()
    assert code == 0
    assert await probe.effects(database) == []
    assert (left, is_free) == (10, True)


async def test_work_goes_through_a_pooler_in_transaction_mode(
    settings_with_valkey: Settings, effects_table: None, database: Database, tmp_path: Path
) -> None:
    with (
        pooled(settings_with_valkey, tmp_path) as through,
        probe.process(through, "worker", "default"),
        probe.process(through, "clock"),
    ):
        pool = Database(through)
        await pool.open()
        for part in range(5):
            async with pool.begin() as session:
                for number in range(10):
                    await enqueue(
                        session, "probe.count_default", key=f"{part} {number}", fair_key=str(part), number=number
                    )
        async with pool.begin() as session:
            await enqueue(session, "probe.fail", number=1)
        await pool.close()
        await probe.until(lambda: probe.are_done(database, 50), "all items are done")
        await probe.until(lambda: has_failed(database), "the failure is noted")

    assert await probe.effects(database) == sorted([*range(10)] * 5)


async def has_failed(database: Database) -> bool:
    async with database.begin() as session:
        return bool(
            await session.scalar(
                text("select count(*) from work_items where kind = 'probe.fail' and last_error is not null")
            )
        )


async def test_a_worker_ends_when_redis_stays_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "PING_SECONDS", 0.001)
    beats: list[int] = []
    client = connect("redis://127.0.0.1:1/0", patience=1)

    code = await worker._watch(client, asyncio.Event(), lambda: beats.append(1))

    assert (code, beats) == (SERVER_LOST, [])


async def test_a_clock_ends_when_postgresql_stays_away(
    settings: Settings, settings_with_valkey: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "SECONDS", 0.001)
    unopened = Database(replace(settings, system_url="postgresql://waymark_system@127.0.0.1:1/none"))
    unopened._engines["system"] = create_async_engine("postgresql+asyncpg://waymark_system@127.0.0.1:1/none")
    unopened._sessions["system"] = async_sessionmaker(unopened._engines["system"], class_=WriteSession)

    with Doorbell(settings_with_valkey.redis_url) as doorbell:
        code = await clock._tick_until(asyncio.Event(), clock.Clock(unopened), doorbell)

    assert code == SERVER_LOST


@pytest.mark.parametrize("module", ["worker", "clock"])
async def test_wrong_arguments_are_told(settings_with_valkey: Settings, module: str) -> None:
    with probe.process(settings_with_valkey, module, "nonsense") as child:
        assert await probe.ended(child) == 2
