"""Fields whose arguments a row keeps: `kept(accounts, filter=SavedView.filter)`.

A plan depends on the structure of its arguments, and here nobody knows it before the row is read. So the statement of
the operation tells, in the place of such a field, what the row keeps. The field is then planned as if a client had sent
that, and read in a statement of its own: rows that keep arguments of one shape share it, and what one of them keeps can
spoil no other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import ArgumentNode, FieldNode, FragmentDefinitionNode, NameNode, SelectionSetNode, VariableNode

from backend.graphql.planner import objects
from backend.graphql.planner.assemble import Assembled, FieldInfo
from backend.graphql.planner.binds import Binds, Variables, current_binds
from backend.graphql.planner.compilation import Compilation, Path
from backend.graphql.planner.errors import DeclarationError, Refusal, problem
from backend.graphql.planner.late import Arguments
from backend.graphql.planner.mappings import Kept
from backend.graphql.planner.selection import Selector
from backend.graphql.planner.sqljson import object_here
from backend.graphql.planner.statement import Statement, setting_viewer
from backend.graphql.planner.variables import ABSENT, Coercers, Uncoercible

if TYPE_CHECKING:
    from backend.graphql.planner.document import Operation

MARK = "0"
"""Name of the field's number beside what the row keeps; no response key is called so."""
MOST = 200
"""Of how many objects an operation may ask such fields."""


@dataclass(frozen=True, slots=True)
class KeptField:
    """One such field of an operation."""

    number: int
    path: Path
    """Response keys from the root; lists on the way do not count."""
    places: tuple[int, ...]
    """Where its nodes begin in the document, whose tree is not kept; in their order."""
    asks: FieldInfo
    """The field of Query."""
    names: tuple[str, ...]
    """Those of its arguments that the row keeps."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One such field of one row that was read."""

    field: KeptField
    holder: dict[str, Any]
    """The object of the answer that it belongs to."""
    values: Variables
    """What the row keeps, read as variables."""
    shape: tuple[Any, ...]
    """The shape of each argument in `field.names`."""

    def put(self, answer: Any) -> None:
        """Put the field's answer in its place."""
        self.holder[self.field.path[-1]] = answer


def compile_kept(c: Compilation, mapping: Kept, field_nodes: list[FieldNode], row: Any, path: Path) -> str:
    """The JSON of what the row keeps. Notes the field, and what the viewer may not ask below it."""
    asks = c.assembled.query_field(mapping.query)
    assert asks is not None  # noqa: S101 - checked at start-up
    known, checks = len(c.kept), len(c.checks)
    objects.compile_field(c, c.type_info("Query"), asks, field_nodes, None, path)
    del c.checks[checks:]  # cursors are those of the order that is kept
    if len(c.kept) > known:
        raise DeclarationError("what the row keeps leads to such a field again.")
    names = {name: python for name, python in asks.parameters.items() if python in mapping.arguments}
    places = tuple(node.loc.start for node in field_nodes if node.loc)
    c.kept.append(KeptField(known, path, places, asks, tuple(names)))
    values = [(name, c.binds.sql(getattr(row, mapping.arguments[python].key))) for name, python in names.items()]
    return object_here([(MARK, str(known)), *values])


def wanted(answered: Any, fields: Sequence[KeptField], coercers: Coercers) -> list[Wanted]:
    """What is to be read for an answer. Where something that is kept does not fit its type any more, null is put.

    Raises Refusal (BAD_USER_INPUT) where it is more than `MOST`.
    """
    found: list[Wanted] = []
    for field in fields:
        for holder in _holders(answered, field):
            if len(found) == MOST:
                message = f"{field.path[-1]} is asked of more than {MOST} objects. Ask for less at a time."
                raise Refusal([problem("BAD_USER_INPUT", message, path=field.path)])
            kept = holder[field.path[-1]]
            try:
                read = [_read(kept[name], coercers, field.asks.graphql.args[name].type) for name in field.names]
            except (Uncoercible, RecursionError):
                holder[field.path[-1]] = None
                continue
            values = {_variable(name): value for name, (value, _) in zip(field.names, read, strict=True)}
            found.append(Wanted(field, holder, values, tuple(shape for _, shape in read)))
    return found


def _read(value: Any, coercers: Coercers, graphql_type: Any) -> tuple[Any, Any]:
    return (None, ABSENT) if value is None else coercers.of(graphql_type)(value)


def _holders(data: Any, field: KeptField, depth: int = 0) -> Iterator[dict[str, Any]]:
    """The objects of an answer that have the field."""
    if isinstance(data, list):
        for each in data:
            yield from _holders(each, field, depth)
    elif isinstance(data, dict):
        below = data.get(field.path[depth])
        if depth + 1 < len(field.path):
            yield from _holders(below, field, depth + 1)
        elif isinstance(below, dict) and below.get(MARK) == field.number:
            yield data


def compile_kept_field(
    assembled: Assembled,
    operation: Operation,
    kind: str,
    permissions: frozenset[str],
    shapes: dict[str, Any],
    field: KeptField,
    kept_shape: tuple[Any, ...],
) -> Statement:
    """Compile one field for a shape of what is kept. Raises Refusal where that cannot be used."""
    tree = operation.tree()
    binds = Binds(kind, permissions)
    types = {_variable(name): field.asks.graphql.args[name].type for name in field.names}
    arguments = Arguments(
        binds,
        shapes | dict(zip(types, kept_shape, strict=True)),
        operation.variables.types | types,
        assembled.inputs,
    )
    c = Compilation(assembled, binds, arguments, Selector(assembled.graphql, tree.fragments, shapes), {})
    definitions = [operation.node(), *tree.fragments.values()]
    nodes = {place: node for each in definitions for place, node in _nodes_at(each, field.places)}
    asked = [_with_kept(nodes[place], field.names) for place in field.places]
    token = current_binds.set(binds)
    try:
        text = objects.compile_field(c, c.type_info("Query"), field.asks, asked, None, field.path)
    finally:
        current_binds.reset(token)
    if c.errors:
        raise Refusal(c.errors)
    sql, binders = binds.finished(f"select ({text})::text")
    return Statement(sql, setting_viewer(sql, len(binders)), binders, tuple(c.checks))


def _variable(name: str) -> str:
    """A name that no variable of an operation has."""
    return f"{MARK}{name}"


def _with_kept(node: FieldNode, names: Sequence[str]) -> FieldNode:
    """The field with the arguments that the row keeps, as variables."""
    more = [ArgumentNode(name=NameNode(value=n), value=VariableNode(name=NameNode(value=_variable(n)))) for n in names]
    return FieldNode(
        alias=node.alias,
        name=node.name,
        arguments=(*(node.arguments or ()), *more),
        directives=node.directives,
        selection_set=node.selection_set,
        loc=node.loc,
    )


def _nodes_at(within: FragmentDefinitionNode | Any, places: Sequence[int]) -> Iterator[tuple[int, FieldNode]]:
    """The fields that begin at some places of the document."""
    selections: SelectionSetNode | None = getattr(within, "selection_set", None)
    for selection in selections.selections if selections is not None else ():
        if isinstance(selection, FieldNode) and selection.loc is not None and selection.loc.start in places:
            yield selection.loc.start, selection
        else:
            yield from _nodes_at(selection, places)
