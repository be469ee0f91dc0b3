"""Compiling `node` and `nodes`. The kinds of object that the ids name are part of the plan, the ids are bound late."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphql import FieldNode, ListValueNode, StringValueNode, VariableNode
from sqlalchemy import ARRAY, Text, Uuid

from backend.graphql.planner import objects
from backend.graphql.planner.assemble import FieldInfo, TypeInfo
from backend.graphql.planner.compilation import Compilation, Path
from backend.graphql.planner.late import decode_id, prefix_of
from backend.graphql.planner.mappings import NodeLookup
from backend.graphql.planner.rows import keys_of_model, of_model
from backend.graphql.planner.sqljson import EMPTY_LIST, NULL, one_object

MOST_IDS = 100


def compile_lookup(
    c: Compilation, field: FieldInfo, mapping: NodeLookup, field_nodes: list[FieldNode], path: Path
) -> str:
    """The object or objects with some public ids."""
    node = field_nodes[0]
    [argument] = node.arguments or ()
    given = next(iter(c.arguments.of(node, field.graphql.args).values()))
    find = c.binds.value_of(given)
    prefixes = _prefixes(c, argument.value)
    if not mapping.many:
        if not prefixes:
            return NULL
        key = c.binds.parameter(lambda variables, viewer: decode_id(find(variables, viewer), prefixes[0]), Uuid())
        return _object(c, prefixes[0], key, field_nodes, path)
    message = f"{path[-1]}: {MOST_IDS} ids at most; ask in several requests."
    c.check(given, lambda ids: len(ids) <= MOST_IDS, message, node, path)
    words = c.binds.parameter(lambda v, w: [prefix_of(i) for i in find(v, w)], ARRAY(Text()))
    keys = c.binds.parameter(lambda v, w: [decode_id(i, prefix_of(i) or "") for i in find(v, w)], ARRAY(Uuid()))
    name = c.name()
    branches = [f"when '{prefix}' then {_object(c, prefix, f'{name}.k', field_nodes, path)}" for prefix in prefixes]
    item = f"case {name}.p {' '.join(branches)} end" if branches else "null::json"
    asked = f"unnest({words}, {keys}) with ordinality {name} (p, k, i)"
    return f"(select coalesce(json_agg({item} order by {name}.i), {EMPTY_LIST}) from {asked})"


def _object(c: Compilation, prefix: str, key: str, field_nodes: list[FieldNode], path: Path) -> str:
    info = c.type_info(c.assembled.prefixes[prefix])
    permission = info.declared.permission
    if permission is not None and permission not in c.binds.permissions:
        return "null::json"  # what may not be seen looks like what does not exist
    return object_with_key(c, info, key, field_nodes, path)


def object_with_key(c: Compilation, info: TypeInfo, key: str, field_nodes: Sequence[FieldNode], path: Path) -> str:
    """SQL: the object of a type whose primary key is a value; null where there is none, or none that may be seen."""
    source = of_model(c.name(), info.declared.model)
    [attribute] = keys_of_model(info.declared.model)
    source.where = [f"{getattr(source.row, attribute).name} = {key}"]
    pairs = objects.compile_object(c, info.name, field_nodes, source.row, path)
    return NULL if c.errors else one_object(pairs, source.rows, c.name())


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
