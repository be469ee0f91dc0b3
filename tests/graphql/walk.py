"""Walks the schema as a viewer: every field of every type, by every edge that leads to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLObjectType,
    get_named_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
)

from backend.graphql.schema import schema
from tests.graphql.world import World

DEEPEST = 8
DEEPEST_AGAIN = 3
"""For every id after the first."""
AT_ONCE = 8
"""Ids of one operation."""


def may(type_name: str, field_name: str, permissions: frozenset[str]) -> bool:
    """Whether a viewer may ask for a field."""
    info = schema().types.get(type_name)
    if info is None:
        return True
    mapping = info.fields[field_name].mapping
    target = schema().types.get(get_named_type(info.fields[field_name].graphql.type).name)
    needed = {mapping.permission, target.declared.permission if target else None} - {None}
    return needed <= permissions


def literal(value: Any) -> str:
    """A value as GraphQL writes it, for values that need no escaping."""
    if isinstance(value, list):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


class Walk:
    """The operations that ask for everything, with foreign ids wherever an id can be given."""

    def __init__(self, world: World, permissions: frozenset[str], ids: list[str], *, deepest: int = DEEPEST) -> None:
        self._world = world
        self._permissions = permissions
        self._ids = ids
        self._deepest = deepest
        self.seen: set[tuple[str, str]] = set()

    def operations(self) -> Iterator[str]:
        """Operations that together pass every field by every edge of the schema, from each field of Query."""
        query: Any = schema().graphql.query_type
        for field_name, field in query.fields.items():
            if not may("Query", field_name, self._permissions):
                continue
            self.seen.add(("Query", field_name))
            for number, arguments in enumerate(self._arguments(field)):
                passed: set[tuple[str, str]] = set()
                deepest = self._deepest if number == 0 or field_name == "nodes" else DEEPEST_AGAIN
                for selection in self._below(get_named_type(field.type), arguments, passed, deepest):
                    yield f"{{ {field_name}{arguments} {selection} }}"

    def _below(self, kind: Any, arguments: str, passed: set[tuple[str, str]], deepest: int) -> Iterator[str]:
        """Selections of a root field, no deeper than its ids can lead: an id is of one kind, and nonsense of none."""
        ids = re.findall(r'"([a-z]*)[^"]*"', arguments) if "id" in arguments else None
        named = None if ids is None else {schema().prefixes.get(prefix) for prefix in ids}
        if isinstance(kind, GraphQLObjectType):
            is_meant = named is None or kind.name in named
            yield from self._selections(kind, passed, deepest if is_meant else 1)
            return
        yield "{ __typename id }"
        for possible in schema().graphql.get_possible_types(kind):
            if named is None or possible.name in named:
                yield from self._of(possible, passed, deepest)

    def _of(self, possible: Any, passed: set[tuple[str, str]], deepest: int) -> Iterator[str]:
        for selection in self._selections(possible, passed, deepest):
            yield f"{{ __typename id ... on {possible.name} {selection} }}"

    def _selections(self, kind: Any, passed: set[tuple[str, str]], deepest: int) -> Iterator[str]:
        if not isinstance(kind, GraphQLObjectType):
            for possible in schema().graphql.get_possible_types(kind):
                yield from self._of(possible, passed, deepest)
            return
        leaves, ahead = [], []
        for name, field in kind.fields.items():
            if not may(kind.name, name, self._permissions):
                continue
            target = get_named_type(field.type)
            if hasattr(target, "fields"):
                if (kind.name, name) not in passed and deepest > 1:
                    passed.add((kind.name, name))
                    ahead.append((name, field, target))
                continue
            self.seen.add((kind.name, name))
            leaves += [f"{name}{number}: {name}{a}" if a else name for number, a in enumerate(self._arguments(field))]
        yield "{ __typename " + " ".join(leaves) + " }"
        for name, field, target in ahead:
            self.seen.add((kind.name, name))
            first, *others = self._arguments(field)
            for selection in self._selections(target, passed, deepest - 1):
                yield f"{{ {name}{first} {selection} }}"
            for arguments in others:
                selection = next(self._selections(target, set(), 1))
                yield f"{{ {name}{arguments} {selection} }}"

    def _arguments(self, field: Any) -> list[str]:
        """The field's required arguments; once for each foreign id, and for each value of an optional enum."""
        required = {name: self._values(name, a.type) for name, a in field.args.items() if is_required_argument(a)}
        if "first" in field.args:
            # Enough of the audit to get past what making the world has left there.
            required["first"] = ["20" if str(get_named_type(field.type)) == "AuditEntryConnection" else "5"]
        ways = max((len(values) for values in required.values()), default=1)
        made = [{name: values[min(way, len(values) - 1)] for name, values in required.items()} for way in range(ways)]
        for name, argument in field.args.items():
            kind = get_named_type(argument.type)
            if isinstance(kind, GraphQLEnumType) and not is_required_argument(argument):
                made += [{**made[0], name: value} for value in kind.values]
        return [f"({', '.join(f'{k}: {v}' for k, v in each.items())})" if each else "" for each in made]

    def _values(self, name: str, kind: Any) -> list[str]:
        if is_non_null_type(kind):
            kind = kind.of_type
        if is_list_type(kind):
            # One id of each kind, some at a time: all of them together would cost more than an operation may.
            one_each = list({value.partition("_")[0]: value for value in self._values(name, kind.of_type)}.values())
            some = (one_each[start : start + AT_ONCE] for start in range(0, len(one_each), AT_ONCE))
            return [f"[{', '.join(ids)}]" for ids in some]
        if isinstance(kind, GraphQLEnumType):
            return list(kind.values)
        if isinstance(kind, GraphQLInputObjectType):
            return ["{}"]
        today = self._world.today
        return {
            "ID": [literal(key) for key in self._ids],
            "Date": [literal(str(today - timedelta(days=30 if name == "from" else 0)))],
            "String": [literal(word) for word in ("logins", "margin")],
        }[kind.name]
