"""Cursors: the sort keys of a row, readable only for the ordering that made them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from sqlalchemy import Text, cast

from backend.graphql.planner.binds import Binds, Bound, without_marks
from backend.graphql.planner.ordering import Key

LONGEST_CURSOR = 20_000
_ROW_NAME = re.compile(r"\bt\d+\.")


class BadCursor(Exception):
    """The text is no cursor of this ordering."""


def fingerprint(type_name: str, orders: Iterable[Sequence[Key]]) -> str:
    """Eight characters that stand for an ordering of a type's rows; of a feed's, for the ordering in each branch."""
    words = [
        f"{_ROW_NAME.sub('', without_marks(key.sql))} {key.kind!r} {key.descending} {key.nulls}"
        for order in orders
        for key in order
    ]
    return hashlib.blake2s("|".join((type_name, *words)).encode(), digest_size=6).hexdigest()[:8]


def cursor_of(order: Sequence[Key], mark: str) -> str:
    """SQL: the cursor of a row."""
    values = ", ".join(f"{key.sql}::text" for key in order)
    encoded = f"encode(convert_to(json_build_array('{mark}', {values})::text, 'UTF8'), 'base64')"
    return f"translate({encoded}, E'+/=\\n', '-_')"


def read_cursor(text: Any, mark: str, order: Sequence[Key]) -> list[str | None]:
    """The sort keys in a cursor, null only where a key may be. Raises BadCursor."""
    try:
        if len(text) > LONGEST_CURSOR:
            raise BadCursor
        values = orjson.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        raise BadCursor from None
    if not isinstance(values, list) or len(values) != len(order) + 1 or values[0] != mark:
        raise BadCursor
    for key, value in zip(order, values[1:], strict=True):
        if not ((value is None and key.nulls is not None) or (isinstance(value, str) and "\x00" not in value)):
            raise BadCursor
    return values[1:]


def is_cursor(text: Any, mark: str, order: Sequence[Key]) -> bool:
    """Whether a text is a cursor of an ordering."""
    try:
        read_cursor(text, mark, order)
    except BadCursor:
        return False
    return True


def values_of(binds: Binds, cursor: Any, order: Sequence[Key], mark: str) -> list[str]:
    """SQL: the sort keys in a cursor, each a parameter of its key's type."""
    find = binds.value_of(cursor)
    return [
        binds.sql(cast(binds.add(_part(find, mark, order, place), Text()), key.kind)) for place, key in enumerate(order)
    ]


def _part(find: Bound, mark: str, order: Sequence[Key], place: int) -> Bound:
    return lambda variables, viewer: read_cursor(find(variables, viewer), mark, order)[place]
