"""Clock and worker as processes of their own, on a real Valkey."""

from __future__ import annotations

import signal

import pytest

from backend.db.engine import Database
from backend.settings import Settings
from backend.work import Queue, enqueue
from backend.work.doorbell import Doorbell
from tests.jobs import probe


@pytest.mark.parametrize("queue", Queue)
async def test_each_queue_has_a_worker_that_the_bell_after_the_commit_reaches(
    settings_with_valkey: Settings, effects_table: None, queue: Queue
) -> None:
    with Doorbell(settings_with_valkey.redis_url) as doorbell:
        database = Database(settings_with_valkey, ring=doorbell.ring)
        await database.open()
        with probe.process(settings_with_valkey, "worker", queue.value) as worker:  # and no clock
            async with database.begin() as session:
                for number in range(25):
                    await enqueue(session, f"probe.count_{queue}", number=number)
            await probe.until(lambda: probe.are_done(database, 25), "all items are done")
            worker.send_signal(signal.SIGTERM)
            code = await probe.ended(worker)
        done = await probe.effects(database)
        await database.close()

    assert done == list(range(25))
    assert code == 0


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
