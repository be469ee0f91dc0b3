"""That a limit of the month is used up, or will be within days, is noted once a month."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from sqlalchemy import insert, select

from backend.accounts.models import Account
from backend.billing import limits
from backend.db.engine import Database, WriteSession
from backend.events import DomainEventRow
from backend.settings import Settings
from backend.usage.models import Metric, Source, UsageDaily
from tests.factories import make_account, make_tier

NOON = datetime.fromisoformat("2099-06-15T12:00:00+00:00")


async def world(database: Database, settings: Settings, *, is_visible: bool = True) -> Account:
    """An account whose tier includes 1,000 conversations a month, on the 15th of a month."""
    connection = await asyncpg.connect(settings.migrate_url)
    await connection.execute("insert into clock_offset (moved_by) values ($1 - now())", NOON)
    await connection.close()
    async with database.begin() as session:
        session.add(Metric(key="conversations", name="Conversations", scale=0, is_customer_visible=is_visible))
        session.add(Source(key="product", name="Product", kind="PRODUCT"))
        await make_tier(session, "starter", limits={"conversations": 1000})
        return await make_account(session, tier_key="starter", customer_since=date(2099, 1, 1))


async def used(session: WriteSession, account: Account, amount: int, *, days_ago: int) -> None:
    metric, source = await session.scalar(select(Metric.id)), await session.scalar(select(Source.id))
    day = NOON.date() - timedelta(days=days_ago)
    row = {"account_id": account.id, "metric_id": metric, "source_id": source, "users": 1}
    await session.execute(insert(UsageDaily).values(**row, day=day, known_on=day, delta=amount))


async def noted(session: WriteSession) -> list[tuple[str, dict[str, Any]]]:
    found = await session.scalars(select(DomainEventRow).order_by(DomainEventRow.id))
    return [(row.type, row.body) for row in found]


async def test_a_limit_is_told_of_before_it_is_reached_and_when_it_is_each_once(
    database: Database, settings: Settings
) -> None:
    account = await world(database, settings)
    counts = []

    async with database.begin() as session:
        await used(session, account, 700, days_ago=10)
        counts.append(await limits.note(session))
        await used(session, account, 180, days_ago=1)
        counts += [await limits.note(session), await limits.note(session)]
        await used(session, account, 120, days_ago=0)
        counts += [await limits.note(session), await limits.note(session)]
        found = await noted(session)

    about = {"metric_key": "conversations", "included": "1000", "month": "2099-06-01"}
    # 880 are used, and 880 of 28 days are 31 a day: the other 120 are gone in four days.
    assert counts == [0, 1, 0, 1, 0]
    assert found == [("LimitNear", {**about, "reached_on": "2099-06-19"}), ("LimitReached", about)]


@pytest.mark.parametrize(("is_visible", "days_ago"), [(False, 1), (True, 20)], ids=["hidden", "of the month before"])
async def test_what_customers_do_not_see_and_what_was_last_month_is_not_told(
    database: Database, settings: Settings, *, is_visible: bool, days_ago: int
) -> None:
    account = await world(database, settings, is_visible=is_visible)

    async with database.begin() as session:
        await used(session, account, 1_200, days_ago=days_ago)
        assert (await limits.note(session), await noted(session)) == (0, [])
