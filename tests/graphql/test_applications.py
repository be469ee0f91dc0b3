"""Applications over HTTP: whose pages may ask, which documents they may send, and what they may spend together."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from hashlib import sha256
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import update

from backend.applications import service
from backend.applications.models import PORTAL, Application, DocumentPolicy
from backend.applications.registry import Known
from backend.db.engine import Database
from backend.graphql.http.documents import registered_only
from backend.settings import Settings
from tests.graphql.world import REGISTERED, World
from tests.graphql.worlds import served

FRONT, LOCKED = "https://front.example", "https://locked.example"
QUERY = "{ viewer { kind } }"


def hashed(text: str) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": sha256(text.encode()).hexdigest()}}


async def ask(world: World, who: str = "acme", origin: str | None = None, **body: Any) -> httpx.Response:
    headers = {"authorization": f"Bearer {world.credential(who)}"} if who != "nobody" else {}
    if origin:
        headers["origin"] = origin
    return await world.client.post("/graphql", json=body, headers=headers)


def codes(answer: httpx.Response) -> list[str]:
    return [error["extensions"]["code"] for error in answer.json()["errors"]]


async def preflight(world: World, origin: str, headers: str = "authorization,content-type") -> httpx.Response:
    asked = {"origin": origin, "access-control-request-method": "POST", "access-control-request-headers": headers}
    return await world.client.options("/graphql", headers=asked)


async def test_a_browser_may_call_from_an_application_s_own_pages(world: World) -> None:
    allowed = await preflight(world, FRONT)
    answer = await ask(world, origin=FRONT, query=QUERY)

    assert allowed.status_code == 204
    assert allowed.headers["access-control-allow-origin"] == FRONT
    assert allowed.headers["access-control-allow-methods"] == "GET, POST"
    assert allowed.headers["access-control-allow-headers"] == "authorization,content-type"
    assert answer.json()["data"] == {"viewer": {"kind": "MEMBER"}}
    assert answer.headers["access-control-allow-origin"] == FRONT
    assert answer.headers["access-control-expose-headers"] == "retry-after, x-request-id"
    assert "origin" in answer.headers.get_list("vary", split_commas=True)
    assert "access-control-allow-credentials" not in {*allowed.headers, *answer.headers}


@pytest.mark.parametrize(
    "origin", ["https://elsewhere.example", "null", "http://front.example", "https://front.example:8443", "nonsense"]
)
async def test_a_browser_is_refused_on_any_other_page(world: World, origin: str) -> None:
    asked = await preflight(world, origin)
    answer = await ask(world, origin=origin, query=QUERY)

    for refused in (asked, answer):
        assert refused.status_code == 403
        assert codes(refused) == ["FORBIDDEN"]
        assert "access-control-allow-origin" not in refused.headers


async def test_a_page_of_waymark_s_own_origin_needs_no_application(world: World) -> None:
    answer = await ask(world, origin="http://127.0.0.1:8000", query=QUERY)

    assert answer.json()["data"] == {"viewer": {"kind": "MEMBER"}}
    assert "access-control-allow-origin" not in answer.headers


async def test_headers_that_are_no_headers_are_not_allowed_back(world: World) -> None:
    answer = await preflight(world, FRONT, headers="x-one, (x)")

    assert answer.headers["access-control-allow-headers"] == "authorization, content-type"


async def test_a_key_counts_for_its_own_application_alone(world: World) -> None:
    own = await ask(world, "front key", FRONT, query=QUERY)
    server = await ask(world, "front key", query=QUERY)
    other = await ask(world, "front key", LOCKED, query=QUERY)

    assert own.json()["data"] == server.json()["data"] == {"viewer": {"kind": "API_KEY"}}
    assert (other.status_code, codes(other)) == (403, ["FORBIDDEN"])
    assert other.json()["errors"][0]["message"] == (
        "This credential belongs to the application 'Front', not to https://locked.example."
    )


@pytest.mark.parametrize(
    "body",
    [
        {"extensions": hashed(REGISTERED)},
        {"query": REGISTERED},
        {"query": REGISTERED, "extensions": hashed(REGISTERED)},
        {"extensions": {"persistedQuery": {"sha256Hash": sha256(REGISTERED.encode()).hexdigest().upper()}}},
    ],
)
async def test_registered_documents_are_sent_by_hash_or_in_full(world: World, body: dict[str, Any]) -> None:
    assert (await ask(world, "locked key", **body)).json()["data"] == {"viewer": {"kind": "API_KEY"}}
    assert (await ask(world, "acme", LOCKED, **body)).json()["data"] == {"viewer": {"kind": "MEMBER"}}


@pytest.mark.parametrize("who, origin", [("locked key", None), ("locked key", LOCKED), ("acme", LOCKED)])
async def test_nothing_else_is_sent_where_documents_are_registered(world: World, who: str, origin: str | None) -> None:
    unknown = await ask(world, who, origin, extensions=hashed(QUERY))
    full = await ask(world, who, origin, query=QUERY)
    both = await ask(world, who, origin, query=QUERY, extensions=hashed(QUERY))

    assert codes(unknown) == ["PERSISTED_QUERY_NOT_FOUND"]
    assert codes(full) == codes(both) == ["FORBIDDEN"]
    assert full.json()["errors"][0]["message"] == ("This application sends registered documents only, by their hash.")


async def test_any_caller_may_send_a_document_once_and_its_hash_from_then_on(world: World) -> None:
    text = "query Automatic { viewer { kind permissions } }"

    first = await ask(world, extensions=hashed(text))
    second = await ask(world, query=text, extensions=hashed(text))
    third = await ask(world, extensions=hashed(text))
    read = await world.client.get(
        "/graphql",
        params={"extensions": json.dumps(hashed(text))},
        headers={"authorization": f"Bearer {world.credential('acme')}"},
    )

    assert codes(first) == ["PERSISTED_QUERY_NOT_FOUND"]
    assert first.json()["errors"][0]["message"] == "PersistedQueryNotFound"
    assert second.json()["data"] == third.json()["data"] == read.json()["data"]


async def test_who_has_not_signed_in_yet_may_mean_the_documents_of_the_portal(own_world: World) -> None:
    text = "query Start { viewer { kind } }"
    database = Database(own_world.settings)
    await database.open()
    async with database.begin() as session:
        await service.push(session, name="portal", documents={sha256(text.encode()).hexdigest(): text})
    await database.close()

    nobody = await ask(own_world, "nobody", extensions=hashed(text))
    somebody = await ask(own_world, "acme", extensions=hashed(text))

    assert nobody.json()["data"] == {"viewer": None}
    assert codes(somebody) == ["PERSISTED_QUERY_NOT_FOUND"]


async def test_a_wrong_hash_stores_nothing(world: World) -> None:
    wrong = await ask(world, query=QUERY, extensions=hashed("{ other }"))
    after = await ask(world, extensions=hashed("{ other }"))

    assert (wrong.status_code, codes(wrong)) == (400, ["BAD_USER_INPUT"])
    assert codes(after) == ["PERSISTED_QUERY_NOT_FOUND"]


@pytest.mark.parametrize(
    "persisted", [{}, [], 5, {"sha256Hash": "x" * 64}, {"sha256Hash": "a" * 63}, {"sha256Hash": 1}]
)
async def test_a_hash_that_is_none_is_refused(world: World, persisted: Any) -> None:
    answer = await ask(world, extensions={"persistedQuery": persisted})

    assert (answer.status_code, codes(answer)) == (400, ["BAD_USER_INPUT"])


async def test_staff_see_the_applications(world: World) -> None:
    query = (
        "{ system { applications(first: 10) { nodes { name origins documentPolicy pointsPerSecond documentCount } } } }"
    )

    data = await world.data("staff", query)

    assert data["system"]["applications"]["nodes"] == [
        {"name": "Front", "origins": [FRONT], "documentPolicy": "ANY", "pointsPerSecond": 1000, "documentCount": 0},
        {
            "name": "Locked",
            "origins": [LOCKED],
            "documentPolicy": "REGISTERED",
            "pointsPerSecond": 1000,
            "documentCount": 1,
        },
        {"name": "portal", "origins": [], "documentPolicy": "REGISTERED", "pointsPerSecond": 20000, "documentCount": 0},
    ]


@pytest.fixture
async def thrifty(settings_with_valkey: Settings) -> AsyncIterator[World]:
    """A world whose application Front gains a point a second, while its callers have plenty."""
    async with served(settings_with_valkey) as made:
        database = Database(made.settings)
        await database.open()
        async with database.begin() as session:
            await session.execute(update(Application).where(Application.name == "Front").values(points_per_second=1))
        await database.close()
        yield made


async def test_the_callers_of_an_application_share_its_points(thrifty: World) -> None:
    account = "{ viewer { account { name } } }"

    first = await ask(thrifty, "acme", FRONT, query=QUERY)  # 1 point, and 10 for a new document, of 20
    other = await ask(thrifty, "front key", query=account)
    outside = await ask(thrifty, "zenith", query=account)

    assert first.json()["extensions"]["cost"]["throttleStatus"]["maximumAvailable"] == 20
    assert codes(other) == ["THROTTLED"]
    assert outside.json()["data"] == {"viewer": {"account": {"name": "Zenith"}}}


async def test_what_an_application_can_never_pay_is_too_dear(thrifty: World) -> None:
    answer = await ask(thrifty, "staff", FRONT, query="{ accounts(first: 21) { nodes { name } } }")

    assert codes(answer) == ["COST_LIMIT_EXCEEDED"]
    assert answer.json()["errors"][0]["extensions"]["maximumCost"] == 20


async def test_a_removed_application_s_key_is_no_credential(settings_with_valkey: Settings) -> None:
    async with served(settings_with_valkey) as world:
        database = Database(world.settings)
        await database.open()
        async with database.begin() as session:
            await service.remove(session, name="Front")
        await database.close()

        answer = await ask(world, "front key", query=QUERY)
        page = await ask(world, "acme", FRONT, query=QUERY)

    assert (answer.status_code, codes(answer)) == (401, ["UNAUTHENTICATED"])
    assert (page.status_code, codes(page)) == (403, ["FORBIDDEN"])


def test_development_alone_opens_the_portal() -> None:
    portal = Known(PORTAL, "portal", frozenset(), DocumentPolicy.REGISTERED, 1)
    other = replace(portal, id=uuid4())

    assert registered_only(portal, is_development=False)
    assert not registered_only(portal, is_development=True)
    assert registered_only(other, is_development=True)
    assert not registered_only(replace(other, document_policy=DocumentPolicy.ANY), is_development=False)
    assert not registered_only(None, is_development=False)
