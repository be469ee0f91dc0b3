"""Compiling objects and their fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphql import FieldNode, get_named_type, is_list_type, is_non_null_type
from sqlalchemy import ColumnElement, Text, cast, func, literal_column
from sqlalchemy.orm import InstrumentedAttribute

from backend.graphql.planner import connections, feeds, kept_arguments, nodes
from backend.graphql.planner.assemble import FieldInfo, TypeInfo
from backend.graphql.planner.compilation import Compilation, Path
from backend.graphql.planner.errors import DeclarationError
from backend.graphql.planner.mappings import Embedded, Identifier, Kept, NodeLookup, Relation, SameRow, Value
from backend.graphql.planner.rows import MadeRow, Source, keys_of_model, of_model, settle_order
from backend.graphql.planner.selection import Selected
from backend.graphql.planner.selects import of_select
from backend.graphql.planner.sqljson import NULL, Item, Pairs, list_of_objects, object_here, one_object, text_constant


def compile_fields(c: Compilation, info: TypeInfo, selected: Selected, row: Any, path: Path) -> Pairs:
    """The selected fields of one object type over one row."""
    pairs: Pairs = []
    for key, field_nodes in selected.items():
        name = field_nodes[0].name.value
        below = (*path, key)
        if name == "__typename":
            pairs.append((key, text_constant(info.name)))
        else:
            pairs.append((key, compile_field(c, info, info.fields[name], field_nodes, row, below)))
    return pairs


def compile_object(c: Compilation, type_name: str, field_nodes: Sequence[FieldNode], row: Any, path: Path) -> Pairs:
    """What is selected below a field, over one row of an object type."""
    info = c.type_info(type_name)
    if not c.may(info.declared.permission, field_nodes[0], path):
        return []
    graphql_type: Any = c.assembled.graphql.type_map[type_name]
    return compile_fields(c, info, c.selector.below(field_nodes, graphql_type), row, path)


def compile_item(
    c: Compilation, target: str, field_nodes: Sequence[FieldNode], source: Source | feeds.Feed, path: Path
) -> Item:
    """What is selected below a field, over one of the rows that it leads to."""
    if isinstance(source, feeds.Feed):
        return source.item(c, field_nodes, path)
    return compile_object(c, target, field_nodes, source.row, path)


def may_list(c: Compilation, target: str, node: FieldNode, path: Path) -> bool:
    """Whether the viewer may read a list of a type. Feeds leave out what the viewer may not see."""
    info = c.assembled.types.get(target)
    return info is None or c.may(info.declared.permission, node, path)


def compile_field(
    c: Compilation, info: TypeInfo, field: FieldInfo, field_nodes: list[FieldNode], row: Any, path: Path
) -> str:
    """The JSON of one field of one row."""
    mapping = field.mapping
    node = field_nodes[0]
    if not c.may(mapping.permission, node, path):
        return NULL
    if mapping.gate is not None and mapping.gate not in c.binds.permissions:
        return NULL
    try:
        if isinstance(mapping, Value):
            return c.binds.sql(_value(c, field, mapping, node, row))
        if isinstance(mapping, Identifier):
            [key] = keys_of_model(info.declared.model)
            return c.binds.sql(public_id(mapping.prefix, getattr(row, key)))
        if isinstance(mapping, Relation):
            return _relation(c, field, mapping, field_nodes, row, path)
        if isinstance(mapping, SameRow):
            made = object_here(compile_object(c, _target(field), field_nodes, row, path))
            return _when(c, mapping, row, made)
        if isinstance(mapping, Embedded):
            arguments = c.python_arguments(field, node)
            inner = MadeRow(mapping.source(row, **arguments), arguments)
            made = object_here(compile_object(c, _target(field), field_nodes, inner, path))
            return _when(c, mapping, row, made)
        if isinstance(mapping, Kept):
            return kept_arguments.compile_kept(c, mapping, field_nodes, row, path)
        if isinstance(mapping, NodeLookup):
            return nodes.compile_lookup(c, field, mapping, field_nodes, path)
    except DeclarationError as error:
        raise DeclarationError(f"{info.name}.{field.name}: {error}") from error
    raise DeclarationError(f"{info.name}.{field.name}: {type(mapping).__name__} cannot be planned.")


def _when(c: Compilation, mapping: SameRow | Embedded, row: Any, made: str) -> str:
    return made if mapping.when is None else f"case when {c.binds.sql(mapping.when(row))} then {made} end"


def _value(c: Compilation, field: FieldInfo, mapping: Value, node: FieldNode, row: Any) -> Any:
    if mapping.source is None:
        return getattr(row, field.python_name)
    if isinstance(mapping.source, InstrumentedAttribute):
        return getattr(row, mapping.source.key)
    made = mapping.source(row, **c.python_arguments(field, node))
    return made.scalar_subquery() if hasattr(made, "scalar_subquery") else made


def public_id(prefix: str, key: ColumnElement[Any]) -> ColumnElement[Any]:
    """SQL: the public id of a row, from its uuid."""
    return literal_column(f"'{prefix}_'").op("||")(
        func.translate(cast(key, Text), literal_column("'-'"), literal_column("''"))
    )


def _target(field: FieldInfo) -> str:
    named = get_named_type(field.graphql.type)
    return str(named.name)


def _relation(
    c: Compilation, field: FieldInfo, mapping: Relation, field_nodes: list[FieldNode], row: Any, path: Path
) -> str:
    node = field_nodes[0]
    target = _target(field)
    if target.endswith("Connection") and connections.is_connection(c, target):
        return connections.compile_connection(c, field, mapping, field_nodes, row, path)
    source = related(c, field, mapping, target, node, row)
    item = compile_item(c, target, field_nodes, source, path)
    if c.errors:
        return NULL
    graphql_type = field.graphql.type
    if is_list_type(graphql_type.of_type if is_non_null_type(graphql_type) else graphql_type):
        if isinstance(source, Source):
            settle_order(source, mapping.order_by)
        return list_of_objects(item, source.in_order, c.name())
    if not isinstance(mapping.source, InstrumentedAttribute) and source.limit is None:
        source.limit = "1"
    return one_object(item, source.in_order, c.name())


def related(
    c: Compilation, field: FieldInfo, mapping: Relation, target: str, node: FieldNode, row: Any
) -> Source | feeds.Feed:
    """The rows that a relation leads to from one row."""
    info = c.assembled.types.get(target)
    model = info.declared.model if info is not None else None
    if isinstance(mapping.source, InstrumentedAttribute):
        source = of_model(c.name(), model)
        if mapping.towards == "one":
            [key] = keys_of_model(model)
            pairs = [(key, mapping.source.key)]
        else:
            pairs = foreign_key(mapping.source)
        source.where = [f"{getattr(source.row, near).name} = {c.binds.sql(getattr(row, far))}" for near, far in pairs]
        return source
    arguments = {k: v for k, v in c.python_arguments(field, node).items() if k not in connections.PAGE}
    root = row is None
    statement = mapping.source(**arguments) if root else mapping.source(row, **arguments)
    if info is None or isinstance(statement, list | tuple):
        return feeds.feed_of(c.assembled, c.name, target, statement, arguments)
    source = of_select(c.name, statement, arguments)
    if model is not None and source.model is not model:
        raise DeclarationError(f"its function selects {source.model}, but {target} is declared over {model}.")
    return source


def foreign_key(attribute: InstrumentedAttribute[Any]) -> list[tuple[str, str]]:
    """Pairs of attributes that a foreign key column joins: on its own model, and on the model it refers to.

    A column of several foreign keys stands for the one of one column. Raises DeclarationError if it has none.
    """
    [column] = attribute.property.columns
    found = sorted(column.foreign_keys, key=lambda key: len(key.constraint.elements) if key.constraint else 1)
    if not found or found[0].constraint is None:
        raise DeclarationError(f"{attribute} has no foreign key; write a function that returns a Select.")
    near = attribute.class_.__mapper__
    pairs = []
    for element in found[0].constraint.elements:
        far = next(m for m in near.registry.mappers if m.local_table is element.column.table)
        pairs.append((near.get_property_by_column(element.parent).key, far.get_property_by_column(element.column).key))
    return pairs
