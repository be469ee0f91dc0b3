"""A member obtains nothing of another account, and nothing that only staff may see, through any field of the schema."""

from __future__ import annotations

import json
from typing import Any

import asyncpg
import pytest
from graphql import GraphQLObjectType, get_named_type

from backend.graphql.schema import schema
from backend.identity.models import MemberRole, StaffRole
from backend.permissions import ACCOUNT_SCOPES, MEMBER_PERMISSIONS, STAFF_PERMISSIONS
from backend.settings import Settings
from backend.tables import metadata
from tests.graphql.daily_work import add_daily_work
from tests.graphql.edges import chosen, refused
from tests.graphql.outsiders import add_outsiders
from tests.graphql.walk import Walk, may
from tests.graphql.world import Customer, World, public
from tests.graphql.worlds import served

ADMIN = frozenset(map(str, MEMBER_PERMISSIONS[MemberRole.ADMIN]))
KEY = frozenset(map(str, ACCOUNT_SCOPES))
VIEWER = frozenset(map(str, MEMBER_PERMISSIONS[MemberRole.VIEWER]))
STAFF = frozenset(map(str, STAFF_PERMISSIONS[StaffRole.ADMIN]))


def ids_of(world: World, customer: Customer) -> list[str]:
    """The public id of everything that belongs to a customer, of every kind, and of everything staff-only."""
    return [
        public("acct", customer.account),
        *(public("mem", key) for key in customer.members),
        *(public("prsn", key) for key in customer.persons),
        public("over", customer.override),
        public("staff", world.staff),
        public("src", world.source),
        public("work", world.work),
        public("sess", world.sessions[customer.name.lower()]),
        *customer.ids,
        customer.account.hex,
        str(customer.account),
    ]


async def answers(world: World, who: str, walk: Walk) -> list[str]:
    """The answers to every operation of a walk, which all have to succeed."""
    found = []
    for operation in walk.operations():
        answer = await world.ask(who, operation)
        assert answer.status_code == 200, (operation, answer.text)
        assert '"errors"' not in answer.text, (operation, answer.text)
        found.append(answer.text)
    return found


def leaked(texts: list[str], secrets: list[str]) -> set[str]:
    return {secret for secret in secrets for text in texts if secret in text}


@pytest.mark.slow
@pytest.mark.parametrize("who, permissions", [("acme", ADMIN), ("acme viewer", VIEWER), ("acme key", KEY)])
async def test_a_member_meets_nothing_of_another_account_and_nothing_of_staff(
    world: World, who: str, permissions: frozenset[str]
) -> None:
    walk = Walk(world, permissions, ids_of(world, world.zenith))

    texts = await answers(world, who, walk)

    assert leaked(texts, world.zenith.secrets) == set()
    assert leaked(texts, world.acme.hidden + world.zenith.hidden) == set()
    assert leaked(texts, world.acme.deleted + world.zenith.deleted) == set()
    assert leaked(texts, world.acme.personal) == (set(world.acme.personal) if who == "acme" else set())
    assert walk.seen == {
        (name, field)
        for name, kind in schema().graphql.type_map.items()
        if isinstance(kind, GraphQLObjectType) and name in reachable(permissions)
        for field in kind.fields
        if may(name, field, permissions)
    }, "the walk has to pass every field that the viewer may ask for"


@pytest.mark.slow
async def test_the_walk_would_find_what_it_looks_for(world: World) -> None:
    own = await answers(world, "zenith", Walk(world, ADMIN, ids_of(world, world.zenith)))
    staff = await answers(world, "staff", Walk(world, STAFF, ids_of(world, world.zenith)[:1], deepest=6))

    assert leaked(own, world.zenith.secrets) == set(world.zenith.secrets)
    assert leaked(own, world.zenith.hidden + world.acme.secrets) == set()
    assert leaked(staff, world.zenith.hidden + world.acme.hidden) == {*world.zenith.hidden, *world.acme.hidden}
    assert leaked(staff, world.zenith.deleted + world.acme.deleted) == set()
    assert leaked(staff, world.zenith.personal + world.acme.personal) == set()


async def remove(world: World, customer: Customer) -> None:
    """Delete every row of a customer and of its people, in every table."""
    owner = await asyncpg.connect(world.settings.migrate_url)
    await owner.execute("set session_replication_role = replica")  # foreign keys and triggers stand aside
    for table in metadata.tables.values():
        for column, keys in (("account_id", [customer.account]), ("person_id", customer.persons)):
            if column in table.columns:
                await owner.execute(f"delete from {table.name} where {column} = any($1)", keys)
    await owner.execute("delete from accounts where id = $1", customer.account)
    await owner.execute("delete from persons where id = any($1)", customer.persons)
    await owner.close()


@pytest.mark.slow
async def test_without_another_account_a_member_is_answered_the_same(settings_with_valkey: Settings) -> None:
    """What no text gives away could follow from a count, an order, an error or the cost of an answer."""
    async with served(settings_with_valkey, add_daily_work, add_outsiders) as world:
        foreign = ids_of(world, world.zenith)
        operations = [
            *Walk(world, ADMIN, foreign, deepest=3).operations(),
            *(operation for _, operation, _ in chosen(STAFF, foreign)),
        ]

        async def told(who: str, operation: str) -> Any:
            body = (await world.ask(who, operation)).json()
            body.get("extensions", {}).get("cost", {}).pop("throttleStatus", None)  # refills with time
            return body

        before = [await told("acme", operation) for operation in operations]
        staff_before = await told("staff", "{ accounts(first: 1) { totalCount } }")
        await remove(world, world.zenith)
        after = [await told("acme", operation) for operation in operations]
        staff_after = await told("staff", "{ accounts(first: 1) { totalCount } }")

    assert staff_before != staff_after
    for operation, earlier, later in zip(operations, before, after, strict=True):
        assert later == earlier, operation


def reachable(permissions: frozenset[str]) -> set[str]:
    """Types that a viewer can select something of."""
    found: set[str] = set()
    ahead: list[Any] = [schema().graphql.query_type]
    while ahead:
        kind = ahead.pop()
        kinds = [kind] if isinstance(kind, GraphQLObjectType) else schema().graphql.get_possible_types(kind)
        for each in kinds:
            if each.name in found:
                continue
            found.add(each.name)
            for name, field in each.fields.items():
                target = get_named_type(field.type)
                if may(each.name, name, permissions) and hasattr(target, "fields"):
                    ahead.append(target)
    return found


PERMISSIONS = {
    "acme": ADMIN,
    "acme key": KEY,
    "acme viewer": VIEWER,
    "narrow key": frozenset({"accounts:read"}),
    "nobody": frozenset[str](),
}


@pytest.mark.parametrize("who", PERMISSIONS)
async def test_every_field_that_the_viewer_may_not_ask_is_refused_by_its_name(world: World, who: str) -> None:
    met = 0
    for kind, operation, fields in refused(PERMISSIONS[who], [public("acct", world.acme.account)]):
        errors = await world.errors(who, operation)

        assert [error["path"][-1] for error in errors] == fields, kind
        assert {error["extensions"]["code"] for error in errors} == {
            "UNAUTHENTICATED" if who == "nobody" else "FORBIDDEN"
        }
        met += len(fields)

    assert met >= 15


@pytest.mark.parametrize("who", ["acme", "acme viewer", "acme key"])
async def test_no_filter_and_no_ordering_shows_a_member_anything_of_another_account(world: World, who: str) -> None:
    answered, texts = 0, []
    for place, operation, _ in chosen(STAFF, ids_of(world, world.zenith)):
        answer = await world.ask(who, operation)
        texts.append(answer.text)
        body = answer.json()
        if "errors" in body:
            assert set(body) <= {"errors", "extensions"}, place
            assert {error["extensions"]["code"] for error in body["errors"]} == {"FORBIDDEN"}, (place, body)
        else:
            answered += 1
            texts.append(answer.text)

    assert answered > 0
    assert leaked(texts, [*world.zenith.secrets, *world.zenith.hidden]) == set()


async def test_every_filter_and_ordering_is_answered_to_staff(world: World) -> None:
    texts = []
    for place, operation, _ in chosen(STAFF, ids_of(world, world.zenith)):
        answer = await world.ask("staff", operation)
        assert "errors" not in answer.json(), (place, operation, answer.text)
        texts.append(answer.text)

    assert world.zenith.account.hex in leaked(texts, world.zenith.secrets)


@pytest.mark.parametrize("who", ["left", "expired key"])
async def test_who_is_no_member_any_more_obtains_nothing_by_any_field(world: World, who: str) -> None:
    for operation in Walk(world, ADMIN, ids_of(world, world.acme)[:1]).operations():
        answer = await world.ask(who, operation)

        assert answer.status_code == 401, operation
        assert [error["extensions"] for error in answer.json()["errors"]] == [{"code": "UNAUTHENTICATED"}]
        assert "data" not in answer.json()


async def test_the_walks_try_an_id_of_every_kind(world: World) -> None:
    tried = {key.partition("_")[0] for key in ids_of(world, world.acme)}

    assert set(schema().prefixes) <= tried


async def test_ids_of_others_and_unknown_ones_look_alike(world: World) -> None:
    unknown = "acct_" + "0" * 32
    own = public("acct", world.acme.account)
    query = "query($id: ID!, $ids: [ID!]!) { account(id: $id) { name } node(id: $id) { id } nodes(ids: $ids) { id } }"
    asked = {}
    for key in (
        public("acct", world.zenith.account),
        unknown,
        "nonsense",
        "",
        "acct_",
        public("mem", world.zenith.members[0]),
    ):
        asked[key] = await world.data("acme", query, {"id": key, "ids": [key, own]})

    assert {json.dumps(found) for found in asked.values()} == {
        json.dumps({"account": None, "node": None, "nodes": [None, {"id": own}]})
    }


async def test_a_cursor_of_another_account_tells_nothing(world: World) -> None:
    query = """query($after: String) { viewer { account { members(first: 1, after: $after) {
      totalCount edges { cursor node { id } } pageInfo { hasPreviousPage hasNextPage } } } } }"""
    foreign = (await world.data("zenith", query))["viewer"]["account"]["members"]["edges"][0]["cursor"]

    answer = await world.ask("acme", query, {"after": foreign})

    assert leaked([answer.text], world.zenith.secrets) == set()
    members = answer.json()["data"]["viewer"]["account"]["members"]
    assert members["totalCount"] == 2


async def test_a_viewer_without_people_read_counts_no_people(world: World) -> None:
    errors = await world.errors("acme viewer", "{ viewer { account { members(first: 1) { totalCount } } } }")

    assert [(e["extensions"]["code"], e["path"]) for e in errors] == [("FORBIDDEN", ["viewer", "account", "members"])]


async def test_nothing_in_a_request_but_its_credential_says_who_asks(world: World) -> None:
    zenith = public("acct", world.zenith.account)
    headers = {
        "authorization": f"Bearer {world.credential('acme')}",
        "x-account-id": zenith,
        "x-waymark-account": world.zenith.account.hex,
        "cookie": f"waymark.account_id={world.zenith.account}; token={world.credential('zenith')}",
    }
    body = {
        "query": "{ viewer { account { name } } }",
        "variables": {"waymark.account_id": str(world.zenith.account)},
        "extensions": {"account": zenith},
    }

    answer = await world.client.post(f"/graphql?account={zenith}", json=body, headers=headers)

    assert answer.json()["data"] == {"viewer": {"account": {"name": "Acme"}}}


async def test_who_is_not_signed_in_is_nobody(world: World) -> None:
    assert await world.data("nobody", "{ viewer { kind } __typename }") == {"viewer": None, "__typename": "Query"}
    ids = [*ids_of(world, world.acme), public("staff", world.staff)]
    found = await world.data("nobody", "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids})
    assert found == {"nodes": [None] * len(ids)}


@pytest.mark.parametrize("role", [role for role in StaffRole if role is not StaffRole.ADMIN])
async def test_each_staff_role_reads_what_its_permissions_say(world: World, role: StaffRole) -> None:
    permissions = frozenset(map(str, STAFF_PERMISSIONS[role]))
    fields = {
        "accounts(first: 1) { totalCount }": "accounts:internal",
        "healthModelVersions(first: 1) { totalCount }": "program:read",
        "system { work(first: 1) { totalCount } }": "system:read",
        "portfolio { accountCount }": "accounts:internal",
        f'account(id: "{public("acct", world.acme.account)}") {{ subscriptions {{ planKey }} }}': "billing:read",
    }

    for field, permission in fields.items():
        body = (await world.ask(role.value, f"{{ {field} }}")).json()
        assert ("data" in body) == (permission in permissions), (field, body)


async def test_a_key_without_accounts_internal_meets_the_closed_gate(world: World) -> None:
    account = public("acct", world.acme.account)

    found = await world.data(
        "narrow key", "query($id: ID!) { account(id: $id) { name internal { tags } } }", {"id": account}
    )

    assert found == {"account": {"name": "Acme", "internal": None}}
