"""Every operation of the portal runs by its hash, with the cookie of somebody who may run it, on a demo of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import orjson
import pytest
from graphql import GraphQLNonNull, OperationDefinitionNode, parse, type_from_ast
from sqlalchemy import text
from websockets.typing import Origin

from backend.announcing import Announcement, Topic, announce
from backend.db.embedded import EmbeddedPostgres, EmbeddedValkey
from backend.db.engine import Database
from backend.demo.situations import CHAMPION_LEFT, PAYS_NOT, visitor_address
from backend.demo.staffing import PASSWORD
from backend.graphql.schema import schema
from backend.work.doorbell import Doorbell
from tests.demo.loading import copied
from tests.graphql.test_portal_documents import value_of
from tests.graphql.test_sockets import Talk, opened
from tests.portal.conftest import ADMIN, DIST, STAFF
from tests.serving import listen, serve

OF_MEMBERS = {"HomeMoved", "CustomerHealthMoved"}
OF_STAFF = {
    "AccountAlertMoved",
    "AccountMoved",
    "AccountTaskMoved",
    "AccountsMoved",
    "AlertsMoved",
    "NotificationMoved",
    "Resync",
    "TasksMoved",
    "TodayAlertMoved",
    "TodayHealthMoved",
    "TodayTaskMoved",
}
CHANGES = f"""
    with one as (select id from accounts where name = '{CHAMPION_LEFT}')
    select 'health', id, id from one
    union all (select 'alert', a.account_id, a.id from alerts a join one on one.id = a.account_id limit 1)
    union all (select 'task', t.account_id, t.id from tasks t join one on one.id = t.account_id limit 1)
    union all (select 'notification', n.person_id, n.id from notifications n join persons p on p.id = n.person_id
        where p.email = '{STAFF}' limit 1)"""
REFUSED = {"FORBIDDEN", "UNAUTHENTICATED"}
OWN_PAGE = {"origin": "http://127.0.0.1:8000"}


@pytest.fixture
async def clients(postgres: EmbeddedPostgres, valkey: EmbeddedValkey, released: str) -> AsyncIterator[list[Any]]:
    """What a member and an admin of the staff send, each with an account to ask about."""
    async with copied(postgres, released, "waymark_test_documents") as demo:
        account = (await demo.account(CHAMPION_LEFT, "id"))["id"]
        settings = replace(demo.settings, redis_url=valkey.url(), env="production")
        async with serve(settings) as member, serve(settings) as staff:
            for client, email in ((member, visitor_address(PAYS_NOT)), (staff, ADMIN)):
                client.headers.update(OWN_PAGE)
                body = {"email": email, "password": PASSWORD, "cookie": True}
                assert (await client.post("/auth/sign-in", json=body)).status_code == 200
            yield [member, staff, account]


async def answered(client: httpx.AsyncClient, mark: str, variables: dict[str, Any]) -> tuple[bool, list[str]]:
    """Whether the one operation of a document may be run, and the codes of what went wrong."""
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": mark}}
    answer = (await client.post("/graphql", json={"extensions": extensions, "variables": variables})).json()
    codes = [error["extensions"]["code"] for error in answer.get("errors", ())]
    return not REFUSED.intersection(codes), codes


def operations() -> list[tuple[str, OperationDefinitionNode]]:
    """Every operation of the portal's build, with its hash."""
    documents = orjson.loads((DIST / "documents.json").read_bytes())
    return [
        (mark, part)
        for mark, document in documents.items()
        for part in parse(document).definitions
        if isinstance(part, OperationDefinitionNode)
    ]


def required_of(operation: OperationDefinitionNode) -> dict[str, Any]:
    """Values of the variables that have to be sent."""
    return {
        variable.variable.name.value: value_of(kind)
        for variable in operation.variable_definitions or ()
        if isinstance(kind := type_from_ast(schema().graphql, variable.type), GraphQLNonNull)
        and variable.default_value is None
    }


async def test_every_operation_of_the_portal_runs_as_somebody(clients: list[Any]) -> None:
    member, staff, account = clients
    faults: dict[str, Any] = {}
    ran: dict[str, int] = {"query": 0, "mutation": 0}
    for mark, operation in operations():
        if operation.operation.value == "subscription":
            continue
        variables = required_of(operation)
        if any(variable.variable.name.value == "first" for variable in operation.variable_definitions or ()):
            variables.setdefault("first", 50)
        if operation.operation.value == "query" and "id" in variables:
            variables["id"] = account
        tried = [await answered(client, mark, variables) for client in (staff, member)]
        ran[operation.operation.value] += 1
        if not any(may and not codes for may, codes in tried):
            faults[operation.name.value if operation.name else mark] = [codes for _, codes in tried]

    assert faults == {}
    assert min(ran.values()) > 25


async def test_every_subscription_of_the_portal_tells_of_a_change(
    postgres: EmbeddedPostgres, valkey: EmbeddedValkey, released: str
) -> None:
    faults: dict[str, Any] = {}
    async with copied(postgres, released, "waymark_test_subscriptions") as demo:
        settings = replace(demo.settings, redis_url=valkey.url(), env="production")
        account = (await demo.account(CHAMPION_LEFT, "id"))["id"]
        async with demo.database.begin() as session:
            announced = [Announcement(Topic(topic), of, key) for topic, of, key in await session.execute(text(CHANGES))]
        announced.append(Announcement(Topic.RESYNC))
        assert {each.topic for each in announced} == set(Topic) - {Topic.WORK}
        with Doorbell(settings.redis_url) as doorbell:
            writing = Database(settings, announce=doorbell.announce)
            await writing.open()
            async with listen(settings) as address:
                for email, names in ((STAFF, OF_STAFF), (visitor_address(CHAMPION_LEFT), OF_MEMBERS)):
                    cookie = await cookie_of(address, email)
                    for mark, operation in operations():
                        name = operation.name.value if operation.name else mark
                        if operation.operation.value != "subscription" or name not in names:
                            continue
                        variables = required_of(operation)
                        if "id" in variables:
                            variables["id"] = account
                        headers = {"Cookie": cookie}
                        async with opened(address, origin=Origin(address), additional_headers=headers) as talk:
                            await talk.say(type="connection_init")
                            assert await talk.heard() == {"type": "connection_ack"}
                            hashed = {"persistedQuery": {"version": 1, "sha256Hash": mark}}
                            await talk.say(
                                type="subscribe", id="a", payload={"extensions": hashed, "variables": variables}
                            )
                            told = await until_told(talk, writing, announced)
                        if told["type"] != "next" or told["payload"].get("errors") or not told["payload"]["data"]:
                            faults[name] = told
            await writing.close()

    there = {part.name.value for _, part in operations() if part.name and part.operation.value == "subscription"}
    assert there == OF_STAFF | OF_MEMBERS
    assert faults == {}


async def cookie_of(address: str, email: str) -> str:
    """What a browser sends that has signed in."""
    async with httpx.AsyncClient(base_url=address, headers={"origin": address}) as browser:
        await browser.post("/auth/sign-in", json={"email": email, "password": PASSWORD, "cookie": True})
        return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())


async def until_told(talk: Talk, database: Database, announced: list[Announcement]) -> Any:
    """Announce until something is heard: when an operation is followed, nothing says."""
    heard = asyncio.create_task(talk.heard())
    while not heard.done():
        async with database.begin() as session:
            for each in announced:
                announce(session, each)
        await asyncio.wait({heard}, timeout=0.2)
    return heard.result()
