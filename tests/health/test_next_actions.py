"""What a next action gains: exactly what the score gains when exactly that happens."""

from __future__ import annotations

import math
import random
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select, text

from backend.accounts.models import Account
from backend.accounts.program import Tiers
from backend.db import clock
from backend.db.engine import WriteSession
from backend.health import rules, scoring
from backend.health.measures import SHARES, UNDIVIDED
from backend.health.models import CurrentCustomerHealth, CustomerHealthSnapshot, HealthBand
from backend.health.next_actions import Action
from backend.health.program import Health
from backend.health.scoring import Accounts
from backend.program.assemble import DEFAULT, load, parse
from backend.program.errors import ProgramInvalid
from backend.program.setup import initialise
from backend.usage.models import Metric, UsageDaily
from tests.factories import make_account
from tests.health import world
from tests.health.world import Facts, Held, Spoken, Term, Use

Offered = dict[str, tuple[float, int, str, bool]]
"""By key: the step, the gain, the band after it, and whether that is another."""


async def offered(session: WriteSession, account: UUID) -> Offered:
    statement = text("select * from waymark_next_actions(:account) order by place").bindparams(account=account)
    found = (await session.execute(statement)).all()
    assert [row.gain for row in found] == sorted((row.gain for row in found), reverse=True)
    return {row.key: (row.step, row.gain, row.band_after, row.is_other_band) for row in found}


def stepped(action: Action, numerator: float | None) -> float | None:
    if action.to is not None:
        return action.to
    if numerator is None:
        return None
    return numerator + (action.by if action.by is not None else math.ceil(numerator * (action.by_percent or 0) / 100))


async def test_the_gain_is_what_the_rules_give_for_exactly_that_step(session: WriteSession) -> None:
    await initialise(session, name="Ada's", time_zone="UTC", currency="USD", applied_by="test")
    program = load(DEFAULT)
    model, ranks = world.default_model(), {key: tier.rank for key, tier in program.section(Tiers).tiers.items()}
    actions = {key: leaf.actions for key, leaf in program.section(Health).leaves.items() if leaf.actions}
    places, rng, today = model.visible, random.Random(5), await clock.today(session)  # noqa: S311
    gained = 0

    for number in range(150):
        tier, profile = rng.choice(["starter", "professional", None]), rng.choice([0, 0, 1])
        account = await make_account(session, tier_key=tier)
        statuses = "".join(rng.choice("MMMMMZZSXN") for _ in model.leaves)
        denominators = [None if rng.random() < 0.2 else rng.choice([1.0, 9.5, 20.0]) for _ in model.leaves]
        numerators = [
            0.0 if status == "Z" else rng.choice([1.0, 3.0, 12.25, 18.0])
            for status in statuses
        ]  # fmt: skip
        values: list[int | None] = []
        for place, (status, n, d) in enumerate(zip(statuses, numerators, denominators, strict=True)):
            counts = status not in rules.MISSING
            is_empty = status == "Z"
            leaf = model.leaves[place]
            laid = leaf.empty if is_empty else rules.normalise(n, d, *model.anchors(place, profile))
            values.append(laid if counts else None)
        scored = rules.score(model, places, statuses, values)
        before = rng.choice([None, HealthBand.RED, HealthBand.YELLOW, HealthBand.GREEN])
        row: dict[str, Any] = {
            "account_id": account.id, "day": today, "model_version": 1, "profile": profile, "score": scored.score,
            "band": rules.closing_band(before, scored.score, model.cuts), "coverage": scored.coverage,
            "statuses": "".join(statuses[place] for place in places),
            "numerators": [numerators[place] for place in places],
            "denominators": [denominators[place] for place in places],
            "normalised": [values[place] for place in places],
            "weights": scored.weights, "contributions": scored.contributions,
        }  # fmt: skip
        await session.execute(insert(CurrentCustomerHealth).values(**row, trend="UNKNOWN"))
        if before is not None:
            earlier = {**row, "day": today - timedelta(days=number % 3 + 1), "revision": 0, "band": before}
            await session.execute(insert(CustomerHealthSnapshot).values(**earlier))

        expected: Offered = {}
        for place in places:
            leaf = model.leaves[place]
            for key, action in actions.get(leaf.key, {}).items():
                n, d, kind = numerators[place], denominators[place], leaf.measure.kind
                after = stepped(action, n)
                can_be = after is not None and after >= 0 and (d is not None or kind in UNDIVIDED)
                can_be = can_be and not (kind in SHARES and d is not None and after is not None and after > d)
                is_for = action.from_tier is None or (tier is not None and ranks[tier] >= ranks[action.from_tier])
                if scored.score is None or statuses[place] not in "MZ" or not can_be or not is_for or after is None:
                    continue
                value = rules.normalise(after, d, *model.anchors(place, profile)) if after else leaf.empty
                then = rules.score(model, places, statuses, [*values[:place], value, *values[place + 1 :]])
                assert then.score is not None
                if then.score > scored.score:
                    band = rules.closing_band(before, then.score, model.cuts)
                    expected[key] = (after - n, then.score - scored.score, band, band != row["band"])
        assert await offered(session, account.id) == expected
        gained += len(expected)

    assert gained > 150


DAYS = 200
STEPS: dict[str, tuple[str, int, int, bool]] = {
    "two_more_people": ("conversations", 0, 2, True),
    "another_feature": ("saved_replies", 1, 0, False),
    "four_more_days": ("api_calls", 1, 0, False),
    "tell_us_what_is_missing": ("feature_requests", 1, 0, False),
    "ask_the_community": ("community_activity", 0, 1, False),
    "a_tenth_more_use": ("conversations", 28, 0, False),
}
"""What happens besides: the metric, how much of it, by how many people, and whether on every business day."""


@pytest.mark.parametrize("key", STEPS)
async def test_a_gain_comes_true_when_exactly_that_happens(session: WriteSession, key: str) -> None:
    await initialise(session, name="Ada's", time_zone="UTC", currency="USD", applied_by="test")
    today, model = await clock.today(session), world.default_model()
    days = [today - timedelta(days=ago) for ago in range(DAYS)]
    metrics = {row.key: row.id for row in await session.execute(select(Metric.key, Metric.id))}
    feeds = {f"metric:{name}": days[-1] for name in metrics} | {"active_members": days[-1], "seats": days[-1]}
    sources = await world.make_sources(session, [Spoken(feeds, days), Spoken(feeds, days)])
    open_days = [day for day in days if model.is_business_day(day)]
    facts = Facts(
        today - timedelta(days=DAYS),
        # Much more use than in the weeks before, but where use itself is the step: then no more of it counts there.
        uses=[
            Use(day, "conversations", 10 if day > today - timedelta(days=28) or key == "a_tenth_more_use" else 1, 3)
            for day in days
        ]
        + [Use(day, "api_calls", 2) for day in open_days[:9]],
        terms=[Term(days[-1], seats=20)],
        tiers=[Held("starter", days[-1])],
    )
    account = await world.make_account(session, facts, metrics, sources)
    some = Accounts((account,))
    await scoring.score_now(session, some)
    promised = await offered(session, account)
    before = await session.scalar(
        select(CurrentCustomerHealth.score).where(CurrentCustomerHealth.account_id == account)
    )

    metric, amount, people, each_day = STEPS[key]
    when = open_days if each_day else [day for day in open_days if day not in open_days[:9]][:4]
    if not each_day and key != "four_more_days":
        when = open_days[3:4]
    await session.execute(
        insert(UsageDaily),
        [
            {
                "account_id": account, "day": day, "metric_id": metrics[metric], "source_id": sources[1],
                "known_on": day, "delta": amount, "users": people,
            }
            for day in when
        ],
    )  # fmt: skip
    await scoring.score_now(session, some)
    after = await session.scalar(select(CurrentCustomerHealth.score).where(CurrentCustomerHealth.account_id == account))

    assert before is not None
    assert after is not None
    assert after - before == promised[key][1] > 0


def refusal(change: str, to: str) -> list[str]:
    files = dict(load(DEFAULT).files)
    assert change in files["health.yaml"]
    files["health.yaml"] = files["health.yaml"].replace(change, to, 1)
    with pytest.raises(ProgramInvalid) as refused:
        parse(files)
    return [line.partition(" ")[2] for line in str(refused.value).splitlines()]


@pytest.mark.unit
@pytest.mark.parametrize(
    "change, to, told",
    [
        ("        by: 2\n", "", "actions.two_more_people: should have one of by, by_percent and to"),
        ("        by: 2\n", "        to: 2\n", "means another share for each account in active_share. Write `by`."),
        ("from_tier: professional", "from_tier: profesional", "profesional is no tier. Did you mean professional?"),
        ("link: /people", "link: people", "should match ^(/|https://)[!-~]*$"),
        (
            "    window: 28\n    poor: 0.05\n",
            "    window: 28\n    poor: 0.05\n    customer_visible: false\n",
            "leaves.daily_active_rate.actions: customers never see this leaf. Remove them.",
        ),
        ("another_feature:", "two_more_people:", "stands at daily_active_rate as well. Name it otherwise."),
    ],
)  # fmt: skip
def test_an_action_that_cannot_be_meant_is_refused(change: str, to: str, told: str) -> None:
    assert [told in line for line in refusal(change, to)] == [True]


async def test_an_account_that_was_never_scored_has_none(session: WriteSession) -> None:
    account: Account = await make_account(session, customer_since=date(2024, 1, 1))

    assert await offered(session, account.id) == {}
