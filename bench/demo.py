"""How long a newcomer waits for the demo, and for what somebody makes happen in it.

`load` of all of it into a freshly migrated database; then a clock and the two workers that it takes, and the button
"angry ticket": from the press until the customer's score has moved and its alert is stored.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from uuid import UUID

from sqlalchemy import text

from backend.db.engine import Database
from backend.demo import actions
from backend.demo.actions import DemoAction
from backend.demo.load import load
from backend.settings import Settings
from backend.work.doorbell import Doorbell
from bench.harness import Result, Servers, seconds
from bench.live import process

PRESSES = 5
CUSTOMERS = """
select h.account_id from current_health h join account_internals i using (account_id)
where h.band = 'GREEN' and h.category = 'SECURE' order by i.mrr_minor desc limit :many
"""
SEEN = """
select h.score <> :score and exists (
    select from alerts a where a.account_id = h.account_id and a.rule_key = 'negative_ticket' and a.state = 'OPEN')
from current_health h where h.account_id = :account
"""
PATIENCE_SECONDS = 60.0


async def measure(servers: Servers) -> list[Result]:
    settings = replace(await servers.settings("bench_demo"), log_level="WARNING")
    with Doorbell(settings.redis_url) as doorbell:  # as in the API, whose mutation it is
        database = Database(settings, ring=doorbell.ring)
        await database.open()
        try:
            return await _measure(settings, database)
        finally:
            await database.close()


async def _measure(settings: Settings, database: Database) -> list[Result]:
    counted: list[int] = []

    async def fill() -> None:
        counted.append(await load(database))

    took = await seconds(fill)
    async with database.begin() as session:
        days = await session.scalar(text("select count(*) from health_snapshots"))
        found = (await session.scalars(text(CUSTOMERS), {"many": PRESSES + 1})).all()
    detail = f"{counted[0]} customers, {days:,} days of them scored as known then"
    with (
        process(settings, "jobs.clock"),
        process(settings, "jobs.worker", "critical"),
        process(settings, "jobs.worker", "default"),
    ):
        await _press(database, found[0])  # to warm up
        times = sorted([await _press(database, account) for account in found[1:]])
    slowest = f"slowest of {PRESSES}; median {times[PRESSES // 2]:.2f} s"
    return [
        Result("demo loaded", took, "s", 60.0, "lower", detail),
        Result("angry ticket → score and alert stored", times[-1], "s", 2.0, "lower", slowest),
    ]


async def _press(database: Database, account: UUID) -> float:
    """Seconds from the press until score and alert are stored."""
    async with database.begin() as session:
        score = await session.scalar(
            text("select score from current_health where account_id = :account"), {"account": account}
        )
    began = time.perf_counter()
    async with database.begin() as session:
        await actions.ask(session, None, action=DemoAction.ANGRY_TICKET, account_id=account)
    while time.perf_counter() - began < PATIENCE_SECONDS:
        async with database.begin() as session:
            if await session.scalar(text(SEEN), {"account": account, "score": score}):
                return time.perf_counter() - began
        await asyncio.sleep(0.02)
    return float("inf")
