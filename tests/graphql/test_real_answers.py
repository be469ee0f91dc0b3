"""Random operations over the product's own schema: both forms of a request answer alike, and graphql-core accepts it.

The rows are not resolved a second time, as the tests of the planner do over their own schema. What is held against
graphql-core here is what declarations can get wrong: each field is there, in its place, of its type, and not null where
the schema promises a value.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import orjson
import pytest
from graphql import (
    FieldNode,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    NameNode,
    OperationDefinitionNode,
    SelectionSetNode,
    Visitor,
    build_schema,
    execute_sync,
    is_abstract_type,
    parse,
    print_ast,
    visit,
)

from backend.db.engine import Database
from backend.graphql.planner import Planner
from backend.graphql.schema import schema
from backend.identity.models import MemberRole, StaffRole
from backend.permissions import MEMBER_PERMISSIONS, STAFF_PERMISSIONS
from backend.viewer import Viewer
from tests.graphql.planner.generator import Generator
from tests.graphql.planner.test_differential import in_order
from tests.graphql.test_isolation import ids_of, reachable
from tests.graphql.walk import may
from tests.graphql.world import World

OPERATIONS = int(os.environ.get("REAL_OPERATIONS", "200"))
"""How many operations each viewer sends; `REAL_OPERATIONS=5000 REAL_SEED=200 pytest …` for a long run."""
FIRST_SEED = int(os.environ.get("REAL_SEED", "0"))
PERMISSIONS = {
    "acme": frozenset(map(str, MEMBER_PERMISSIONS[MemberRole.ADMIN])),
    "staff": frozenset(map(str, STAFF_PERMISSIONS[StaffRole.ADMIN])),
}


class Drawn(Generator):
    """Draws operations that a viewer may send, over any schema."""

    reachable: set[str]
    today: date

    def _narrowed(self, parent: Any) -> Any:
        if not is_abstract_type(parent):
            return parent
        kinds = [kind for kind in self.schema.get_possible_types(parent) if kind.name in self.reachable]
        return self.draw.choice(kinds or [parent])

    def _page(self, ordering: str) -> list[str]:
        return [f"{self.draw.choice(['first', 'last'])}: {self._leaf('Int', self.draw.choice([1, 2, 5, 20]))}"]

    def _scalar(self, kind: str, name: str) -> Any:
        if kind == "Date":  # in an order that a range can have
            return str(self.today - timedelta(days=self.draw.randrange(15) + 15 * (name == "from")))
        if kind == "ID":
            return self.draw.choice(self.ids)
        return self.draw.choice(["business", "a", 5, True]) if kind == "JSON" else super()._scalar(kind, name)

    def _object(self, graphql_type: GraphQLInputObjectType, depth: int) -> dict[str, Any]:
        for _ in range(20):  # conditions that say nothing are refused
            made = super()._object(graphql_type, depth)
            if any(value is not None for value in made.values()):
                break
        return made


class Named(Visitor):
    """Asks every object for the name of its type, by which graphql-core tells those of an abstract type apart."""

    def leave_selection_set(self, node: SelectionSetNode, _key: Any, parent: Any, *_: Any) -> SelectionSetNode | None:
        if isinstance(parent, OperationDefinitionNode):
            return None
        asked = FieldNode(name=NameNode(value="__typename"), alias=None, arguments=(), directives=())
        return SelectionSetNode(selections=(*node.selections, asked))


def schemas(permissions: frozenset[str]) -> tuple[GraphQLSchema, GraphQLSchema]:
    """Two copies without resolvers: one as it is, and one without the fields that need other permissions."""
    whole, own = (build_schema(schema().strawberry.as_str()) for _ in range(2))
    for kind in whole.type_map.values():
        if is_abstract_type(kind):
            kind.resolve_type = lambda value, *_: value["__typename"]
    for name, each in own.type_map.items():
        if isinstance(each, GraphQLObjectType) and not name.startswith("__"):
            for field in [field for field in each.fields if not may(name, field, permissions)]:
                del each.fields[field]
    return whole, own


@pytest.fixture
async def database(world: World) -> AsyncIterator[Database]:
    opened = Database(world.settings, ("system",), reads=("staff", "member"))
    await opened.open()
    yield opened
    await opened.close()


@pytest.mark.slow
@pytest.mark.parametrize("who", PERMISSIONS)
async def test_random_operations_are_answered_alike_and_as_the_schema_promises(
    world: World, database: Database, who: str
) -> None:
    permissions = PERMISSIONS[who]
    person, account = world.people[who]
    viewer = Viewer(
        "member" if account else "staff", account, person, session_id=world.sessions[who], permissions=permissions
    )
    whole, own = schemas(permissions)
    by_statement, by_transaction = Planner(schema()), Planner(schema(), viewer_form="transaction")
    outcomes: Counter[str] = Counter()
    passed: set[str] = set()

    for seed in range(FIRST_SEED, FIRST_SEED + OPERATIONS):
        drawn = Drawn(own, seed, ids_of(world, world.acme), {}, badges=True)
        drawn.reachable, drawn.today, drawn.faulty, drawn.directives = reachable(permissions), world.today, False, True
        made = drawn.operation()
        document = visit(parse(made.document), Named())
        text = print_ast(document)
        first = await by_statement.execute(text, None, made.variables, viewer, database.read)
        second = await by_transaction.execute(text, None, made.variables, viewer, database.read)

        assert (first.data, first.errors) == (second.data, second.errors), (seed, text, made.variables)
        if first.data is None:
            codes = {error["extensions"]["code"] for error in first.errors}
            assert codes <= {"BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED"}, (seed, text, made.variables, first)
            outcomes[f"refused: {first.errors[0]['message'][:80]}"] += 1
            continue
        data = orjson.loads(first.data)
        expected = execute_sync(
            whole,
            document,
            root_value=data,
            variable_values=made.variables,
            field_resolver=lambda source, info, **_: source[info.path.key],
        )
        assert expected.errors is None, (seed, text, made.variables, expected.errors, data)
        assert in_order(expected.data) == in_order(data), (seed, text, made.variables)
        outcomes["answered"] += 1
        passed |= names_in(data)

    assert outcomes["answered"] >= 0.95 * outcomes.total(), outcomes
    assert len(passed) >= 0.3 * len(reachable(permissions)), sorted(reachable(permissions) - passed)


def names_in(value: Any) -> set[str]:
    """The names of types in an answer."""
    if isinstance(value, list):
        return set().union(*map(names_in, value))
    if not isinstance(value, dict):
        return set()
    own = {value["__typename"]} if isinstance(value.get("__typename"), str) else set()
    return own.union(*map(names_in, value.values()))
