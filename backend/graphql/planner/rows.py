"""Where rows come from: a model's table, or the Select that a declaration's function returned.

Every occurrence of a table in a statement has a name of its own (`t1`, `t2`, …), and whatever refers to one of its
columns does so by that name. So nothing has to be correlated, and a model may appear at any number of levels.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import (
    Alias,
    ColumnClause,
    ColumnElement,
    CompoundSelect,
    FromClause,
    Join,
    Select,
    SQLColumnExpression,
    Table,
    UnaryExpression,
    literal_column,
    select,
    tuple_,
)
from sqlalchemy import inspect as inspect_model
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.functions import coalesce
from sqlalchemy.types import TypeEngine

from backend.graphql.planner.declare import Order
from backend.graphql.planner.errors import DeclarationError

T = TypeVar("T")
_CONSTANT = re.compile(r"-?\d+(\.\d+)?|([a-z]+ )?'[^']*'(::[a-z0-9]+)?")
"""What `literal_column` may hold to count as never null: a number, a quoted text, a typed literal."""
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
        return literal_column(f"{self._name}.{_preparer.quote(name)}", kind)


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


def never_null(expression: SQLColumnExpression[T]) -> ColumnElement[T]:
    """Vouch that a SQL expression is never null, so that lists may be ordered by it."""
    made: Any = expression
    return made._annotate({"never_null": True})  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Key:
    """One key of an ordering, over rows that have a name."""

    expression: ColumnElement[Any]
    descending: bool
    nullable: bool


@dataclass(slots=True)
class Source:
    """Rows that have a name, not yet selected from."""

    row: Row
    froms: list[FromClause]
    where: list[ColumnElement[bool]] = field(default_factory=list)
    order: list[Key] = field(default_factory=list)
    limit: Any = None
    offset: Any = None
    model: Any = None

    def rows(self) -> Select[Any]:
        """The rows, without columns, unordered."""
        return select().select_from(*self.froms).where(*self.where)

    def ordered(self) -> Select[Any]:
        """The rows, without columns, in order."""
        made = self.rows().order_by(
            *(key.expression.desc() if key.descending else key.expression for key in self.order)
        )
        if self.limit is not None:
            made = made.limit(self.limit)
        return made if self.offset is None else made.offset(self.offset)


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
    return Source(Row(name, columns_of(model), arguments or {}), [model.__table__.alias(name)], model=model)


def of_select(new_name: Callable[[], str], statement: Any, arguments: dict[str, Any]) -> Source:
    """The rows of a Select. Raises DeclarationError for what cannot be planned."""
    model = _model_of(statement)
    if model is None:
        return _derived(new_name, statement, arguments)
    if statement._group_by_clauses or statement._distinct or statement._distinct_on or statement._having_criteria:
        table = model.__table__
        chosen = statement.order_by(None).with_only_columns(*table.primary_key)
        source = of_model(new_name(), model, arguments)
        keys = [getattr(source.row, key) for key in keys_of_model(model)]
        source.where.append((keys[0] if len(keys) == 1 else tuple_(*keys)).in_(chosen))
        return source
    names: dict[Table, str] = {}
    froms = [_rename(item, names, new_name) for item in _froms(statement, model)]
    source = Source(Row(names[model.__table__], columns_of(model), arguments), froms, model=model)
    source.where = [renamed(criterion, names) for criterion in statement._where_criteria]
    source.order = [_key(clause, names) for clause in statement._order_by_clauses]
    source.limit, source.offset = statement._limit_clause, statement._offset_clause
    return source


def _model_of(statement: Any) -> Any:
    if not isinstance(statement, Select):
        if isinstance(statement, CompoundSelect):
            return None
        raise DeclarationError(f"expected a Select, got {type(statement).__name__}")
    described = statement.column_descriptions
    if (
        len(described) == 1
        and described[0].get("entity") is not None
        and described[0]["expr"] is described[0]["entity"]
    ):
        if described[0]["aliased"]:
            raise DeclarationError("select the model itself; alias it only in subqueries")
        return described[0]["entity"]
    return None


def _froms(statement: Any, model: Any) -> list[Any]:
    if not statement._setup_joins and not statement._from_obj:
        return [model.__table__]
    bare = statement._generate()
    bare._where_criteria = bare._order_by_clauses = ()
    bare._limit_clause = bare._offset_clause = None
    return list(bare.get_final_froms())


def _rename(item: Any, names: dict[Table, str], new_name: Callable[[], str]) -> FromClause:
    if isinstance(item, Join):
        left, right = _rename(item.left, names, new_name), _rename(item.right, names, new_name)
        return left.join(
            right, renamed(item.onclause, names) if item.onclause is not None else None, isouter=item.isouter
        )
    if isinstance(item, Table):
        names[item] = new_name()
        return item.alias(names[item])
    if isinstance(item, Alias | FromClause):
        return item
    raise DeclarationError(f"cannot select from {item!r}")


def renamed(expression: Any, names: dict[Table, str]) -> Any:
    """The expression with the columns of some tables referred to by the tables' new names.

    In a subselect that says which tables it correlates, the others are its own, also where they have the same name.
    """

    def replace(element: Any, **_: Any) -> Any:
        if isinstance(element, Select) and element is not expression and element._correlate:
            outer = {table: name for table, name in names.items() if table in element._correlate}
            if len(outer) < len(names):
                return renamed(element, outer)
        if isinstance(element, ColumnClause) and isinstance(element.table, Table) and element.table in names:
            return literal_column(f"{names[element.table]}.{_preparer.quote(element.name)}", element.type)
        return None

    return visitors.replacement_traverse(expression, {}, replace)


def _derived(new_name: Callable[[], str], statement: Any, arguments: dict[str, Any]) -> Source:
    name = new_name()
    keys: list[Key] = []
    if isinstance(statement, Select):
        for number, clause in enumerate(statement._order_by_clauses):
            key = _key(clause, {})
            statement = statement.add_columns(key.expression.label(f"o{number}"))
            keys.append(Key(literal_column(f"{name}.o{number}", key.expression.type), key.descending, key.nullable))
        if statement._limit_clause is None:
            statement = statement.order_by(None)
    table = statement.subquery(name)
    columns = {column.key: (column.name, column.type) for column in table.columns}
    return Source(Row(name, columns, arguments), [table], order=keys)


def _key(clause: Any, names: dict[Table, str]) -> Key:
    descending = False
    while isinstance(clause, UnaryExpression) and clause.modifier in (
        operators.desc_op,
        operators.asc_op,
        operators.nulls_first_op,
        operators.nulls_last_op,
    ):
        descending = descending or clause.modifier is operators.desc_op
        clause = clause.element
    element = getattr(clause, "element", clause) if clause.__visit_name__ == "label_reference" else clause
    if element is not clause:
        return _key(element, names)
    return Key(renamed(clause, names), descending, _nullable(clause))


def _nullable(expression: Any) -> bool:
    if expression._annotations.get("never_null"):
        return False
    if isinstance(expression, coalesce):
        *_, last = expression.clauses
        return _nullable(last)
    if expression.__visit_name__ in ("cast", "type_coerce"):
        return _nullable(expression.clause)
    if getattr(expression, "is_literal", False):
        return not _CONSTANT.fullmatch(str(expression.name))
    if expression.__visit_name__ == "bindparam":
        return expression.value is None
    return bool(getattr(expression, "nullable", True))


def key_of_order(order: Order, source: Source) -> Key:
    """A declared key over named rows. Raises DeclarationError."""
    if isinstance(order.key, InstrumentedAttribute):
        if source.model is None or order.key.class_ is not source.model:
            raise DeclarationError(f"{order.key} is no column of the listed rows")
        column = order.key.property.columns[0]
        return Key(getattr(source.row, order.key.key), order.descending, bool(column.nullable))
    if isinstance(order.key, str):
        return Key(getattr(source.row, order.key), order.descending, nullable=False)
    expression = order.key(source.row)
    return Key(expression, order.descending, _nullable(expression))


def settle_order(source: Source, declared: tuple[Order, ...]) -> None:
    """Give a source its declared order if it has none, and add the primary key so that no two rows tie."""
    if not source.order:
        source.order = [key_of_order(order, source) for order in declared]
    if source.model is not None:
        used = {str(key.expression) for key in source.order}
        down = bool(source.order) and source.order[-1].descending
        for key in keys_of_model(source.model):
            expression = getattr(source.row, key)
            if str(expression) not in used:
                source.order.append(Key(expression, down, nullable=False))
