"""Ranges of days as arguments."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, TypeAlias

import strawberry
from sqlalchemy import ColumnElement, Date

from backend.graphql.planner import Refusal, problem
from backend.graphql.planner.binds import current_binds

MOST_DAYS = 400
From: TypeAlias = Annotated[date, strawberry.argument(description="First day.")]
To: TypeAlias = Annotated[date, strawberry.argument(description=f"Last day, at most {MOST_DAYS} days after the first.")]


def between(column: Any, first: Any, last: Any) -> ColumnElement[bool]:
    """SQL: the column's day is one of the range. A range that is too long or backwards refuses the operation."""
    made: ColumnElement[bool] = column.between(first, checked_last(first, last, MOST_DAYS))
    return made


def checked_last(first: Any, last: Any, most: int) -> Any:
    """The last day of a range as a parameter. A range that is longer than `most` or backwards refuses the operation."""
    binds = current_binds.get()
    first_of, last_of = binds.value_of(first), binds.value_of(last)

    def checked(variables: dict[str, Any], viewer: Any) -> date:
        start, end = first_of(variables, viewer), last_of(variables, viewer)
        if not 0 <= (end - start).days <= most:
            raise Refusal([problem("BAD_USER_INPUT", f"`to` must be 0 to {most} days after `from`.")])
        return end  # type: ignore[no-any-return]

    return binds.add(checked, Date())
