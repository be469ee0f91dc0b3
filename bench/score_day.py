"""One day's scores of 100,000 accounts from their last 90 days of rollups, against a plain aggregate of the rows.

Each round closes a day of its own that nobody has scored, and the aggregate reads the 90 days up to the same one. Once
with the rollups in the order in which days arrive, and once account by account, as a sorted file leaves them.
"""

from __future__ import annotations

from datetime import date, timedelta

import asyncpg
from sqlalchemy import text

from backend.db.engine import Database
from backend.health import scoring
from bench import accounts
from bench.harness import Result, Servers, in_turns

ACCOUNTS = 100_000
DAYS = 90
ROUNDS = 3
AGGREGATE = """
select count(*), sum(total) from (
    select account_id, metric_id, sum(delta) as total from usage_daily
    where day between date '{first}' and date '{last}' group by account_id, metric_id) u
"""


async def measure(servers: Servers) -> list[Result]:
    settings = await servers.settings("bench_score_day")
    made = await accounts.make(settings, accounts=ACCOUNTS, days=DAYS + 2 * ROUNDS)
    owner = await asyncpg.connect(settings.migrate_url)
    await owner.execute("truncate health_snapshots, customer_health_snapshots")  # a filled database may have some
    database = Database(settings)
    await database.open()
    left = [made.last - timedelta(days=n) for n in range(2 * ROUNDS)]

    async def compare(order: str) -> Result:
        mine, theirs = list[date](), list[date]()
        for days in (mine, theirs):
            days += left[:ROUNDS]
        del left[:ROUNDS]

        async def ours() -> None:
            async with database.begin() as session:
                stored = await scoring.close(session, mine.pop())
            assert stored.new == made.accounts

        async def aggregate() -> None:
            last = theirs.pop()
            statement = AGGREGATE.format(first=last - timedelta(days=DAYS - 1), last=last)
            async with database.begin() as session:
                await session.execute(scoring.PREPARE)
                await session.execute(text(statement))

        took, plain = await in_turns(ROUNDS, ours, aggregate)
        detail = f"{made.accounts:,} accounts, {made.rollups:,} rollups:"
        detail += f" {took:.1f} s against {plain:.1f} s for one aggregate"
        return Result(f"one day's scores, rollups {order}", took / plain, "×", 3, "lower", detail)

    try:
        arrived = await compare("as days arrive")
        await owner.execute("cluster usage_daily using pk_usage_daily")
        await owner.execute("vacuum analyze usage_daily")
        return [arrived, await compare("account by account")]
    finally:
        await owner.close()
        await database.close()
