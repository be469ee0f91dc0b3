"""JSON objects and lists in SQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, func, literal_column, select
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import quoted_name
from sqlalchemy.sql.functions import FunctionElement

LONGEST_NAME = 63
"""PostgreSQL cuts column names beyond this many bytes, so that two long response keys could become one."""

Pairs = list[tuple[str, ColumnElement[Any]]]
"""Response keys with their expressions. Keys are GraphQL names: ASCII letters, digits and underscores."""


class JsonObject(FunctionElement[Any]):
    """`json_object('key' value expression, …)`: any number and length of keys.

    Without `returning json` one jsonb value among the expressions would make all of it jsonb, which reorders keys.
    """

    inherit_cache = False
    type = JSON()

    def __init__(self, pairs: Pairs) -> None:
        self.keys = [key for key, _ in pairs]
        super().__init__(*(expression for _, expression in pairs))


@compiles(JsonObject)
def _json_object(element: JsonObject, compiler: SQLCompiler, **kw: Any) -> str:
    values = [compiler.process(clause, **kw) for clause in element.clauses]
    pairs = (f"'{key}' value {value}" for key, value in zip(element.keys, values, strict=True))
    return f"json_object({', '.join(pairs)} returning json)"


def text_constant(word: str) -> ColumnElement[str]:
    """A GraphQL name as a SQL literal."""
    return literal_column(f"'{word}'::text")


def null_constant() -> ColumnElement[Any]:
    """A null that JSON prints as null."""
    return literal_column("null")


EMPTY_LIST: ColumnElement[Any] = literal_column("'[]'::json")


def _fits_a_record(pairs: Pairs) -> bool:
    return 0 < len(pairs) <= 1_000 and all(len(key) <= LONGEST_NAME for key, _ in pairs)


def named(pairs: Pairs) -> list[ColumnElement[Any]]:
    """The expressions as columns that are called like their keys."""
    return [expression.label(quoted_name(key, quote=True)) for key, expression in pairs]


def rows_as_objects(pairs: Pairs, rows: Select[Any], name: str) -> tuple[FromClause, ColumnElement[Any]]:
    """A derived table of the rows of a Select without columns, and the expression that is one row's JSON object."""
    if _fits_a_record(pairs):
        return rows.add_columns(*named(pairs)).subquery(name), func.row_to_json(literal_column(name))
    return rows.add_columns(JsonObject(pairs).label("j")).subquery(name), literal_column(f"{name}.j", JSON())


def one_object(pairs: Pairs, rows: Select[Any], name: str) -> ColumnElement[Any]:
    """The JSON object of the only row, or null."""
    table, made = rows_as_objects(pairs, rows, name)
    return select(made).select_from(table).scalar_subquery()


def list_of_objects(pairs: Pairs, rows: Select[Any], name: str) -> ColumnElement[Any]:
    """The JSON list of the rows, in their order."""
    table, made = rows_as_objects(pairs, rows, name)
    return select(func.coalesce(func.json_agg(made), EMPTY_LIST)).select_from(table).scalar_subquery()


def object_here(pairs: Pairs) -> ColumnElement[Any]:
    """A JSON object of expressions over the rows that are in scope already."""
    return JsonObject(pairs)
