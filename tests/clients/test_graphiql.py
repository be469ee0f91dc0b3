"""The page for trying queries asks, and follows what happens, on the token that is typed into it."""

from __future__ import annotations

import json

from tests.clients.conftest import RunScript
from tests.clients.test_subscriptions import HEALTH, ORGANIZATION, TOLD, changing
from tests.graphql.world import World
from tests.serving import listen


async def test_the_page_asks_and_is_told_as_the_holder_of_its_token(own_world: World, node: RunScript) -> None:
    async with listen(own_world.settings) as url, changing(own_world):
        printed = await node("graphiql.mjs", own_world.credential("staff key"), ORGANIZATION, HEALTH, WAYMARK_URL=url)

    assert [json.loads(line) for line in printed.splitlines()] == [
        {"data": {"organization": {"name": "Beacon"}}},
        {"data": TOLD},
        {"data": TOLD},
        {"done": True},
        ["omit"],
    ]


async def test_without_a_token_it_is_nobody(own_world: World, node: RunScript) -> None:
    async with listen(own_world.settings) as url:
        printed = await node("graphiql.mjs", "", "{ viewer { kind } }", ORGANIZATION, WAYMARK_URL=url)

    assert [json.loads(line) for line in printed.splitlines()] == [
        {"data": {"viewer": None}},
        {"errors": ["UNAUTHENTICATED"]},
        ["omit"],
    ]
