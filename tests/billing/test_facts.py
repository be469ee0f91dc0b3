"""Facts of one customer: invoices paid, failed and late, refunds, disputes, and whose they are."""

from __future__ import annotations

import itertools
import random
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from backend.billing import facts
from backend.billing.stripe import customers
from tests.billing.stripe_events import Stripe, event, invoice, item, price, subscription, unix
from tests.factories import make_account, make_tier

FAILED = event("invoice.payment_failed", invoice(), "2026-02-01T10:00")
FAILED_AGAIN = event("invoice.payment_failed", invoice(), "2026-02-04T10:00")
PAID = event(
    "invoice.paid",
    invoice(status="paid", amount_remaining=0, status_transitions={"paid_at": unix("2026-02-06T09:00")}),
    "2026-02-06T09:00",
)


async def invoices(stripe: Stripe) -> list[tuple[Any, ...]]:
    return await stripe.rows(
        """select external_id, amount_minor, currency, issued_on::text, due_on::text, settled_on::text, settled_as
           from invoices where superseded_on is null order by 1"""
    )


async def test_an_invoice_fails_twice_and_is_paid(stripe: Stripe) -> None:
    await stripe.deliver(FAILED)
    await stripe.deliver(FAILED_AGAIN)
    open_ = await invoices(stripe)
    await stripe.deliver(PAID)

    assert open_ == [("in_1", 2_000, "USD", "2026-02-01", "2026-02-01", None, None)]
    assert await invoices(stripe) == [("in_1", 2_000, "USD", "2026-02-01", "2026-02-01", "2026-02-06", "PAID")]
    assert await stripe.facts() == [
        ("PAYMENT_FAILED", "in_1", "2026-02-01", 2_000, "USD"),
        ("PAYMENT_FAILED", "in_1", "2026-02-04", 2_000, "USD"),
        ("INVOICE_PAID", "in_1", "2026-02-06", 2_000, "USD"),
    ]
    amount = {"invoice_key": "in_1", "amount_minor": 2_000, "currency": "USD"}
    assert await stripe.domain_events() == [
        ("PaymentFailed", amount | {"attempt": 1, "occurred_on": "2026-02-01"}),
        ("PaymentFailed", amount | {"attempt": 2, "occurred_on": "2026-02-04"}),
        ("SecondPaymentFailed", amount | {"occurred_on": "2026-02-04"}),
        ("PaymentRecovered", amount | {"occurred_on": "2026-02-06"}),
    ]


async def test_a_failure_that_is_heard_of_after_the_payment_alarms_nobody(stripe: Stripe) -> None:
    await stripe.deliver(PAID)
    await stripe.deliver(FAILED)

    assert [row[0] for row in await stripe.facts()] == ["PAYMENT_FAILED", "INVOICE_PAID"]
    assert await stripe.domain_events() == []


@pytest.mark.parametrize(
    ("status", "moved", "settled"),
    [
        ("void", {"voided_at": unix("2026-02-09")}, ("2026-02-09", "VOIDED")),
        ("uncollectible", {"marked_uncollectible_at": unix("2026-02-10")}, ("2026-02-10", "WRITTEN_OFF")),
        ("paid", {}, ("2026-02-11", "PAID")),
    ],
)
async def test_an_invoice_is_closed_one_way_or_another(
    stripe: Stripe, status: str, moved: dict[str, int], settled: tuple[str, str]
) -> None:
    closed = invoice(status=status, due_date=unix("2026-02-08"), status_transitions=moved)

    await stripe.deliver(event("invoice.updated", closed, "2026-02-11"))

    assert await invoices(stripe) == [("in_1", 2_000, "USD", "2026-02-01", "2026-02-08", *settled)]


async def test_a_draft_is_no_invoice_yet_and_one_that_is_known_goes_with_its_account(stripe: Stripe) -> None:
    await stripe.deliver(event("invoice.created", invoice(status="draft"), "2026-02-01"))
    draft = await invoices(stripe)
    await stripe.deliver(FAILED)
    async with stripe.database.begin() as session:
        other = await make_account(session, "Zenith", external_id="zenith")
        await customers.link(session, source_key="stripe", customer_id="cus_1", account_id=other.id)
    await stripe.work()

    assert draft == []
    owners = await stripe.rows(
        """select name from invoices join accounts a on a.id = account_id where superseded_on is null union all
           select name from billing_facts join accounts a on a.id = account_id where superseded_on is null"""
    )
    assert owners == [("Zenith",), ("Zenith",)]


async def test_invoices_fall_due_whatever_their_source(stripe: Stripe) -> None:
    late = event("invoice.finalized", invoice(due_date=unix("2026-02-15")), "2026-02-01")
    in_time = invoice(id="in_2", status="paid", due_date=unix("2026-02-15"), status_transitions={})
    await stripe.deliver(late, event("invoice.paid", in_time, "2026-02-10"))
    await stripe.rows(
        """insert into invoices (account_id, source_id, external_id, revision, amount_minor, currency, issued_on,
               due_on, settled_on, settled_as, known_on)
           select a.id, s.id, 'file-1', 1, 700, 'EUR', '2026-01-01', '2026-01-31', '2026-02-03', 'PAID', '2026-02-03'
           from accounts a, sources s returning 1"""
    )

    async with stripe.database.begin() as session:
        found = await facts.note_overdue(session)
    async with stripe.database.begin() as session:
        again = await facts.note_overdue(session)
    told = await stripe.domain_events()
    await stripe.deliver(
        event("invoice.paid", invoice(status="paid", due_date=unix("2026-02-15"), status_transitions={}), "2026-02-12")
    )
    async with stripe.database.begin() as session:
        await facts.note_overdue(session)

    assert (found, again) == (2, 0)
    assert told == [
        ("InvoiceOverdue", {"invoice_key": "in_1", "amount_minor": 2_000, "currency": "USD", "due_on": "2026-02-15"})
    ]
    # It had been paid in time, as was heard late: it never was overdue.
    assert [row[:3] for row in await stripe.facts() if row[0] == "INVOICE_OVERDUE"] == [
        ("INVOICE_OVERDUE", "file-1", "2026-02-01")
    ]


def charge(**more: Any) -> dict[str, Any]:
    return {"id": "ch_1", "object": "charge", "customer": "cus_1", "currency": "usd", "amount_refunded": 0, **more}


CHARGE = [
    event("charge.succeeded", charge(), "2026-02-01"),
    event("charge.refunded", charge(amount_refunded=500), "2026-02-05"),
    event("charge.refunded", charge(amount_refunded=2_000), "2026-02-07"),
    event(
        "refund.failed",
        {"id": "re_2", "object": "refund", "charge": "ch_1", "status": "failed", "amount": 1_500, "currency": "usd"},
        "2026-02-09",
    ),
    event(
        "charge.dispute.created",
        {"id": "dp_1", "object": "dispute", "charge": "ch_1", "status": "needs_response", "amount": 900}
        | {"currency": "usd", "created": unix("2026-02-10")},
        "2026-02-10",
    ),
    event(
        "charge.dispute.closed",
        {"id": "dp_1", "object": "dispute", "charge": "ch_1", "status": "lost", "amount": 900}
        | {"currency": "usd", "created": unix("2026-02-10")},
        "2026-03-10",
    ),
]


@pytest.mark.parametrize("seed", range(3))
async def test_refunds_and_disputes_are_facts_in_any_order(stripe: Stripe, seed: int) -> None:
    said = [*CHARGE, CHARGE[1]]
    random.Random(seed).shuffle(said)  # noqa: S311 - a shuffle

    for one in said:
        await stripe.deliver(one)

    assert await stripe.facts() == [
        ("REFUNDED", "ch_1", "2026-02-05", 500, "USD"),
        ("REFUNDED", "ch_1", "2026-02-07", 1_500, "USD"),
        ("REFUND_FAILED", "ch_1", "2026-02-09", 1_500, "USD"),
        ("DISPUTE_OPENED", "ch_1", "2026-02-10", 900, "USD"),
        ("DISPUTE_LOST", "ch_1", "2026-03-10", 900, "USD"),
    ]
    assert [kind for kind, _ in await stripe.domain_events()] == ["PaymentDisputed"]


async def test_a_subscription_decides_revenue_seats_renewal_and_tier(stripe: Stripe) -> None:
    async with stripe.database.begin() as session:
        await make_tier(session, "team", plans=["prod_team"])
        today = await session.scalar(text("select waymark_today()"))
    assert isinstance(today, date)
    ahead = date.fromordinal(today.toordinal() + 20)

    await stripe.deliver(
        event(
            "customer.subscription.updated",
            subscription(item(price(amount=900), 4), current_period_end=unix(str(ahead))),
            "2026-03-01",
        )
    )

    derived = await stripe.rows(
        """select mrr_minor, mrr_currency, seats, renews_on, churned_on, tier_key
           from account_internals join accounts a on a.id = account_id"""
    )
    assert derived == [(3_600, "USD", 4, ahead, None, "team")]
    await stripe.deliver(
        event(
            "customer.subscription.deleted",
            subscription(item(price(amount=900), 4), status="canceled", ended_at=unix("2026-04-01")),
            "2026-04-01",
        )
    )
    left = await stripe.rows("select mrr_minor, seats, renews_on, churned_on::text from account_internals")
    assert left == [(0, None, None, "2026-04-01")]
    assert await stripe.domain_events() == [
        ("SubscriptionChurned", {"subscription_key": "sub_1", "occurred_on": "2026-04-01"})
    ]


async def test_what_an_import_said_of_a_subscription_gives_way(stripe: Stripe) -> None:
    await stripe.rows(
        """insert into subscriptions (account_id, source_id, external_id, revision, plan_key, status, starts_on,
               mrr_minor, currency, known_on)
           select a.id, s.id, 'sub_1', 1, 'team', 'ACTIVE', '2026-01-10', 500, 'USD', '2026-01-10'
           from accounts a, sources s returning 1"""
    )

    await stripe.deliver(event("customer.subscription.updated", subscription(), "2026-03-01"))

    assert [row[1] for row in await stripe.terms()] == ["sub_1/si_1/2026-01-10"]
    assert await stripe.rows("select superseded_on is null from subscriptions order by external_id") == [
        (False,),
        (True,),
    ]


async def test_a_cancellation_is_told_while_it_lies_ahead(stripe: Stripe) -> None:
    await stripe.deliver(
        event("customer.subscription.updated", subscription(cancel_at=unix("2090-01-01")), "2026-03-01"),
        event("customer.subscription.updated", subscription(id="sub_2", cancel_at=unix("2026-02-01")), "2026-01-20"),
    )
    await stripe.deliver(event("customer.subscription.updated", subscription(), "2026-03-02"))

    assert await stripe.domain_events() == [
        ("SubscriptionCancellationScheduled", {"subscription_key": "sub_1", "ends_on": "2090-01-01"}),
        ("SubscriptionCancellationWithdrawn", {"subscription_key": "sub_1", "occurred_on": "2026-03-02"}),
    ]


LATER = [
    event("customer.created", {"id": "cus_7", "object": "customer", "metadata": {"account_id": "crm-7"}}, "2026-01-01"),
    event("customer.subscription.created", subscription(customer="cus_7"), "2026-01-10"),
    event("invoice.finalized", invoice(customer="cus_7"), "2026-02-01"),
]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_facts_of_an_unknown_customer_wait_for_the_account(stripe: Stripe, order: tuple[int, ...]) -> None:
    for place in order:
        await stripe.deliver(LATER[place])
    before = (await stripe.terms(), await invoices(stripe))

    async with stripe.database.begin() as session:
        await make_account(session, "Seven", external_id="crm-7")
        asked = await customers.resolve(session)
    await stripe.work()
    async with stripe.database.begin() as session:
        asked_again = await customers.resolve(session)

    assert before == ([], [])
    assert (asked, asked_again) == (1, 0)  # the customer, from whom the rest follows
    assert [row[:2] for row in await stripe.terms()] == [("crm-7", "sub_1/si_1/2026-01-10")]
    assert len(await invoices(stripe)) == 1
    known = await stripe.rows("select distinct known_on = waymark_today() from subscriptions")
    assert known == [(True,)]


async def test_an_account_is_found_by_its_trait_and_by_what_its_subscription_names(stripe: Stripe) -> None:
    async with stripe.database.begin() as session:
        by_trait = await make_account(session, "By trait", external_id="crm-1")
        await session.execute(
            text('update account_internals set traits = \'{"stripe_customer_id": "cus_t"}\' where account_id = :id'),
            {"id": by_trait.id},
        )
        await make_account(session, "By metadata", external_id="crm-2")

    await stripe.deliver(
        event("customer.subscription.created", subscription(customer="cus_t", id="sub_t"), "2026-01-10"),
        event("invoice.finalized", invoice(customer="cus_m"), "2026-02-01"),
        event(
            "customer.subscription.created",
            subscription(customer="cus_m", id="sub_m", metadata={"account_id": "crm-2"}),
            "2026-01-10",
        ),
    )

    assert [row[:2] for row in await stripe.terms()] == [
        ("crm-2", "sub_m/si_1/2026-01-10"),
        ("crm-1", "sub_t/si_1/2026-01-10"),
    ]
    owner = await stripe.rows("select external_id from accounts where id = (select account_id from invoices)")
    assert owner == [("crm-2",)]


async def test_a_trait_that_two_accounts_have_names_neither(stripe: Stripe) -> None:
    async with stripe.database.begin() as session:
        for number in (1, 2):
            await make_account(session, external_id=f"crm-{number}")
        await session.execute(
            text('update account_internals set traits = \'{"stripe_customer_id": "cus_t"}\''),
        )

    await stripe.deliver(
        event("customer.subscription.created", subscription(customer="cus_t", id="sub_t"), "2026-01-10")
    )
    async with stripe.database.begin() as session:
        asked = await customers.resolve(session)

    assert await stripe.terms() == []
    assert asked == 0


async def test_a_coupon_that_comes_late_is_taken_off(stripe: Stripe) -> None:
    discount = {"id": "di_1", "object": "discount", "subscription": "sub_1", "source": {"coupon": "HALF"}}
    await stripe.deliver(
        event("customer.subscription.created", subscription(discounts=["di_1"]), "2026-01-10"),
        event("customer.discount.created", discount, "2026-01-10"),
    )
    before = await stripe.rows(
        "select mrr_minor, remark from subscriptions, stripe_objects where superseded_on is null"
    )

    coupon = {"id": "HALF", "object": "coupon", "percent_off": 50, "duration": "forever"}
    await stripe.deliver(event("coupon.created", coupon, "2026-01-01"))

    assert before == [(1_000, "The coupon HALF is not known; what it is worth is before it.")]
    after = await stripe.rows("select mrr_minor, remark from subscriptions, stripe_objects where superseded_on is null")
    assert after == [(500, None)]


async def test_connected_feeds_are_marked(stripe: Stripe) -> None:
    await stripe.deliver(
        event("invoice.finalized", invoice(), "2026-02-01"),
        event("customer.subscription.created", subscription(item(quantity=5)), "2026-01-10"),
    )

    assert await stripe.rows("select feed from source_feeds order by 1") == [("invoices",), ("seats",)]


@pytest.fixture(autouse=True)
async def _organization(stripe: Stripe) -> None:
    """Days are those of a zone that is ahead of UTC."""
    await stripe.rows("insert into organizations (name, time_zone) values ('Example', 'Europe/Vienna') returning 1")
