"""What is kept of an event, and which object's facts follow from it. Pure.

A body of Stripe holds names, addresses and parts of card numbers. What Waymark uses is listed here, and nothing else
is stored: ids, amounts, states, times, and the one key of the metadata that names an account.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import orjson

from backend.billing.models import StripeEventState

LONGEST_ID = 200
"""Stripe promises no more than 255 and uses under 100; arguments of work hold 200."""
MOST_ELEMENTS = 100
LARGEST = 2**53 - 1
EARLIEST, LATEST = 946_684_800, 4_102_444_800  # 2000-01-01 and 2100-01-01, as far as Stripe's clock may go

Spec = Mapping[str, Any]
ID = True


def scalars(words: str) -> dict[str, Any]:
    """A spec of fields that are kept as they are."""
    return dict.fromkeys(words.split(), ID)


PRICE: Spec = scalars("id lookup_key product currency unit_amount unit_amount_decimal billing_scheme") | {
    "recurring": scalars("interval interval_count usage_type"),
    "transform_quantity": scalars("divide_by round"),
}
PLAN: Spec = scalars("id product currency amount amount_decimal interval interval_count usage_type") | {
    "transform_usage": scalars("divide_by round"),
}
COUPON: Spec = scalars("id percent_off amount_off currency duration")
DISCOUNT: Spec = scalars("id subscription") | {"coupon": COUPON, "source": {"coupon": COUPON}}
ITEM: Spec = scalars("id created quantity current_period_end deleted") | {
    "price": PRICE,
    "plan": PLAN,
    "discounts": DISCOUNT,
}
SUBSCRIPTION: Spec = scalars(
    "id status customer start_date start created ended_at canceled_at cancel_at cancel_at_period_end"
    " current_period_end trial_end quantity"
) | {
    "pause_collection": scalars("behavior"),
    "plan": PLAN,
    "discount": DISCOUNT,
    "discounts": DISCOUNT,
    "items": scalars("has_more") | {"data": ITEM},
}
INVOICE: Spec = scalars(
    "id status customer amount_due amount_remaining currency created date due_date paid closed forgiven"
) | {"status_transitions": scalars("finalized_at paid_at voided_at marked_uncollectible_at")}
CHARGE: Spec = scalars("id customer amount_refunded currency created")
DISPUTE: Spec = scalars("id charge amount currency status created")
REFUND: Spec = scalars("id charge amount currency status created")
CUSTOMER: Spec = scalars("id")

FAMILIES: tuple[tuple[str, str, Spec, str], ...] = (
    ("customer.subscription.", "subscription", SUBSCRIPTION, "id"),
    ("customer.discount.", "discount", DISCOUNT, "subscription"),
    ("invoice.", "invoice", INVOICE, "id"),
    ("charge.dispute.", "dispute", DISPUTE, "charge"),
    ("charge.refund.", "refund", REFUND, "charge"),
    ("refund.", "refund", REFUND, "charge"),
    ("charge.", "charge", CHARGE, "id"),
    ("coupon.", "coupon", COUPON, "id"),
)
"""Types of event that begin so, with the object that they carry, what is kept of it, and its field that names whose
facts follow. The first that fits counts."""
CUSTOMERS = frozenset({"customer.created", "customer.updated", "customer.deleted"})
PREVIEWS = frozenset({"invoice.upcoming", "invoice.will_be_due"})
"""They foretell; what they announce comes as an event of its own."""


@dataclass(frozen=True)
class Received:
    """An event as it is stored."""

    event_id: str
    type: str
    api_version: str | None
    created_at: datetime
    state: StripeEventState
    reason: str | None
    target: str | None
    body: Mapping[str, Any]
    body_hash: bytes


class NoEvent(Exception):
    """The body is no event of Stripe: it lacks an id, a type, a time or an object. The message says which."""


def read(body: bytes, metadata_key: str) -> Received:
    """An event as it is stored. Raises NoEvent."""
    try:
        event = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise NoEvent("The body is not JSON.") from None
    if not isinstance(event, dict):
        raise NoEvent("The body is not a JSON object.")
    event_id, kind = _id(event.get("id")), _id(event.get("type"))
    created = _time(event.get("created"))
    data = event.get("data")
    if event_id is None or kind is None:
        raise NoEvent("The event has no id or no type.")
    if created is None:
        raise NoEvent("The event does not say when it was created.")
    if not isinstance(data, dict) or not isinstance(data.get("object"), dict):
        raise NoEvent("The event has no object in data.object.")
    state, reason, target, kept = _judge(kind, data, metadata_key)
    # Deliveries of one event differ in how many endpoints still wait for it, so not the whole body is compared.
    try:
        said = orjson.dumps([kind, event.get("created"), data], option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:  # more levels can be read than written
        raise NoEvent("The event is nested too deeply.") from None
    return Received(
        event_id=event_id,
        type=kind,
        api_version=_id(event.get("api_version")),
        created_at=datetime.fromtimestamp(created, UTC),
        state=state,
        reason=reason,
        target=target,
        body=kept,
        body_hash=sha256(said).digest(),
    )


def _judge(
    kind: str, data: Mapping[str, Any], metadata_key: str
) -> tuple[StripeEventState, str | None, str | None, dict[str, Any]]:
    thing = data["object"]
    family = next((one for one in FAMILIES if kind.startswith(one[0])), None)
    if kind in CUSTOMERS:
        family = (kind, "customer", CUSTOMER, "id")
    if family is None or kind in PREVIEWS or thing.get("object") not in (family[1], None):
        return StripeEventState.IGNORED, None, None, {}
    _, name, spec, field = family
    target = _id(thing.get(field))
    if target is None:
        if name == "discount":  # of a customer as a whole
            return StripeEventState.IGNORED, None, None, {}
        return StripeEventState.UNUSABLE, f"its {name} has no {field}", None, {}
    kept: dict[str, Any] = {name: _kept(thing, spec)}
    if isinstance(data.get("previous_attributes"), dict):
        kept["previous"] = _kept(data["previous_attributes"], spec)
    metadata = thing.get("metadata")
    if isinstance(metadata, dict) and (named := _id(metadata.get(metadata_key))) is not None:
        kept["account"] = named
    return StripeEventState.TAKEN, None, target, kept


def _kept(value: Any, spec: Any) -> Any:
    """The part of a value that a spec lists. An object that is not expanded stays as its id."""
    if isinstance(value, list):
        return [_kept(element, spec) for element in value[:MOST_ELEMENTS]]
    if isinstance(value, dict):
        if spec is ID:  # an expanded object where an id is enough
            return _id(value.get("id"))
        return {name: _kept(value[name], spec[name]) for name in spec if name in value}
    if isinstance(value, str):
        return _id(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return None if isinstance(value, int) and abs(value) > LARGEST else value


def _id(value: Any) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= LONGEST_ID and "\0" not in value else None


def _time(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if EARLIEST <= value < LATEST else None


def moment(value: Any) -> datetime | None:
    """A time of an object, Unix seconds; None for what is none."""
    seconds = _time(value)
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
