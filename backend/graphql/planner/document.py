"""Parsing, validating and bounding documents, once each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    parse,
)

from backend.graphql.planner.errors import Refusal, from_graphql, problem
from backend.graphql.planner.late import prefix_of
from backend.graphql.planner.overlaps import conflict_in
from backend.graphql.planner.validation import errors_in
from backend.graphql.planner.variables import Coercers, VariableReader
from backend.lru import Lru

MOST_TOKENS = 2_000
MOST_DEPTH = 12
MOST_ALIASES = 30
MOST_DIRECTIVES = 50
MOST_FIELDS = 2_000
"""Fields after every fragment is written out where it is spread."""
TREES_KEPT, LONGEST_TREE = 4, 100_000
INTROSPECTION = frozenset({"__schema", "__type"})
LISTS = frozenset({"fields", "inputFields", "interfaces", "possibleTypes"})
"""Fields of introspection that multiply: one inside another is refused, since a schema has thousands of pairs."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A parsed document."""

    operations: dict[str, OperationDefinitionNode]
    """By name; one without a name has the empty one."""
    fragments: dict[str, FragmentDefinitionNode]


@dataclass(slots=True, eq=False)
class Operation:
    """One operation of a validated document. Its syntax tree is large and only needed for planning, so that it is not
    kept: `tree` parses the document again, unless it was just parsed.
    """

    name: str
    kind: str
    """`query`, `mutation` or `subscription`."""
    variables: VariableReader
    looked_up: tuple[str, ...]
    """Variables that hold ids for `node` and `nodes`: the types of those ids are part of a plan's key."""
    tree: Callable[[], Tree]

    def node(self) -> OperationDefinitionNode:
        """The operation in its document's tree."""
        return self.tree().operations[self.name]

    def prefixes(self, values: dict[str, Any], known: dict[str, str]) -> tuple[Any, ...]:
        """The kinds of object that the variables of `node` and `nodes` name; unknown ones are None."""
        found: list[Any] = []
        for name in self.looked_up:
            value = values.get(name)
            texts = value if isinstance(value, list) else [value]
            found.append(tuple(sorted({p for p in map(prefix_of, texts) if p in known})))
        return tuple(found)


class Documents:
    """Validated documents by their text."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self.coercers = Coercers()
        self.kept: Lru[str, dict[str, Operation] | Refusal] = Lru(1_000, 1_500_000)
        self._trees: Lru[str, Tree] = Lru(TREES_KEPT, 4 * LONGEST_TREE)

    def knows(self, text: str) -> bool:
        """Whether a document was read already, so that its operation comes at no cost."""
        return text in self.kept

    def operations(self, text: str) -> dict[str, Operation]:
        """The operations of a document by their names. Raises Refusal: parse and validation errors, limits."""
        found = self.kept.get(text)
        if found is None:
            try:
                found = self._read(text)
            except Refusal as refusal:
                found = Refusal(refusal.errors)  # without its traceback, which would keep much alive
            self.kept.put(text, found, len(text) + 200)
        if isinstance(found, Refusal):
            raise Refusal(found.errors)
        return found

    def operation(self, text: str, name: str | None) -> Operation:
        """The operation of a document. Raises Refusal as `operations` does, and where there is no such operation."""
        found = self.operations(text)
        if name is None and len(found) == 1:
            return next(iter(found.values()))
        operation = found.get(name or "")
        if operation is None:
            message = (
                f"The document has no operation named {name!r}."
                if name
                else "The document has several operations; give operationName."
            )
            raise Refusal([problem("BAD_USER_INPUT", message)])
        return operation

    def _read(self, text: str) -> dict[str, Operation]:
        try:
            document = _parsed(text)
        except GraphQLSyntaxError as error:
            raise Refusal([from_graphql(error, "GRAPHQL_PARSE_FAILED")]) from None
        except RecursionError:
            raise Refusal([problem("GRAPHQL_PARSE_FAILED", "The document is nested too deeply.")]) from None
        tree = _tree(document)
        operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
        _bound(operations, tree.fragments)
        errors = errors_in(self._schema, document)
        if errors:
            raise Refusal([from_graphql(error, "GRAPHQL_VALIDATION_FAILED") for error in errors])
        conflicts = (conflict_in(self._schema, operation, tree.fragments) for operation in operations)
        if conflicting := [conflict for conflict in conflicts if conflict is not None]:
            raise Refusal(conflicting)
        if not operations:
            raise Refusal([problem("BAD_USER_INPUT", "The document has no operation.")])
        self._trees.put(text, tree, len(text))
        return {
            name: Operation(
                name,
                operation.operation.value,
                VariableReader(self._schema, operation, self.coercers),
                tuple(dict.fromkeys(_looked_up(operation.selection_set, tree.fragments, set()))),
                partial(self._tree, text),
            )
            for name, operation in tree.operations.items()
        }

    def _tree(self, text: str) -> Tree:
        found = self._trees.get(text)
        if found is None:
            found = _tree(_parsed(text))
            self._trees.put(text, found, len(text))
        return found


def _parsed(text: str) -> DocumentNode:
    """The syntax tree of a document, its tokens cut apart: each knows its place, none keeps all others alive."""
    document = parse(text, max_tokens=MOST_TOKENS)
    token = document.loc.start_token if document.loc else None
    while token is not None:
        following = token.next
        token.prev = token.next = None
        token = following
    return document


def _tree(document: DocumentNode) -> Tree:
    operations = (d for d in document.definitions if isinstance(d, OperationDefinitionNode))
    fragments = (d for d in document.definitions if isinstance(d, FragmentDefinitionNode))
    return Tree({d.name.value if d.name else "": d for d in operations}, {d.name.value: d for d in fragments})


@dataclass(slots=True)
class Extent:
    """How large a selection is, with every fragment written out."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    lists: int = 0
    """Lists inside lists, below a field of introspection."""
    nested_lists: int = 0
    whole_schemas: int = 0


def _bound(operations: list[OperationDefinitionNode], fragments: dict[str, FragmentDefinitionNode]) -> None:
    """Refuse what is too large, before validation spends time on it. Raises Refusal."""
    known: dict[str, Extent | None] = {}
    for operation in operations:
        extent = _extent(operation.selection_set, fragments, known)
        extent.directives += len(operation.directives or ())
        for size, most, what in (
            (extent.depth, MOST_DEPTH, "levels of fields"),
            (extent.aliases, MOST_ALIASES, "aliases"),
            (extent.directives, MOST_DIRECTIVES, "directives"),
            (extent.fields, MOST_FIELDS, "fields"),
            (extent.nested_lists, 1, f"lists of {', '.join(sorted(LISTS))} inside one another"),
            (extent.whole_schemas, 1, "fields __schema"),
        ):
            if size > most:
                place = operation.loc
                message = f"The operation has {size} {what}; {most} are allowed. Fragments count where they are spread."
                locations = [(place.start_token.line, place.start_token.column)] if place else []
                raise Refusal([problem("GRAPHQL_VALIDATION_FAILED", message, locations=locations)])


def _extent(
    selections: SelectionSetNode | None,
    fragments: dict[str, FragmentDefinitionNode],
    known: dict[str, Extent | None],
) -> Extent:
    total = Extent()
    for selection in selections.selections if selections else ():
        inner = Extent()
        if isinstance(selection, FieldNode):
            inner = _extent(selection.selection_set, fragments, known)
            name = selection.name.value
            inner.fields += 1
            inner.aliases += selection.alias is not None
            inner.lists += name in LISTS
            inner.depth += 1
            if name in INTROSPECTION:
                inner.nested_lists, inner.lists, inner.depth = inner.lists, 0, 0
                inner.whole_schemas += name == "__schema"
        elif isinstance(selection, InlineFragmentNode):
            inner = _extent(selection.selection_set, fragments, known)
        elif isinstance(selection, FragmentSpreadNode):
            name = selection.name.value
            if name not in known and name in fragments:
                known[name] = None  # a fragment inside itself counts nothing here; validation refuses it
                known[name] = _extent(fragments[name].selection_set, fragments, known)
            found = known.get(name)
            if found is not None:
                inner = replace(found)
        total.depth = max(total.depth, inner.depth)
        total.lists = max(total.lists, inner.lists)
        total.nested_lists = max(total.nested_lists, inner.nested_lists)
        total.whole_schemas += inner.whole_schemas
        total.fields += inner.fields
        total.aliases += inner.aliases
        total.directives += inner.directives + len(selection.directives or ())
    return total


def _looked_up(selections: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode], seen: set[str]) -> list[str]:
    found: list[str] = []
    for selection in selections.selections:
        if isinstance(selection, FieldNode):
            if selection.name.value in ("node", "nodes"):
                found += [
                    argument.value.name.value
                    for argument in selection.arguments or ()
                    if isinstance(argument.value, VariableNode)
                ]
        elif isinstance(selection, InlineFragmentNode):
            found += _looked_up(selection.selection_set, fragments, seen)
        elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in seen:
            seen.add(selection.name.value)
            found += _looked_up(fragments[selection.name.value].selection_set, fragments, seen)
    return found
