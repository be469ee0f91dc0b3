"""Tuning a model: the effect that is told is the one that scoring has; bad input names its place."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from backend.db.engine import WriteSession
from backend.errors import InvalidInput
from backend.health import rules, scoring, service, tuning
from backend.health.definition import Model
from backend.health.models import HealthBand
from backend.health.tuning import Change
from tests.health import world
from tests.health.test_many_days import LAST, a_random_world

CHANGES = [
    Change("daily_active_rate", weight=0.30, healthy=0.9),
    Change("feature_adoption_depth", weight=0.15, poor=0.3),
    Change("support_interaction_sentiment", poor=-0.2, healthy=0.8),
    Change("payment_health", poor=10),
    Change("usage_trend_direction", healthy=2.5),
    Change("contract_utilization", poor=0.4),
]
HISTORY = [LAST - timedelta(days=back) for back in (*range(100, 56, -4), 31, 28, 7, 1)]


async def a_scored_world(session: WriteSession, seed: int) -> list[UUID]:
    """Sixty accounts with a history, seven of which were lost."""
    accounts = await a_random_world(session, seed, accounts=60)
    await scoring.score_days(session, HISTORY)
    for number, account in enumerate(accounts):
        left = LAST - timedelta(days=number * 5) if number < 7 else None
        await session.execute(
            text(
                "update account_internals set churned_on = :left, mrr_minor = :mrr, mrr_currency = :currency"
                " where account_id = :account"
            ),
            {"left": left, "mrr": 100 * number, "currency": ("EUR", "USD")[number % 2], "account": account},
        )
    await scoring.score_now(session, day=LAST)
    return accounts


async def live(session: WriteSession) -> dict[UUID, Any]:
    rows = await session.execute(text("select * from current_health"))
    return {row.account_id: row for row in rows}


@pytest.mark.parametrize("seed", [11, 12])
async def test_the_effect_of_today_is_that_of_measuring_and_scoring_anew(session: WriteSession, seed: int) -> None:
    await a_scored_world(session, seed)
    before = await live(session)
    version = scoring.in_force(await scoring.versions(session), LAST)
    model = tuning.changed(version.model, CHANGES)

    told = (await tuning.effect(session, version, model, day=LAST)).today
    async with session.begin_nested() as nothing:
        await scoring.score_now(session, version=scoring.Version(2, None, model), day=LAST)
        after = await live(session)
        await nothing.rollback()

    moved = {
        account: ((before[account].score, before[account].band), (after[account].score, after[account].band))
        for account in before
        if before[account].band != after[account].band
    }
    assert len(moved) >= 3
    assert {each.account_id: (each.before, each.after) for each in told.moved} == moved
    assert told.moved_count == len(moved)
    had, has = (Counter(row.band for row in rows.values()) for rows in (before, after))
    assert told.bands == {band: (had[band], has[band]) for band in HealthBand}
    risk: dict[str, list[int]] = {"EUR": [0, 0], "USD": [0, 0]}
    for row in await session.execute(text("select account_id, mrr_minor, mrr_currency from account_internals")):
        for side, rows in enumerate((before, after)):
            if row.account_id in rows and rows[row.account_id].category in {"AT_RISK", "CRITICAL"}:
                risk[row.mrr_currency][side] += row.mrr_minor
    assert told.at_risk == {currency: tuple(sums) for currency, sums in risk.items()}


def said_by(model: Model, former: Model, row: Any) -> HealthBand:
    """What a model says of a closing, by the rules in Python."""
    normalised: list[int | None] = []
    for place, (leaf, status) in enumerate(zip(model.leaves, row.statuses, strict=True)):
        was, is_ = former.anchors(place, row.profile), model.anchors(place, row.profile)
        if status in rules.MISSING or was == is_ or status == "Z":
            normalised.append(row.normalised[place])
        elif status == "S" and not row.numerators[place] and row.normalised[place] == leaf.empty:
            normalised.append(leaf.empty)
        else:
            normalised.append(rules.normalise(row.numerators[place], row.denominators[place], *is_))
    scored = rules.score(model, range(len(model.leaves)), row.statuses, normalised)
    return rules.closing_band(None, scored.score, model.cuts)


async def test_what_was_said_of_lost_accounts_follows_from_their_closings(session: WriteSession) -> None:
    accounts = await a_scored_world(session, 13)
    version = scoring.in_force(await scoring.versions(session), LAST)
    model = tuning.changed(version.model, CHANGES)
    closings = (await session.execute(text("select * from health_snapshots where revision = 0 order by day"))).all()

    told = await tuning.effect(session, version, model, day=LAST)

    def expected(some: list[UUID], days: int, ends: dict[UUID, date]) -> tuple[int, ...]:
        bands: list[list[HealthBand]] = [[], []]
        for account in some:
            last = ends.get(account, LAST) - timedelta(days=days)
            near = [
                row
                for row in closings
                if row.account_id == account and last - timedelta(days=tuning.LATE_DAYS) <= row.day <= last
            ]
            for side, which in enumerate((version.model, model)):
                bands[side] += [said_by(which, version.model, row) for row in near[-1:]]
        counts = [Counter(each) for each in bands]
        return (len(bands[0]), *(count[band] for band in (HealthBand.RED, HealthBand.YELLOW) for count in counts))

    lost, kept = accounts[:7], accounts[7:]
    ends = {account: LAST - timedelta(days=number * 5) for number, account in enumerate(lost)}
    for found, some in ((told.warned, lost), (told.alarmed, kept)):
        assert [(each.days, (each.accounts, *each.red, *each.yellow)) for each in found] == [
            (days, expected(some, days, ends)) for days in tuning.HORIZONS
        ]
    assert told.lost == 7
    assert sum(each.accounts for each in told.alarmed) > 20


async def test_closings_of_an_older_version_are_scored_by_what_it_measured_alike(session: WriteSession) -> None:
    await a_scored_world(session, 14)
    old = scoring.in_force(await scoring.versions(session), LAST)
    # The newest leaf stands first now, and another looks back further, so that its old measure does not count.
    first, *others = old.model.leaves
    leaves = (*others, first.model_copy(update={"window": 7}))
    await service.new_version(session, old.model.model_copy(update={"leaves": leaves}), applied_by="test")
    version = (await scoring.versions(session))[-1]

    told = await tuning.effect(session, version, version.model, day=LAST)

    assert told.today.bands == {}, "nothing is scored by it yet"
    assert sum(each.accounts for each in told.alarmed) > 20
    assert [(each.red[0], each.yellow[0]) for each in told.alarmed] == [
        (each.red[1], each.yellow[1]) for each in told.alarmed
    ]


@pytest.mark.unit
@pytest.mark.parametrize(
    "change, field, message",
    [
        (Change("daily_rate"), "leafKey", "daily_rate is no leaf. Did you mean daily_active_rate?"),
        (Change("payment_health", weight=1.5), "weight", "A weight is a share of the whole, from 0 to 1."),
        (Change("payment_health", poor=2e12), "poor", "An anchor lies between −1e+12 and 1e+12."),
        (
            Change("payment_health", healthy=30),
            "healthy",
            "`poor` and `healthy` are the same value. Write another for one of them.",
        ),
        (
            Change("payment_health", poor=0),
            "poor",
            "`poor` and `healthy` are the same value. Write another for one of them.",
        ),
    ],
)
def test_what_cannot_be_is_refused_where_it_stands(change: Change, field: str, message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        tuning.changed(world.default_model(), [Change("outcome"), change])

    assert (refused.value.field, refused.value.message) == (["changes", "1", field], message)


@pytest.mark.unit
def test_weights_have_to_sum_to_the_whole() -> None:
    with pytest.raises(InvalidInput) as refused:
        tuning.changed(world.default_model(), [Change("payment_health", weight=0.06)])

    assert (refused.value.field, refused.value.message) == (
        ["changes"],
        "The weights sum to 1.01. Make them sum to 1.",
    )


@pytest.mark.unit
def test_a_leaf_is_changed_once() -> None:
    with pytest.raises(InvalidInput) as refused:
        tuning.changed(world.default_model(), [Change("outcome"), Change("outcome")])

    assert refused.value.field == ["changes", "1", "leafKey"]
