"""The schema as a whole: what `schema.graphql` says, and rules that hold for every field."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType

from backend.graphql.schema import schema, sdl
from backend.identity.audit import Actor
from backend.permissions import Permission

pytestmark = pytest.mark.unit
ROOT = Path(__file__).resolve().parents[2]
OPEN_TO_ALL = {"viewer", "node", "nodes", "portal"}


def test_the_committed_schema_is_the_schema() -> None:
    committed = (ROOT / "schema.graphql").read_text("utf-8")

    assert committed == sdl(), "run `waymark schema export --output schema.graphql` and read the difference"


def test_everything_in_the_schema_has_a_description() -> None:
    silent = [place for place, described in _described() if not described]

    assert silent == [], "the schema is the API's documentation: say what it is"


def test_whoever_an_audit_entry_names_as_acting_is_in_the_schema() -> None:
    actors = schema().graphql.type_map["AuditActor"]

    assert isinstance(actors, GraphQLEnumType)
    assert set(actors.values) == {word.upper().replace(" ", "_") for word in get_args(Actor)}


def _described() -> Iterator[tuple[str, str | None]]:
    for name, kind in schema().graphql.type_map.items():
        if name.startswith("__"):
            continue
        yield name, kind.description
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for field_name, field in kind.fields.items():
                yield f"{name}.{field_name}", field.description
                for argument, declared in getattr(field, "args", {}).items():
                    yield f"{name}.{field_name}({argument})", declared.description
        if isinstance(kind, GraphQLEnumType):
            for value, declared_value in kind.values.items():
                yield f"{name}.{value}", declared_value.description


def test_every_field_of_query_names_the_permission_that_it_needs() -> None:
    query: Any = schema().types["Query"]
    without = {name for name, field in query.fields.items() if field.mapping.permission is None}

    assert without == OPEN_TO_ALL, "whoever has no credential reaches exactly the fields that need no permission"


def test_every_object_with_a_public_id_names_the_permission_that_it_needs() -> None:
    without = [name for name in schema().prefixes.values() if schema().types[name].declared.permission is None]

    assert without == [], "node(id:) reaches every such object, also those without any other way to them"


def test_every_permission_of_the_schema_is_of_the_vocabulary() -> None:
    named = {
        right
        for info in schema().types.values()
        for right in (
            info.declared.permission,
            *(field.mapping.permission for field in info.fields.values()),
            *(field.mapping.gate for field in info.fields.values()),
        )
        if right is not None
    }

    assert named == set(Permission), "a permission that is nowhere asked for, or one that nobody can have"
