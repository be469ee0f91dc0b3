"""Reading the Select that a declaration's function returned into named rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnClause, CompoundSelect, FromClause, Join, Select, Table, literal_column, select, tuple_
from sqlalchemy.sql import visitors

from backend.graphql.planner.binds import Binds, current_binds
from backend.graphql.planner.errors import DeclarationError
from backend.graphql.planner.ordering import Key, key_of_clause, unwrapped
from backend.graphql.planner.rows import Row, Source, column_of, columns_of, keys_of_model, of_model


def of_select(new_name: Callable[[], str], statement: Any, arguments: dict[str, Any]) -> Source:
    """The rows of a Select. Raises DeclarationError for what cannot be planned."""
    binds = current_binds.get()
    model = _model_of(statement)
    if model is None:
        return _derived(binds, new_name, statement, arguments)
    if statement._group_by_clauses or statement._distinct or statement._distinct_on or statement._having_criteria:
        table = model.__table__
        chosen = statement.order_by(None).with_only_columns(*table.primary_key)
        source = of_model(new_name(), model, arguments)
        keys = [getattr(source.row, key) for key in keys_of_model(model)]
        source.where.append(binds.sql((keys[0] if len(keys) == 1 else tuple_(*keys)).in_(chosen)))
        return source
    names: dict[FromClause, str] = {}
    froms = _froms(statement, model)
    if froms == [model.__table__]:
        names[model.__table__] = new_name()
        source = of_model(names[model.__table__], model, arguments)
    else:
        tables = _tables(binds, [_rename(item, names, new_name) for item in froms])
        source = Source(Row(names[model.__table__], columns_of(model), arguments), tables, model=model)
    source.where = [f"({binds.sql(renamed(criterion, names))})" for criterion in statement._where_criteria]
    source.order = [key_of_clause(binds, clause, lambda e: renamed(e, names)) for clause in statement._order_by_clauses]
    if statement._limit_clause is not None:
        source.limit = binds.sql(statement._limit_clause)
    if statement._offset_clause is not None:
        source.offset = binds.sql(statement._offset_clause)
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


def _tables(binds: Binds, froms: list[FromClause]) -> str:
    text = binds.sql(select(literal_column("1")).select_from(*froms))
    return text.removeprefix("SELECT 1 \nFROM ")


def _rename(item: Any, names: dict[FromClause, str], new_name: Callable[[], str]) -> FromClause:
    """Give each table of a FROM a name of its own, and note it in `names`."""
    if isinstance(item, Join):
        left, right = _rename(item.left, names, new_name), _rename(item.right, names, new_name)
        return left.join(
            right, renamed(item.onclause, names) if item.onclause is not None else None, isouter=item.isouter
        )
    if isinstance(item, Table):
        names[item] = new_name()
        return item.alias(names[item])
    if isinstance(item, FromClause) and hasattr(item, "name"):
        names[item] = new_name()
        made: Any = item._clone()
        made.name = names[item]
        return made  # type: ignore[no-any-return]
    raise DeclarationError(f"cannot select from {item!r}")


def renamed(expression: Any, names: dict[Any, str]) -> Any:
    """The expression with the columns of some tables referred to by the tables' new names.

    In a subselect that says which tables it correlates, the others are its own, also where they have the same name.
    """

    def replace(element: Any, **_: Any) -> Any:
        if isinstance(element, Select) and element is not expression and element._correlate:
            outer = {table: name for table, name in names.items() if table in element._correlate}
            if len(outer) < len(names):
                return renamed(element, outer)
        if isinstance(element, ColumnClause) and element.table is not None and element.table in names:
            return column_of(names[element.table], element.name, element.type)
        return None

    return visitors.replacement_traverse(expression, {}, replace)


def _derived(binds: Binds, new_name: Callable[[], str], statement: Any, arguments: dict[str, Any]) -> Source:
    name = new_name()
    keys: list[Key] = []
    if isinstance(statement, Select):
        for number, clause in enumerate(statement._order_by_clauses):
            key = key_of_clause(binds, clause)
            statement = statement.add_columns(unwrapped(clause)[0].label(f"o{number}"))
            keys.append(replace(key, sql=f"{name}.o{number}"))
        if statement._limit_clause is None:
            statement = statement.order_by(None)
    columns = {column.key: (column.name, column.type) for column in statement.subquery(name).columns}
    return Source(Row(name, columns, arguments), f"({binds.sql(statement)}) {name}", order=keys)
