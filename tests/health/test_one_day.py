"""A day's scores in SQL against the rules and the reference in plain Python."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db.engine import WriteSession
from backend.health import conditions, plain_day, rules, scoring, service
from backend.health.features import plan
from backend.health.models import HealthBand
from tests.health import reference, world
from tests.health.scenes import random_facts, random_sources

DAY = date(2026, 6, 17)


async def rows(session: AsyncSession, table: str) -> dict[object, dict[str, object]]:
    found = await session.execute(text(f"select * from {table}"))
    return {row["account_id"]: dict(row) for row in found.mappings()}


@pytest.mark.parametrize("seed", range(12))
async def test_sql_gives_what_the_reference_gives(session: WriteSession, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311
    model = world.default_model()
    await world.make_organization(session)
    metrics = await world.make_metrics(session, world.metrics_of_default())
    shared = seed % 2 == 0
    spoken = random_sources(rng, DAY, world.metrics_of_default(), shared=shared)
    if not shared:
        spoken = spoken[:1]
    sources = await world.make_sources(session, spoken)
    accounts = [random_facts(rng, DAY, spoken, lateness=1 if shared else rng.choice([0, 1])) for _ in range(25)]
    ids = [await world.make_account(session, facts, metrics, sources) for facts in accounts]
    await service.new_version(session, model, applied_by="test")
    delivered = await conditions.deliveries(session, DAY)
    held = conditions.on(model, delivered, DAY, DAY)

    await scoring.score_now(session, day=DAY)

    staff, customers = await rows(session, "current_health"), await rows(session, "current_customer_health")
    for account, facts in zip(ids, accounts, strict=True):
        expected = reference.Account(model, facts, held, DAY, DAY)
        assert (account in staff) == (account in customers) == expected.is_customer()
        if not expected.is_customer():
            continue
        leaves = [expected.leaf(place) for place in range(len(model.leaves))]
        statuses = "".join(leaf[0] for leaf in leaves)
        normalised = [leaf[3] for leaf in leaves]
        for found, places in ((staff[account], range(len(leaves))), (customers[account], model.visible)):
            scored = rules.score(model, list(places), statuses, normalised)
            assert found["statuses"] == "".join(statuses[place] for place in places), facts
            assert found["numerators"] == [leaves[place][1] for place in places], (facts, statuses)
            assert found["denominators"] == [leaves[place][2] for place in places], (facts, statuses)
            assert found["normalised"] == [normalised[place] for place in places]
            assert found["weights"] == scored.weights
            assert found["contributions"] == scored.contributions
            assert found["coverage"] == scored.coverage
            assert found["score"] == scored.score
            assert found["profile"] == expected.profile()
            assert found["band"] == rules.closing_band(None, scored.score, model.cuts).value
        band = HealthBand(str(staff[account]["band"]))
        category = rules.category(band, scored_score(staff[account]), model.cuts)
        assert staff[account]["category"] == (category.value if category else None)


def scored_score(row: dict[str, object]) -> int | None:
    value = row["score"]
    return value if isinstance(value, int) else None


async def test_a_day_before_the_first_is_not_scored(session: WriteSession) -> None:
    model = world.default_model()
    await world.make_organization(session)
    metrics = await world.make_metrics(session, world.metrics_of_default())
    await world.make_account(session, world.Facts(DAY + timedelta(days=1)), metrics, [])
    await service.new_version(session, model, applied_by="test")

    scored = await scoring.score_now(session, day=DAY)

    assert scored == 0


async def test_plain_accounts_are_told_from_rough_ones(session: WriteSession) -> None:
    model = world.default_model()
    await world.make_organization(session)
    metrics = await world.make_metrics(session, world.metrics_of_default())
    feeds = dict.fromkeys(["metric:conversations", "active_members", "seats"], DAY - timedelta(days=300))
    spoken = world.Spoken(feeds, [DAY - timedelta(days=n) for n in range(300, -1, -1)])
    sources = await world.make_sources(session, [spoken])
    await service.new_version(session, model, applied_by="test")
    since, then = DAY - timedelta(days=20), DAY - timedelta(days=9)
    use, term = world.Use(then, "conversations", 4, 2), world.Term(since, seats=5)
    scenes = {
        "plain": world.Facts(
            since - timedelta(days=200), [use], terms=[world.Term(since - timedelta(days=200), seats=5)]
        ),
        "late": world.Facts(since, [world.Use(then, "conversations", 4, 2, known=then + timedelta(days=1))]),
        "named": world.Facts(since, [use], seen=[world.Seen(then, "conversations", 1)]),
        "early": world.Facts(since, [world.Use(since - timedelta(days=1), "conversations", 4, 2)]),
        "growing": world.Facts(since, [use], terms=[term]),
    }
    ids = {name: await world.make_account(session, facts, metrics, sources) for name, facts in scenes.items()}
    held = conditions.on(model, await conditions.deliveries(session, DAY), DAY, DAY)
    made = plan(model, held, await scoring.metric_ids(session))

    everyone = scoring.EVERY_ACCOUNT
    rough = await session.scalars(text(plain_day.rough(made, DAY, DAY, everyone.among)), everyone.bound)

    assert plain_day.is_possible(made)
    assert set(rough) == set(ids.values()) - {ids["plain"]}
