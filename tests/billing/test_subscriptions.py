"""From states of subscriptions to terms: what counts as recurring revenue, from when to when."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.billing.stripe.amounts import exact, whole
from backend.billing.stripe.happenings import of_subscription
from backend.billing.stripe.snapshots import Snapshot, in_order
from backend.billing.stripe.subscriptions import Discounts, History, history
from tests.billing.stripe_events import event, item, price, subscription, unix

pytestmark = pytest.mark.unit
NONE = Discounts({}, {})


def day_of(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


def state(at: str, kind: str = "updated", **more: Any) -> Snapshot:
    """A state of sub_1 after an event."""
    previous = more.pop("previous", {})
    items = more.pop("items", [])
    said = event(f"customer.subscription.{kind}", subscription(*items, **more), at)
    created = datetime.fromtimestamp(said["created"], UTC)
    return Snapshot(said["id"], said["type"], created, created, said["data"]["object"], previous)


def told(found: History) -> list[tuple[str, str, str | None, str, int]]:
    return [
        (
            one.item,
            str(one.starts_on),
            None if one.ends_on is None else str(one.ends_on),
            one.status.value,
            one.mrr_minor,
        )
        for one in found.pieces
    ]


@pytest.mark.parametrize(
    ("what", "quantity", "monthly"),
    [
        (price(amount=1_500), 1, 1_500),
        (price(amount=1_500), 7, 10_500),
        (price(amount=120_000, recurring={"interval": "year"}), 1, 10_000),
        (price(amount=100_000, recurring={"interval": "year"}), 1, 8_333),
        (price(amount=3_000, recurring={"interval_count": 3}), 2, 2_000),
        (price(amount=1_000, recurring={"interval": "week"}), 1, 4_333),
        (price(amount=100, recurring={"interval": "day"}), 1, 3_042),
        (price(unit_amount=None, unit_amount_decimal="0.5"), 5, 2),
        (price(unit_amount=None, unit_amount_decimal="0.5"), 7, 4),
        (price(amount=500, currency="jpy"), 3, 1_500),
        (price(amount=50_000, currency="isk"), 1, 500),
        (price(amount=50, currency="mga"), 1, 5_000),
        (price(amount=5_120, currency="kwd"), 1, 5_120),
        (price(amount=1_000, transform_quantity={"divide_by": 10, "round": "up"}), 21, 3_000),
        (price(amount=1_000, transform_quantity={"divide_by": 10, "round": "down"}), 21, 2_000),
        (price(amount=1_000, recurring={"usage_type": "metered"}), None, 0),
        (price(unit_amount=None, billing_scheme="tiered"), 5, 0),
        (price(amount=1_000), 0, 0),
        (price(amount=-1_000), 1, 0),
    ],
)
def test_an_item_counts_its_price_by_the_month(what: dict[str, Any], quantity: int | None, monthly: int) -> None:
    found = history([state("2026-01-10", items=[item(what, quantity)])], day_of, NONE)

    assert [piece.mrr_minor for piece in found.pieces] == [monthly]


@pytest.mark.parametrize(
    ("discount", "monthly"),
    [
        ({"percent_off": 25, "duration": "forever"}, [750, 1_500]),
        ({"percent_off": 33.3, "duration": "forever"}, [667, 1_334]),
        ({"percent_off": 100, "duration": "forever"}, [0, 0]),
        ({"amount_off": 300, "currency": "usd", "duration": "forever"}, [900, 1_800]),
        ({"amount_off": 9_000, "currency": "usd", "duration": "forever"}, [0, 0]),
        ({"amount_off": 300, "currency": "eur", "duration": "forever"}, [1_000, 2_000]),
        ({"percent_off": 25, "duration": "repeating"}, [1_000, 2_000]),
        ({"percent_off": 25, "duration": "once"}, [1_000, 2_000]),
    ],
)
def test_a_discount_that_lasts_for_ever_is_taken_off(discount: dict[str, Any], monthly: list[int]) -> None:
    items = [item(price(amount=1_000), 1), item(price("price_extra", 2_000), 1, "si_2")]
    coupon = {"id": "SPRING", "object": "coupon", **discount}

    old = history([state("2026-01-10", items=items, discount={"coupon": coupon})], day_of, NONE)
    named = Discounts({"di_1": {"id": "di_1", "source": {"coupon": "SPRING"}}}, {"SPRING": coupon})
    new = history([state("2026-01-10", items=items, discounts=["di_1"])], day_of, named)

    assert [piece.mrr_minor for piece in old.pieces] == monthly
    assert [piece.mrr_minor for piece in new.pieces] == monthly


def test_a_discount_that_is_not_known_is_awaited() -> None:
    found = history([state("2026-01-10", discounts=["di_9"])], day_of, NONE)

    assert [piece.mrr_minor for piece in found.pieces] == [1_000]
    assert (found.awaits, found.remark) == (
        "di_9",
        "The discount di_9 is not known; what it is worth is before it.",
    )


def test_a_subscription_lives_through_its_states() -> None:
    states = [
        state("2026-01-10", "created", status="incomplete"),
        state("2026-01-11", status="trialing"),
        state("2026-01-25", status="active"),
        state("2026-02-10", items=[item(quantity=3)]),
        state("2026-02-20", status="past_due", items=[item(quantity=3)]),
        state("2026-02-25", status="active", items=[item(quantity=3)]),
        state("2026-03-01", pause_collection={"behavior": "void"}, items=[item(quantity=3)]),
        state("2026-03-10", items=[item(quantity=2)]),
        state("2026-03-15", status="unpaid", items=[item(quantity=2)]),
        state("2026-04-01", "deleted", status="canceled", ended_at=unix("2026-04-01")),
    ]

    assert told(history(states, day_of, NONE)) == [
        ("si_1", "2026-01-11", "2026-01-25", "TRIALING", 1_000),
        ("si_1", "2026-01-25", "2026-02-10", "ACTIVE", 1_000),
        ("si_1", "2026-02-10", "2026-02-20", "ACTIVE", 3_000),
        ("si_1", "2026-02-20", "2026-02-25", "PAST_DUE", 3_000),
        ("si_1", "2026-02-25", "2026-03-01", "ACTIVE", 3_000),
        ("si_1", "2026-03-01", "2026-03-10", "PAUSED", 3_000),
        ("si_1", "2026-03-10", "2026-03-15", "ACTIVE", 2_000),
        ("si_1", "2026-03-15", "2026-04-01", "PAUSED", 2_000),
    ]


def test_the_first_known_state_reaches_back_to_the_start() -> None:
    found = history([state("2026-06-01", start="2024-03-05")], day_of, NONE)

    assert told(found) == [("si_1", "2024-03-05", None, "ACTIVE", 1_000)]


def test_the_last_state_of_a_day_counts() -> None:
    states = [
        state("2026-01-10T08:00", "created"),
        state("2026-02-01T09:00", items=[item(quantity=9)]),
        state("2026-02-01T10:00", items=[item(quantity=2)]),
    ]

    assert told(history(states, day_of, NONE)) == [
        ("si_1", "2026-01-10", "2026-02-01", "ACTIVE", 1_000),
        ("si_1", "2026-02-01", None, "ACTIVE", 2_000),
    ]


def test_what_was_begun_and_ended_on_a_day_is_no_term() -> None:
    states = [
        state("2026-01-10T08:00", "created"),
        state("2026-01-10T09:00", "deleted", status="canceled", ended_at=unix("2026-01-10T09:00")),
    ]

    assert told(history(states, day_of, NONE)) == []


@pytest.mark.parametrize(
    "scheduled",
    [
        {"cancel_at_period_end": True, "current_period_end": unix("2026-03-10")},
        {"cancel_at": unix("2026-03-10")},
        {"cancel_at_period_end": True, "items": [item(current_period_end=unix("2026-03-10"))]},
    ],
)
def test_a_scheduled_cancellation_is_an_end_that_is_known_ahead(scheduled: dict[str, Any]) -> None:
    states = [state("2026-01-10", "created"), state("2026-02-20", **scheduled)]

    found = history(states, day_of, NONE)

    assert told(found) == [
        ("si_1", "2026-01-10", "2026-02-20", "ACTIVE", 1_000),
        ("si_1", "2026-02-20", "2026-03-10", "CANCELLED", 1_000),
    ]
    assert [(one.kind.value, one.effective_on) for one in of_subscription("sub_1", states, day_of)] == [
        ("CANCELLATION_SCHEDULED", date(2026, 3, 10))
    ]


def test_a_cancellation_that_is_taken_back_is_no_end() -> None:
    states = [
        state("2026-01-10", "created"),
        state("2026-02-20", cancel_at=unix("2026-03-10")),
        state("2026-02-22"),
    ]

    assert told(history(states, day_of, NONE)) == [
        ("si_1", "2026-01-10", "2026-02-20", "ACTIVE", 1_000),
        ("si_1", "2026-02-20", "2026-02-22", "CANCELLED", 1_000),
        ("si_1", "2026-02-22", None, "ACTIVE", 1_000),
    ]
    assert [one.kind.value for one in of_subscription("sub_1", states, day_of)] == [
        "CANCELLATION_SCHEDULED",
        "CANCELLATION_WITHDRAWN",
    ]


def test_a_renewal_moves_the_day_and_makes_no_new_term() -> None:
    states = [
        state("2026-01-10", "created", current_period_end=unix("2026-02-10")),
        state("2026-02-10", current_period_end=unix("2026-03-10")),
    ]

    found = history(states, day_of, NONE)

    assert told(found) == [("si_1", "2026-01-10", None, "ACTIVE", 1_000)]
    assert (found.pieces[0].renews_on, found.pieces[0].auto_renews) == (date(2026, 3, 10), True)


def test_several_items_are_terms_of_their_own_and_the_oldest_is_the_plan() -> None:
    items = [item(price("price_extra", 200), 5, "si_2", created=1_700_000_100), item(quantity=3)]

    found = history([state("2026-01-10", items=items)], day_of, NONE)

    assert [(one.item, one.plan_key, one.product_key, one.is_add_on, one.mrr_minor) for one in found.pieces] == [
        ("si_1", "price_team", "prod_team", False, 3_000),
        ("si_2", "price_extra", "prod_extra", True, 1_000),
    ]


def test_versions_with_one_plan_are_read_too() -> None:
    plan = {"id": "gold", "interval": "year", "interval_count": 1, "amount": 12_000, "currency": "eur", "product": "p"}
    old = event(
        "customer.subscription.created", {"id": "sub_1", "status": "active", "plan": plan, "quantity": 2}, "2013-01-01"
    )
    made = datetime(2013, 1, 1, tzinfo=UTC)

    found = history([Snapshot("evt_1", old["type"], made, made, old["data"]["object"], {})], day_of, NONE)

    assert [(one.item, one.plan_key, one.mrr_minor, one.currency, one.months) for one in found.pieces] == [
        ("gold", "gold", 2_000, "EUR", 12)
    ]


def test_a_part_of_the_items_is_a_lower_bound() -> None:
    one = state("2026-01-10")
    one.object["items"]["has_more"] = True

    found = history([one], day_of, NONE)

    assert found.remark == "Stripe sent a part of its items: what it is worth is a lower bound."


def test_events_of_one_second_follow_from_what_they_changed() -> None:
    begun = state("2026-01-10", "created", status="incomplete")
    paid = state("2026-01-10", status="active", previous={"status": "incomplete"})
    grown = state("2026-01-10", items=[item(quantity=5)], previous={"items": paid.object["items"]})
    gone = state("2026-01-10", "deleted", status="canceled")
    right = [begun, paid, grown, gone]

    assert [in_order(mixed) for mixed in itertools.permutations(right)] == [right] * 24


STATES = st.lists(
    st.tuples(
        st.integers(0, 40),
        st.sampled_from(["trialing", "active", "active", "past_due", "unpaid", "paused", "incomplete"]),
        st.integers(0, 4),
        st.sampled_from([None, 20, 35, 90]),
    ),
    min_size=1,
    max_size=8,
)


@given(STATES, st.sampled_from([None, 15, 60]), st.randoms(use_true_random=False))
def test_any_order_gives_the_same_terms_and_none_overlap(
    drawn: list[tuple[int, str, int, int | None]], over: int | None, shuffler: random.Random
) -> None:
    start = unix("2026-01-10")
    states = [
        state(
            str(datetime.fromtimestamp(start + day * 86_400, UTC).replace(tzinfo=None)),
            status=status,
            items=[item(quantity=quantity)],
            cancel_at=None if leaves is None else start + leaves * 86_400,
        )
        for day, status, quantity, leaves in drawn
    ]
    if over is not None:
        at = datetime.fromtimestamp(start + over * 86_400, UTC).replace(tzinfo=None)
        states.append(state(str(at), "deleted", status="canceled"))
    in_any = list(states)
    shuffler.shuffle(in_any)

    found = history(states, day_of, NONE)

    assert history(in_any, day_of, NONE) == found
    assert of_subscription("sub_1", in_any, day_of) == of_subscription("sub_1", states, day_of)
    spans = [(piece.starts_on, piece.ends_on or date.max) for piece in found.pieces]
    assert all(first < last for first, last in spans)
    assert all(last <= following for (_, last), (following, _) in itertools.pairwise(spans))


@given(st.integers(0, 2**40), st.sampled_from(["USD", "JPY", "ISK", "UGX", "MGA", "KWD"]))
def test_amounts_come_back_from_their_exact_value(amount: int, currency: str) -> None:
    factor = {"ISK": 100, "UGX": 100}.get(currency, 1)
    times = 100 if currency == "MGA" else 1

    assert exact(amount * factor, currency) == amount * times
    assert whole(str(amount * factor), currency) == amount * times
    assert exact(amount + 0.5, currency) is None
