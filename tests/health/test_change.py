"""Why a score changed: lines that add up exactly, each with its cause, and the sentence that they make."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, text

from backend.accounts.program import Tiers
from backend.db.engine import WriteSession
from backend.health import program as health_program
from backend.health import rules, service
from backend.health.definition import Model
from backend.health.models import CustomerHealthSnapshot, HealthBand, HealthSnapshot
from backend.program.assemble import DEFAULT, load
from backend.program.setup import initialise
from backend.usage.program import Metrics
from tests.factories import make_account

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


@dataclass(frozen=True)
class Day:
    """The facts of a day of an account, leaf by leaf."""

    statuses: str
    numerators: list[float | None]
    denominators: list[float | None]


@pytest.fixture
async def models(session: WriteSession) -> list[Model]:
    """The default model as version 1, and a version 2 with one anchor and two weights moved."""
    await initialise(session, name="Ada's", time_zone="UTC", currency="USD", applied_by="test")
    program = load(DEFAULT)
    first = program.section(health_program.Health)
    leaves = dict(first.leaves)
    leaves["daily_active_rate"] = leaves["daily_active_rate"].model_copy(update={"weight": 15, "healthy": 0.5})
    leaves["feature_adoption_depth"] = leaves["feature_adoption_depth"].model_copy(update={"weight": 30})
    second = first.model_copy(update={"leaves": leaves})
    made = [health_program.model(s, program.section(Tiers), program.section(Metrics)) for s in (first, second)]
    assert await service.new_version(session, made[1], applied_by="test") == 2
    return made


async def close(
    session: WriteSession, account: UUID, day: date, version: int, model: Model, facts: Day
) -> list[int | None]:
    """Store a day's closing health for both audiences; returns both scores."""
    normalised = [
        None
        if status in rules.MISSING
        else leaf.empty
        if status == "Z"
        else rules.normalise(n or 0.0, d, leaf.poor, leaf.healthy)
        for status, leaf, n, d in zip(facts.statuses, model.leaves, facts.numerators, facts.denominators, strict=True)
    ]
    scores: list[int | None] = []
    everything = tuple(range(len(model.leaves)))
    for table, places in ((HealthSnapshot, everything), (CustomerHealthSnapshot, model.visible)):
        scored = rules.score(model, places, facts.statuses, normalised)
        values: dict[str, Any] = {
            "account_id": account,
            "day": day,
            "revision": 0,
            "model_version": version,
            "profile": 0,
            "score": scored.score,
            "band": HealthBand.GREEN if scored.score is not None else HealthBand.INSUFFICIENT_DATA,
            "coverage": scored.coverage,
            "statuses": "".join(facts.statuses[place] for place in places),
            "numerators": [facts.numerators[place] for place in places],
            "denominators": [facts.denominators[place] for place in places],
            "normalised": [normalised[place] for place in places],
            "weights": scored.weights,
            "contributions": scored.contributions,
        }
        await session.execute(insert(table).values(**values | ({"known_on": day} if table is HealthSnapshot else {})))
        scores.append(scored.score)
    return scores


async def lines(session: WriteSession, account: UUID, *, customers: bool = False) -> list[tuple[str, str, int]]:
    function = "waymark_customer_health_change" if customers else "waymark_health_change"
    rows = await session.execute(
        text(f"select key, cause, delta from {function}(:a, :b, :c)"), {"a": account, "b": MAY, "c": JUNE}
    )
    return [(row.key, row.cause, row.delta) for row in rows]


async def sentence(session: WriteSession, account: UUID) -> str | None:
    found: str | None = await session.scalar(
        text("select waymark_health_change_sentence(:a, :b, :c)"), {"a": account, "b": MAY, "c": JUNE}
    )
    return found


def random_day(rng: random.Random, model: Model) -> Day:
    statuses = "".join(rng.choice("MMMMMMZSNX") for _ in model.leaves)
    return Day(
        statuses,
        [None if s in "NX" else 0.0 if s == "Z" else float(rng.randint(0, 40)) for s in statuses],
        [None if s in "NX" else float(rng.choice([1, 8, 12, 40])) for s in statuses],
    )


@pytest.mark.parametrize("seed", range(40))
async def test_lines_sum_exactly_to_the_change_for_both_audiences(
    session: WriteSession, models: list[Model], seed: int
) -> None:
    rng = random.Random(seed)  # noqa: S311
    account = (await make_account(session)).id
    versions = [rng.choice([0, 1]) for _ in range(2)]
    before = await close(session, account, MAY, versions[0] + 1, models[versions[0]], random_day(rng, models[0]))
    after = await close(session, account, JUNE, versions[1] + 1, models[versions[1]], random_day(rng, models[0]))

    for audience, customers in enumerate((False, True)):
        found = await lines(session, account, customers=customers)
        earlier, later = before[audience], after[audience]
        if earlier is None or later is None:
            assert found == []
        else:
            assert sum(delta for _, _, delta in found) == later - earlier
            assert {cause for _, cause, _ in found} <= {"VALUE", "DENOMINATOR", "COVERAGE", "MODEL"}
            assert versions[0] != versions[1] or "MODEL" not in {cause for _, cause, _ in found}


def measured(model: Model, **changed: tuple[float, float]) -> Day:
    """Every leaf measured at the middle between its anchors, but for those given as numerator and denominator."""
    pairs = [changed.get(leaf.key, ((leaf.poor + leaf.healthy) / 2 * 8, 8.0)) for leaf in model.leaves]
    return Day("M" * len(pairs), [n for n, _ in pairs], [d for _, d in pairs])


async def test_what_rounds_to_nothing_has_no_sign(session: WriteSession) -> None:
    numbers = "unnest(array[-0.05, -0.04, 0, 0.04, 0.05]) with ordinality as t (number, place)"
    written = await session.scalars(text(f"select waymark_signed(number) from {numbers} order by place"))
    assert list(written) == ["−0.1", "±0.0", "±0.0", "±0.0", "+0.1"]


async def test_new_seats_are_a_line_of_their_own(session: WriteSession, models: list[Model]) -> None:
    account = (await make_account(session)).id
    before, _ = await close(session, account, MAY, 1, models[0], measured(models[0], daily_active_rate=(4.0, 12.0)))
    after, _ = await close(session, account, JUNE, 1, models[0], measured(models[0], daily_active_rate=(4.0, 40.0)))

    assert before is not None
    assert after is not None
    assert await lines(session, account) == [("daily_active_rate", "DENOMINATOR", after - before)]
    assert await sentence(session, account) == "−16.7 since 1 May = seats +28 (−16.7)"


async def test_the_sentence_adds_up_and_names_the_largest_part_first(
    session: WriteSession, models: list[Model]
) -> None:
    account = (await make_account(session)).id
    earlier = measured(models[0], daily_active_rate=(4.0, 12.0), feature_adoption_depth=(4.0, 8.0))
    later = measured(models[0], daily_active_rate=(2.0, 12.0), feature_adoption_depth=(3.0, 8.0))
    await close(session, account, MAY, 1, models[0], earlier)
    await close(session, account, JUNE, 1, models[0], later)

    assert await sentence(session, account) == "−16.9 since 1 May = people −11.9, adoption −5.0"


async def test_a_leaf_that_lost_its_source_is_coverage(session: WriteSession, models: list[Model]) -> None:
    account = (await make_account(session)).id
    day = measured(models[0], support_interaction_sentiment=(8.0, 8.0))
    place = [leaf.key for leaf in models[0].leaves].index("support_interaction_sentiment")
    gone = Day(day.statuses[:place] + "N" + day.statuses[place + 1 :], day.numerators, day.denominators)
    await close(session, account, MAY, 1, models[0], day)
    await close(session, account, JUNE, 1, models[0], gone)

    assert {cause for _, cause, _ in await lines(session, account)} == {"COVERAGE"}
    assert await sentence(session, account) == "−7.5 since 1 May = what is measured −7.5"


async def test_a_new_model_is_told_apart_from_the_facts(session: WriteSession, models: list[Model]) -> None:
    account = (await make_account(session)).id
    before, _ = await close(session, account, MAY, 1, models[0], measured(models[0], daily_active_rate=(4.0, 12.0)))
    after, _ = await close(session, account, JUNE, 2, models[1], measured(models[0], daily_active_rate=(4.0, 12.0)))

    assert before is not None
    assert after is not None
    found = await lines(session, account)
    assert {cause for _, cause, _ in found} == {"MODEL"}
    assert sum(delta for _, _, delta in found) == after - before


async def test_without_a_score_on_either_day_the_sentence_says_so(session: WriteSession, models: list[Model]) -> None:
    account = (await make_account(session)).id
    leaves = len(models[0].leaves)
    nothing = Day("N" * leaves, [None] * leaves, [None] * leaves)
    await close(session, account, MAY, 1, models[0], nothing)
    await close(session, account, JUNE, 1, models[0], measured(models[0]))

    assert await lines(session, account) == []
    assert await sentence(session, account) == "There was not enough data on 1 May."
