"""JSON objects and lists in SQL text."""

from __future__ import annotations

from collections.abc import Callable

LONGEST_NAME = 63
"""PostgreSQL cuts column names beyond this many bytes, so that two long response keys could become one."""
MOST_COLUMNS = 1_000
EMPTY_LIST = "'[]'::json"
NULL = "null"
"""A null that JSON prints as null."""

Pairs = list[tuple[str, str]]
"""Response keys with SQL expressions. Keys are GraphQL names: ASCII letters, digits and underscores."""
Item = Pairs | str
"""What one row becomes: an object with these keys, or what an expression of type json gives."""
Rows = Callable[[str], str]
"""A SELECT of some columns of some rows."""


def text_constant(word: str) -> str:
    """A GraphQL name as a SQL literal."""
    return f"'{word}'::text"


def object_here(pairs: Pairs) -> str:
    """A JSON object of expressions over the rows that are in scope already; any number and length of keys.

    Without `returning json` one jsonb value among the expressions would make all of it jsonb, which reorders keys.
    """
    inner = ", ".join(f"'{key}' value {expression}" for key, expression in pairs)
    return f"json_object({inner} returning json)"


def one_object(item: Item, rows: Rows, name: str) -> str:
    """The JSON of the only row, or null."""
    columns, made = _selected(item, name)
    return f"(select {made} from ({rows(columns)}) {name})"


def list_of_objects(item: Item, rows: Rows, name: str) -> str:
    """The JSON list of the rows, in their order."""
    columns, made = _selected(item, name)
    return f"(select coalesce(json_agg({made}), {EMPTY_LIST}) from ({rows(columns)}) {name})"


def _selected(item: Item, name: str) -> tuple[str, str]:
    """The columns to select of rows that will be called `name`, and the expression that is one row's JSON."""
    if isinstance(item, list):
        if 0 < len(item) <= MOST_COLUMNS and all(len(key) <= LONGEST_NAME for key, _ in item):
            return ", ".join(f'{expression} as "{key}"' for key, expression in item), f"row_to_json({name})"
        item = object_here(item)
    return f"{item} as j", f"{name}.j"
