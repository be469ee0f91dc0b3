"""What an account's people see first: who of them is active, and what happened, in their own words."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Date, Integer, Text, and_, case, cast, column, func, literal_column, select, union_all

from backend.accounts.models import AccountTier, Tier
from backend.billing.graphql import in_force
from backend.billing.models import Subscription
from backend.graphql.days import From, To, between
from backend.graphql.enums import describe
from backend.graphql.planner import Computed, never_null, row
from backend.health.graphql import text, visibility
from backend.health.models import CustomerHealthSnapshot
from backend.identity.models import Member, MemberState

ACTIVE_DAYS = 28


class AccountMarkKind(StrEnum):
    """What happened in an account."""

    PLAN_CHANGED = "PLAN_CHANGED"
    PEOPLE_JOINED = "PEOPLE_JOINED"
    PEOPLE_LEFT = "PEOPLE_LEFT"
    MEASURE_CHANGED = "MEASURE_CHANGED"


describe(
    AccountMarkKind,
    "What happened in an account.",
    PLAN_CHANGED="It moved to another tier.",
    PEOPLE_JOINED="Somebody joined it.",
    PEOPLE_LEFT="Somebody left it.",
    MEASURE_CHANGED="Health is worked out in another way from then on.",
)


class CelebrationKind(StrEnum):
    """What went well."""

    BACK_ON_TRACK = "BACK_ON_TRACK"
    EVERYONE_ACTIVE = "EVERYONE_ACTIVE"
    BEST_WEEK = "BEST_WEEK"


describe(
    CelebrationKind,
    "What went well.",
    BACK_ON_TRACK="Health closed green after days on which it did not; never where the tier hides it.",
    EVERYONE_ACTIVE="As many people were active as there are seats, two at least.",
    BEST_WEEK="More of a core metric was used than in any of the twelve weeks before, four of which at least had use.",
)


def _today() -> Any:
    return func.waymark_today(type_=Date)


@row()
class PeopleActiveType:
    """How many people of an account use the product."""

    active: int
    """Distinct people who were active on one of the last 28 days, today included. Where a source counts people without
    naming them, at least so many."""
    seats: int | None
    """Seats in force today; null where none are sold."""
    since: date
    """The first of these days."""


def people_active(account: Any) -> dict[str, Any]:
    """The expressions of `PeopleActiveType`."""
    first = _today() - literal_column(str(ACTIVE_DAYS - 1), Integer())
    seats = select(cast(func.sum(Subscription.seats), Integer())).where(
        Subscription.account_id == account.id, in_force(), Subscription.seats.is_not(None)
    )
    active = func.waymark_active_people(account.id, first, _today(), type_=Integer())
    return {
        "active": func.coalesce(active, literal_column("0", Integer()), type_=Integer()),
        "seats": seats.scalar_subquery(),
        "since": cast(first, Date()),
    }


@row()
class CelebrationType:
    """Something that went well in the last seven whole days."""

    kind: CelebrationKind
    """What it is."""
    sentence: str
    """It in words."""


def celebrations_of(account: Any) -> Computed:
    """What there is to celebrate, the rarest first."""
    columns = (column("place", Integer()), column("kind", Text()), column("sentence", Text()))
    found: Any = func.waymark_celebrations(account.id).table_valued(*columns, name="celebration").c
    return select(found.kind.label("kind"), found.sentence.label("sentence")).order_by(never_null(found.place))


@row()
class AccountMarkType:
    """Something that happened in an account, in the words of its people: a mark on a chart."""

    on: date
    """The day."""
    kind: AccountMarkKind
    """What happened."""
    sentence: str
    """It in words."""


def _counted(count: Any, one: str, several: str) -> Any:
    return case((count == literal_column("1"), text(one)), else_=func.concat(count, text(several), type_=Text()))


def _people(account: Any, day: Any, kind: str, one: str, several: str, happened: Any, from_: Any, to: Any) -> Any:
    return (
        select(day.label("on"), text(kind).label("kind"), _counted(func.count(), one, several).label("sentence"))
        .where(Member.account_id == account.id, happened, between(day, from_, to))
        .group_by(day)
    )


def marks_of(account: Any, from_: From, to: To) -> Computed:
    """What happened in a range of days; what was so from the first day on is no event."""
    plans = (
        select(
            AccountTier.valid_from.label("on"),
            text("PLAN_CHANGED").label("kind"),
            func.concat(text("Moved to "), func.coalesce(Tier.name, AccountTier.tier_key), type_=Text()).label(
                "sentence"
            ),
        )
        .outerjoin(Tier, Tier.key == AccountTier.tier_key)
        .where(
            AccountTier.account_id == account.id,
            AccountTier.superseded_on.is_(None),
            AccountTier.valid_from > account.customer_since,
            between(AccountTier.valid_from, from_, to),
        )
    )
    since, until = Member.joined_on > account.customer_since, Member.left_on.is_not(None)
    has_joined = and_(since, Member.state != text(MemberState.INVITED.value))
    joined = _people(
        account, Member.joined_on, "PEOPLE_JOINED", "A colleague joined", " colleagues joined", has_joined, from_, to
    )
    has_left = and_(until, Member.state == text(MemberState.LEFT.value))
    left = _people(account, Member.left_on, "PEOPLE_LEFT", "A colleague left", " colleagues left", has_left, from_, to)
    measured, earliest = _first_days(account, "measured"), _first_days(account, "earliest")
    measure = select(
        measured.c.on,
        text("MEASURE_CHANGED").label("kind"),
        text("Health is worked out in another way").label("sentence"),
    ).where(
        measured.c.on > select(func.min(earliest.c.on)).scalar_subquery(),
        between(measured.c.on, from_, to),
        visibility(account) != text("HIDDEN"),
    )
    every = union_all(plans, joined, left, measure).subquery("event")
    return select(*every.c).order_by(never_null(every.c.on), never_null(every.c.kind), never_null(every.c.sentence))


def _first_days(account: Any, name: str) -> Any:
    """The first day that each version of the health model closed."""
    return (
        select(func.min(CustomerHealthSnapshot.day).label("on"))
        .where(CustomerHealthSnapshot.account_id == account.id)
        .group_by(CustomerHealthSnapshot.model_version)
        .subquery(name)
    )
