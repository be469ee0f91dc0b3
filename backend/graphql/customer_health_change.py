"""Why the health that an account's customers see has changed between two days, as far as their tier shows it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import Date, Numeric, Text, case, cast, column, func, literal_column, select

from backend.graphql.enums import describe
from backend.graphql.health_change import COLUMNS, ChangeCause, First, Last, what_changed
from backend.graphql.planner import Computed, Decimal, never_null, row, to_many, to_one
from backend.health.graphql import customer_health, points, text, visibility

if TYPE_CHECKING:
    from backend.health.graphql import HealthScoreType


class Direction(StrEnum):
    """Which way something went."""

    UP = "UP"
    DOWN = "DOWN"


describe(Direction, "Which way something went.", UP="Up, to the better.", DOWN="Down, to the worse.")


def customer_change_of(account: Any, from_: First, to: Last) -> Computed:
    """The change of the customers' score between two days; no row where the tier hides health."""
    seen = visibility(account)
    days = (account.id, from_, to)
    sentence = case(
        (seen == text("SCORE"), func.waymark_customer_health_change_sentence(*days, type_=Text())),
        else_=func.waymark_customer_health_change_in_words(*days, type_=Text()),
    )
    return select(
        account.id.label("id"),
        account.tier_key.label("tier_key"),
        cast(from_, Date()).label("first_day"),
        cast(to, Date()).label("last_day"),
        sentence.label("sentence"),
    ).where(seen != text("HIDDEN"))


def _lines_of(change: Any) -> Computed:
    called = func.waymark_customer_health_change(change.id, change.first_day, change.last_day)
    line: Any = called.table_valued(*(column(name, kind) for name, kind in COLUMNS.items()), name="line").c
    shows = visibility(change) == text("SCORE")
    signed = func.waymark_signed(cast(line.delta, Numeric()) / literal_column("1000000", Numeric()))
    return select(
        line.key.label("factor_key"),
        line.name.label("name"),
        line.cause.label("cause"),
        case((line.delta > literal_column("0"), text("UP")), else_=text("DOWN")).label("direction"),
        case((shows, points(line.delta))).label("delta"),
        case(
            (shows, func.concat(what_changed(line), text(" "), signed, type_=Text())),
            else_=what_changed(line, counted=False),
        ).label("sentence"),
    ).order_by(never_null(func.abs(line.delta)).desc(), never_null(line.place), never_null(line.cause))


@row()
class CustomerHealthChangeLineType:
    """A part of a change."""

    factor_key: str
    """Key of the factor."""
    name: str
    """Name of the factor."""
    cause: ChangeCause
    """Why."""
    direction: Direction
    """Which way it moved the score."""
    delta: Decimal | None
    """Points gained, negative where points were lost; null where the tier shows words only."""
    sentence: str
    """The part in words."""


@row()
class CustomerHealthChangeType:
    """Why the health that customers see changed between two days."""

    before: HealthScoreType | None = to_one(lambda change: customer_health(change, change.first_day))
    """Their health at the close of the earlier day; null where there was none yet."""
    after: HealthScoreType | None = to_one(lambda change: customer_health(change, change.last_day))
    """Their health at the close of the later day."""
    sentence: str | None
    """The change in a sentence, without numbers of the score where the tier shows words only; null where either is
    missing."""
    lines: list[CustomerHealthChangeLineType] = to_many(_lines_of)
    """Its parts, the largest first."""
