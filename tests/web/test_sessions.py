"""Sessions over HTTP: refreshing, signing out, and the portal's cookies, which no other site can use."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from http.cookies import Morsel, SimpleCookie
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from backend.db.engine import Database
from backend.identity import authentication
from backend.identity.models import Session
from backend.settings import Settings
from tests.factories import PASSWORD, make_account, make_member, make_staff
from tests.serving import serve

OWN = {"origin": "http://127.0.0.1:8000"}
HTTPS = {"origin": "https://waymark.example", "host": "waymark.example"}
WHO = {"query": "{ viewer { kind } }"}
STAFF = {"data": {"viewer": {"kind": "STAFF"}}}


@pytest.fixture(autouse=True)
def look_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authentication, "KEPT_SECONDS", 0.0)


@pytest.fixture
async def ada(database: Database) -> None:
    async with database.begin() as session:
        await make_staff(session, email="ada@example.com", password=PASSWORD)


@pytest.fixture
async def client(settings_with_valkey: Settings, ada: None) -> AsyncIterator[httpx.AsyncClient]:
    async with serve(settings_with_valkey) as served:
        yield served


@pytest.fixture
async def secure(settings_with_valkey: Settings, ada: None) -> AsyncIterator[httpx.AsyncClient]:
    """The same where people reach it over https."""
    async with serve(replace(settings_with_valkey, public_url="https://waymark.example")) as served:
        yield served


async def post(
    client: httpx.AsyncClient,
    path: str,
    body: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    cookies: Mapping[str, str] | None = None,
) -> httpx.Response:
    """Send what a client without a memory of cookies sends."""
    sent = dict(headers or {})
    if cookies:
        sent["cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
    client.cookies.clear()
    answer = await client.post(path, json=dict(body or {}), headers=sent)
    client.cookies.clear()
    return answer


async def sign_in(client: httpx.AsyncClient, headers: Mapping[str, str] | None = None, **more: Any) -> httpx.Response:
    return await post(client, "/auth/sign-in", {"email": "ada@example.com", "password": PASSWORD, **more}, headers)


def set_cookies(answer: httpx.Response) -> dict[str, Morsel[str]]:
    found: SimpleCookie = SimpleCookie()
    for line in answer.headers.get_list("set-cookie"):
        found.load(line)
    return dict(found)


def kept(answer: httpx.Response) -> dict[str, str]:
    return {name: morsel.value for name, morsel in set_cookies(answer).items() if morsel.value}


async def data(client: httpx.AsyncClient, answer: httpx.Response) -> Any:
    """What /graphql says to the bearer of an answer's access token."""
    token = answer.json()["accessToken"]
    said = await post(client, "/graphql", WHO, {"authorization": f"Bearer {token}"})
    return said.json()["data"] if said.status_code == 200 else said.status_code


async def test_a_program_refreshes_with_its_token(client: httpx.AsyncClient) -> None:
    first = (await sign_in(client)).json()

    answer = await post(client, "/auth/refresh", {"refreshToken": first["refreshToken"]})

    second = answer.json()
    assert answer.status_code == 200
    assert list(second) == list(first)
    assert (second["kind"], second["accountId"], second["expiresIn"]) == ("STAFF", None, 900)
    assert second["refreshToken"] != first["refreshToken"]
    assert await data(client, answer) == STAFF["data"]
    assert set_cookies(answer) == {}


@pytest.mark.parametrize("body", [{}, {"refreshToken": "wmr_" + "A" * 70}])
async def test_without_a_good_token_nothing_is_refreshed(client: httpx.AsyncClient, body: dict[str, str]) -> None:
    answer = await post(client, "/auth/refresh", body)

    assert answer.status_code == 401
    assert answer.json() == {
        "errors": [{"message": "The session is over. Sign in again.", "extensions": {"code": "UNAUTHENTICATED"}}]
    }


@pytest.mark.parametrize("body", [{"refreshToken": 5}, {"refreshToken": ""}, {"refreshToken": "x" * 201}])
async def test_a_refresh_token_that_is_no_text_is_named(client: httpx.AsyncClient, body: dict[str, Any]) -> None:
    for path in ("/auth/refresh", "/auth/sign-out"):
        answer = await post(client, path, body)

        assert answer.status_code == 400
        assert answer.json()["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT", "field": ["refreshToken"]}


async def test_signing_out_ends_one_session_and_everywhere_ends_all(client: httpx.AsyncClient) -> None:
    one, two, three = [await sign_in(client) for _ in range(3)]

    by_token = await post(client, "/auth/sign-out", {"refreshToken": one.json()["refreshToken"]})
    assert (by_token.status_code, await data(client, one), await data(client, two)) == (204, 401, STAFF["data"])
    bearer = {"authorization": f"Bearer {two.json()['accessToken']}"}
    by_bearer = await post(client, "/auth/sign-out", {"everywhere": True}, bearer)
    assert (by_bearer.status_code, await data(client, two), await data(client, three)) == (204, 401, 401)
    again = await post(client, "/auth/sign-out", {"refreshToken": one.json()["refreshToken"]})
    assert again.status_code == 204


async def test_signing_out_as_nobody_does_nothing(client: httpx.AsyncClient) -> None:
    signed = await sign_in(client)

    nobody = await post(client, "/auth/sign-out", {"everywhere": True})
    wrong = await post(client, "/auth/sign-out", {"everywhere": True}, {"authorization": "Bearer x"})
    invented = await post(client, "/auth/sign-out", {"refreshToken": "wmr_" + "A" * 70, "everywhere": True})
    unclear = await post(client, "/auth/sign-out", {"everywhere": "yes"})

    assert [a.status_code for a in (nobody, wrong, invented, unclear)] == [204, 401, 204, 400]
    assert await data(client, signed) == STAFF["data"]


async def test_a_page_of_this_site_gets_cookies_that_no_script_reads(secure: httpx.AsyncClient) -> None:
    answer = await sign_in(secure, HTTPS, cookie=True)

    assert answer.status_code == 200
    assert set(answer.json()) == {"expiresAt", "expiresIn", "sessionExpiresAt", "kind", "accountId", "personId"}
    found = set_cookies(answer)
    assert set(found) == {"__Host-waymark_access", "__Host-waymark_refresh"}
    for morsel in found.values():
        flags = (morsel["secure"], morsel["httponly"], morsel["samesite"], morsel["path"], morsel["domain"])
        assert flags == (True, True, "lax", "/", "")
    assert [morsel["max-age"] for morsel in found.values()] == ["900", str(14 * 86_400)]


async def test_on_this_machine_http_does_with_plain_names(client: httpx.AsyncClient) -> None:
    found = set_cookies(await sign_in(client, OWN, cookie=True))

    assert set(found) == {"waymark_access", "waymark_refresh"}
    assert {(morsel["secure"], morsel["httponly"]) for morsel in found.values()} == {("", True)}


async def test_over_http_elsewhere_there_are_no_cookies(settings_with_valkey: Settings, ada: None) -> None:
    async with serve(replace(settings_with_valkey, public_url="http://waymark.example")) as served:
        host = {"origin": "http://waymark.example", "host": "waymark.example"}
        answer = await sign_in(served, host, cookie=True)
        ignored = await post(served, "/graphql", WHO, host, {"waymark_access": "x", "waymark_refresh": "x"})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["message"] == (
        "Cookies need https: set WAYMARK_PUBLIC_URL to the https address of this Waymark."
    )
    assert set_cookies(answer) == {}
    assert ignored.json()["data"] == {"viewer": None}


async def test_the_cookie_signs_in_and_refreshes_and_signs_out(client: httpx.AsyncClient) -> None:
    signed = kept(await sign_in(client, OWN, cookie=True))
    assert (await post(client, "/graphql", WHO, OWN, signed)).json()["data"] == STAFF["data"]

    run_out = await post(client, "/graphql", WHO, OWN, {"waymark_refresh": signed["waymark_refresh"]})
    assert run_out.status_code == 401
    assert run_out.json()["errors"][0]["message"] == "The access token has run out: POST /auth/refresh, and ask again."
    refreshed = await post(client, "/auth/refresh", {}, OWN, {"waymark_refresh": signed["waymark_refresh"]})
    fresh = kept(refreshed)
    assert set(fresh) == set(signed)
    assert "accessToken" not in refreshed.json()
    assert (await post(client, "/graphql", WHO, OWN, fresh)).json()["data"] == STAFF["data"]
    out = await post(client, "/auth/sign-out", {}, OWN, fresh)
    assert (out.status_code, kept(out), set(set_cookies(out))) == (204, {}, set(fresh))
    over = await post(client, "/auth/refresh", {}, OWN, fresh)
    assert (over.status_code, kept(over), set(set_cookies(over))) == (401, {}, set(fresh))
    assert (await post(client, "/graphql", WHO, OWN, fresh)).status_code == 401


OTHERS: list[dict[str, str]] = [
    {"origin": "https://attacker.example"},
    {"origin": "null"},
    {"origin": "http://127.0.0.1:8000", "sec-fetch-site": "cross-site"},
    {"origin": "http://127.0.0.1:8000", "content-type": "text/plain"},
    {"sec-fetch-site": "none"},
    {},
]


@pytest.mark.parametrize("headers", OTHERS)
@pytest.mark.parametrize("path", ["/graphql", "/auth/refresh", "/auth/switch", "/auth/sign-out", "/auth/sign-in"])
async def test_another_site_can_do_nothing_with_a_cookie(
    database: Database, client: httpx.AsyncClient, path: str, headers: dict[str, str]
) -> None:
    signed = kept(await sign_in(client, OWN, cookie=True))
    async with database.begin() as session:
        before = (await session.execute(select(Session.id, Session.generation, Session.ended_at))).all()

    body = WHO if path == "/graphql" else {"cookie": True, "email": "ada@example.com", "password": PASSWORD}
    body |= {"accountId": f"acct_{'0' * 32}"} if path == "/auth/switch" else {}
    answer = await post(client, path, body, headers, signed)

    is_media = headers.get("content-type") == "text/plain"
    assert answer.status_code in ({400, 403, 415} if is_media else {403})
    assert set_cookies(answer) == {}
    assert "data" not in answer.json()
    async with database.begin() as session:
        assert (await session.execute(select(Session.id, Session.generation, Session.ended_at))).all() == before


async def test_a_bearer_token_needs_no_origin_even_beside_a_cookie(client: httpx.AsyncClient) -> None:
    signed = kept(await sign_in(client, OWN, cookie=True))
    token = (await sign_in(client)).json()["accessToken"]

    answer = await post(client, "/graphql", WHO, {"authorization": f"Bearer {token}"}, signed)

    assert answer.json()["data"] == STAFF["data"]


async def test_in_production_the_cookie_sends_registered_documents_alone(
    settings_with_valkey: Settings, ada: None
) -> None:
    async with serve(replace(settings_with_valkey, public_url="https://waymark.example", env="production")) as served:
        signed = kept(await sign_in(served, HTTPS, cookie=True))

        answer = await post(served, "/graphql", WHO, HTTPS, signed)

    assert answer.json()["errors"][0]["message"] == "This application sends registered documents only, by their hash."


async def test_a_member_who_left_is_out_within_seconds_and_cannot_refresh(
    database: Database, client: httpx.AsyncClient
) -> None:
    async with database.begin() as session:
        member = await make_member(session, await make_account(session), email="bob@example.com", password=PASSWORD)
    signed = await post(client, "/auth/sign-in", {"email": "bob@example.com", "password": PASSWORD})
    assert await data(client, signed) == {"viewer": {"kind": "MEMBER"}}

    async with database.begin() as session:
        (await session.merge(member)).state = "LEFT"

    assert await data(client, signed) == 401
    refreshed = await post(client, "/auth/refresh", {"refreshToken": signed.json()["refreshToken"]})
    assert refreshed.status_code == 401
