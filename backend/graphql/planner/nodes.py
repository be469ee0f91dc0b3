"""Compiling `node` and `nodes`. The kinds of object that the ids name are part of the plan, the ids are bound late."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphql import FieldNode, ListValueNode, StringValueNode, VariableNode
from sqlalchemy import ARRAY, ColumnElement, Text, Uuid, case, func, literal_column, select

from backend.graphql.planner import objects
from backend.graphql.planner.assemble import FieldInfo, TypeInfo
from backend.graphql.planner.compilation import Compilation, Path
from backend.graphql.planner.declare import NodeLookup
from backend.graphql.planner.late import decode_id, prefix_of
from backend.graphql.planner.rows import keys_of_model, of_model
from backend.graphql.planner.sqljson import EMPTY_LIST, null_constant, one_object

MOST_IDS = 100


def compile_lookup(
    c: Compilation, field: FieldInfo, mapping: NodeLookup, field_nodes: list[FieldNode], path: Path
) -> ColumnElement[Any]:
    """The object or objects with some public ids."""
    node = field_nodes[0]
    [argument] = node.arguments or ()
    given = next(iter(c.arguments.of(node, field.graphql.args).values()))
    find = c.binds.value_of(given)
    prefixes = _prefixes(c, argument.value)
    if not mapping.many:
        if not prefixes:
            return null_constant()
        key = c.binds.add(lambda variables, viewer: decode_id(find(variables, viewer), prefixes[0]), Uuid())
        return _object(c, prefixes[0], key, field_nodes, path)
    c.check(
        given,
        lambda ids: len(ids) <= MOST_IDS,
        f"{path[-1]}: {MOST_IDS} ids at most; ask in several requests.",
        node,
        path,
    )
    name = c.name()
    words = c.binds.add(lambda v, w: [prefix_of(i) for i in find(v, w)], ARRAY(Text()))
    keys = c.binds.add(lambda v, w: [decode_id(i, prefix_of(i) or "") for i in find(v, w)], ARRAY(Uuid()))
    asked = func.unnest(words, keys).table_valued("p", "k", with_ordinality="i").render_derived(name=name)
    word, key_column = literal_column(f"{name}.p", Text()), literal_column(f"{name}.k", Uuid())
    branches = [(word == prefix, _object(c, prefix, key_column, field_nodes, path)) for prefix in prefixes]
    item: ColumnElement[Any] = case(*branches) if branches else literal_column("null::json")
    numbered = select(item.label("item"), literal_column(f"{name}.i").label("i")).select_from(asked).subquery(c.name())
    collected = func.json_agg(literal_column(f"{numbered.name}.item order by {numbered.name}.i"))
    return select(func.coalesce(collected, EMPTY_LIST)).select_from(numbered).scalar_subquery()


def _object(
    c: Compilation, prefix: str, key: ColumnElement[Any], field_nodes: list[FieldNode], path: Path
) -> ColumnElement[Any]:
    info = c.type_info(c.assembled.prefixes[prefix])
    declared = info.declared
    if declared.permission is not None and declared.permission not in c.binds.permissions:
        return literal_column("null::json")  # what may not be seen looks like what does not exist
    return object_with_key(c, info, key, field_nodes, path)


def object_with_key(
    c: Compilation, info: TypeInfo, key: ColumnElement[Any], field_nodes: Sequence[FieldNode], path: Path
) -> ColumnElement[Any]:
    """SQL: the object of a type whose primary key is a value; null where there is none, or none that may be seen."""
    source = of_model(c.name(), info.declared.model)
    [attribute] = keys_of_model(info.declared.model)
    source.where = [getattr(source.row, attribute) == key]
    pairs = objects.compile_object(c, info.name, field_nodes, source.row, path)
    return null_constant() if c.errors else one_object(pairs, source.rows(), c.name())


def _prefixes(c: Compilation, value: Any) -> list[str]:
    """Known prefixes of the ids of an argument."""
    found: set[str | None] = set()
    items = value.values if isinstance(value, ListValueNode) else [value]
    for item in items:
        if isinstance(item, VariableNode):
            found.update(c.prefixes.get(item.name.value, ()))
        elif isinstance(item, StringValueNode):
            found.add(prefix_of(item.value))
    return sorted(prefix for prefix in found if prefix in c.assembled.prefixes)
