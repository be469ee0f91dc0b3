"""Sockets that the portal opens by its cookie: on its own pages alone, within its own documents."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from backend.applications import service
from backend.db.engine import Database
from backend.graphql.live import following
from backend.identity import tokens
from tests.graphql.live import announcing, score, until_open
from tests.graphql.test_expiry import SECONDS, until_refused
from tests.graphql.test_sockets import Talk, opened
from tests.graphql.world import World
from tests.serving import listen

NAME = "subscription { healthChanged { name } }"
OWN_SOCKETS = "A cookie counts only on sockets of this site's own pages. Send authorization in connection_init."


@pytest.fixture(scope="module")
async def shared(world: World) -> AsyncIterator[str]:
    """An API process over the world that nobody changes."""
    async with listen(world.settings) as address:
        yield address


@asynccontextmanager
async def with_cookie(
    url: str, token: str, *, origin: str | None, name: str = "waymark_access", **more: str
) -> AsyncIterator[Talk]:
    """A socket that a browser opens, which said nothing of its own."""
    headers = {"Cookie": f"{name}={token}"} | more
    async with opened(url, origin=origin and Origin(origin), additional_headers=headers) as talk:
        await talk.say(type="connection_init")
        yield talk


def hashed(document: str) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": sha256(document.encode()).hexdigest()}}}


async def sent(talk: Talk, **payload: Any) -> dict[str, Any]:
    """What the first answer to an operation is."""
    await talk.say(type="subscribe", id="a", payload=payload)
    told: dict[str, Any] = await talk.heard()
    if told["type"] == "next":
        assert await talk.heard() == {"id": "a", "type": "complete"}
    return told


async def test_a_page_of_this_site_opens_a_socket_by_its_cookie(world: World, shared: str) -> None:
    query = "{ viewer { kind account { name } } }"
    for more in ({}, {"Sec-Fetch-Site": "same-origin"}):
        async with with_cookie(shared, world.credential("acme"), origin=shared, **more) as talk:
            assert await talk.heard() == {"type": "connection_ack"}

            told = await sent(talk, query=query)

        assert told["payload"]["data"] == {"viewer": {"kind": "MEMBER", "account": {"name": "Acme"}}}


@pytest.mark.parametrize(
    "origin, more",
    [
        (None, {}),
        (None, {"Sec-Fetch-Site": "same-origin"}),
        ("https://front.example", {}),
        ("{own}", {"Sec-Fetch-Site": "cross-site"}),
        ("{own}", {"Sec-Fetch-Site": "same-site"}),
    ],
)
async def test_no_other_page_opens_one(world: World, shared: str, origin: str | None, more: dict[str, str]) -> None:
    given = origin.format(own=shared) if origin else None
    async with with_cookie(shared, world.credential("acme"), origin=given, **more) as talk:
        assert await talk.closed() == (4403, OWN_SOCKETS)


async def test_without_any_credential_none_is_opened(shared: str) -> None:
    async with with_cookie(shared, "", origin=shared) as talk:
        assert await talk.closed() == (
            4403,
            "Send a token as authorization: Bearer … in the payload of connection_init.",
        )


async def test_a_browser_whose_access_token_is_over_is_told_to_refresh(world: World, shared: str) -> None:
    async with with_cookie(shared, "wmr_any", origin=shared, name="waymark_refresh") as talk:
        assert await talk.closed() == (4403, "The access token has run out: POST /auth/refresh, and ask again.")


async def test_a_token_that_is_said_counts_before_the_cookie(world: World, shared: str) -> None:
    headers = {"Cookie": f"waymark_access={world.credential('acme')}"}
    async with opened(shared, origin=Origin(shared), additional_headers=headers) as talk:
        await talk.begin(world.credential("staff"))

        told = await sent(talk, query="{ viewer { kind } }")

    assert told["payload"]["data"] == {"viewer": {"kind": "STAFF"}}


async def test_a_socket_is_closed_once_the_cookie_s_token_has_run_out(
    own_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "LIFETIME", timedelta(seconds=SECONDS))
    monkeypatch.setattr(tokens, "LEEWAY_SECONDS", 0)
    monkeypatch.setattr(following, "LOOK_SECONDS", (0.05, 0.05))
    async with announcing(own_world) as database, listen(own_world.settings) as url:
        token = own_world.credential("acme")
        async with with_cookie(url, token, origin=url) as talk:
            assert await talk.heard() == {"type": "connection_ack"}
            await talk.subscribe("a", NAME)
            await until_open(url, own_world, streams=1)
            await score(database, own_world, ("acme", 12))
            told = await talk.heard()
            await until_refused(url, token)

            with pytest.raises(ConnectionClosed) as closed:
                await talk.heard()

    assert told["payload"] == {"data": {"healthChanged": {"name": "Acme"}}}
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4403
    assert closed.value.rcvd.reason == "Your access changed or ran out. Sign in, and subscribe again."


async def test_the_portal_sends_its_registered_documents_alone_in_production(own_world: World) -> None:
    known, unknown = "{ viewer { kind } }", "{ viewer { permissions } }"
    database = Database(own_world.settings)
    await database.open()
    async with database.begin() as session:
        await service.push(session, name="portal", documents={sha256(known.encode()).hexdigest(): known})
    await database.close()
    production = replace(own_world.settings, env="production")
    async with listen(production) as url, with_cookie(url, own_world.credential("acme"), origin=url) as talk:
        assert await talk.heard() == {"type": "connection_ack"}

        registered = [await sent(talk, **hashed(known)), await sent(talk, query="", **hashed(known))]
        missing = await sent(talk, **hashed(unknown))
        in_full = await sent(talk, query=unknown)

    assert [told["payload"]["data"] for told in registered] == 2 * [{"viewer": {"kind": "MEMBER"}}]
    refused = [(told["type"], error["message"]) for told in (missing, in_full) for error in told["payload"]]
    assert refused == [
        ("error", "PersistedQueryNotFound"),
        ("error", "This application sends registered documents only, by their hash."),
    ]
    assert missing["payload"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
