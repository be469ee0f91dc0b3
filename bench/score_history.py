"""Scores of 10,000 accounts on 90 days, stored, against INSERT … SELECT of rows of the same width."""

from __future__ import annotations

import asyncio

import asyncpg
from sqlalchemy import text

from backend.db.clock import today
from backend.db.engine import Database
from backend.health import runs
from backend.health.runs import Knowledge
from bench import accounts
from bench.harness import Result, Servers, seconds

ACCOUNTS = 10_000
DAYS = 90
WORKERS = 2
"""As many chunks as a worker process of the queue `bulk` does at a time."""
TABLES = ("health_snapshots", "customer_health_snapshots")


async def measure(servers: Servers) -> list[Result]:
    settings = await servers.settings("bench_score_history")
    made = await accounts.make(settings, accounts=ACCOUNTS, days=2 * DAYS)
    owner = await asyncpg.connect(settings.migrate_url)
    database = Database(settings)
    await database.open()
    first, last = made.span(DAYS)

    async def ours() -> None:
        async with database.begin() as session:
            assert last < await today(session)
            run, chunks = await runs.request(session, knowledge=Knowledge.AS_OF, first=first, last=last, enqueued=False)
        left = list(chunks)

        async def worker() -> None:
            while left:
                chunk = left.pop(0)
                async with database.begin() as session:
                    await runs.score_chunk(session, run, chunk)

        await asyncio.gather(*(worker() for _ in range(WORKERS)))

    async def theirs() -> None:
        for table in TABLES:
            async with database.begin() as session:
                await session.execute(text(f"insert into {table} select * from same_{table}"))

    times: tuple[list[float], list[float]] = ([], [])
    try:
        for number in range(3):
            for side, work in ((0, ours), (1, theirs)):
                for table in TABLES:
                    await owner.execute(f"truncate {table}")
                await owner.execute("checkpoint")
                times[side].append(await seconds(work))
                if side == 0 and number == 0:
                    for table in TABLES:
                        await owner.execute(f"create table same_{table} as select * from {table}")
                        await owner.execute(f"grant select on same_{table} to waymark_system")
        rows = await owner.fetchval("select count(*) from health_snapshots")
    finally:
        await owner.close()
        await database.close()
    assert rows == made.accounts * DAYS
    mine, plain = sorted(times[0])[1], sorted(times[1])[1]
    detail = (
        f"{rows:,} days of accounts for two audiences: {mine:.1f} s against {plain:.1f} s to insert them ready-made"
    )
    return [Result("history of scores", mine / plain, "×", 2.5, "lower", detail)]
