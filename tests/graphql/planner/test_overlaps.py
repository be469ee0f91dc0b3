"""Merging of overlapping fields: the verdict of the specification's own algorithm, in time that does not explode."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from graphql import (
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
    OverlappingFieldsCanBeMergedRule,
    build_schema,
    parse,
    validate,
)

from backend.graphql.planner.overlaps import MOST_VISITS, conflict_in

pytestmark = pytest.mark.unit

SCHEMA = build_schema(
    """
    interface Named { name: String, self: Named, size(of: Int, by: Order): Int }
    input Order { a: Int, b: Int }
    type A implements Named {
      name: String, self: Named, size(of: Int, by: Order): Int, x: Int, y: Int!, l: [Int], a: A
    }
    type B implements Named {
      name: String, self: Named, size(of: Int, by: Order): Int, x: String, y: Int, l: [Int!], b: B
    }
    type C { x: Int, a: A, any: Any, many: [Any] }
    union Any = A | B | C
    type Query { named: Named, any: Any, a: A, b: B, c: C }
    """
)
FIELDS: dict[str, dict[str, str | None]] = {
    "Query": {"named": "Named", "any": "Any", "a": "A", "b": "B", "c": "C"},
    "Named": {"name": None, "self": "Named", "size": None},
    "A": {"name": None, "self": "Named", "size": None, "x": None, "y": None, "l": None, "a": "A"},
    "B": {"name": None, "self": "Named", "size": None, "x": None, "y": None, "l": None, "b": "B"},
    "C": {"x": None, "a": "A", "any": "Any", "many": "Any"},
    "Any": {},
}
MEETS = {"Named": ["A", "B", "Named", "Any"], "Any": ["A", "B", "C", "Named"], "A": ["A", "Named", "Any"]}
ARGUMENTS = ["", "", "(of: 1)", "(of: 2)", "(by: {a: 1, b: 2})", "(by: {b: 2, a: 1})", "(by: {a: 1})"]


class Writer:
    """Draws documents in which fields overlap often."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)  # noqa: S311 - a test's own dice
        self.fragments: list[tuple[str, str]] = []

    def document(self) -> str:
        body = self.selections("Query", 4)
        fragments = (f"fragment {name} on {text}" for name, text in self.fragments)
        return "\n".join((f"query {body}", *fragments))

    def selections(self, kind: str, depth: int) -> str:
        return "{ __typename " + " ".join(self.selection(kind, depth) for _ in range(self.draw.randint(1, 4))) + " }"

    def selection(self, kind: str, depth: int) -> str:
        choice = self.draw.random()
        if depth > 1 and choice < 0.25:
            inner = self.draw.choice(MEETS.get(kind, [kind]))
            return f"... on {inner} {self.selections(inner, depth - 1)}"
        if depth > 1 and choice < 0.35:
            inner = self.draw.choice(MEETS.get(kind, [kind]))
            text = f"{inner} {self.selections(inner, depth - 1)}"  # its own fragments are listed before it
            self.fragments.append((f"F{len(self.fragments)}", text))
            return f"...{self.fragments[-1][0]}"
        fields = [name for name, below in FIELDS[kind].items() if below is None or depth > 1]
        if not fields:
            return "__typename"
        name = self.draw.choice(fields)
        alias = self.draw.choice(["", "", "", "", "", "", "x: "])
        arguments = self.draw.choice(ARGUMENTS) if name == "size" else ""
        below = FIELDS[kind][name]
        return f"{alias}{name}{arguments} {self.selections(below, depth - 1) if below else ''}"


def verdicts(schema: GraphQLSchema, text: str) -> tuple[bool, bool]:
    """Whether the specification's algorithm, and ours, find a conflict."""
    document = parse(text)
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    [operation] = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    theirs = validate(schema, document, [OverlappingFieldsCanBeMergedRule])
    return bool(theirs), conflict_in(schema, operation, fragments) is not None


def test_random_documents_get_the_verdict_of_the_specification() -> None:
    seen: Counter[bool] = Counter()
    for seed in range(1_500):
        text = Writer(seed).document()

        theirs, ours = verdicts(SCHEMA, text)

        assert ours == theirs, text
        seen[ours] += 1
    assert min(seen.values()) > 300, seen


@pytest.mark.parametrize(
    "text, message, places",
    [
        (
            "{ a { x x: y } }",
            "Fields 'x' conflict because they return conflicting types 'Int' and 'Int!'."
            " Use different aliases on the fields to fetch both.",
            [(1, 7), (1, 9)],
        ),
        (
            "{ a { y: x ... on A { y: l } } }",
            "Fields 'y' conflict because they return conflicting types 'Int' and '[Int]'."
            " Use different aliases on the fields to fetch both.",
            [(1, 7), (1, 23)],
        ),
        (
            "{ a { n: size n: x } }",
            "Fields 'n' conflict because 'size' and 'x' are different fields."
            " Use different aliases on the fields to fetch both.",
            [(1, 7), (1, 15)],
        ),
        (
            "{ named { size(of: 1) ... on A { size(of: 2) } } }",
            "Fields 'size' conflict because they have differing arguments."
            " Use different aliases on the fields to fetch both.",
            [(1, 34), (1, 11)],
        ),
    ],
)
def test_a_conflict_is_named_with_its_places(text: str, message: str, places: list[tuple[int, int]]) -> None:
    document = parse(text)
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)

    assert conflict_in(SCHEMA, operation, {}) == {
        "message": message,
        "locations": [{"line": line, "column": column} for line, column in places],
        "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"},
    }


def test_what_would_take_too_long_is_refused() -> None:
    document = parse(f"{{ named {{ {'name ' * MOST_VISITS} }} }}")
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)

    error = conflict_in(SCHEMA, operation, {})

    assert error is not None
    assert error["message"].startswith("Too many fields overlap.")
