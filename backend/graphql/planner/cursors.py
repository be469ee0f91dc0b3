"""Cursors: the sort keys of a row, readable only for the ordering that made them."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Text, and_, cast, func, literal_column, or_, tuple_
from sqlalchemy.types import TypeEngine

from backend.graphql.planner.late import Binds, Bound
from backend.graphql.planner.rows import Key

LONGEST_CURSOR = 20_000


class BadCursor(Exception):
    """The text is no cursor of this ordering."""


def fingerprint(type_name: str, order: Sequence[Key]) -> str:
    """Eight characters that stand for an ordering of a type's rows."""
    words = [type_name]
    for key in order:
        _, _, column = str(key.expression.compile()).rpartition(".")
        words.append(f"{column} {key.expression.type!r} {key.descending}")
    return hashlib.blake2s("|".join(words).encode(), digest_size=6).hexdigest()[:8]


def cursor_of(order: Sequence[Key], mark: str) -> ColumnElement[str]:
    """SQL: the cursor of a row."""
    values = func.json_build_array(literal_column(f"'{mark}'"), *(cast(key.expression, Text) for key in order))
    encoded = func.encode(func.convert_to(cast(values, Text), literal_column("'UTF8'")), literal_column("'base64'"))
    return func.translate(encoded, literal_column(r"E'+/=\n'"), literal_column("'-_'"))


def read_cursor(text: Any, mark: str, length: int) -> list[str]:
    """The sort keys in a cursor. Raises BadCursor."""
    try:
        if len(text) > LONGEST_CURSOR:
            raise BadCursor
        values = orjson.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        raise BadCursor from None
    if not isinstance(values, list) or len(values) != length + 1 or values[0] != mark:
        raise BadCursor
    if not all(isinstance(value, str) and "\x00" not in value for value in values):
        raise BadCursor
    return values[1:]


def is_cursor(text: Any, mark: str, length: int) -> bool:
    """Whether a text is a cursor of an ordering."""
    try:
        read_cursor(text, mark, length)
    except BadCursor:
        return False
    return True


def beyond(binds: Binds, cursor: Any, order: Sequence[Key], mark: str, *, backwards: bool) -> ColumnElement[bool]:
    """SQL: the row stands after the cursor (before it, if `backwards`).

    Keys of one direction are compared as one row, which an index can answer; mixed directions are written out.
    """
    find = binds.value_of(cursor)
    values = [_value(binds, find, mark, len(order), i, key.expression.type) for i, key in enumerate(order)]
    directions = {key.descending for key in order}
    if len(directions) == 1:
        down = directions.pop() != backwards
        if len(order) == 1:
            return order[0].expression < values[0] if down else order[0].expression > values[0]
        left, right = tuple_(*(key.expression for key in order)), tuple_(*values)
        return left < right if down else left > right
    alternatives: list[ColumnElement[bool]] = []
    equal: list[ColumnElement[bool]] = []
    for key, value in zip(order, values, strict=True):
        down = key.descending != backwards
        alternatives.append(and_(*equal, key.expression < value if down else key.expression > value))
        equal.append(key.expression == value)
    first, value = order[0], values[0]
    bound = first.expression <= value if first.descending != backwards else first.expression >= value
    return and_(bound, or_(*alternatives))


def _value(
    binds: Binds, find: Bound, mark: str, length: int, position: int, kind: TypeEngine[Any]
) -> ColumnElement[Any]:
    text = binds.add(lambda variables, viewer: read_cursor(find(variables, viewer), mark, length)[position], Text())
    return cast(text, kind)
