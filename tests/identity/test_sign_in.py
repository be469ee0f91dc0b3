"""Signing in over HTTP: passwords, tokens, throttles, and that nothing tells who has an address."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import jwt
import pytest
from sqlalchemy import func, select, update

from backend.db.engine import Database
from backend.identity.models import Member, MemberState, Password, SignInFailure, SigningKey, StaffRole
from backend.settings import Settings
from tests.factories import PASSWORD, make_account, make_member, make_person, make_staff
from tests.serving import serve


@pytest.fixture
async def client(settings_with_valkey: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with serve(settings_with_valkey) as served:
        yield served


async def sign_in(client: httpx.AsyncClient, email: str, password: str = PASSWORD, **more: str) -> httpx.Response:
    return await client.post("/auth/sign-in", json={"email": email, "password": password, **more})


async def test_staff_sign_in_and_get_a_token_of_15_minutes(database: Database, client: httpx.AsyncClient) -> None:
    async with database.begin() as session:
        staff = await make_staff(session, StaffRole.CSM, email="Ada@Example.com", password=PASSWORD)

    answer = await sign_in(client, " ada@example.COM ")

    body = answer.json()
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert list(body) == [
        "accessToken",
        "tokenType",
        "refreshToken",
        "expiresAt",
        "expiresIn",
        "sessionExpiresAt",
        "kind",
        "accountId",
        "personId",
    ]
    assert (body["tokenType"], body["expiresIn"], body["kind"], body["accountId"]) == ("Bearer", 900, "STAFF", None)
    claims = jwt.decode(body["accessToken"], options={"verify_signature": False})
    assert body["personId"] == f"prsn_{claims['sub']}"
    assert UUID(hex=claims["sub"]) == staff.person_id
    assert claims["exp"] - claims["iat"] == 900
    assert (claims["iss"], claims["aud"]) == ("http://127.0.0.1:8000", "waymark")


async def test_anyone_can_verify_a_token_with_the_published_keys(database: Database, client: httpx.AsyncClient) -> None:
    async with database.begin() as session:
        await make_staff(session, email="ada@example.com", password=PASSWORD)
    token = (await sign_in(client, "ada@example.com")).json()["accessToken"]

    published = await client.get("/.well-known/jwks.json")

    assert published.headers["content-type"] == "application/jwk-set+json"
    (key,) = published.json()["keys"]
    assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("OKP", "Ed25519", "EdDSA", "sig")
    assert set(key) == {"kty", "crv", "alg", "use", "kid", "x"}
    assert jwt.get_unverified_header(token) == {"alg": "EdDSA", "kid": key["kid"], "typ": "JWT"}
    claims = jwt.decode(token, jwt.PyJWK(key).key, algorithms=["EdDSA"], audience="waymark")
    assert claims["iss"] == "http://127.0.0.1:8000"


async def test_a_member_signs_in_for_their_account(database: Database, client: httpx.AsyncClient) -> None:
    async with database.begin() as session:
        account = await make_account(session)
        await make_member(session, account, email="bob@example.com", password=PASSWORD)

    body = (await sign_in(client, "bob@example.com")).json()

    assert (body["kind"], body["accountId"]) == ("MEMBER", f"acct_{account.id.hex}")


async def test_a_member_of_two_accounts_says_for_which(database: Database, client: httpx.AsyncClient) -> None:
    async with database.begin() as session:
        second, first = await make_account(session, "Second"), await make_account(session, "First")
        stranger = await make_account(session, "Stranger")
        person = await make_person(session, "bob@example.com", password=PASSWORD)
        await make_member(session, first, person)
        await make_member(session, second, person)

    asked = await sign_in(client, "bob@example.com")
    chosen = await sign_in(client, "bob@example.com", accountId=f"acct_{second.id.hex}")
    other = await sign_in(client, "bob@example.com", accountId=f"acct_{stranger.id.hex}")

    assert asked.status_code == 409
    assert asked.json()["errors"][0]["extensions"] == {
        "code": "ACCOUNT_REQUIRED",
        "field": ["accountId"],
        "accounts": [
            {"id": f"acct_{first.id.hex}", "name": "First"},
            {"id": f"acct_{second.id.hex}", "name": "Second"},
        ],
    }
    assert chosen.json()["accountId"] == f"acct_{second.id.hex}"
    assert other.status_code == 401


async def test_unknown_address_wrong_password_no_password_and_left_member_look_alike(
    database: Database, client: httpx.AsyncClient
) -> None:
    async with database.begin() as session:
        account = await make_account(session)
        await make_staff(session, email="known@example.com", password=PASSWORD)
        await make_staff(session, email="without@example.com")
        await make_staff(session, email="gone@example.com", password=PASSWORD, is_active=False)
        await make_member(session, account, email="left@example.com", password=PASSWORD, state=MemberState.LEFT.value)

    answers = [
        await sign_in(client, "known@example.com", "a wrong password"),
        await sign_in(client, "nobody@example.com"),
        await sign_in(client, "without@example.com"),
        await sign_in(client, "gone@example.com"),
        await sign_in(client, "left@example.com"),
        await sign_in(client, "no address at all"),
    ]

    assert {(a.status_code, a.content) for a in answers} == {
        (
            401,
            b'{"errors":[{"message":"The address or the password is wrong.","extensions":{"code":"UNAUTHENTICATED"}}]}',
        )
    }


async def test_ten_wrong_passwords_lock_the_address_known_or_not(database: Database, client: httpx.AsyncClient) -> None:
    async with database.begin() as session:
        await make_staff(session, email="ada@example.com", password=PASSWORD)

    for address in ("ada@example.com", "nobody@example.com"):
        tried = await asyncio.gather(*(sign_in(client, address, f"wrong password {n}") for n in range(14)))
        right = await sign_in(client, address)

        assert sorted(answer.status_code for answer in tried) == [401] * 10 + [429] * 4
        assert right.status_code == 429
        extensions = right.json()["errors"][0]["extensions"]
        assert extensions["code"] == "THROTTLED"
        assert 0 < extensions["retryAfter"] <= 901
        assert right.headers["retry-after"] == str(extensions["retryAfter"])

    async with database.begin() as session:
        keys = (await session.scalars(select(SignInFailure.throttle_key).distinct())).all()
    assert {len(key) for key in keys} == {64}


async def test_a_right_password_clears_the_count_and_time_ends_the_lock(
    database: Database, client: httpx.AsyncClient
) -> None:
    async with database.begin() as session:
        await make_staff(session, email="ada@example.com", password=PASSWORD)

    for _ in range(9):
        await sign_in(client, "ada@example.com", "a wrong password")
    assert (await sign_in(client, "ada@example.com")).status_code == 200
    for _ in range(10):
        await sign_in(client, "ada@example.com", "a wrong password")
    assert (await sign_in(client, "ada@example.com")).status_code == 429
    async with database.begin() as session:
        await session.execute(
            update(SignInFailure).values(failed_at=SignInFailure.failed_at - func.make_interval(0, 0, 0, 0, 0, 16))
        )

    assert (await sign_in(client, "ada@example.com")).status_code == 200


@pytest.mark.parametrize(
    "content, kind, message",
    [
        (b"{", "application/json", "The body is not JSON."),
        (b"[]", "application/json", "Send a JSON object."),
        (b"{}", "application/json", "email must be text of 1 to 320 characters."),
        (b'{"email": 5, "password": "x"}', "application/json", "email must be text of 1 to 320 characters."),
        (b'{"email": "a\\u0000@b", "password": "x"}', "application/json", "email must be text of 1 to 320 characters."),
        (b'{"email": "a@b"}', "application/json", "password must be text of 1 to 1000 characters."),
        (
            b'{"email": "a@b", "password": "x", "accountId": "acct_5"}',
            "application/json",
            "accountId must be an id such as acct_0198c0de\u2026.",
        ),
        (b'{"email": "a@b"}', "text/plain", "Send a JSON object with content-type application/json."),
        (b'{"email": "' + b"a" * 20_000 + b'"}', "application/json", "The body is longer than 10,000 bytes."),
    ],
)
async def test_an_unusable_body_is_refused_with_its_reason(
    client: httpx.AsyncClient, content: bytes, kind: str, message: str
) -> None:
    answer = await client.post("/auth/sign-in", content=content, headers={"content-type": kind})

    error = answer.json()["errors"][0]
    assert answer.status_code == (413 if "longer" in message else 400)
    assert (error["message"], error["extensions"]["code"]) == (message, "BAD_USER_INPUT")


async def test_neither_passwords_nor_private_keys_stand_in_the_database(
    database: Database, client: httpx.AsyncClient
) -> None:
    async with database.begin() as session:
        await make_staff(session, email="ada@example.com", password=PASSWORD)
    await sign_in(client, "ada@example.com")

    async with database.begin() as session:
        stored = await session.scalar(select(Password.hash))
        sealed = await session.scalar(select(SigningKey.private_key))

    assert stored is not None
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert sealed is not None
    assert sealed.startswith(b"gAAAA")


async def test_two_first_sign_ins_at_once_make_one_key(database: Database, client: httpx.AsyncClient) -> None:
    async with database.begin() as session:
        await make_staff(session, email="ada@example.com", password=PASSWORD)
        await make_staff(session, email="bob@example.com", password=PASSWORD)

    await asyncio.gather(sign_in(client, "ada@example.com"), sign_in(client, "bob@example.com"))

    async with database.begin() as session:
        assert await session.scalar(select(func.count()).select_from(SigningKey)) == 1
        assert await session.scalar(select(func.count()).select_from(Member)) == 0
