"""Whether the fields that share a response key can be merged, in time that grows with the document and not its square.

The specification's own algorithm compares every pair of fields: 2,000 tokens of repeated fragments cost it hundreds of
milliseconds. This one looks at all fields of a response key together: their shapes have to agree, whatever the types of
their parents, and where parents can be one object the fields have to be the same field with the same arguments. It
runs after the other rules, so every name is known and no fragment is inside itself. (Simon Adameit described the idea
in "How to validate field merging in linear time", 2018.)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SchemaMetaFieldDef,
    SelectionSetNode,
    TypeMetaFieldDef,
    TypeNameMetaFieldDef,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    print_ast,
)
from graphql.utilities.sort_value_node import sort_value_node

from backend.graphql.planner.errors import problem

META = {"__typename": TypeNameMetaFieldDef, "__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}
MOST_VISITS = 10_000
"""Fields looked at, over all groups; a document that needs more is refused."""

Place = tuple[SelectionSetNode, Any]
"""A selection with the type that it selects of."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field where it stands."""

    node: FieldNode
    parent: Any
    kind: Any


class Conflict(Exception):
    """Fields that cannot be merged."""

    def __init__(self, key: str, reason: str, fields: Iterable[Field]) -> None:
        super().__init__(key)
        places = [f.node.loc.start_token for f in fields if f.node.loc]
        self.error = problem(
            "GRAPHQL_VALIDATION_FAILED",
            f"Fields '{key}' conflict because {reason}. Use different aliases on the fields to fetch both.",
            locations=[(token.line, token.column) for token in places],
        )


def conflict_in(
    schema: GraphQLSchema, operation: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]
) -> dict[str, Any] | None:
    """The error of the first conflict in an operation, or None."""
    root = schema.get_root_type(operation.operation)
    merging = _Merging(schema, fragments)
    try:
        places = [(operation.selection_set, root)]
        merging.same_shapes(places)
        merging.same_fields(places)
    except Conflict as conflict:
        return conflict.error
    return None


class _Merging:
    """The fields of one operation."""

    def __init__(self, schema: GraphQLSchema, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._schema = schema
        self._fragments = fragments
        self._visits = 0
        self._seen: set[tuple[str, frozenset[int]]] = set()
        self._arguments: dict[int, str] = {}

    def same_shapes(self, places: list[Place]) -> None:
        """Fields of a key answer alike, whatever their parents: lists, nulls and leaves agree. Raises Conflict."""
        for key, fields in self._fields("shapes", places):
            first = fields[0]
            for other in fields[1:]:
                if not _alike(first.kind, other.kind):
                    raise Conflict(
                        key, f"they return conflicting types '{first.kind}' and '{other.kind}'", (first, other)
                    )
            below = _below(fields)
            if below:
                self.same_shapes(below)

    def same_fields(self, places: list[Place]) -> None:
        """Fields of a key whose parents may be one object are the same field, with the same arguments."""
        for key, fields in self._fields("fields", places):
            for group in _groups(fields):
                self._require_one(key, group)
                below = _below(group)
                if below:
                    self.same_fields(below)

    def _require_one(self, key: str, group: list[Field]) -> None:
        first = group[0]
        for other in group[1:]:
            if first.node.name.value != other.node.name.value:
                reason = f"'{first.node.name.value}' and '{other.node.name.value}' are different fields"
                raise Conflict(key, reason, (first, other))
            if self._written(first.node) != self._written(other.node):
                raise Conflict(key, "they have differing arguments", (first, other))

    def _written(self, node: FieldNode) -> str:
        found = self._arguments.get(id(node))
        if found is None:
            arguments = sorted(node.arguments or (), key=lambda argument: argument.name.value)
            written = (f"{each.name.value}: {print_ast(sort_value_node(each.value))}" for each in arguments)
            found = self._arguments[id(node)] = ", ".join(written)
        return found

    def _fields(self, what: str, places: list[Place]) -> Iterable[tuple[str, list[Field]]]:
        """The fields below some selections by response key, fragments written out; nothing for what was seen before."""
        mark = (what, frozenset(id(selections) for selections, _ in places))
        if mark in self._seen:
            return ()
        self._seen.add(mark)
        found: dict[str, list[Field]] = {}
        spread: set[str] = set()
        for selections, parent in places:
            self._collect(selections, parent, found, spread)
        return found.items()

    def _collect(
        self, selections: SelectionSetNode, parent: Any, found: dict[str, list[Field]], spread: set[str]
    ) -> None:
        for selection in selections.selections:
            self._visits += 1
            if self._visits > MOST_VISITS:
                raise _too_entangled(selection)
            if isinstance(selection, FieldNode):
                name = selection.name.value
                definition = META.get(name) or parent.fields[name]
                key = selection.alias.value if selection.alias else name
                found.setdefault(key, []).append(Field(selection, parent, definition.type))
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                inner = self._schema.type_map[condition.name.value] if condition else parent
                self._collect(selection.selection_set, inner, found, spread)
            elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in spread:
                spread.add(selection.name.value)
                fragment = self._fragments[selection.name.value]
                inner = self._schema.type_map[fragment.type_condition.name.value]
                self._collect(fragment.selection_set, inner, found, spread)


def _below(fields: list[Field]) -> list[Place]:
    """What is selected of the objects of some fields, each selection once."""
    places = {
        id(f.node.selection_set): (f.node.selection_set, get_named_type(f.kind)) for f in fields if f.node.selection_set
    }
    return list(places.values())


def _groups(fields: list[Field]) -> list[list[Field]]:
    """The fields that one object may have to answer: those of each object type, with those of every abstract type."""
    abstract = [f for f in fields if not isinstance(f.parent, GraphQLObjectType)]
    concrete: dict[str, list[Field]] = {}
    for f in fields:
        if isinstance(f.parent, GraphQLObjectType):
            concrete.setdefault(f.parent.name, []).append(f)
    return [group + abstract for group in concrete.values()] or [abstract]


def _alike(one: Any, other: Any) -> bool:
    """Whether values of two types have the same shape; objects do, and what they hold is compared in its turn."""
    for is_wrapped in (is_non_null_type, is_list_type):
        if is_wrapped(one) or is_wrapped(other):
            return is_wrapped(one) and is_wrapped(other) and _alike(one.of_type, other.of_type)
    return one is other or not (is_leaf_type(one) or is_leaf_type(other))


def _too_entangled(node: Any) -> Conflict:
    conflict = Conflict("", "", ())
    token = node.loc.start_token if node.loc else None
    conflict.error = problem(
        "GRAPHQL_VALIDATION_FAILED",
        "Too many fields overlap. Use different aliases, or fewer fragments that select the same fields.",
        locations=[(token.line, token.column)] if token else [],
    )
    return conflict
