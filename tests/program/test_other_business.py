"""A second, quite different program: a chain of climbing gyms. Nothing of the default program is built in."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlalchemy import select, text, update

from backend.accounts.models import Account, Tier
from backend.db import clock
from backend.db.engine import Database, WriteSession
from backend.health import scoring
from backend.health.models import CurrentHealth
from backend.program import service
from backend.program.assemble import DEFAULT, load, parse
from backend.program.section import Program
from backend.usage.models import Metric
from tests.health import world

GYM = Path(__file__).resolve().parents[1] / "programs" / "gym"


def program_with(program: Program, old: str, new: str) -> Program:
    return parse({name: text.replace(old, new) for name, text in program.files.items()})


async def test_the_gym_runs_on_a_fresh_database(database: Database) -> None:
    async with database.begin() as session:
        applied = await service.apply(session, load(GYM))

    async with database.begin() as session:
        tiers = await session.execute(
            select(Tier.key, Tier.price_minor, Tier.price_currency, Tier.health_visibility, Tier.plans).order_by(
                Tier.rank
            )
        )
        metrics = await session.execute(select(Metric.key, Metric.scale, Metric.is_core).order_by(Metric.id))

    assert applied.number == 1
    assert [tuple(tier) for tier in tiers] == [
        ("boulder", 24_000, "CHF", "HIDDEN", ["corp-boulder"]),
        ("summit", 89_050, "CHF", "SCORE", ["corp-summit", "corp-summit-2024"]),
    ]
    assert [tuple(metric) for metric in metrics] == [
        ("wall_visits", 0, True),
        ("rope_visits", 0, True),
        ("course_hours", 2, True),
        ("guest_passes", 0, False),
        ("locker_complaints", 0, False),
    ]


async def test_its_five_leaves_score_and_a_plan_says_whose_band_changes(session: WriteSession) -> None:
    program = load(GYM)
    await service.apply(session, program)
    await world.make_organization(session)
    today = await clock.today(session)
    days = [today - timedelta(days=ago) for ago in range(70)]
    metrics = {row.key: row.id for row in await session.execute(select(Metric.key, Metric.id))}
    feeds = {f"metric:{key}": days[-1] for key in metrics}
    sources = await world.make_sources(session, [world.Spoken(feeds, days)])
    since = today - timedelta(days=400)
    climbs = world.Facts(since, uses=[world.Use(day, "wall_visits", 1) for day in days])
    busy = await world.make_account(session, climbs, metrics, sources)
    idle = await world.make_account(session, world.Facts(since), metrics, sources)

    before_scoring = await service.plan(session, program_with(program, "green_above: 65", "green_above: 85"))
    await scoring.score_now(session)

    rows = await session.execute(select(CurrentHealth.account_id, CurrentHealth.score))
    scores = {row.account_id: row.score for row in rows}
    # Nobody has memberships, so the group's whole 60 go to the rhythm; then 10 of 100 points for no courses, quiet
    # lockers and a visit today. Without visits, complaints per visit do not apply: courses weigh 20 / 28 of 40.
    assert scores[busy] == 60_000_000 + 2_000_000 + 12_000_000 + 8_000_000
    assert scores[idle] == 285_714 * 10
    # The evening group is for summit alone. Of the 88 points that customers see, the last visit weighs 8.
    offered = text("select key, gain, band_after from waymark_next_actions(:account)")
    found = {who: (await session.execute(offered.bindparams(account=who))).all() for who in (busy, idle)}
    assert {who: list(map(tuple, actions)) for who, actions in found.items()} == {
        busy: [],
        idle: [("climb_today", 9_090_900, "RED")],
    }
    await session.execute(update(Account).where(Account.id == idle).values(tier_key="summit"))
    of_summit = (await session.execute(offered.bindparams(account=idle))).all()
    assert {row.key for row in of_summit} == {"climb_today", "evening_group"}
    plan = await service.plan(session, program_with(program, "green_above: 65", "green_above: 85"))
    assert before_scoring.consequences == ("2 accounts get a first score.",)
    assert plan.difference == "health.yaml\n  ~ cuts.green_above 65 → 85"
    assert plan.consequences == (
        "1 account of 2 changes band:",
        "  1 from green to yellow",
        "0 leave red, 0 enter it.",
    )
    assert await session.scalar(select(CurrentHealth.band).where(CurrentHealth.account_id == busy)) == "GREEN"


async def test_the_default_program_gives_way_to_it(database: Database) -> None:
    async with database.begin() as session:
        await service.apply(session, load(DEFAULT))
        await service.apply(session, load(GYM))

    async with database.begin() as session:
        tiers = set(await session.scalars(select(Tier.key).where(~Tier.is_retired)))
        metrics = set(await session.scalars(select(Metric.key).where(~Metric.is_retired)))

    assert tiers == {"boulder", "summit"}
    assert metrics == {"wall_visits", "rope_visits", "course_hours", "guest_passes", "locker_complaints"}
