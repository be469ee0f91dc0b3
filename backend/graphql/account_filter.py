"""`AccountFilter`: the one filter language as GraphQL writes it, turned into the shape that every other user writes."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from enum import Enum
from typing import Any

import strawberry
from sqlalchemy import ARRAY, ColumnElement, Uuid, func, select
from strawberry import UNSET

from backend import account_filter
from backend.engagement.models import PulseMood
from backend.filters import FilterInvalid
from backend.graphql.planner import (
    JSON,
    Decimal,
    Long,
    Refusal,
    decode_id,
    given,
    keys_of,
    problem,
    viewer_person,
)
from backend.health.models import HealthBand, RetentionCategory
from backend.identity.models import Staff

ID_PREFIXES = {"csm_id": "staff", "parent_id": "acct", "owner_id": "staff"}


@strawberry.input(description="Compares words.")
class KeyFilter:
    """Compares words."""

    in_: list[str] | None = strawberry.field(default=UNSET, description="Is one of these.")
    not_in: list[str] | None = strawberry.field(default=UNSET, description="Is none of these, or missing.")
    is_null: bool | None = strawberry.field(default=UNSET, description="Is missing, or is not.")


@strawberry.input(description="Compares tags.")
class TagFilter:
    """Compares tags."""

    in_: list[str] | None = strawberry.field(default=UNSET, description="Has one of these.")
    not_in: list[str] | None = strawberry.field(default=UNSET, description="Has none of these.")


@strawberry.input(description="Compares public ids.")
class IDFilter:
    """Compares public ids."""

    in_: list[strawberry.ID] | None = strawberry.field(default=UNSET, description="Is one of these.")
    not_in: list[strawberry.ID] | None = strawberry.field(default=UNSET, description="Is none of these, or missing.")
    is_null: bool | None = strawberry.field(default=UNSET, description="Is missing, or is not.")


@strawberry.input(description="Compares public ids of the staff.")
class OwnerFilter:
    """Compares public ids of the staff."""

    in_: list[strawberry.ID] | None = strawberry.field(default=UNSET, description="One of these has a role.")
    not_in: list[strawberry.ID] | None = strawberry.field(default=UNSET, description="None of these has a role.")


@strawberry.input(description="Compares the pulse.")
class PulseFilter:
    """Compares the pulse."""

    in_: list[PulseMood] | None = strawberry.field(default=UNSET, description="Is one of these.")
    not_in: list[PulseMood] | None = strawberry.field(default=UNSET, description="Is none of these, or missing.")
    is_null: bool | None = strawberry.field(default=UNSET, description="Nobody has said so lately, or somebody has.")


@strawberry.input(description="Compares numbers. A missing number meets nothing but isNull.")
class DecimalFilter:
    """Compares numbers."""

    lt: Decimal | None = strawberry.field(default=UNSET, description="Less than.")
    lte: Decimal | None = strawberry.field(default=UNSET, description="At most.")
    gt: Decimal | None = strawberry.field(default=UNSET, description="More than.")
    gte: Decimal | None = strawberry.field(default=UNSET, description="At least.")
    eq: Decimal | None = strawberry.field(default=UNSET, description="Exactly.")
    is_null: bool | None = strawberry.field(default=UNSET, description="Is missing, or is not.")


@strawberry.input(description="Compares whole numbers. A missing number meets nothing but isNull.")
class LongFilter:
    """Compares whole numbers."""

    lt: Long | None = strawberry.field(default=UNSET, description="Less than.")
    lte: Long | None = strawberry.field(default=UNSET, description="At most.")
    gt: Long | None = strawberry.field(default=UNSET, description="More than.")
    gte: Long | None = strawberry.field(default=UNSET, description="At least.")
    eq: Long | None = strawberry.field(default=UNSET, description="Exactly.")
    is_null: bool | None = strawberry.field(default=UNSET, description="Is missing, or is not.")


@strawberry.input(description="Compares days. A missing day meets nothing but isNull.")
class DateFilter:
    """Compares days."""

    before: date | None = strawberry.field(default=UNSET, description="Earlier than.")
    after: date | None = strawberry.field(default=UNSET, description="Later than.")
    within_next_days: int | None = strawberry.field(
        default=UNSET, description="From today to so many days from today, 1 to 3660."
    )
    within_last_days: int | None = strawberry.field(
        default=UNSET, description="From so many days ago to today, 1 to 3660."
    )
    is_null: bool | None = strawberry.field(default=UNSET, description="Is missing, or is not.")


@strawberry.input(description="Compares a trait.")
class TraitFilter:
    """Compares a trait."""

    key: str = strawberry.field(description="The trait's key.")
    equals: JSON | None = strawberry.field(default=UNSET, description="Is this text, number or boolean.")
    number: DecimalFilter | None = strawberry.field(default=UNSET, description="Is a number that meets this.")
    date: DateFilter | None = strawberry.field(default=UNSET, description="Is a day that meets this.")
    exists: bool | None = strawberry.field(default=UNSET, description="Is there, or is not.")


@strawberry.input(description="Compares the sum of a metric over the last days.")
class MetricFilter:
    """Compares the sum of a metric over the last days."""

    key: str = strawberry.field(description="The metric's key.")
    within_days: int = strawberry.field(description="How many days, today included, 1 to 3660.")
    value: DecimalFilter = strawberry.field(description="What the sum has to meet; 0 where nothing was reported.")


@strawberry.input(description="Counts events of the last days.")
class EventFilter:
    """Counts events of the last days."""

    name: str = strawberry.field(description="The event's name.")
    within_days: int = strawberry.field(description="How many days back from now, 1 to 3660.")
    count: LongFilter | None = strawberry.field(default=UNSET, description="How many; at least one by default.")


@strawberry.input(description="Compares the change of the score.")
class HealthChangeFilter:
    """Compares the change of the score."""

    days: int = strawberry.field(description="Against the closing score so many days before, 1 to 3660.")
    delta: DecimalFilter = strawberry.field(description="Points gained, negative where points were lost.")


@strawberry.input(description="Compares the band.")
class BandFilter:
    """Compares the band."""

    in_: list[HealthBand] | None = strawberry.field(default=UNSET, description="Is one of these.")
    not_in: list[HealthBand] | None = strawberry.field(default=UNSET, description="Is none of these, or missing.")
    is_null: bool | None = strawberry.field(default=UNSET, description="Was never scored, or was.")


@strawberry.input(description="Compares the category.")
class CategoryFilter:
    """Compares the category."""

    in_: list[RetentionCategory] | None = strawberry.field(default=UNSET, description="Is one of these.")
    not_in: list[RetentionCategory] | None = strawberry.field(
        default=UNSET, description="Is none of these, or missing."
    )
    is_null: bool | None = strawberry.field(default=UNSET, description="Is missing, or is not.")


@strawberry.input(
    description="Which accounts. Everything that is given has to hold. What is missing meets no comparison, so `not` "
    "of one holds for it. Program files and the command line write the same filters."
)
class AccountFilter:
    """Which accounts."""

    and_: list[AccountFilter] | None = strawberry.field(default=UNSET, description="All of these hold.")
    or_: list[AccountFilter] | None = strawberry.field(default=UNSET, description="At least one of these holds.")
    not_: AccountFilter | None = strawberry.field(default=UNSET, description="This does not hold.")
    text: str | None = strawberry.field(
        default=UNSET, description="Part of the name, in any case, or the whole external id."
    )
    tier: KeyFilter | None = strawberry.field(default=UNSET, description="Key of the tier.")
    stage: KeyFilter | None = strawberry.field(default=UNSET, description="Key of the stage that it is in today.")
    industry: KeyFilter | None = strawberry.field(default=UNSET, description="The industry.")
    external_id: KeyFilter | None = strawberry.field(
        default=UNSET, description="Its key in the organization's own systems."
    )
    parent_id: IDFilter | None = strawberry.field(default=UNSET, description="The account that it belongs to.")
    csm_id: IDFilter | None = strawberry.field(default=UNSET, description="The success manager.")
    is_mine: bool | None = strawberry.field(
        default=UNSET,
        description="Whether whoever asks is the success manager; an API key is of none. Not in program files.",
    )
    customer_since: DateFilter | None = strawberry.field(default=UNSET, description="First day as a customer.")
    mrr_minor: LongFilter | None = strawberry.field(
        default=UNSET, description="Monthly recurring revenue in the smallest unit of the account's currency."
    )
    renews_on: DateFilter | None = strawberry.field(default=UNSET, description="The next renewal.")
    churned_on: DateFilter | None = strawberry.field(default=UNSET, description="The day on which it left.")
    tag: TagFilter | None = strawberry.field(default=UNSET, description="Its tags.")
    owner_id: OwnerFilter | None = strawberry.field(
        default=UNSET, description="Who of the staff has a role for it, the success manager's included."
    )
    last_touch: DateFilter | None = strawberry.field(
        default=UNSET, description="The day of the last contact that staff noted."
    )
    pulse: PulseFilter | None = strawberry.field(default=UNSET, description="How staff feel about it today.")
    pulse_disagrees: bool | None = strawberry.field(
        default=UNSET, description="Whether staff feel otherwise about it than the band of its live score says."
    )
    has_open_alert: bool | None = strawberry.field(default=UNSET, description="Whether an alert on it is not resolved.")
    has_open_task: bool | None = strawberry.field(default=UNSET, description="Whether a task for it is open.")
    trait: TraitFilter | None = strawberry.field(default=UNSET, description="One of its traits.")
    metric: MetricFilter | None = strawberry.field(default=UNSET, description="Its use of a metric.")
    event: EventFilter | None = strawberry.field(default=UNSET, description="Its events.")
    health: DecimalFilter | None = strawberry.field(default=UNSET, description="The live internal score in points.")
    health_change: HealthChangeFilter | None = strawberry.field(default=UNSET, description="The change of the score.")
    band: BandFilter | None = strawberry.field(default=UNSET, description="The band of the live internal score.")
    category: CategoryFilter | None = strawberry.field(default=UNSET, description="The category in force.")


def condition(chosen: AccountFilter) -> ColumnElement[bool]:
    """SQL: the condition of a filter. Raises Refusal (BAD_USER_INPUT) for one that cannot be used."""
    try:
        return account_filter.account_condition(_shape(chosen))
    except FilterInvalid as invalid:
        raise Refusal([problem("BAD_USER_INPUT", f"filter: {line}") for line in str(invalid).splitlines()]) from None


def _shape(value: Any, prefix: str = "") -> Any:
    if isinstance(value, list):
        return [_shape(item) for item in value]
    if not hasattr(type(value), "__strawberry_definition__") or isinstance(value, str):
        return keys_of(value, prefix) if prefix and isinstance(value, ColumnElement) else value
    found: dict[str, Any] = {}
    for field in fields(value):
        inner = getattr(value, field.name)
        if given(inner):
            found[_name(field.name)] = _shape(inner, prefix or ID_PREFIXES.get(field.name, ""))
    if (is_mine := found.pop("isMine", None)) is not None:
        own = {"csmId": {"in" if is_mine else "notIn": _own_roles()}}
        found["and"] = [*found.get("and", []), own]
    return found


def _own_roles() -> Any:
    """The staff roles of whoever asks: one, or for an API key none."""
    own = select(Staff.id).where(Staff.person_id == viewer_person())
    return func.array(own.scalar_subquery(), type_=ARRAY(Uuid()))


def _name(python_name: str) -> str:
    first, *others = python_name.rstrip("_").split("_")
    return first + "".join(word.capitalize() for word in others)


def stored(chosen: AccountFilter) -> dict[str, Any]:
    """The filter as JSON, as a client writes it; sent again it means the same.

    Raises FilterInvalid, with every problem and its path, for one that cannot be used.
    """
    written: dict[str, Any] = _written(chosen)
    try:
        account_filter.account_condition(_keyed(written))
    except FilterInvalid as invalid:
        raise FilterInvalid([(("filter", *path), message) for path, message in invalid.problems]) from None
    return written


def _written(value: Any) -> Any:
    if isinstance(value, list):
        return [_written(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if not hasattr(type(value), "__strawberry_definition__"):
        return value
    return {_name(field.name): _written(inner) for field in fields(value) if given(inner := getattr(value, field.name))}


def _keyed(written: Any, prefix: str = "") -> Any:
    """The filter as program files write it: with keys for public ids. Who asks is not known: nothing is theirs."""
    if isinstance(written, list):
        return (
            [decode_id(item, prefix) for item in written if decode_id(item, prefix)]
            if prefix
            else [_keyed(item) for item in written]
        )
    if not isinstance(written, dict):
        return written
    prefixes = {_name(name): found for name, found in ID_PREFIXES.items()}
    return {
        name: _keyed(value, prefix or prefixes.get(name, "")) for name, value in written.items() if name != "isMine"
    }
