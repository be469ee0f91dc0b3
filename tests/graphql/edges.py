"""Operations that ask for one edge of the schema each: what a viewer may not ask, and every filter and ordering."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLObjectType,
    get_named_type,
    is_composite_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
)

from backend.graphql.schema import schema
from tests.graphql.walk import literal, may

PAGE = frozenset({"first", "after", "last", "before"})
AT_ONCE = 25
"""Aliases of one operation."""


def _operation(way: str, depth: int, fields: list[str]) -> str:
    """An operation that asks an object for fields."""
    return way + "{ " + " ".join(fields) + " }" + " }" * depth


def values(name: str, kind: Any, ids: list[str]) -> list[str]:
    """Values of an input type, as a document writes them; of an input object, one for each of its fields."""
    if is_non_null_type(kind):
        return values(name, kind.of_type, ids)
    if is_list_type(kind):
        found = values(name, kind.of_type, ids)
        holds_objects = isinstance(get_named_type(kind), GraphQLInputObjectType)
        return [f"[{each}]" for each in found] if holds_objects else [f"[{', '.join(found)}]"]
    if isinstance(kind, GraphQLEnumType):
        return list(kind.values)
    if isinstance(kind, GraphQLInputObjectType):
        return _objects(kind, ids)
    return {
        "ID": [literal(each) for each in ids],
        "String": ['"Zenith"', '"business"'],
        "Date": ['"2026-01-01"'],
        "DateTime": ['"2026-01-01T00:00:00Z"'],
        "Boolean": ["true", "false"],
        "JSON": ['"Zenith"'],
    }.get(kind.name, ["20"])


def _objects(kind: GraphQLInputObjectType, ids: list[str]) -> list[str]:
    """Objects with each field in turn, besides what is required: a required one beside one that is not."""

    def of(field_name: str) -> list[str]:
        field = kind.fields[field_name]
        if get_named_type(field.type) is not kind:
            return values(field_name, field.type, ids)
        inside = '{text: "Zenith"}'
        return [f"[{inside}]" if is_list_type(field.type) else inside]

    required = {name: of(name)[0] for name, field in kind.fields.items() if is_required_input_field(field)}
    further = {name: of(name)[0] for name in kind.fields if name not in required and required}
    beside = dict([next(iter(further.items()))]) if further else {}
    made = [
        {**required, **(beside if name in required else {}), name: value} for name in kind.fields for value in of(name)
    ]
    return ["{" + ", ".join(f"{name}: {value}" for name, value in each.items()) + "}" for each in made]


def _asked(name: str, field: Any, ids: list[str], **more: str) -> str:
    """A field with the arguments that it requires, and what has to be selected of it."""
    given = {n: values(n, a.type, ids)[0] for n, a in field.args.items() if is_required_argument(a)}
    if "first" in field.args:
        given["first"] = "5"
    given |= more
    arguments = f"({', '.join(f'{n}: {v}' for n, v in given.items())})" if given else ""
    return name + arguments


def _selected(field: Any) -> str:
    """The least that can be selected of a field: of a connection, its rows."""
    kind = get_named_type(field.type)
    if not is_composite_type(kind):
        return ""
    if isinstance(kind, GraphQLObjectType) and "nodes" in kind.fields:
        node = get_named_type(kind.fields["nodes"].type)
        return " { totalCount nodes { " + ("id" if "id" in node.fields else "__typename") + " } }"
    return " { __typename }"


def _leads(parent: str, name: str, permissions: frozenset[str]) -> bool:
    """Whether a viewer gets to what a field leads to: may ask for it, and finds no closed gate."""
    info = schema().types.get(parent)
    gate = getattr(info.fields[name].mapping, "gate", None) if info else None
    return may(parent, name, permissions) and (gate is None or gate in permissions)


def _ways(permissions: frozenset[str], ids: list[str]) -> Iterator[tuple[GraphQLObjectType, str, int]]:
    """Every type that a viewer gets to by fields that it may ask: the shortest way, and the open braces in it."""
    query: Any = schema().graphql.query_type
    ahead: deque[tuple[Any, str, int]] = deque([(query, "", 0)])
    seen = {query.name}
    while ahead:
        kind, way, depth = ahead.popleft()
        yield kind, way, depth
        for name, field in kind.fields.items():
            target = get_named_type(field.type)
            if (
                isinstance(target, GraphQLObjectType)
                and target.name not in seen
                and _leads(kind.name, name, permissions)
            ):
                seen.add(target.name)
                ahead.append((target, f"{way}{{ {_asked(name, field, ids)} ", depth + 1))


def refused(permissions: frozenset[str], ids: list[str]) -> Iterator[tuple[str, str, list[str]]]:
    """Operations that ask for what the viewer may not, one for each type: the type, the operation, its fields."""
    for kind, way, depth in _ways(permissions, ids):
        names = [name for name in kind.fields if not may(kind.name, name, permissions)]
        for start in range(0, len(names), AT_ONCE):
            part = names[start : start + AT_ONCE]
            fields = [_asked(name, kind.fields[name], ids) + _selected(kind.fields[name]) for name in part]
            yield kind.name, _operation(way, depth, fields), part


def chosen(permissions: frozenset[str], ids: list[str]) -> Iterator[tuple[str, str, int]]:
    """Operations that give each optional argument each of its values: field, operation, and how many it has."""
    for kind, way, depth in _ways(permissions, ids):
        for name, field in kind.fields.items():
            asked = [
                _asked(name, field, ids, **{argument: value}) + _selected(field)
                for argument, a in field.args.items()
                if argument not in PAGE and not is_required_argument(a)
                for value in values(argument, a.type, ids)
            ]
            for start in range(0, len(asked), AT_ONCE):
                part = [f"a{number}: {each}" for number, each in enumerate(asked[start : start + AT_ONCE])]
                yield f"{kind.name}.{name}", _operation(way, depth, part), len(part)


def every_field(permissions: frozenset[str], ids: list[str]) -> Iterator[str]:
    """Operations that ask each type for each field that the viewer may ask for, by the shortest way."""
    for kind, way, depth in _ways(permissions, ids):
        names = [name for name in kind.fields if may(kind.name, name, permissions)]
        for start in range(0, len(names), AT_ONCE):
            part = names[start : start + AT_ONCE]
            yield _operation(way, depth, [_asked(n, kind.fields[n], ids) + _selected(kind.fields[n]) for n in part])
