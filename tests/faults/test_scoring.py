"""A worker killed in the middle of scoring: the range is resumed, and what is stored equals an undisturbed run."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import func, select

from backend.billing import service as billing
from backend.db.engine import Database
from backend.health import runs
from backend.health.models import ScoringRun
from backend.health.runs import Knowledge
from backend.health.score_sql import SNAPSHOTS
from backend.settings import Settings
from backend.work import WorkItem
from tests.health.test_many_days import LAST, a_random_world, snapshots
from tests.jobs import probe

pytestmark = pytest.mark.slow
FIRST = LAST - timedelta(days=9)
CHUNKS = 4
# Whoever stores this day of this account as well waits until it is known whether this one stays.
IN_THE_WAY = """
insert into customer_health_snapshots
select * from undisturbed where account_id between $1 and $2 order by account_id, day desc limit 1
"""
WAITS = "select exists (select from pg_locks where locktype = 'transactionid' and not granted)"


async def stored(database: Database) -> list[Sequence[tuple[object, ...]]]:
    """What is stored of the days of the run; the clock has yesterday closed as well."""
    async with database.begin() as session:
        return [await snapshots(session, table, f"day <= '{LAST}'") for table in SNAPSHOTS.values()]


async def test_a_worker_killed_inside_a_chunk_has_its_range_resumed_and_each_day_stored_once(
    settings_with_valkey: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = settings_with_valkey
    owner = await asyncpg.connect(used.migrate_url)
    async with database.begin() as session:
        await a_random_world(session, 5, accounts=12)
        await billing.derive_all(session)  # as the clock will ask for
        run, chunks = await runs.request(session, knowledge=Knowledge.AS_OF, first=FIRST, last=LAST, enqueued=False)
        for chunk in chunks:
            await runs.score_chunk(session, run, chunk)
    undisturbed = await stored(database)
    await owner.execute("create table undisturbed as table customer_health_snapshots")
    await owner.execute("truncate health_snapshots, customer_health_snapshots")
    monkeypatch.setattr(runs, "CHUNK_ROWS", 30)
    async with database.begin() as session:
        run, chunks = await runs.request(session, knowledge=Knowledge.AS_OF, first=FIRST, last=LAST)

    async def done() -> int:
        async with database.begin() as session:
            return await session.scalar(select(ScoringRun.chunks_done).where(ScoringRun.id == run)) or 0

    async def is_inside() -> bool:
        return await done() == CHUNKS - 1 and bool(await owner.fetchval(WAITS))

    async def is_finished() -> bool:
        return await done() == CHUNKS

    with probe.process(used, "clock"):
        in_the_way = owner.transaction()
        await in_the_way.start()
        await owner.execute(IN_THE_WAY, chunks[1].first, chunks[1].last)
        with probe.process(used, "worker", "bulk") as worker:
            await probe.until(is_inside, "a chunk has stored for staff and waits in the middle of the customers'")
            os.kill(worker.pid, signal.SIGKILL)
            await probe.ended(worker)
        await in_the_way.rollback()
        after_kill = await stored(database)
        with probe.process(used, "worker", "bulk"):
            await probe.until(is_finished, "another worker has finished the run")
    await owner.close()

    async with database.begin() as session:
        finished = (await session.scalars(select(ScoringRun).where(ScoringRun.id == run))).one()
        repeated = await session.scalar(
            select(func.count()).where(WorkItem.args["run_id"].astext == str(run), WorkItem.attempts > 1)
        )
    assert len(chunks) == CHUNKS
    assert after_kill == [
        [row for row in rows if not chunks[1].first <= UUID(str(row[0])) <= chunks[1].last] for rows in undisturbed
    ]
    assert [len(rows) for rows in after_kill] < [len(rows) for rows in undisturbed]
    assert await stored(database) == undisturbed
    assert (finished.chunks_done, finished.snapshots, finished.finished_at is not None) == (
        CHUNKS,
        len(undisturbed[0]),
        True,
    )
    assert repeated == 1
