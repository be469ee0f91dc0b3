"""The webhook endpoint: who signed, durable once, never a 5xx for content."""

from __future__ import annotations

import json
import random
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import stripe as stripe_library
from sqlalchemy import text

from tests.billing.stripe_events import SECRET, Stripe, event, invoice, sign, subscription
from tests.command_line import waymark


def fixtures(shared_data: Path) -> dict[str, dict[str, Any]]:
    """All webhook fixtures, each with an id of its own: as they come, they share two."""
    found = {
        path.stem: json.loads(path.read_text()) for path in sorted((shared_data / "stripe/webhook_fixtures").iterdir())
    }
    for name, one in found.items():
        one["id"] = f"evt_{name}"
    return found


async def facts(stripe: Stripe) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that is believed now, without ids of rows."""
    return {
        "terms": await stripe.rows(
            """select external_id, plan_key, product_key, is_add_on, status, starts_on, ends_on, renews_on, mrr_minor,
                      currency, seats, bill_period_months from subscriptions where superseded_on is null order by 1"""
        ),
        "invoices": await stripe.rows(
            """select external_id, amount_minor, currency, issued_on, due_on, settled_on, settled_as
               from invoices where superseded_on is null order by 1"""
        ),
        "facts": await stripe.rows(
            """select external_id, kind, occurred_at, amount_minor, currency, effective_on
               from billing_facts where superseded_on is null order by 1"""
        ),
        "objects": await stripe.rows(
            "select object_id, customer_id, account_id, awaits, remark from stripe_objects order by 1"
        ),
    }


async def test_all_fixtures_are_taken_or_plainly_ignored_and_twice_is_once(endpoint: Stripe, shared_data: Path) -> None:
    said = fixtures(shared_data)
    async with endpoint.database.begin() as session:
        await session.execute(text("update accounts set external_id = 'cus_00000000000000'"))

    first = {name: await endpoint.send(one) for name, one in said.items()}
    await endpoint.work()
    once = await facts(endpoint)
    again = {name: await endpoint.send(one) for name, one in said.items()}
    await endpoint.work()

    assert len(said) == 88
    assert {answer.status_code for answer in [*first.values(), *again.values()]} == {200}
    made = {name: answer.json()["status"] for name, answer in first.items()}
    assert sorted(name for name, status in made.items() if status == "taken") == [
        "charge.captured",
        "charge.dispute.closed",
        "charge.dispute.created",
        "charge.dispute.funds_reinstated",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.updated",
        "charge.failed",
        "charge.refund.updated",
        "charge.refunded",
        "charge.succeeded",
        "charge.updated",
        "coupon.created",
        "coupon.deleted",
        "customer.created",
        "customer.deleted",
        "customer.subscription.created",
        "customer.subscription.deleted",
        "customer.subscription.trial_will_end",
        "customer.subscription.updated",
        "customer.updated",
        "invoice.created",
        "invoice.finalized",
        "invoice.paid",
        "invoice.payment_action_required",
        "invoice.payment_failed",
        "invoice.payment_succeeded",
        "invoice.updated",
    ]
    assert set(made.values()) == {"taken", "ignored"}
    assert {answer.json()["status"] for answer in again.values()} == {"repeated"}
    assert await facts(endpoint) == once
    assert [(row[0], row[4], row[8]) for row in once["terms"]] == [
        ("su_00000000000000/si_00000000000000/2013-10-06", "TRIALING", 100),
        ("su_00000000000000/si_00000000000001/2013-10-06", "TRIALING", 1_000),
        # The fixtures of sub_… are of several subscriptions with one id; the newest says that it runs.
        ("sub_000000000000000000000000/si_00000000000000/2022-03-26", "ACTIVE", 1_500),
    ]
    # The fixtures of in_… are of different invoices with one id, and the newest of them is a draft.
    assert [(row[1], row[0].partition("/")[2]) for row in once["facts"]] == [
        ("DISPUTE_WON", "dispute/closed"),
        ("DISPUTE_OPENED", "dispute/opened"),
        ("DISPUTE_OPENED", "opened"),
        ("PAYMENT_FAILED", ""),
    ]


@pytest.mark.parametrize("seed", range(2))
async def test_fixtures_in_any_order_give_the_same_facts(stripe: Stripe, shared_data: Path, seed: int) -> None:
    said = list(fixtures(shared_data).values())
    async with stripe.database.begin() as session:
        await session.execute(text("update accounts set external_id = 'cus_00000000000000'"))
    await stripe.deliver(*said)
    in_order = await facts(stripe)
    assert len(said) == 88
    for table in ("subscriptions", "invoices", "billing_facts", "stripe_objects", "stripe_events", "work_items"):
        await stripe.rows(f"delete from {table} returning 1")
    draw = random.Random(seed)  # noqa: S311 - a shuffle
    shuffled = [*said, *draw.choices(said, k=40)]
    draw.shuffle(shuffled)

    for start in range(0, len(shuffled), 16):
        await stripe.deliver(*shuffled[start : start + 16])

    assert await facts(stripe) == in_order


async def test_a_signature_is_what_stripes_own_library_takes() -> None:
    body = json.dumps(event("invoice.paid", invoice(), "2026-02-02")).encode()

    header = sign(body, at=1_800_000_000)

    taken = stripe_library.WebhookSignature.verify_header(body.decode(), header, SECRET, tolerance=None)
    assert taken is True


async def test_what_stripes_library_signs_is_taken(endpoint: Stripe) -> None:
    body = json.dumps(event("invoice.paid", invoice(), "2026-02-02"))
    at = await endpoint.now()
    made = stripe_library.WebhookSignature._compute_signature(f"{at}.{body}", SECRET)

    answer = await endpoint.send(body.encode(), signature=f"t={at},v1={made},v0=ignored")

    assert (answer.status_code, answer.json()) == (200, {"status": "taken"})


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("", "The header Stripe-Signature is missing or malformed."),
        ("t=now,v1=00", "The header Stripe-Signature is missing or malformed."),
        ("v1=" + "0" * 64, "The header Stripe-Signature is missing or malformed."),
        ("t={now},v1=" + "0" * 64, "The signature is not of this body and a secret of this endpoint."),
        ("t={now},v1={other}", "The signature is not of this body and a secret of this endpoint."),
        ("t={late},v1={of_late}", "The signature is older than 300 seconds, or lies ahead."),
        ("t={early},v1={of_early}", "The signature is older than 300 seconds, or lies ahead."),
    ],
)
async def test_forged_and_stale_deliveries_are_refused_and_nothing_is_kept(
    endpoint: Stripe, header: str, message: str
) -> None:
    body = json.dumps(event("invoice.paid", invoice(), "2026-02-02")).encode()
    now = await endpoint.now()
    late, early = now - 302, now + 310
    header = header.format(
        now=now,
        late=late,
        early=early,
        other=sign(body, "whsec_another_secret_of_somebody", at=now).partition("v1=")[2],
        of_late=sign(body, at=late).partition("v1=")[2],
        of_early=sign(body, at=early).partition("v1=")[2],
    )

    assert endpoint.client is not None
    answer = await endpoint.client.post("/webhooks/stripe", content=body, headers={"stripe-signature": header})

    assert (answer.status_code, answer.json()["errors"][0]["message"]) == (400, message)
    assert await endpoint.rows("select count(*) from stripe_events") == [(0,)]
    assert await endpoint.rows("select count(*) from work_items") == [(0,)]


async def test_the_secret_before_signs_a_day_longer(endpoint: Stripe) -> None:
    one, two, three = (event("invoice.paid", invoice(), "2026-02-02") for _ in range(3))
    await endpoint.connect("whsec_the_new_secret_0123456789")
    old = json.dumps(one).encode()
    new = json.dumps(two).encode()
    late = json.dumps(three).encode()

    while_it_holds = await endpoint.send(old)
    with_the_new = await endpoint.send(
        new, signature=sign(new, "whsec_the_new_secret_0123456789", at=await endpoint.now())
    )
    both = await endpoint.send(
        new,
        signature=f"t={await endpoint.now()},v1={'0' * 64},"
        + sign(new, "whsec_the_new_secret_0123456789", at=await endpoint.now()).partition(",")[2],
    )
    await endpoint.rows(
        "update webhook_secrets set expires_at = waymark_now() where expires_at is not null returning 1"
    )
    after = await endpoint.send(late)

    assert [r.json().get("status") for r in (while_it_holds, with_the_new, both)] == ["taken", "taken", "repeated"]
    assert after.status_code == 400


async def test_each_stripe_account_has_an_endpoint_and_secrets_of_its_own(endpoint: Stripe) -> None:
    await endpoint.connect("whsec_of_the_other_account_01234", source="stripe-uk")
    body = json.dumps(event("invoice.paid", invoice(), "2026-02-02")).encode()
    signature = sign(body, "whsec_of_the_other_account_01234", at=await endpoint.now())

    there = await endpoint.send(body, "/webhooks/stripe/stripe-uk", signature=signature)
    here = await endpoint.send(body, signature=signature)
    nowhere = await endpoint.send(body, "/webhooks/stripe/stripe-us", signature=signature)
    odd = await endpoint.send(body, "/webhooks/stripe/%00", signature=signature)

    assert [answer.status_code for answer in (there, here, nowhere, odd)] == [200, 400, 404, 404]
    assert nowhere.json()["errors"][0]["message"] == "No Stripe account is connected here: waymark stripe set-secret."


async def test_the_same_id_with_another_body_is_named_and_the_first_stays(endpoint: Stripe) -> None:
    said = event("invoice.paid", invoice(amount_due=2_000), "2026-02-02")
    other = deepcopy(said)
    other["data"]["object"]["amount_due"] = 9_999
    redelivered = deepcopy(said) | {"pending_webhooks": 0}

    answers = [await endpoint.send(one) for one in (said, other, redelivered)]

    assert [answer.json()["status"] for answer in answers] == ["taken", "contradicts", "repeated"]
    kept = await endpoint.rows("select body -> 'invoice' ->> 'amount_due', contradictions from stripe_events")
    assert kept == [("2000", 1)]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"not json", 400),
        (b"[]", 400),
        (b"{}", 400),
        (b'{"id": "evt_1", "type": "invoice.paid", "created": 1e99, "data": {"object": {}}}', 400),
        (b'{"id": "evt_1", "type": "invoice.paid", "created": 1790000000, "data": {"object": {}}}', 200),
        (b'{"id": "evt_\\u0000", "type": "x", "created": 1790000000, "data": {"object": {}}}', 400),
        (b"[" * 2_000 + b"]" * 2_000, 400),
        (
            b'{"id": "evt_1", "type": "invoice.paid", "created": 1790000000, "data": {"object": {"metadata": '
            + b'{"a":' * 500
            + b"1"
            + b"}" * 500
            + b"}}}",
            400,
        ),
        (b'{"id": "' + b"x" * 1_100_000 + b'"}', 413),
    ],
)
async def test_a_signed_body_that_is_no_event_is_refused_with_its_reason(
    endpoint: Stripe, body: bytes, status: int
) -> None:
    answer = await endpoint.send(body)

    assert answer.status_code == status


ODD: list[Any] = [
    None,
    True,
    "",
    "x",
    "\0",
    "é" * 300,
    -1,
    0,
    2**53,
    2**63,
    1e300,
    [],
    {},
    [[]],
    {"a": {}},
    "2026-01-01",
]


@pytest.mark.parametrize("seed", range(2))
async def test_events_with_odd_values_never_fail(endpoint: Stripe, shared_data: Path, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - a choice
    said = [
        *fixtures(shared_data).values(),
        event("customer.subscription.updated", subscription(), "2026-02-01"),
        event("invoice.payment_failed", invoice(), "2026-02-01"),
    ]
    async with endpoint.database.begin() as session:
        await session.execute(text("update accounts set external_id = 'cus_00000000000000'"))

    def spoil(value: Any) -> Any:
        if draw.random() < 0.04:
            return draw.choice(ODD)
        if isinstance(value, dict):
            return {name: spoil(inner) for name, inner in value.items()}
        return [spoil(inner) for inner in value] if isinstance(value, list) else value

    answers = []
    for _ in range(60):
        one = draw.choice(said)
        one = one | {"data": spoil(one["data"]), "id": f"evt_{draw.random()}"}
        answers.append(await endpoint.send(one))
    await endpoint.work()

    assert {answer.status_code for answer in answers} <= {200, 400}


async def test_nothing_of_a_person_is_kept(endpoint: Stripe) -> None:
    personal = {
        "customer_email": "ada@example.com",
        "customer_name": "Ada Lovelace",
        "customer_address": {"line1": "12 St James's Square"},
        "metadata": {"account_id": "acme-7", "note": "call Ada"},
        "description": "for Ada",
    }

    await endpoint.send(event("invoice.paid", invoice(**personal), "2026-02-02"))
    await endpoint.send(event("customer.created", {"id": "cus_1", "object": "customer", **personal}, "2026-02-02"))
    await endpoint.work()

    kept = str(await endpoint.rows("select body from stripe_events"))
    assert "Ada" not in kept
    assert "ada@" not in kept
    assert "James" not in kept
    assert "acme-7" in kept


async def test_the_commands_connect_show_and_link(stripe: Stripe) -> None:
    settings = stripe.settings
    await stripe.rows("delete from webhook_secrets returning 1")

    set_ = await waymark(settings, "stripe", "set-secret", "--stdin", typed=f"{SECRET}\n")
    wrong = await waymark(settings, "stripe", "set-secret", "--stdin", typed="sk_live_0123456789abcdef\n")
    await stripe.deliver(
        event("customer.subscription.created", subscription(customer="cus_9"), "2026-01-10"),
        event("payout.paid", {"id": "po_1", "object": "payout"}, "2026-01-11"),
    )
    shown = await waymark(settings, "stripe", "status")
    linked = await waymark(settings, "stripe", "link", "cus_9", "cus_1")
    await stripe.work()
    unknown = await waymark(settings, "stripe", "status", "--source", "elsewhere")

    assert (set_.returncode, set_.stdout) == (
        0,
        "Events signed with it are taken at http://127.0.0.1:8000/webhooks/stripe.\n",
    )
    assert wrong.stderr == (
        "That is no signing secret of Stripe: they begin with whsec_. Copy it from the endpoint's page.\n"
    )
    assert re.sub("last [-0-9]+ [0-9:]+ UTC", "last …", shown.stdout) == (
        "taken            1  customer.subscription.created, last …\n"
        "ignored          1  payout.paid, last …\n"
        "cus_9 has no account; 1 of its objects wait: waymark stripe link cus_9 ACCOUNT\n"
    )
    assert linked.stdout == "cus_9 is cus_1. The facts of 1 objects are derived anew.\n"
    assert [row[:2] for row in await stripe.terms()] == [("cus_1", "sub_1/si_1/2026-01-10")]
    assert unknown.returncode == 1
    assert [row[0] for row in await stripe.rows("select action from audit_entries order by id")] == [
        "stripe_secret.set",
        "stripe_customer.linked",
    ]
    stored = await stripe.rows("select sealed from webhook_secrets")
    assert SECRET.encode() not in stored[0][0]
