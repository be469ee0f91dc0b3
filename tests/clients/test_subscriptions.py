"""Clients that others made subscribe, over events and over sockets, and ask and change beside it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

import pytest
from gql import Client, GraphQLRequest
from gql.transport.websockets import WebsocketsTransport

from tests.clients.conftest import RunScript
from tests.graphql.live import announcing, score
from tests.graphql.world import World, public
from tests.patience import PATIENCE_SECONDS
from tests.serving import listen

HEALTH = "subscription { healthChanged { name health { band } } }"
TOLD = {"healthChanged": {"name": "Acme", "health": {"band": "YELLOW"}}}
ORGANIZATION = "query { organization { name } }"
CLIENTS = ("graphql-ws", "graphql-sse", "urql over events", "urql over sockets", "apollo over sockets")


def logging(world: World) -> str:
    """A change."""
    given = f'accountId: "{public("acct", world.acme.account)}", kind: CALL, summary: "Hello"'
    return f"mutation {{ logTouchpoint(input: {{ {given} }}) {{ touchpoint {{ summary }} userErrors {{ code }} }} }}"


LOGGED = {"logTouchpoint": {"touchpoint": {"summary": "Hello"}, "userErrors": []}}


@asynccontextmanager
async def changing(world: World) -> AsyncIterator[None]:
    """Change a score again and again, so that whoever subscribes at some time is told."""

    async def change() -> None:
        async with announcing(world) as database:
            while True:
                await score(database, world, ("acme", 61))
                await asyncio.sleep(0.1)

    task = asyncio.create_task(change())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait((task,))


async def over_node(running: Awaitable[str]) -> list[object]:
    """What a script printed, a JSON text each line."""
    return [json.loads(line) for line in (await running).splitlines()]


@pytest.mark.parametrize("client", CLIENTS)
async def test_a_client_asks_changes_and_is_told(own_world: World, node: RunScript, client: str) -> None:
    async with listen(own_world.settings) as url, changing(own_world):
        environment = {"WAYMARK_URL": url, "WAYMARK_KEY": own_world.credential("staff key")}

        printed = await over_node(
            node("subscribe.mjs", client, "2", ORGANIZATION, logging(own_world), HEALTH, **environment)
        )

    organization = {"organization": {"name": "Beacon"}}
    if client.startswith("apollo"):  # it adds what its cache goes by
        printed = [without_typename(answer) for answer in printed]
    assert printed == [{"data": organization}, {"data": LOGGED}, {"data": TOLD}, {"data": TOLD}]


def without_typename(value: object) -> object:
    """The value without the names of types."""
    if isinstance(value, dict):
        return {key: without_typename(inner) for key, inner in value.items() if key != "__typename"}
    return [without_typename(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("client", CLIENTS[:-1])
async def test_a_client_hears_why_it_is_refused(own_world: World, node: RunScript, client: str) -> None:
    async with listen(own_world.settings) as url:
        environment = {"WAYMARK_URL": url, "WAYMARK_KEY": own_world.credential("narrow key")}
        refused = node("subscribe.mjs", client, "1", "subscription { taskChanged { id } }", **environment)
        if client == "graphql-ws":  # it gives errors to whoever follows as a failure
            with pytest.raises(AssertionError, match="FORBIDDEN"):
                await refused
            return

        assert await over_node(refused) == [{"errors": ["FORBIDDEN"]}]


async def test_gql_asks_changes_and_is_told_over_a_socket(own_world: World) -> None:
    async with listen(own_world.settings) as url, changing(own_world):
        transport = WebsocketsTransport(
            url=f"{url.replace('http', 'ws')}/graphql",
            init_payload={"authorization": f"Bearer {own_world.credential('staff key')}"},
        )
        async with asyncio.timeout(PATIENCE_SECONDS), Client(transport=transport) as session:
            assert await session.execute(GraphQLRequest(ORGANIZATION)) == {"organization": {"name": "Beacon"}}
            assert await session.execute(GraphQLRequest(logging(own_world))) == LOGGED
            told = []
            async for result in session.subscribe(GraphQLRequest(HEALTH)):
                told.append(result)
                if len(told) == 2:
                    break

    assert told == [TOLD, TOLD]
