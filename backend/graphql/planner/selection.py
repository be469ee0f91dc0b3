"""Which fields of an object are selected: fragments written out, directives applied, fields of one key merged."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from graphql import (
    BooleanValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionSetNode,
    VariableNode,
    is_abstract_type,
)

from backend.graphql.planner.variables import ABSENT

Selected = dict[str, list[FieldNode]]
"""Field nodes by response key, in the order in which the keys first appear."""


class Selector:
    """Collects the fields of one operation for given values of its boolean variables."""

    def __init__(
        self, schema: GraphQLSchema, fragments: dict[str, FragmentDefinitionNode], shapes: dict[str, Any]
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._shapes = shapes

    def below(self, nodes: Iterable[FieldNode], runtime_type: GraphQLObjectType) -> Selected:
        """What is selected of an object below some merged fields."""
        selected: Selected = {}
        seen: set[str] = set()
        for node in nodes:
            if node.selection_set is not None:
                self._collect(node.selection_set, runtime_type, selected, seen)
        return selected

    def root(self, selections: SelectionSetNode, runtime_type: GraphQLObjectType) -> Selected:
        """What is selected of the root."""
        selected: Selected = {}
        self._collect(selections, runtime_type, selected, set())
        return selected

    def _collect(
        self, selections: SelectionSetNode, runtime_type: GraphQLObjectType, selected: Selected, seen: set[str]
    ) -> None:
        for selection in selections.selections:
            if not self._included(selection):
                continue
            if isinstance(selection, FieldNode):
                key = selection.alias.value if selection.alias else selection.name.value
                selected.setdefault(key, []).append(selection)
            elif isinstance(selection, InlineFragmentNode):
                if self._applies(selection.type_condition, runtime_type):
                    self._collect(selection.selection_set, runtime_type, selected, seen)
            elif isinstance(selection, FragmentSpreadNode):
                name = selection.name.value
                if name in seen:
                    continue
                fragment = self._fragments[name]
                if self._applies(fragment.type_condition, runtime_type):
                    seen.add(name)
                    self._collect(fragment.selection_set, runtime_type, selected, seen)

    def _applies(self, condition: Any, runtime_type: GraphQLObjectType) -> bool:
        if condition is None or condition.name.value == runtime_type.name:
            return True
        conditional: Any = self._schema.type_map[condition.name.value]
        return is_abstract_type(conditional) and self._schema.is_sub_type(conditional, runtime_type)

    def _included(self, selection: Any) -> bool:
        for directive in selection.directives or ():
            name = directive.name.value
            if name in ("skip", "include"):
                node = directive.arguments[0].value
                if isinstance(node, VariableNode):
                    value = self._shapes[node.name.value]
                    value = value != ABSENT and bool(value)
                else:
                    value = isinstance(node, BooleanValueNode) and node.value
                if value == (name == "skip"):
                    return False
        return True
