"""One day's scores of 100,000 accounts from their last 90 days of rollups, against a plain aggregate of the rows."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from backend.db.engine import Database
from backend.health import scoring
from bench import accounts
from bench.harness import Result, Servers, in_turns

ACCOUNTS = 100_000
DAYS = 90
AGGREGATE = f"""
select count(*), sum(total) from (
    select account_id, metric_id, sum(delta) as total from usage_daily
    where day > date '{accounts.LAST - timedelta(days=DAYS)}' group by account_id, metric_id) u
"""


async def measure(servers: Servers) -> list[Result]:
    settings = await servers.settings("bench_score_day")
    rows = await accounts.make(settings, accounts=ACCOUNTS, days=DAYS)
    database = Database(settings)
    await database.open()

    async def ours() -> None:
        async with database.begin() as session:
            assert await scoring.score_now(session, day=accounts.LAST) == ACCOUNTS

    async def theirs() -> None:
        async with database.begin() as session:
            await session.execute(scoring.PREPARE)
            await session.execute(text(AGGREGATE))

    try:
        mine, plain = await in_turns(3, ours, theirs)
    finally:
        await database.close()
    detail = f"{ACCOUNTS:,} accounts, {rows:,} rollups: {mine:.1f} s against {plain:.1f} s for one aggregate"
    return [Result("one day's scores", mine / plain, "×", 3, "lower", detail)]
