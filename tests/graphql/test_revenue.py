"""Recurring revenue and what happened with money, as staff read it."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from backend.billing.models import Subscription
from backend.db.engine import Database
from tests.graphql.world import World, public

REVENUE = """query($from: Date!, $to: Date!, $asOf: Date, $kind: MrrMovementKind, $currency: String) {
  revenue(from: $from, to: $to, asOf: $asOf) {
    months { month start { amountMinor currencyCode } new { amountMinor } reactivation { amountMinor }
      expansion { amountMinor } contraction { amountMinor } churn { amountMinor } end { amountMinor } }
    movements(first: 10, kind: $kind, currency: $currency) { totalCount nodes { on kind amount { amountMinor }
      before { amountMinor } after { amountMinor } account { name } } } } }"""

TIMELINE = """query($id: ID!, $kind: BillingFactKind) { account(id: $id) { internal {
  billingTimeline(first: 5, kind: $kind) { nodes { kind objectKey amount { amountMinor currencyCode } effectiveOn } }
  invoices(first: 5) { nodes { key amount { amountMinor } settledAs } } } } }"""


@pytest.fixture
async def sold(own_world: World, database: Database) -> World:
    """Acme began in January 2026, grew in March and left in May; Zenith began in April. Nothing else was ever sold."""
    terms = [
        (own_world.acme.account, date(2026, 1, 10), date(2026, 3, 5), 1_000, date(2026, 1, 10)),
        (own_world.acme.account, date(2026, 3, 5), date(2026, 5, 20), 1_500, date(2026, 3, 20)),
        (own_world.zenith.account, date(2026, 4, 1), None, 700, date(2026, 4, 1)),
    ]
    async with database.begin() as session:
        await session.execute(text("delete from subscriptions"))
        for number, (account, starts, ends, mrr, known) in enumerate(terms):
            session.add(
                Subscription(
                    account_id=account,
                    source_id=own_world.source,
                    external_id=f"sold-{number}",
                    revision=1,
                    plan_key="plan",
                    status="ACTIVE",
                    starts_on=starts,
                    ends_on=ends,
                    mrr_minor=mrr,
                    currency="EUR",
                    known_on=known,
                )
            )
    return own_world


async def test_staff_read_revenue_by_month_and_the_accounts_behind_it(sold: World) -> None:
    days = {"from": "2026-03-01", "to": "2026-05-25"}

    found = (await sold.data("staff", REVENUE, days))["revenue"]

    def month(name: str, start: int, moved: dict[str, int], end: int) -> dict[str, object]:
        kinds = ("new", "reactivation", "expansion", "contraction", "churn")
        return {
            "month": name,
            "start": {"amountMinor": start, "currencyCode": "EUR"},
            **{kind: {"amountMinor": moved.get(kind, 0)} for kind in kinds},
            "end": {"amountMinor": end},
        }

    assert found["months"] == [
        month("2026-03-01", 1_000, {"expansion": 500}, 1_500),
        month("2026-04-01", 1_500, {"new": 700}, 2_200),
        month("2026-05-01", 2_200, {"churn": 1_500}, 700),
    ]
    assert [
        (m["on"], m["kind"], m["account"]["name"], *(m[name]["amountMinor"] for name in ("amount", "before", "after")))
        for m in found["movements"]["nodes"]
    ] == [
        ("2026-05-20", "CHURN", "Acme", 1_500, 1_500, 0),
        ("2026-04-01", "NEW", "Zenith", 700, 0, 700),
        ("2026-03-05", "EXPANSION", "Acme", 500, 1_000, 1_500),
    ]


async def test_revenue_is_filtered_and_as_known_on_a_day(sold: World) -> None:
    days = {"from": "2026-03-01", "to": "2026-05-25"}

    churned = (await sold.data("staff", REVENUE, days | {"kind": "CHURN"}))["revenue"]["movements"]
    in_dollars = (await sold.data("staff", REVENUE, days | {"currency": "USD"}))["revenue"]["movements"]
    then = (await sold.data("staff", REVENUE, days | {"asOf": "2026-03-10"}))["revenue"]

    assert (churned["totalCount"], [m["on"] for m in churned["nodes"]]) == (1, ["2026-05-20"])
    assert in_dollars == {"totalCount": 0, "nodes": []}
    # What Acme pays from March on was not known before the 20th: it looked as if it had left.
    assert [(m["on"], m["kind"]) for m in then["movements"]["nodes"]] == [("2026-03-05", "CHURN")]


@pytest.mark.parametrize(
    ("who", "code"), [("acme", "FORBIDDEN"), ("acme viewer", "FORBIDDEN"), ("nobody", "UNAUTHENTICATED")]
)
async def test_revenue_is_not_for_customers(world: World, who: str, code: str) -> None:
    found = await world.errors(who, REVENUE, {"from": "2026-01-01", "to": "2026-02-01"})

    assert {error["extensions"]["code"] for error in found} == {code}


async def test_a_range_of_revenue_is_bounded(world: World) -> None:
    found = await world.errors("staff", REVENUE, {"from": "1999-01-01", "to": "2026-02-01"})

    assert [error["message"] for error in found] == ["`to` must be 0 to 3660 days after `from`."]


async def test_staff_read_what_happened_with_the_money_of_an_account(world: World) -> None:
    asked = {"id": public("acct", world.acme.account)}

    internal = (await world.data("staff", TIMELINE, asked))["account"]["internal"]
    others = (await world.data("staff", TIMELINE, asked | {"kind": "REFUNDED"}))["account"]["internal"]

    assert internal == {
        "billingTimeline": {
            "nodes": [
                {
                    "kind": "PAYMENT_FAILED",
                    "objectKey": "failed-of-Acme",
                    "amount": {"amountMinor": 1, "currencyCode": "EUR"},
                    "effectiveOn": None,
                }
            ]
        },
        "invoices": {"nodes": [{"key": "inv-Acme", "amount": {"amountMinor": 1}, "settledAs": None}]},
    }
    assert others["billingTimeline"] == {"nodes": []}
