"""The scalars of the schema: how each is declared, read from a request, and bound to a statement.

A declaration writes `Long`, `Decimal`, `JSON`, `URL`, `Markdown`, `datetime` and `date`. For the type checker they are
ordinary Python types; at run time the first five are names that Strawberry maps to scalars.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, NewType

import strawberry
from graphql import GraphQLError, ValueNode, value_from_ast_untyped
from sqlalchemy import BigInteger, Boolean, Date, DateTime, Double, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine
from strawberry.types.scalar import ScalarDefinition

LARGEST_LONG = 2**53 - 1
LONGEST_TEXT = 100_000
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

if TYPE_CHECKING:
    import decimal

    Long = int
    Decimal = float | decimal.Decimal
    JSON = Any
    URL = str
    Markdown = str
else:
    Long = NewType("Long", int)
    Decimal = NewType("Decimal", float)
    JSON = NewType("JSON", object)
    URL = NewType("URL", str)
    Markdown = NewType("Markdown", str)


def parse_long(value: object) -> int:
    """A whole number of at most 2^53-1 in size. Raises GraphQLError."""
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST_LONG:
        raise GraphQLError("Long must be a whole number between -(2^53-1) and 2^53-1.")
    return value


def parse_decimal(value: object) -> float:
    """A finite number. Raises GraphQLError."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise GraphQLError("Decimal must be a number.")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise GraphQLError("Decimal must be a finite number.")
    return number


def parse_instant(value: object) -> datetime:
    """An RFC 3339 time with its offset, as UTC. Raises GraphQLError."""
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise GraphQLError("DateTime must be an RFC 3339 time with its offset, such as 2026-05-01T09:30:00Z.")
    try:
        return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", value.upper())).astimezone(UTC)
    except (ValueError, OverflowError):
        raise GraphQLError("DateTime must be a time that exists, in the years 1 to 9999.") from None


def parse_day(value: object) -> date:
    """A calendar day. Raises GraphQLError."""
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise GraphQLError("Date must be a day such as 2026-05-01.")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise GraphQLError("Date must be a day that exists, in the years 1 to 9999.") from None


def parse_text(value: object) -> str:
    """A string that PostgreSQL can hold. Raises GraphQLError."""
    if not isinstance(value, str):
        raise GraphQLError("This scalar must be a string.")
    return value


def _parse_json(value: object) -> object:
    return value


def _parse_json_literal(node: ValueNode, variables: dict[str, Any] | None = None) -> object:
    return value_from_ast_untyped(node, variables)


def _same(value: object) -> object:
    return value


def _text_of(value: object) -> object:
    return value.isoformat() if isinstance(value, (date, datetime)) else value


def _scalar(
    name: str, description: str, parse: Any, serialize: Any = _same, url: str | None = None
) -> ScalarDefinition:
    return strawberry.scalar(
        name=name, description=description, parse_value=parse, serialize=serialize, specified_by_url=url
    )


SCALARS: dict[object, ScalarDefinition] = {
    Long: _scalar("Long", "A whole number of at most 2^53-1 in size, as a JSON number.", parse_long),
    Decimal: _scalar("Decimal", "A number with a fraction, as a JSON number.", parse_decimal),
    JSON: strawberry.scalar(
        name="JSON",
        description="Any JSON value.",
        parse_value=_parse_json,
        parse_literal=_parse_json_literal,
        serialize=_same,
        specified_by_url="https://www.rfc-editor.org/rfc/rfc8259",
    ),
    URL: _scalar("URL", "An absolute address.", parse_text, url="https://url.spec.whatwg.org/"),
    Markdown: _scalar("Markdown", "Text in CommonMark.", parse_text, url="https://spec.commonmark.org/"),
    datetime: _scalar(
        "DateTime", "An instant with its offset.", parse_instant, _text_of, "https://www.rfc-editor.org/rfc/rfc3339"
    ),
    date: _scalar("Date", "A calendar day.", parse_day, _text_of, "https://www.rfc-editor.org/rfc/rfc3339#section-5.6"),
}


@dataclass(frozen=True, slots=True)
class Leaf:
    """How a scalar meets SQL: the type a value is bound as, and the column types that may feed a field."""

    bind: TypeEngine[Any]
    columns: tuple[str, ...]
    """Names of SQLAlchemy's generic types (`__visit_name__` families) that a field of this scalar may read."""


LEAVES: dict[str, Leaf] = {
    "String": Leaf(Text(), ("text", "string", "varchar", "enum")),
    "URL": Leaf(Text(), ("text", "string")),
    "Markdown": Leaf(Text(), ("text", "string")),
    "ID": Leaf(Text(), ("text", "string", "varchar", "uuid")),
    "Int": Leaf(Integer(), ("integer", "small_integer")),
    "Long": Leaf(BigInteger(), ("integer", "small_integer", "big_integer")),
    "Float": Leaf(Double(), ("float", "double", "double_precision", "real", "integer", "small_integer")),
    "Decimal": Leaf(Double(), ("float", "double", "real", "numeric", "integer", "small_integer", "big_integer")),
    "Boolean": Leaf(Boolean(), ("boolean",)),
    "DateTime": Leaf(DateTime(timezone=True), ("datetime", "timestamp")),
    "Date": Leaf(Date(), ("date",)),
    "JSON": Leaf(JSONB(), ("json", "jsonb")),
}
"""Every scalar that a planned field or argument may have, by its GraphQL name."""
