"""Work survives: Valkey emptied and killed, workers killed at any moment. Effects are counted, each exactly once."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from backend.db.embedded import EmbeddedValkey
from backend.db.engine import Database
from backend.settings import Settings
from backend.work import Ask, enqueue, enqueue_all
from backend.work.doorbell import Doorbell, connect
from tests.jobs import probe

pytestmark = pytest.mark.slow


@asynccontextmanager
async def with_doorbell(settings: Settings) -> AsyncIterator[Database]:
    with Doorbell(settings.redis_url) as doorbell:
        database = Database(settings, ring=doorbell.ring)
        await database.open()
        yield database
        await database.close()


async def ask(database: Database, numbers: range) -> None:
    async with database.begin() as session:
        await enqueue_all(session, "probe.count_default", [Ask({"number": number}) for number in numbers])


async def test_valkey_emptied_and_killed_during_load_loses_no_work(settings: Settings, tmp_path: Path) -> None:
    await probe.make_tables(settings)
    with EmbeddedValkey(tmp_path, durable=False) as valkey:
        used = replace(settings, redis_url=valkey.url())
        client = connect(used.redis_url, patience=5)
        async with with_doorbell(used) as database:
            with probe.process(used, "worker", "default"), probe.process(used, "clock"):
                for part in range(20):
                    await ask(database, range(part * 100, part * 100 + 100))
                    if part % 4 == 1:
                        client.flushall()
                    if part == 9:
                        assert valkey.process is not None
                        os.kill(valkey.process.pid, signal.SIGKILL)
                    if part == 12:  # until here the asking went on without Valkey
                        valkey.stop()
                        valkey.start(same_port=True)
                    if part % 5 == 0:
                        await probe.until(lambda: probe.are_done(database, 1), "some work is done")
                await probe.until(lambda: probe.are_done(database, 2000), "all work is done")
            done = await probe.effects(database)
        client.close()

    assert done == list(range(2000))


async def test_a_worker_killed_in_the_middle_neither_loses_nor_repeats_the_effect(
    settings_with_valkey: Settings, database: Database
) -> None:
    used = settings_with_valkey
    await probe.make_tables(used)
    async with database.begin() as session:
        made = await enqueue(session, "probe.wait", number=1)
    with probe.process(used, "clock"):
        with probe.process(used, "worker", "default") as worker:
            await probe.until(lambda: probe.shouts(database), "the effect is done but not committed")
            os.kill(worker.pid, signal.SIGKILL)
            await probe.ended(worker)
        after_kill = await probe.effects(database)
        async with database.begin() as session:
            await session.execute(text("insert into gates values (1)"))
        with probe.process(used, "worker", "default"):
            await probe.until(lambda: probe.are_done(database, 1), "another worker has done it")

    async with database.begin() as session:
        attempts, is_finished = (
            await session.execute(
                text("select attempts, finished_at is not null from work_items where id = :id"), {"id": made}
            )
        ).one()
    assert after_kill == []
    assert await probe.effects(database) == [1]
    assert (attempts, is_finished) == (2, True)


async def test_workers_killed_again_and_again_do_each_item_once(
    settings_with_valkey: Settings, database: Database
) -> None:
    used = settings_with_valkey
    await probe.make_tables(used)
    chance = random.Random(7)  # noqa: S311 - moments, not secrets
    await ask(database, range(1500))
    with probe.process(used, "clock"), ExitStack() as workers:
        for _ in range(4):
            worker = workers.enter_context(probe.process(used, "worker", "default"))
            begun = len(await probe.effects(database))
            await probe.until(lambda least=begun + 1: probe.are_done(database, least), "it works")  # type: ignore[misc]
            await asyncio.sleep(chance.uniform(0, 0.2))
            os.kill(worker.pid, signal.SIGKILL)
            await probe.ended(worker)
        workers.enter_context(probe.process(used, "worker", "default"))
        await probe.until(lambda: probe.are_done(database, 1500), "all work is done")
        done = await probe.effects(database)

    assert done == list(range(1500))
