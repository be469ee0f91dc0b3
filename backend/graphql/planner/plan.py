"""From an operation to one SQL statement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graphql import FieldNode

from backend.graphql.planner.assemble import Assembled
from backend.graphql.planner.binds import Binds, current_binds
from backend.graphql.planner.compilation import Compilation
from backend.graphql.planner.cost import Cost, cost_of
from backend.graphql.planner.document import INTROSPECTION, Operation
from backend.graphql.planner.errors import Refusal
from backend.graphql.planner.kept_arguments import KeptField
from backend.graphql.planner.late import Arguments
from backend.graphql.planner.objects import compile_fields
from backend.graphql.planner.selection import Selector
from backend.graphql.planner.sqljson import object_here
from backend.graphql.planner.statement import Statement, setting_viewer


@dataclass(frozen=True, slots=True)
class Plan(Statement):
    """A compiled operation: the statement gives the whole of its data."""

    keys: tuple[str, ...]
    """Response keys in their order."""
    introspection: dict[str, list[FieldNode]]
    """Response keys that graphql-core answers."""
    needs_database: bool
    cost: Cost
    kept: tuple[KeptField, ...]
    """Fields that are read once what the rows keep is known."""


def compile_plan(
    assembled: Assembled,
    operation: Operation,
    kind: str,
    permissions: frozenset[str],
    shapes: dict[str, Any],
    prefixes: dict[str, tuple[str, ...]],
) -> Plan:
    """Compile a query for one kind of viewer and one shape of variables. Raises Refusal, DeclarationError."""
    binds = Binds(kind, permissions)
    arguments = Arguments(binds, shapes, operation.variables.types, assembled.inputs)
    selector = Selector(assembled.graphql, operation.tree().fragments, shapes)
    c = Compilation(assembled, binds, arguments, selector, prefixes)
    query: Any = assembled.graphql.query_type
    selected = selector.root(operation.node().selection_set, query)
    introspection = {key: nodes for key, nodes in selected.items() if nodes[0].name.value in INTROSPECTION}
    planned = {key: nodes for key, nodes in selected.items() if key not in introspection}
    token = current_binds.set(binds)
    try:
        pairs = compile_fields(c, assembled.types["Query"], planned, None, ())
    finally:
        current_binds.reset(token)
    if c.errors:
        raise Refusal(c.errors)
    sql, binders = binds.finished(f"select {object_here(pairs)}::text")
    with_viewer = setting_viewer(sql, len(binders))
    data = any(nodes[0].name.value != "__typename" for nodes in planned.values())
    cost = cost_of(assembled.graphql, operation.node(), selector, shapes)
    return Plan(sql, with_viewer, binders, tuple(c.checks), tuple(selected), introspection, data, cost, tuple(c.kept))
