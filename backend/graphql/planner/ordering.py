"""Sort keys: what a list is ordered by, and where a row stands against the values of a cursor."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from sqlalchemy import ColumnElement, SQLColumnExpression, UnaryExpression
from sqlalchemy.sql import operators
from sqlalchemy.sql.functions import coalesce
from sqlalchemy.types import TypeEngine

from backend.graphql.planner.binds import Binds

T = TypeVar("T")
_CONSTANT = re.compile(r"-?\d+(\.\d+)?|([a-z]+ )?'[^']*'(::[a-z0-9]+)?")
"""What `literal_column` may hold to count as never null: a number, a quoted text, a typed literal."""
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_PLAIN = re.compile(r'[\w."]+')


def never_null(expression: SQLColumnExpression[T]) -> ColumnElement[T]:
    """Vouch that a SQL expression is never null, so that lists may be ordered by it."""
    made: Any = expression
    return made._annotate({"never_null": True})  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Key:
    """One key of an ordering, over rows that have a name."""

    sql: str
    kind: TypeEngine[Any]
    descending: bool
    nullable: bool
    nulls: Literal["first", "last"] | None = None
    """Where rows without a value stand; None where every row has one."""
    is_constant: bool = False
    """Whether all rows have the same value: nothing is ordered by it, and PostgreSQL took a number for a column's."""

    def clause(self, *, reverse: bool = False) -> str:
        """The key in ORDER BY, or in that of the reversed ordering."""
        made = f"{self.sql} desc" if self.descending != reverse else self.sql
        if self.nulls is None:
            return made
        return f"{made} nulls {'last' if (self.nulls == 'last') != reverse else 'first'}"

    def passes(self, value: str, *, backwards: bool) -> str:
        """Whether the row stands after a value by this key alone; before it, if `backwards`."""
        made = f"{self.sql} {'<' if self.descending != backwards else '>'} {value}"
        if self.nulls is None:
            return made
        if (self.nulls == "last") != backwards:
            return f"({made} or {self.sql} is null and {value} is not null)"
        return f"({made} or {self.sql} is not null and {value} is null)"

    def equals(self, value: str) -> str:
        """Whether the row has this value, or neither has one."""
        if self.nulls is None:
            return f"{self.sql} = {value}"
        return f"{self.sql} is not distinct from {value}"


def ordered_by(order: Iterable[Key], *, reverse: bool = False) -> str:
    """The text after ORDER BY, for the ordering or for its reverse."""
    return ", ".join(key.clause(reverse=reverse) for key in order if not key.is_constant)


def passed(order: Sequence[Key], values: Sequence[str], *, backwards: bool) -> str:
    """Whether the row stands after some values in an ordering; before them, if `backwards`.

    Keys of one direction are compared as one row, which an index can answer; mixed directions are written out, with
    the first key once more as a bound that an index can answer.
    """
    first, value = order[0], values[0]
    if len(order) == 1:
        return first.passes(value, backwards=backwards)
    if len({key.descending for key in order}) == 1 and all(key.nulls is None for key in order):
        sign = "<" if first.descending != backwards else ">"
        return f"({', '.join(key.sql for key in order)}) {sign} ({', '.join(values)})"
    alternatives: list[str] = []
    equal: list[str] = []
    for key, each in zip(order, values, strict=True):
        alternatives.append(" and ".join((*equal, key.passes(each, backwards=backwards))))
        equal.append(key.equals(each))
    written = f"({' or '.join(alternatives)})"
    if first.nulls is not None:
        return written
    sign = "<=" if first.descending != backwards else ">="
    return f"{first.sql} {sign} {value} and {written}"


def not_passed(order: Sequence[Key], values: Sequence[str], *, backwards: bool) -> str:
    """Whether the row does not stand after the values. Never null, as comparisons with a null are."""
    inside = passed(order, values, backwards=backwards)
    return f"not ({inside})" if all(key.nulls is None for key in order) else f"({inside}) is not true"


def key_of_clause(binds: Binds, clause: Any, rename: Callable[[Any], Any] = lambda element: element) -> Key:
    """A clause of ORDER BY as a key: a column or an expression, perhaps with `.desc()` and `.nulls_last()`."""
    element, descending, nulls = unwrapped(clause)
    made = rename(element)
    text = binds.sql(made)
    return Key(
        text if _PLAIN.fullmatch(text) else f"({text})",
        element.type,
        descending,
        nullable=nulls is None and may_be_null(element),
        nulls=nulls,
        is_constant=bool(_NUMBER.fullmatch(text)),
    )


def unwrapped(clause: Any) -> tuple[Any, bool, Literal["first", "last"] | None]:
    """The expression of a clause of ORDER BY, whether it descends, and where it puts nulls if it says so."""
    descending = False
    nulls: Literal["first", "last"] | None = None
    while True:
        if clause.__visit_name__ == "label_reference":
            clause = clause.element
        elif isinstance(clause, UnaryExpression) and clause.modifier in _MODIFIERS:
            descending = descending or clause.modifier is operators.desc_op
            if clause.modifier is operators.nulls_first_op:
                nulls = "first"
            elif clause.modifier is operators.nulls_last_op:
                nulls = "last"
            clause = clause.element
        else:
            return clause, descending, nulls


_MODIFIERS = (operators.desc_op, operators.asc_op, operators.nulls_first_op, operators.nulls_last_op)


def may_be_null(expression: Any) -> bool:
    """Whether an expression may be null, as far as it shows."""
    if expression._annotations.get("never_null"):
        return False
    if isinstance(expression, coalesce):
        *_, last = expression.clauses
        return may_be_null(last)
    if expression.__visit_name__ in ("cast", "type_coerce"):
        return may_be_null(expression.clause)
    if getattr(expression, "is_literal", False):
        return not _CONSTANT.fullmatch(str(expression.name))
    if expression.__visit_name__ == "bindparam":
        return expression.value is None
    return bool(getattr(expression, "nullable", True))
