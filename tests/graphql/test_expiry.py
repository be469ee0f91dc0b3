"""Subscriptions whose token runs out: told nothing more, over server-sent events and over WebSockets."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from backend.graphql.live import following
from backend.identity import tokens
from tests.graphql.live import announcing, score, until_open
from tests.graphql.test_sockets import Talk, opened
from tests.graphql.test_subscriptions import Subscription, subscribed
from tests.graphql.world import World
from tests.patience import PATIENCE_SECONDS
from tests.serving import listen

NAME = "subscription { healthChanged { name } }"
TOLD = {"data": {"healthChanged": {"name": "Acme"}}}
SECONDS = 3
"""Long enough to subscribe on a busy machine, and to be told once."""


async def until_refused(url: str, token: str) -> None:
    """Wait until a request with the token is refused."""
    headers = {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=url, headers=headers) as client, asyncio.timeout(PATIENCE_SECONDS):
        while True:
            if (await client.post("/graphql", json={"query": "{ viewer { kind } }"})).status_code == 401:
                return
            await asyncio.sleep(0.05)


async def next_of_both(events: Subscription, socket: Talk) -> tuple[Any, Any]:
    return (await events.next())[1], (await socket.heard())["payload"]


@pytest.mark.parametrize("looks", ["before a result", "in silence"])
async def test_nothing_is_told_once_the_token_has_run_out(
    own_world: World, looks: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "LIFETIME", timedelta(seconds=SECONDS))
    monkeypatch.setattr(tokens, "LEEWAY_SECONDS", 0)
    if looks == "in silence":
        monkeypatch.setattr(following, "LOOK_SECONDS", (0.05, 0.05))
    async with announcing(own_world) as database, listen(own_world.settings) as url, opened(url) as socket:
        token = own_world.credential("acme")
        await socket.begin(token)
        await socket.subscribe("a", NAME)
        async with subscribed(url, own_world, "acme", NAME, token=token) as events:
            await until_open(url, own_world, streams=2)
            await score(database, own_world, ("acme", 12))
            before = await next_of_both(events, socket)
            if looks == "before a result":
                await until_refused(url, token)
                await score(database, own_world, ("acme", 13))

            kind, body = await events.next()
            end = await events.next()
            with pytest.raises(ConnectionClosed) as closed:
                await socket.heard()

    assert before == (TOLD, TOLD)
    assert (kind, "data" in body) == ("next", False)
    assert [error["extensions"]["code"] for error in body["errors"]] == ["UNAUTHENTICATED"]
    assert end == ("complete", None)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4403
    assert closed.value.rcvd.reason == "Your access changed or ran out. Sign in, and subscribe again."
