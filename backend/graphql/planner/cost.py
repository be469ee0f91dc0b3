"""What an operation costs, known before it runs: a sum whose page sizes may be variables of the request.

A scalar costs nothing and an object 1. A page costs its size times what one of its rows costs, a plain list as
ten of its objects, `nodes` as many as there are ids. A mutation costs 10 beside what it returns. Introspection costs a
flat price, since its answer depends on the schema alone. Every operation costs at least 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    GraphQLSchema,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    StringValueNode,
    VariableNode,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)

from backend.graphql.planner.connections import LARGEST_PAGE
from backend.graphql.planner.selection import Selected, Selector
from backend.graphql.planner.variables import ABSENT

PLAIN_LIST = 10
MUTATION = 10
INTROSPECTION = {"__schema": 100, "__type": 10, "__typename": 0}

Sum = dict[tuple[str, ...], int]
"""Coefficients by the variables that each is multiplied with, in alphabetical order."""


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of one operation for one shape of variables."""

    constant: int
    terms: tuple[tuple[int, tuple[str, ...]], ...]
    dearest: str
    """Response key of the root field that costs most, where every page is as large as it may be."""

    def of(self, variables: Mapping[str, Any]) -> int:
        """The cost for the values of a request."""
        total = self.constant
        for coefficient, names in self.terms:
            for name in names:
                coefficient *= _size(variables.get(name))
            total += coefficient
        return max(total, 1)


def _size(value: Any) -> int:
    if isinstance(value, list):
        return len(value)
    return min(max(value, 0), LARGEST_PAGE) if isinstance(value, int) else 1


def cost_of(
    schema: GraphQLSchema, operation: OperationDefinitionNode, selector: Selector, shapes: Mapping[str, Any]
) -> Cost:
    """The cost of an operation of a valid document."""
    root: Any = schema.get_root_type(operation.operation)
    pricing = _Pricing(schema, selector, shapes)
    flat = MUTATION if root is schema.mutation_type else 0
    total: Sum = {(): 0}
    most, dearest = -1, ""
    for key, nodes in selector.root(operation.selection_set, root).items():
        price = pricing.field(root, nodes)
        _add(price, {(): flat})
        _add(total, price)
        at_most = sum(coefficient * LARGEST_PAGE ** len(names) for names, coefficient in price.items())
        if at_most > most:
            most, dearest = at_most, key
    constant = total.pop(())
    return Cost(constant, tuple((coefficient, names) for names, coefficient in total.items() if coefficient), dearest)


class _Pricing:
    """Prices fields, the same field nodes of the same type once."""

    def __init__(self, schema: GraphQLSchema, selector: Selector, shapes: Mapping[str, Any]) -> None:
        self._schema = schema
        self._selector = selector
        self._shapes = shapes
        self._known: dict[tuple[Any, ...], Sum] = {}

    def field(self, parent: Any, nodes: list[FieldNode]) -> Sum:
        name = nodes[0].name.value
        if name in INTROSPECTION:
            return {(): INTROSPECTION[name]}
        kind = parent.fields[name].type
        named: Any = get_named_type(kind)
        if is_leaf_type(named):
            return {(): 0}
        if "edges" in getattr(named, "fields", {}):
            return self._page(named, nodes)
        price = self._object(named, nodes)
        if is_list_type(kind.of_type if is_non_null_type(kind) else kind):
            by_id = name == "nodes" and parent is self._schema.query_type
            return _times(price, self._count(nodes[0], ("ids",), PLAIN_LIST) if by_id else PLAIN_LIST)
        return price

    def _object(self, named: Any, nodes: list[FieldNode]) -> Sum:
        """One object of a type; of an abstract type, as much as the dearest of the types that it may be."""
        if not is_abstract_type(named):
            return self._of_type(named, nodes)
        dearest: Sum = {(): 1}
        for possible in self._schema.get_possible_types(named):
            for names, coefficient in self._of_type(possible, nodes).items():
                dearest[names] = max(dearest.get(names, 0), coefficient)
        return dearest

    def _of_type(self, named: Any, nodes: list[FieldNode]) -> Sum:
        known = (named.name, *map(id, nodes))
        if known not in self._known:
            total: Sum = {(): 1}
            for inner in self._selector.below(nodes, named).values():
                _add(total, self.field(named, inner))
            self._known[known] = total
        return dict(self._known[known])

    def _page(self, connection: Any, nodes: list[FieldNode]) -> Sum:
        selected: Selected = self._selector.below(nodes, connection)
        rows: Sum = {}
        for inner in selected.values():
            if inner[0].name.value == "nodes":
                _add(rows, self._object(get_named_type(connection.fields["nodes"].type), inner))
            elif inner[0].name.value == "edges":
                edge: Any = get_named_type(connection.fields["edges"].type)
                for below in self._selector.below(inner, edge).values():
                    if below[0].name.value == "node":
                        _add(rows, self._object(get_named_type(edge.fields["node"].type), below))
        return _times(rows, self._count(nodes[0], ("first", "last"), LARGEST_PAGE)) if rows else {(): 1}

    def _count(self, node: FieldNode, names: tuple[str, ...], otherwise: int) -> int | str:
        """How many rows an argument asks for: a number, or the variable that says."""
        for argument in node.arguments or ():
            value = argument.value
            if argument.name.value not in names:
                continue
            if isinstance(value, VariableNode):
                if self._shapes[value.name.value] not in (None, ABSENT):
                    return value.name.value
            elif isinstance(value, IntValueNode):
                return min(max(int(value.value), 0), LARGEST_PAGE)
            elif isinstance(value, ListValueNode):
                return len(value.values)
            elif isinstance(value, StringValueNode):
                return 1
        return otherwise


def _add(total: Sum, more: Sum) -> None:
    for names, coefficient in more.items():
        total[names] = total.get(names, 0) + coefficient


def _times(price: Sum, count: int | str) -> Sum:
    if isinstance(count, str):
        return {tuple(sorted((*names, count))): coefficient for names, coefficient in price.items()}
    return {names: coefficient * count for names, coefficient in price.items()}
