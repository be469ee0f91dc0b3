"""Movements of recurring revenue: the identity holds for any range, as known then and restated."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import text

from backend.billing.models import Subscription
from backend.db.engine import Database, WriteSession
from backend.usage.models import Source
from tests.billing.stripe_events import Stripe, event, item, subscription, unix
from tests.factories import make_account

FIRST = date(2026, 1, 1)
PAID = {"ACTIVE", "PAST_DUE", "CANCELLED"}
SIGNS = {"NEW": 1, "REACTIVATION": 1, "EXPANSION": 1, "CONTRACTION": -1, "CHURN": -1}


@dataclass(frozen=True)
class Drawn:
    """A term, days counted from FIRST."""

    account: int
    currency: str
    status: str
    starts: int
    lasts: int | None
    mrr: int
    known: int
    superseded: int | None

    def row(self, accounts: Sequence[UUID], source: UUID, number: int) -> dict[str, Any]:
        return {
            "account_id": accounts[self.account],
            "source_id": source,
            "external_id": str(number),
            "revision": 1,
            "plan_key": "plan",
            "status": self.status,
            "starts_on": FIRST + timedelta(days=self.starts),
            "ends_on": None if self.lasts is None else FIRST + timedelta(days=self.starts + self.lasts),
            "mrr_minor": self.mrr,
            "currency": self.currency,
            "known_on": FIRST + timedelta(days=self.known),
            "superseded_on": None if self.superseded is None else FIRST + timedelta(days=self.known + self.superseded),
        }

    def is_worth(self, day: int, known: int) -> int:
        """What it adds to recurring revenue at the end of a day, as known at the end of another."""
        is_believed = self.known <= known and (self.superseded is None or self.known + self.superseded > known)
        is_in_force = self.starts <= day and (self.lasts is None or day < self.starts + self.lasts)
        is_whole = self.status != "CANCELLED" or self.lasts is not None
        return self.mrr if is_believed and is_in_force and is_whole and self.status in PAID else 0


def kind_of(before: int, after: int, *, ever: bool) -> str:
    if before == 0:
        return "REACTIVATION" if ever else "NEW"
    if after == 0:
        return "CHURN"
    return "EXPANSION" if after > before else "CONTRACTION"


TERMS = st.lists(
    st.builds(
        Drawn,
        account=st.integers(0, 2),
        currency=st.sampled_from(["USD", "USD", "EUR"]),
        status=st.sampled_from(["ACTIVE", "ACTIVE", "PAST_DUE", "CANCELLED", "TRIALING", "PAUSED"]),
        starts=st.integers(0, 70),
        lasts=st.one_of(st.none(), st.integers(1, 40)),
        mrr=st.sampled_from([0, 1_000, 1_000, 2_500, 777]),
        known=st.integers(0, 80),
        superseded=st.one_of(st.none(), st.none(), st.integers(0, 30)),
    ),
    max_size=12,
)


async def movements(session: WriteSession, first: int, last: int, known: int) -> list[Any]:
    return list(
        await session.execute(
            text("select * from waymark_mrr_movements(:first, :last, :known) order by currency, account_id, day"),
            {name: FIRST + timedelta(days=n) for name, n in (("first", first), ("last", last), ("known", known))},
        )
    )


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(terms=TERMS, first=st.integers(0, 90), length=st.integers(0, 90), known=st.sampled_from([20, 50, 200]))
async def test_start_and_movements_make_the_end_for_any_range(
    session: WriteSession, terms: list[Drawn], first: int, length: int, known: int
) -> None:
    last = first + length
    async with session.begin_nested() as attempt:
        accounts = sorted([(await make_account(session)).id for _ in range(3)])
        source = Source(key="drawn", name="Drawn", kind="BILLING")
        session.add(source)
        await session.flush()
        for number, term in enumerate(terms):
            session.add(Subscription(**term.row(accounts, source.id, number)))
        await session.flush()

        found = await movements(session, first, last, known)
        months = list(
            await session.execute(
                text("select * from waymark_mrr_months(:first, :last, :known) order by currency, month"),
                {
                    "first": FIRST + timedelta(days=first),
                    "last": FIRST + timedelta(days=last),
                    "known": FIRST + timedelta(days=known),
                },
            )
        )
        await attempt.rollback()

    def worth(day: int, currency: str, account: int | None = None) -> int:
        return sum(
            term.is_worth(day, known) for term in terms if term.currency == currency and account in (None, term.account)
        )

    for currency in ("USD", "EUR"):
        moved = sum(SIGNS[row.kind] * row.amount for row in found if row.currency == currency)
        assert worth(first - 1, currency) + moved == worth(last, currency)
        of_months = [row for row in months if row.currency == currency]
        if of_months:
            assert of_months[0].starts_with == worth(first - 1, currency)
            assert of_months[-1].ends_with == worth(last, currency)
        else:
            assert worth(first - 1, currency) == worth(last, currency) == moved == 0
        for row in of_months:
            gained = row.won + row.reactivated + row.expanded - row.contracted - row.churned
            assert row.starts_with + gained == row.ends_with
        assert all(before.ends_with == after.starts_with for before, after in pairwise(of_months))
    # Each movement is what its account's revenue did on that day, and has the name for it.
    told = defaultdict(list)
    for row in found:
        told[row.account_id, row.currency].append(row)
    for place, account in enumerate(accounts):
        for currency in ("USD", "EUR"):
            expected = []
            for day in range(first, last + 1):
                before, after = worth(day - 1, currency, place), worth(day, currency, place)
                ever = any(worth(n, currency, place) for n in range(day))
                if before != after:
                    kind = kind_of(before, after, ever=ever)
                    expected.append((FIRST + timedelta(days=day), kind, abs(after - before), before, after))
            rows = told[account, currency]
            assert [(row.day, row.kind, row.amount, row.before, row.after) for row in rows] == expected


LIFE = [
    event("customer.subscription.created", subscription(), "2026-01-10"),
    event("customer.subscription.updated", subscription(item(quantity=3)), "2026-02-05"),
    event("customer.subscription.updated", subscription(item(quantity=2)), "2026-02-20"),
    event(
        "customer.subscription.updated",
        subscription(item(quantity=2), pause_collection={"behavior": "void"}),
        "2026-03-01",
    ),
    event("customer.subscription.updated", subscription(item(quantity=2)), "2026-03-15"),
    event(
        "customer.subscription.deleted",
        subscription(item(quantity=2), status="canceled", ended_at=unix("2026-04-02")),
        "2026-04-02",
    ),
]


@pytest.mark.parametrize("seed", range(3))
async def test_a_subscription_of_stripe_moves_revenue_in_any_order(stripe: Stripe, seed: int) -> None:
    said = [*LIFE, LIFE[2]]
    random.Random(seed).shuffle(said)  # noqa: S311 - a shuffle
    for one in said:
        await stripe.deliver(one)

    found = await stripe.rows(
        """select day::text, kind, amount, before, after
           from waymark_mrr_movements('2026-01-01', '2026-12-31', waymark_today()) order by day"""
    )

    assert found == [
        ("2026-01-10", "NEW", 1_000, 0, 1_000),
        ("2026-02-05", "EXPANSION", 2_000, 1_000, 3_000),
        ("2026-02-20", "CONTRACTION", 1_000, 3_000, 2_000),
        ("2026-03-01", "CHURN", 2_000, 2_000, 0),
        ("2026-03-15", "REACTIVATION", 2_000, 0, 2_000),
        ("2026-04-02", "CHURN", 2_000, 2_000, 0),
    ]


async def test_no_month_is_told_before_anything_was_sold(database: Database) -> None:
    async with database.begin("staff") as session:
        found = await session.execute(
            text("select * from waymark_mrr_months('2026-01-15', '2026-03-10', waymark_today())")
        )

    assert found.all() == []
