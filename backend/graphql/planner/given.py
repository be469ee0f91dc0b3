"""The general path: objects that were not asked for by a query but are at hand by their keys.

A mutation's payload is such an answer, and an event of a subscription is: somebody gives the keys, and what the
operation selects of those objects is read in one statement, on the connection that the giver chooses. In a
transaction that just wrote, it therefore sees what was written. The JSON goes out untouched, as that of a query.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import FieldNode, get_named_type, is_leaf_type, is_list_type, is_non_null_type
from sqlalchemy import ARRAY, Text, Uuid

from backend.errors import DomainError
from backend.graphql.planner.assemble import FieldInfo, TypeInfo
from backend.graphql.planner.binds import Binds, Bound, Variables, current_binds
from backend.graphql.planner.compilation import Check, Compilation, Path
from backend.graphql.planner.errors import Refusal, problem
from backend.graphql.planner.late import leaf_type
from backend.graphql.planner.mappings import Problems
from backend.graphql.planner.nodes import object_with_key
from backend.graphql.planner.sqljson import EMPTY_LIST, Pairs, object_here, text_constant
from backend.graphql.planner.user_errors import as_data
from backend.viewer import Viewer

TYPENAME = "__typename"
SELF = "0"
"""Name under which the key of the answer itself is given, where the answer is an object with a public id."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How the answer of one root field is read."""

    sql: str
    """One row with one column: the JSON as text."""
    binders: tuple[Bound, ...]
    checks: tuple[Check, ...]
    blank: tuple[tuple[str, Any], ...]
    """What the payload says when nothing was done, by response key; errors as a map of what is selected of them."""

    def check(self, variables: Variables, viewer: Viewer) -> None:
        """Look at the arguments below the root field. Raises Refusal (BAD_USER_INPUT)."""
        errors = [error for check in self.checks if (error := check(variables, viewer)) is not None]
        if errors:
            raise Refusal(errors)

    def arguments(self, given: Mapping[str, Any], variables: Variables, viewer: Viewer) -> tuple[Any, ...]:
        """The statement's parameters. `given` has keys and values by Python name; what is left out is null."""
        values = variables | {_name(name): value for name, value in given.items()}
        return tuple(find(values, viewer) for find in self.binders)

    def refused(self, error: DomainError) -> bytes:
        """The payload that says why nothing was changed."""
        data = as_data(error)
        made = {
            key: [{k: data[name] for k, name in value.selected.items()}] if isinstance(value, _Errors) else value
            for key, value in self.blank
        }
        return orjson.dumps(made, default=str)


@dataclass(frozen=True, slots=True)
class _Errors:
    selected: dict[str, str]
    """Field of UserError by response key."""


def compile_answer(c: Compilation, type_name: str, field_nodes: list[FieldNode], path: Path) -> Answer | None:
    """Compile what is selected below a root field; None where something of it is refused, which `c.errors` tells."""
    token = current_binds.set(c.binds)
    try:
        info = c.type_info(type_name)
        blank: list[tuple[str, Any]] = []
        if info.declared.model is not None:
            made = object_with_key(c, info, _parameter(c.binds, SELF, Uuid()), field_nodes, path)
        else:
            pairs, blank = _payload(c, info, field_nodes, path)
            made = object_here(pairs)
    finally:
        current_binds.reset(token)
    for kept in c.kept:
        c.errors.append(problem("BAD_USER_INPUT", f"{kept.path[-1]} can be asked by a query only.", path=kept.path))
    if c.errors:
        return None
    sql, binders = c.binds.finished(f"select ({made})::text")
    return Answer(sql, binders, tuple(c.checks), tuple(blank))


def _payload(
    c: Compilation, info: TypeInfo, field_nodes: list[FieldNode], path: Path
) -> tuple[Pairs, list[tuple[str, Any]]]:
    pairs: Pairs = []
    blank: list[tuple[str, Any]] = []
    graphql_type: Any = c.assembled.graphql.type_map[info.name]
    for key, nodes in c.selector.below(field_nodes, graphql_type).items():
        name = nodes[0].name.value
        if name == TYPENAME:
            pairs.append((key, text_constant(info.name)))
            blank.append((key, info.name))
        elif isinstance(info.fields[name].mapping, Problems):
            errors: Any = c.assembled.graphql.type_map["UserError"]
            selected = {k: inner[0].name.value for k, inner in c.selector.below(nodes, errors).items()}
            pairs.append((key, EMPTY_LIST))
            blank.append((key, _Errors(selected)))
        else:
            field = info.fields[name]
            pairs.append((key, _field(c, field, nodes, (*path, key))))
            blank.append((key, [] if _is_list(field) else None))
    return pairs, blank


def _field(c: Compilation, field: FieldInfo, field_nodes: list[FieldNode], path: Path) -> str:
    named: Any = get_named_type(field.graphql.type)
    if is_leaf_type(named):
        kind = leaf_type(named)
        return _parameter(c.binds, field.python_name, ARRAY(kind) if _is_list(field) else kind)
    info = c.type_info(named.name)
    if info.declared.model is None:
        shown = _shown(c, info, field_nodes, path)
        name = _name(field.python_name)
        return c.binds.parameter(lambda variables, _: shown.written(variables.get(name)), Text()) + "::json"
    if not _is_list(field):
        return object_with_key(c, info, _parameter(c.binds, field.python_name, Uuid()), field_nodes, path)
    keys = _parameter(c.binds, field.python_name, ARRAY(Uuid()))
    name, table = c.name(), c.name()
    item = object_with_key(c, info, f"{name}.k", field_nodes, path)
    rows = f"select {item} as item, {name}.i from unnest({keys}) with ordinality {name} (k, i)"
    seen = f"json_agg({table}.item order by {table}.i) filter (where {table}.item is not null)"
    return f"(select coalesce({seen}, {EMPTY_LIST}) from ({rows}) {table})"


@dataclass(frozen=True, slots=True)
class _Shown:
    """What is selected of objects that are given whole: response key → name in Python, and what is selected below."""

    type_name: str
    fields: tuple[tuple[str, str, _Shown | None], ...]

    def written(self, value: Any) -> str:
        return orjson.dumps(self.of(value)).decode()

    def of(self, value: Any) -> Any:
        if value is None:
            return None
        if isinstance(value, list | tuple):
            return [self.of(each) for each in value]
        return {key: self._field(value, name, below) for key, name, below in self.fields}

    def _field(self, value: Mapping[str, Any], name: str, below: _Shown | None) -> Any:
        if name == TYPENAME:
            return self.type_name
        return value[name] if below is None else below.of(value[name])


def _shown(c: Compilation, info: TypeInfo, field_nodes: list[FieldNode], path: Path) -> _Shown:
    found: list[tuple[str, str, _Shown | None]] = []
    graphql_type: Any = c.assembled.graphql.type_map[info.name]
    if not c.may(info.declared.permission, field_nodes[0], path):
        return _Shown(info.name, ())
    for key, nodes in c.selector.below(field_nodes, graphql_type).items():
        name = nodes[0].name.value
        if name == TYPENAME:
            found.append((key, TYPENAME, None))
            continue
        named: Any = get_named_type(info.fields[name].graphql.type)
        below = None if is_leaf_type(named) else _shown(c, c.type_info(named.name), nodes, (*path, key))
        found.append((key, info.fields[name].python_name, below))
    return _Shown(info.name, tuple(found))


def _is_list(field: FieldInfo) -> bool:
    kind = field.graphql.type
    return is_list_type(kind.of_type if is_non_null_type(kind) else kind)


def _name(python_name: str) -> str:
    """A name that no variable of an operation has."""
    return f"0{python_name}"


def _parameter(binds: Binds, python_name: str, kind: Any) -> str:
    name = _name(python_name)
    return binds.parameter(lambda variables, _: variables.get(name), kind)
