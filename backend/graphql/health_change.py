"""The change of an account's score between two days, as lines that add up to it exactly."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import strawberry
from sqlalchemy import (
    BigInteger,
    Date,
    Double,
    Integer,
    Numeric,
    Text,
    case,
    cast,
    column,
    func,
    literal_column,
    select,
)

from backend.graphql.enums import describe
from backend.graphql.planner import Computed, Decimal, never_null, row, to_many, to_one
from backend.health.graphql import internal_health, points, text
from backend.health.models import CurrentHealth

if TYPE_CHECKING:
    from backend.health.graphql import HealthScoreType

First: TypeAlias = Annotated[date, strawberry.argument(description="The earlier day.")]
Last: TypeAlias = Annotated[date, strawberry.argument(description="The later day.")]


class ChangeWindow(StrEnum):
    """Over how many days a change is taken."""

    DAYS_7 = "DAYS_7"
    DAYS_30 = "DAYS_30"


describe(
    ChangeWindow,
    "Over how many days a change is taken.",
    DAYS_7="Against the closing score 7 days before.",
    DAYS_30="Against the closing score 30 days before.",
)

Window: TypeAlias = Annotated[ChangeWindow, strawberry.argument(description="Over how many days.")]


def _before(window: ChangeWindow) -> Any:
    days = 7 if window is ChangeWindow.DAYS_7 else 30
    return func.waymark_today(type_=Date) - literal_column(str(days), Integer())


def score_change(internal: Any, window: Window = ChangeWindow.DAYS_7) -> Any:
    """SQL: points gained over some days, by which lists are ordered; NULL where there is no live score."""
    change = CurrentHealth.change_7 if window is ChangeWindow.DAYS_7 else CurrentHealth.change_30
    return select(points(change)).where(CurrentHealth.account_id == internal.account_id).scalar_subquery()


def why_moved(internal: Any, window: Window = ChangeWindow.DAYS_7) -> Any:
    """SQL: why the score changed over some days, in a sentence; NULL where either score is missing."""
    today = func.waymark_today(type_=Date)
    return func.waymark_health_change_sentence(internal.account_id, _before(window), today, type_=Text())


class ChangeCause(StrEnum):
    """Why points were gained or lost."""

    VALUE = "VALUE"
    DENOMINATOR = "DENOMINATOR"
    COVERAGE = "COVERAGE"
    MODEL = "MODEL"


describe(
    ChangeCause,
    "Why points were gained or lost.",
    VALUE="What was measured changed.",
    DENOMINATOR="What it is measured against changed, such as the number of seats.",
    COVERAGE="Factors came or went, so that the weights of the others changed.",
    MODEL="The health model changed.",
)


def change_of(account: Any, from_: First, to: Last) -> Computed:
    """The change of an account's internal score between two days; one row."""
    sentence = func.waymark_health_change_sentence(account.account_id, from_, to, type_=Text())
    return select(
        account.account_id.label("account_id"),
        cast(from_, Date()).label("first_day"),
        cast(to, Date()).label("last_day"),
        sentence.label("sentence"),
    )


COLUMNS: dict[str, Any] = {
    "place": Integer(),
    "key": Text(),
    "name": Text(),
    "cause": Text(),
    "delta": BigInteger(),
    "phrase": Text(),
    "denominator_change": Double(),
}
"""What is read of the lines that `waymark_health_change` returns."""


def what_changed(line: Any, *, counted: bool = True) -> Any:
    """SQL: what a line is about, in words; with how much a denominator changed, where it is counted."""
    phrase = func.concat(line.phrase, text(" "), func.waymark_counted(line.denominator_change))
    return case(
        (line.cause == text("MODEL"), func.concat(line.phrase, text(" (the model)"))),
        (line.cause == text("COVERAGE"), func.concat(line.phrase, text(" (what is measured)"))),
        (line.denominator_change.is_not(None), phrase if counted else line.phrase),
        else_=line.phrase,
    )


def _lines_of(change: Any) -> Computed:
    called = func.waymark_health_change(change.account_id, change.first_day, change.last_day)
    line: Any = called.table_valued(*(column(name, kind) for name, kind in COLUMNS.items()), name="line").c
    what = what_changed(line)
    signed = func.waymark_signed(cast(line.delta, Numeric()) / literal_column("1000000", Numeric()))
    return select(
        line.key.label("factor_key"),
        line.name.label("name"),
        line.cause.label("cause"),
        points(line.delta).label("delta"),
        func.concat(what, text(" "), signed, type_=Text()).label("sentence"),
    ).order_by(never_null(func.abs(line.delta)).desc(), never_null(line.place), never_null(line.cause))


@row()
class HealthChangeLineType:
    """A part of a change."""

    factor_key: str
    """Key of the factor."""
    name: str
    """Name of the factor."""
    cause: ChangeCause
    """Why."""
    delta: Decimal
    """Points gained, negative where points were lost."""
    sentence: str
    """The part in words."""


@row()
class HealthChangeType:
    """Why the internal score changed between two days."""

    before: HealthScoreType | None = to_one(lambda change: internal_health(change, change.first_day))
    """The score at the close of the earlier day; null where there was none yet."""
    after: HealthScoreType | None = to_one(lambda change: internal_health(change, change.last_day))
    """The score at the close of the later day."""
    sentence: str | None
    """The change in a sentence; null where either is missing."""
    lines: list[HealthChangeLineType] = to_many(_lines_of)
    """Its parts, the largest first; they add up to the difference of the two scores exactly."""
