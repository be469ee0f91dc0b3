"""Use against limits: what is included, what is used, and the day on which it will be used up."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from backend.accounts.models import Account, Tier
from backend.billing.models import Subscription
from backend.db.engine import Database
from backend.usage.models import Metric, UsageDaily
from tests.factories import make_account
from tests.graphql.world import World, public

LIMITS = """query($ids: [ID!]!) { nodes(ids: $ids) { ... on Account { limits {
  metric { key } used included share dailyRate expected projectedReachedOn resetsOn } } } }"""


@dataclass
class Known:
    """What is known of an account: use by day, what is included, and since when it is a customer."""

    id: UUID
    since: date
    included: float
    use: dict[date, int] = field(default_factory=dict)

    def expected(self, today: date) -> dict[str, Any]:
        start = today.replace(day=1)
        resets_on = (start + timedelta(days=32)).replace(day=1)
        used = sum(n for day, n in self.use.items() if start <= day <= today)
        days = min(28, (today - self.since).days)
        recent = sum(n for day, n in self.use.items() if today - timedelta(days=28) <= day < today)
        rate = recent / days if days > 0 else None
        left = (resets_on - today).days - 1
        reached = None
        if used >= self.included:
            running = 0
            for day in sorted(day for day in self.use if start <= day <= today):
                running += self.use[day]
                if running >= self.included and reached is None:
                    reached = day
        elif rate and (needed := math.ceil((self.included - used) / rate)) <= left:
            reached = today + timedelta(days=needed)
        return {
            "metric": {"key": "logins"}, "used": used, "included": self.included, "share": used / self.included,
            "dailyRate": rate, "expected": None if rate is None else used + rate * left,
            "projectedReachedOn": reached and str(reached), "resetsOn": str(resets_on),
        }  # fmt: skip


async def test_the_projected_day_follows_from_the_mean_use_of_28_days(own_world: World) -> None:
    rng, today = random.Random(3), own_world.today  # noqa: S311
    database = Database(own_world.settings)
    await database.open()
    known = []
    async with database.begin() as session:
        logins = await session.scalar(select(Metric.id).where(Metric.key == "logins"))
        for _ in range(40):
            since = today - timedelta(days=rng.choice([0, 1, 9, 300]))
            account: Account = await make_account(session, customer_since=since)
            made = Known(account.id, since, rng.choice([40, 300, 900]))
            for back in range(60):
                if since <= today - timedelta(days=back) and rng.random() < 0.8:
                    made.use[today - timedelta(days=back)] = rng.choice([1, 8, 20, 40])
            rows = [
                {
                    "account_id": account.id, "day": day, "metric_id": logins, "source_id": own_world.source,
                    "known_on": day, "delta": amount,
                }
                for day, amount in made.use.items()
            ]  # fmt: skip
            if rows:
                await session.execute(insert(UsageDaily), rows)
            session.add(
                Subscription(
                    account_id=account.id, source_id=own_world.source, external_id=f"limit-{account.id}", revision=1,
                    plan_key="plan", status="ACTIVE", starts_on=since, mrr_minor=1, currency="EUR",
                    limit_metric="logins", limit_quantity=int(made.included), known_on=since,
                )
            )  # fmt: skip
            known.append(made)
    await database.close()

    found = await own_world.data("staff", LIMITS, {"ids": [public("acct", each.id) for each in known]})

    for each, node in zip(known, found["nodes"], strict=True):
        expected, (limit,) = each.expected(today), node["limits"]
        for name, value in expected.items():
            same = value == limit[name] or (isinstance(value, float) and math.isclose(value, limit[name]))
            assert same, (name, value, limit, each)


async def test_a_subscription_says_what_is_included_before_the_tier_does(own_world: World) -> None:
    database = Database(own_world.settings)
    await database.open()
    async with database.begin() as session:
        tier = await session.get_one(Tier, "business")
        tier.limits = {"logins": 5, "credits": 800, "margin": 3}
    await database.close()

    found = await own_world.data(
        "acme",
        "{ viewer { account { limits { metric { key } included } tier { limits { metric { key } included } } } } }",
    )

    # `margin` is not meant for customers, nor is a limit of it.
    assert found["viewer"]["account"]["limits"] == [
        {"metric": {"key": "credits"}, "included": 800},
        {"metric": {"key": "logins"}, "included": 100},
    ]
    assert [limit["metric"] for limit in found["viewer"]["account"]["tier"]["limits"]] == [
        {"key": "credits"},
        {"key": "logins"},
    ]


async def test_usage_of_all_metrics_comes_in_one_operation(world: World) -> None:
    query = """query($from: Date!, $to: Date!, $metrics: [String!]) { viewer { account {
      usageByMetric(from: $from, to: $to, metrics: $metrics) {
        key metric { name } total points { on value } limit { included } } } } }"""
    days = {"from": str(world.today - timedelta(days=1)), "to": str(world.today)}

    every = (await world.data("acme", query, days))["viewer"]["account"]["usageByMetric"]
    one = (await world.data("acme", query, {**days, "metrics": ["credits", "margin", "no such"]}))["viewer"]["account"]
    reads = """query($from: Date!, $to: Date!) {
      viewer { account { usage(metric: "credits", from: $from, to: $to) { on value } } } }"""
    of_one = (await world.data("acme", reads, days))["viewer"]["account"]["usage"]
    longer = await world.errors("acme", query, {**days, "from": "2020-01-01"})

    assert [(usage["key"], usage["total"], usage["limit"]) for usage in every] == [
        ("logins", 14, {"included": 100}),
        ("credits", 14.5, None),
    ]
    assert one["usageByMetric"] == every[1:]
    assert every[1]["points"] == of_one
    assert longer[0]["extensions"]["code"] == "BAD_USER_INPUT"
