"""Rows that have a name in a statement, and what order they come in.

Every occurrence of a table in a statement has a name of its own (`t1`, `t2`, …), and whatever refers to one of its
columns does so by that name. So nothing has to be correlated, and a model may appear at any number of levels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import ColumnElement, UnaryExpression, literal_column
from sqlalchemy import inspect as inspect_model
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import TypeEngine

from backend.graphql.planner.binds import current_binds
from backend.graphql.planner.errors import DeclarationError
from backend.graphql.planner.mappings import Order
from backend.graphql.planner.ordering import Key, key_of_clause, ordered_by, unwrapped

Condition = Callable[[Sequence[Key]], str]
"""A condition over the sort keys of rows."""
_preparer = postgresql.dialect().identifier_preparer  # type: ignore[no-untyped-call]


class Row:
    """What a declaration's function receives in place of the model: its attributes are this occurrence's columns."""

    def __init__(self, name: str, columns: dict[str, tuple[str, TypeEngine[Any]]], arguments: dict[str, Any]) -> None:
        self._name = name
        self._columns = columns
        self._arguments = arguments

    def __getattr__(self, key: str) -> ColumnElement[Any]:
        try:
            name, kind = self._columns[key]
        except KeyError:
            message = f"the row has no column {key!r}, only {', '.join(sorted(self._columns))}"
            raise DeclarationError(message) from None
        return column_of(self._name, name, kind)


class MadeRow:
    """A row whose columns are given expressions."""

    def __init__(self, values: dict[str, Any], arguments: dict[str, Any]) -> None:
        self._values = values
        self._arguments = arguments

    def __getattr__(self, key: str) -> Any:
        try:
            return self._values[key]
        except KeyError:
            raise DeclarationError(f"the embedded object has no {key!r}, only {', '.join(self._values)}") from None


def arguments_of(row: Any) -> dict[str, Any]:
    """The arguments of the field that led to a row, by Python name; for fields below that depend on them."""
    return row._arguments  # type: ignore[no-any-return]


@dataclass(slots=True)
class Source:
    """Rows that have a name, not yet selected from. All of it is text."""

    row: Row
    tables: str
    where: list[str] = field(default_factory=list)
    order: list[Key] = field(default_factory=list)
    limit: str | None = None
    offset: str | None = None
    model: Any = None

    @property
    def orders(self) -> list[Sequence[Key]]:
        """The order, as a list of one: a feed has one a branch."""
        return [self.order]

    def rows(self, columns: str, *more: str) -> str:
        """A SELECT of the rows, unordered."""
        conditions = " and ".join((*self.where, *more))
        return f"select {columns} from {self.tables}" + (f" where {conditions}" if conditions else "")

    def in_order(self, columns: str) -> str:
        """A SELECT of the rows in their order, as many as the declaration wants."""
        made = self.rows(columns)
        if self.order:
            made += f" order by {ordered_by(self.order)}"
        if self.limit is not None:
            made += f" limit {self.limit}"
        return made if self.offset is None else f"{made} offset {self.offset}"

    def page(self, columns: str, within: Sequence[Condition], *, backwards: bool, limit: str) -> str:
        """A SELECT of the first rows that meet some conditions, or the last, read from the end."""
        rows = self.rows(columns, *(condition(self.order) for condition in within))
        return f"{rows} order by {ordered_by(self.order, reverse=backwards)} limit {limit}"

    def counted(self, limit: int) -> str:
        """A SELECT with one row for each of the rows, but not more than some number."""
        return f"{self.rows('1')} limit {limit}"

    def has(self, condition: Condition) -> str:
        """Whether a row meets a condition."""
        return f"exists ({self.rows('1', condition(self.order))})"


def columns_of(model: Any) -> dict[str, tuple[str, TypeEngine[Any]]]:
    """Column name and type by Python attribute of a model."""
    return {
        key: (attribute.columns[0].name, attribute.columns[0].type)
        for key, attribute in inspect_model(model).column_attrs.items()
    }


def keys_of_model(model: Any) -> list[str]:
    """The attributes that are the model's primary key."""
    mapper = inspect_model(model)
    return [mapper.get_property_by_column(column).key for column in mapper.primary_key]


def of_model(name: str, model: Any, arguments: dict[str, Any] | None = None) -> Source:
    """Every row of a model."""
    row = Row(name, columns_of(model), arguments or {})
    return Source(row, f"{_preparer.format_table(model.__table__)} {name}", model=model)


def column_of(row_name: str, column: str, kind: TypeEngine[Any]) -> ColumnElement[Any]:
    """A column of rows that have a name."""
    return literal_column(f"{row_name}.{_preparer.quote(column)}", kind)


def key_of_order(order: Order, source: Source) -> Key:
    """A declared key over named rows. Raises DeclarationError."""
    if isinstance(order.key, str):
        column = getattr(source.row, order.key)
        return Key(column.name, column.type, order.descending, nullable=False)
    if isinstance(order.key, InstrumentedAttribute | UnaryExpression):
        element, descending, nulls = unwrapped(order.key.__clause_element__())
        model, attribute = element._annotations.get("parententity"), element._annotations.get("proxy_key")
        if model is None or model.class_ is not source.model:
            raise DeclarationError(f"{element} is no column of the listed rows")
        column = getattr(source.row, attribute)
        nullable = nulls is None and bool(element.nullable)
        return Key(column.name, column.type, order.descending or descending, nullable, nulls)
    key = key_of_clause(current_binds.get(), order.key(source.row))
    return replace(key, descending=order.descending or key.descending)


def settle_order(source: Source, declared: tuple[Order, ...]) -> None:
    """Give a source its declared order if it has none, and add the primary key so that no two rows tie."""
    if not source.order:
        source.order = [key_of_order(order, source) for order in declared]
    if source.model is not None:
        used = {key.sql for key in source.order}
        down = bool(source.order) and source.order[-1].descending
        for attribute in keys_of_model(source.model):
            column: Any = getattr(source.row, attribute)
            if column.name not in used:
                source.order.append(Key(column.name, column.type, down, nullable=False))
