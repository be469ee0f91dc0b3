"""The one filter language: GraphQL inputs, YAML conditions and the console's URL have one shape and compile to SQL.

A condition is an object. `and`, `or` (lists) and `not` combine conditions; every other key is a field that a feature
declares; several keys must all hold: `{or: [{tier: {in: [business]}}, {health: {lt: 40}}], mrrMinor: {gte: 5000}}`.
`{}` and `{and: []}` hold always, `{or: []}` never. A comparison with a value that is missing is false, so `not` of it
is true, and `notIn` holds for a missing value.

Structure is real: keys, nulls and the lengths of lists of objects. Leaf values may be Python values (YAML), which are
checked, or SQL elements (bind parameters of a plan that is compiled before its values are known), which are only cast;
no Python logic touches them. A list of scalars is one array parameter, whatever its length.

A feature declares `FIELDS: Fields` in its `filters.py`; `backend/account_filter.py` puts those of accounts together.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import reduce
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    Float,
    Integer,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    cast,
    false,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import TypeEngine

from backend.errors import InvalidInput
from backend.program.section import nearest

Path: TypeAlias = tuple[str | int, ...]
Condition: TypeAlias = ColumnElement[bool]
Expression: TypeAlias = ColumnElement[Any]
Predicate: TypeAlias = Callable[[Expression], Condition]
Vocabularies: TypeAlias = Mapping[str, Collection[str]]

MAX_DEPTH = 12
MAX_CONDITIONS = 200
MAX_LIST = 1_000
MAX_TEXT = 1_000


class FilterInvalid(InvalidInput):
    """A condition that cannot be used; `problems` has every path with its message."""

    def __init__(self, problems: Sequence[tuple[Path, str]]) -> None:
        lines = [f"{spelled(path)}: {message}" if path else message for path, message in problems]
        super().__init__("\n".join(lines), field=[str(step) for step in problems[0][0]])
        self.problems = tuple(problems)


def spelled(path: Path) -> str:
    """A path as people read it: `and[0].tier.in`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


@dataclass(frozen=True)
class Kind:
    """A kind of leaf value: how it is checked when it is a Python value, and its type in SQL."""

    words: str
    sql: TypeEngine[Any]
    read: Callable[[Any], Any]
    """Returns the value to bind. Raises ValueError or TypeError for one that is not of this kind."""
    vocabulary: str = ""
    """Name of the words that are known; empty: any."""

    def of(self, vocabulary: str) -> Kind:
        """The same kind, with values out of a vocabulary: `TEXT.of("metric")`."""
        return Kind(self.words, self.sql, self.read, vocabulary)


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT or "\x00" in value:
        raise ValueError
    return str(value)


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 2**53:
        raise ValueError
    return value


def _days(value: Any) -> int:
    if not 1 <= _integer(value) <= 3_660:
        raise ValueError
    return int(value)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError
    if not -1e15 <= value <= 1e15:  # false for NaN too
        raise ValueError
    return float(value)


def _date(value: Any) -> date:
    return value if type(value) is date else date.fromisoformat(value)


def _uuid(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


def _scalar(value: Any) -> str | float | bool:
    if isinstance(value, bool):
        return value
    return _text(value) if isinstance(value, str) else _number(value)


TEXT = Kind(f"text of at most {MAX_TEXT:,} characters", Text(), _text)
INTEGER = Kind("a whole number", BigInteger(), _integer)
DAYS = Kind("a whole number of days from 1 to 3660", Integer(), _days)
NUMBER = Kind("a finite number of at most 1e15", Float(53), _number)
DATE = Kind("a date such as 2026-12-31", Date(), _date)
ID = Kind("an id", Uuid(), _uuid)
BOOLEAN = Kind("true or false", Boolean(), _boolean)
SCALAR = Kind("text, a number, true or false", JSONB(), _scalar)


@dataclass
class Reading:
    """Where a compilation stands: what it found wrong, how much it has taken, which words are known."""

    vocabularies: Vocabularies
    problems: list[tuple[Path, str]]
    conditions: int = 0

    def problem(self, path: Path, message: str) -> None:
        """Note a problem; the compilation goes on, so that all are told at once."""
        self.problems.append((path, message))

    def leaf(self, kind: Kind, given: Any, path: Path) -> Expression:
        """A leaf value as an SQL parameter of its kind."""
        if isinstance(given, ColumnElement):
            return cast(given, kind.sql)
        return bindparam(None, self._checked(kind, given, path), kind.sql, unique=True)

    def leaves(self, kind: Kind, given: Any, path: Path) -> Expression:
        """A list of leaf values as one array parameter."""
        if isinstance(given, ColumnElement):
            return cast(given, ARRAY(kind.sql))
        if not isinstance(given, list | tuple) or len(given) > MAX_LIST:
            self.problem(path, f"should be a list of at most {MAX_LIST:,} values. Write [a, b].")
            given = []
        values = [self._checked(kind, value, (*path, place)) for place, value in enumerate(given)]
        return bindparam(None, values, ARRAY(kind.sql), unique=True)

    def truth(self, given: Any, condition: Condition, path: Path) -> Condition:
        """Whether a condition, which is never unknown, is as true or false as was asked for."""
        if isinstance(given, bool):
            return condition if given else condition.is_not(true())
        return condition == self.leaf(BOOLEAN, given, path)

    def _checked(self, kind: Kind, given: Any, path: Path) -> Any:
        try:
            value = kind.read(given)
        except (ValueError, TypeError, AttributeError):
            self.problem(path, f"should be {kind.words}; it is {given!r:.60}.")
            return None
        known = self.vocabularies.get(kind.vocabulary) if kind.vocabulary else None
        if known is not None and value not in known:
            self.problem(path, f"{value!r} is no {kind.vocabulary}. {nearest(str(value), known)}")
        return value

    def object(self, given: Any, known: Collection[str], path: Path, needed: Collection[str] = ()) -> dict[str, Any]:
        """The entries of an object whose keys are known; at least one, and those that are needed."""
        if not isinstance(given, Mapping):
            self.problem(path, f"should be an object with {', '.join(known)}.")
            return {}
        for key in given:
            if key not in known:
                self.problem((*path, key), f"is unknown. {nearest(str(key), known)}")
            elif given[key] is None:
                self.problem((*path, key), "is empty. Give it a value or remove it.")
        missing = [key for key in needed if key not in given]
        for key in missing:
            self.problem((*path, key), "is missing. Add it.")
        if not given and not missing:
            self.problem(path, f"is empty. Write at least one of {', '.join(known)}.")
        return {key: value for key, value in given.items() if key in known and value is not None}


@dataclass(frozen=True)
class Test:
    """What may be asked of an expression: which operators, and what each compiles to."""

    operators: Mapping[str, Callable[[Reading, Any, Path], Predicate]]

    def predicate(self, reading: Reading, given: Any, path: Path) -> Predicate:
        """What `given` asks, as a function of the expression that it is asked of."""
        asked = reading.object(given, tuple(self.operators), path)
        predicates = [self.operators[key](reading, value, (*path, key)) for key, value in asked.items()]
        return lambda expression: conjunction([predicate(expression) for predicate in predicates])


def conjunction(conditions: Sequence[Condition]) -> Condition:
    """All of them; true without any."""
    return and_(true(), *conditions) if conditions else true()


def _compare(operator: str, kind: Kind, scale: int) -> Callable[[Reading, Any, Path], Predicate]:
    def asked(reading: Reading, given: Any, path: Path) -> Predicate:
        value = reading.leaf(kind, given, path)
        if scale != 1:  # as an integer, so that an index on the integer column serves
            value = cast(func.round(value * float(scale)), BigInteger)
        return lambda expression: expression.op(operator, is_comparison=True, return_type=Boolean())(value)

    return asked


def _is_null(reading: Reading, given: Any, path: Path) -> Predicate:
    return lambda expression: reading.truth(given, expression.is_(None), path)


def numbers(kind: Kind = NUMBER, scale: int = 1) -> Test:
    """`lt lte gt gte eq isNull` against a number; with a scale, the expression is an integer that many times larger.

    A scaled value is rounded to the nearest integer: with scale 1,000,000 six decimal places count.
    """
    operators = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">=", "eq": "="}
    return Test({key: _compare(operator, kind, scale) for key, operator in operators.items()} | {"isNull": _is_null})


def keys(kind: Kind = TEXT) -> Test:
    """`in notIn isNull` against keys."""

    def is_in(reading: Reading, given: Any, path: Path) -> Predicate:
        values = reading.leaves(kind, given, path)
        return lambda expression: expression == any_(values)

    def is_not_in(reading: Reading, given: Any, path: Path) -> Predicate:
        values = reading.leaves(kind, given, path)
        return lambda expression: (expression == any_(values)).is_not(true())

    return Test({"in": is_in, "notIn": is_not_in, "isNull": _is_null})


def dates() -> Test:
    """`before after withinNextDays withinLastDays isNull` against a date; the last and next days include today."""

    def days(reading: Reading, given: Any, path: Path) -> Expression:
        return reading.leaf(DAYS, given, path)

    def next_days(reading: Reading, given: Any, path: Path) -> Predicate:
        until = today() + days(reading, given, path)
        return lambda expression: and_(expression >= today(), expression <= until)

    def last_days(reading: Reading, given: Any, path: Path) -> Predicate:
        since = today() - days(reading, given, path)
        return lambda expression: and_(expression <= today(), expression >= since)

    return Test(
        {
            "before": _compare("<", DATE, 1),
            "after": _compare(">", DATE, 1),
            "withinNextDays": next_days,
            "withinLastDays": last_days,
            "isNull": _is_null,
        }
    )


def today() -> Expression:
    """The current day in the organization's zone, by the one clock: looked up once a statement, not for each row."""
    return select(func.waymark_today(type_=Date)).scalar_subquery()


Field: TypeAlias = Callable[[Reading, Any, Path], Condition]
"""Compiles what is asked of one field."""
Fields: TypeAlias = Mapping[str, Field]


def column(expression: Any, test: Test) -> Field:
    """A field that is a column or an expression of the filtered table itself."""

    def compiled(reading: Reading, given: Any, path: Path) -> Condition:
        return test.predicate(reading, given, path)(expression)

    return compiled


def related(expression: Any, test: Test, rows: Callable[[Condition], Condition]) -> Field:
    """A field of a table with at most one row beside the filtered one; no row counts as a missing value.

    `rows` makes a condition on that table into one on the filtered table, with EXISTS.
    """
    present = Test({key: make for key, make in test.operators.items() if key not in {"isNull", "notIn"}})

    def compiled(reading: Reading, given: Any, path: Path) -> Condition:
        asked = reading.object(given, tuple(test.operators), path)
        conditions = []
        if direct := {key: value for key, value in asked.items() if key in present.operators}:
            conditions.append(rows(present.predicate(reading, direct, path)(expression)))
        if "notIn" in asked:
            values = test.operators["notIn"](reading, asked["notIn"], (*path, "notIn"))
            conditions.append(rows(values(expression).is_not(true())).is_not(true()))
        if "isNull" in asked:
            is_missing = rows(expression.is_not(None)).is_not(true())
            conditions.append(reading.truth(asked["isNull"], is_missing, (*path, "isNull")))
        return conjunction(conditions)

    return compiled


def compile_filter(fields: Fields, given: Any, vocabularies: Vocabularies | None = None, path: Path = ()) -> Condition:
    """The SQL condition of a filter. Raises FilterInvalid with every problem and its path."""
    reading = Reading(vocabularies or {}, [])
    compiled = _compile(fields, given, reading, path, 0)
    if reading.problems:
        raise FilterInvalid(reading.problems)
    return compiled


def without_nulls(given: Any) -> Any:
    """A filter without the keys whose value is null: in GraphQL a null says the same as a key left out."""
    if isinstance(given, Mapping):
        return {key: without_nulls(value) for key, value in given.items() if value is not None}
    if isinstance(given, list):
        return [without_nulls(value) for value in given]
    return given


def _compile(fields: Fields, given: Any, reading: Reading, path: Path, depth: int) -> Condition:
    reading.conditions += 1
    if not isinstance(given, Mapping):
        reading.problem(path, "should be a condition: an object such as {tier: {in: [business]}}.")
        return true()
    if depth > MAX_DEPTH or reading.conditions > MAX_CONDITIONS:
        if reading.conditions <= MAX_CONDITIONS + 1 or depth == MAX_DEPTH + 1:
            reading.problem(path, f"is beyond {MAX_DEPTH} levels or {MAX_CONDITIONS} conditions. Simplify the filter.")
        return true()
    conditions = [_entry(fields, key, value, reading, (*path, key), depth) for key, value in given.items()]
    return conjunction(conditions)


def _entry(fields: Fields, key: Any, given: Any, reading: Reading, path: Path, depth: int) -> Condition:
    if key in ("and", "or"):
        if not isinstance(given, list | tuple):
            reading.problem(path, "should be a list of conditions.")
            return true()
        parts = [_compile(fields, part, reading, (*path, place), depth + 1) for place, part in enumerate(given)]
        return conjunction(parts) if key == "and" else reduce(or_, parts, false()) if parts else false()
    if key == "not":
        # IS NOT TRUE: what is unknown counts as false before it is negated.
        return _compile(fields, given, reading, path, depth + 1).is_not(true())
    if key not in fields:
        reading.problem(path, f"is unknown. {nearest(str(key), {*fields, 'and', 'or', 'not'})}")
        return true()
    if given is None:
        reading.problem(path, "is empty. Give it a value or remove it.")
        return true()
    return fields[key](reading, given, path)
