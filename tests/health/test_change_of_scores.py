"""What a change consists of: lines with causes that sum exactly, for staff and for customers, in words."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from backend.db.engine import WriteSession
from backend.health import scoring, service
from backend.health.definition import Model
from tests.health import world
from tests.health.test_many_days import LAST, a_random_world

AUDIENCES = {"health": "health_snapshots", "customer_health": "customer_health_snapshots"}


def another_model(model: Model) -> Model:
    """Other weights and anchors, one leaf gone."""
    leaves = list(model.leaves[:-1])
    leaves[0] = leaves[0].model_copy(update={"weight": 150_000, "healthy": 0.5})
    leaves[1] = leaves[1].model_copy(update={"weight": 300_000})
    return model.model_copy(update={"leaves": tuple(leaves)})


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("audience", AUDIENCES)
async def test_lines_sum_to_the_change_exactly(session: WriteSession, seed: int, audience: str) -> None:
    accounts = await a_random_world(session, seed + 300, accounts=12)
    before, after = LAST - timedelta(days=25), LAST
    await service.new_version(
        session, another_model(world.default_model()), applied_by="test", in_force_from=LAST - timedelta(days=3)
    )
    await scoring.score_days(session, [before, LAST - timedelta(days=10), after])

    for account in accounts:
        for since in (before, LAST - timedelta(days=10)):
            scores = {
                row.day: row.score
                for row in await session.execute(
                    text(f"select day, score from {AUDIENCES[audience]} where account_id = :a"), {"a": account}
                )
            }
            lines = (
                await session.execute(
                    text(f"select * from waymark_{audience}_change(:a, :since, :until)"),
                    {"a": account, "since": since, "until": after},
                )
            ).all()
            first, last = scores.get(since), scores.get(after)
            assert sum(line.delta for line in lines) == (0 if first is None or last is None else last - first)
            assert all(line.delta for line in lines)


async def change(session: WriteSession, account: UUID, since: date, until: date) -> list[tuple[str, str, int]]:
    found = await session.execute(
        text("select key, cause, delta from waymark_health_change(:a, :s, :u) order by place, delta desc"),
        {"a": account, "s": since, "u": until},
    )
    return [(row.key, row.cause, row.delta) for row in found]


async def sentence(session: WriteSession, account: UUID, since: date, until: date) -> str:
    return str(
        await session.scalar(
            text("select waymark_health_change_sentence(:a, :s, :u)"), {"a": account, "s": since, "u": until}
        )
    )


async def a_team(session: WriteSession, *, more_seats: bool, model: Model | None = None) -> UUID:
    """Twelve seats of which six are used each day, from 5 May on three; perhaps forty more seats from 1 May."""
    await world.make_organization(session)
    metrics = await world.make_metrics(session, world.metrics_of_default())
    days = [date(2026, 2, 1) + timedelta(days=n) for n in range(150)]
    feeds = dict.fromkeys(["metric:conversations", "active_members", "seats"], date(2026, 2, 1))
    sources = await world.make_sources(session, [world.Spoken(feeds, days)])
    facts = world.Facts(
        date(2026, 1, 1),
        uses=[world.Use(day, "conversations", 10, 6 if day < date(2026, 5, 5) else 3) for day in days],
        terms=[world.Term(date(2026, 1, 1), seats=12)],
    )
    if more_seats:
        facts.terms.append(world.Term(date(2026, 5, 1), seats=40))
    account = await world.make_account(session, facts, metrics, sources)
    await service.new_version(session, model or world.default_model(), applied_by="test")
    return account


async def test_a_change_is_told_in_one_sentence(session: WriteSession) -> None:
    account = await a_team(session, more_seats=True)
    since, until = date(2026, 5, 1), date(2026, 5, 29)
    await scoring.score_days(session, [since, until])

    assert await change(session, account, since, until) == [
        ("daily_active_rate", "VALUE", -14_189_114),
        ("daily_active_rate", "DENOMINATOR", -17_572_900),
        ("usage_trend_direction", "VALUE", 1),
    ]
    assert await sentence(session, account, since, until) == ("−31.8 since 1 May = seats +23.4 (−17.6), people −14.2")


async def test_no_score_means_no_lines_and_says_so(session: WriteSession) -> None:
    account = await a_team(session, more_seats=False)
    day = date(2026, 1, 2)
    await scoring.score_days(session, [day, date(2026, 5, 1)])

    assert await change(session, account, day, date(2026, 5, 1)) == []
    assert await sentence(session, account, day, date(2026, 5, 1)) == ("There was not enough data on 2 January.")
