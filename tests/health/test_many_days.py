"""Ranges of days: the span in one pass equals day by day, as known then and restated; bands remember."""

from __future__ import annotations

import random
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db.engine import WriteSession
from backend.health import scoring, service
from backend.health.score_sql import ROW, SNAPSHOTS
from tests.health import world
from tests.health.scenes import random_facts, random_sources

LAST = date(2026, 6, 17)
COLUMNS = "account_id, day, revision, " + ROW


async def snapshots(session: AsyncSession, table: str, where: str = "true") -> list[tuple[object, ...]]:
    found = await session.execute(text(f"select {COLUMNS} from {table} where {where} order by 1, 2, 3"))
    return [tuple(row) for row in found]


async def a_random_world(session: WriteSession, seed: int, accounts: int = 15) -> list[UUID]:
    rng = random.Random(seed)  # noqa: S311
    await world.make_organization(session)
    metrics = await world.make_metrics(session, world.metrics_of_default())
    spoken = random_sources(rng, LAST, world.metrics_of_default())
    sources = await world.make_sources(session, spoken)
    await service.new_version(session, world.default_model(), applied_by="test")
    return [
        await world.make_account(
            session, random_facts(rng, LAST, spoken, lateness=rng.choice([0, 0, 0.05, 1])), metrics, sources
        )
        for _ in range(accounts)
    ]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("restated", [False, True])
async def test_a_span_equals_its_days_one_by_one(session: WriteSession, seed: int, restated: bool) -> None:
    await a_random_world(session, seed + 100)
    days = [LAST - timedelta(days=n) for n in range(34, -1, -1)]

    async with session.begin_nested() as nothing:
        for day in days:
            await scoring.score_days(session, [day], restated=restated)
        singly = [await snapshots(session, table) for table in SNAPSHOTS.values()]
        await nothing.rollback()
    await scoring.score_days(session, days, restated=restated)

    at_once = [await snapshots(session, table) for table in SNAPSHOTS.values()]
    for fast, slow in zip(at_once, singly, strict=True):
        for one, other in zip(fast, slow, strict=True):
            assert one == other
    assert at_once[0]


async def test_weekly_steps_equal_single_days(session: WriteSession) -> None:
    await a_random_world(session, 7)
    days = [LAST - timedelta(days=7 * n) for n in range(8, -1, -1)]

    async with session.begin_nested() as nothing:
        for day in days:
            await scoring.score_days(session, [day])
        singly = await snapshots(session, "health_snapshots")
        await nothing.rollback()
    await scoring.score_days(session, days)

    assert await snapshots(session, "health_snapshots") == singly
