"""A second, quite different program: a chain of climbing gyms. Nothing of the default program is built in."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from backend.accounts.models import Tier
from backend.db.engine import Database
from backend.program import service
from backend.program.assemble import DEFAULT, load
from backend.usage.models import Metric

GYM = Path(__file__).resolve().parents[1] / "programs" / "gym"


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


async def test_the_default_program_gives_way_to_it(database: Database) -> None:
    async with database.begin() as session:
        await service.apply(session, load(DEFAULT))
        await service.apply(session, load(GYM))

    async with database.begin() as session:
        tiers = set(await session.scalars(select(Tier.key).where(~Tier.is_retired)))
        metrics = set(await session.scalars(select(Metric.key).where(~Metric.is_retired)))

    assert tiers == {"boulder", "summit"}
    assert metrics == {"wall_visits", "rope_visits", "course_hours", "guest_passes", "locker_complaints"}
