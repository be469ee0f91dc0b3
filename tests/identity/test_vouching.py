"""The company's own product vouches for its members; nothing else opens a session by a token that others sign."""

from __future__ import annotations

import asyncio
import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import func, select, text, update

from backend.accounts.models import Account
from backend.applications import service as applications
from backend.db.engine import Database
from backend.db.ids import token as random_text
from backend.events import DomainEventRow
from backend.identity import outside_tokens, vouchers, vouching
from backend.identity.models import AuditEntry, Member, Person, PersonIdentity, SecondFactor, Session, StaffRole, Vouch
from backend.settings import Settings
from backend.usage.models import Source
from tests.erasure.erasing import erase
from tests.factories import make_account, make_member, make_staff
from tests.identity.hostile_provider import ED25519, OTHER_RSA, P256, RSA, hostile_provider, jwk
from tests.serving import serve

SECRET = "the product and Waymark know it, nobody else"
ISSUER = "https://product.example"
PUBLIC = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
ORIGIN = "https://app.product.example"


@pytest.fixture
async def client(settings_with_valkey: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with serve(settings_with_valkey) as served:
        yield served


@pytest.fixture
async def account(database: Database, settings: Settings) -> Account:
    """Acme (crm-7), where user-1 is a member, and a voucher by shared secret."""
    async with database.begin() as session:
        source = Source(key="product", name="Product", kind="PRODUCT")
        session.add(source)
        acme = await make_account(session, "Acme", external_id="crm-7")
        await make_account(session, "Zenith", external_id="crm-8")
        member = await make_member(session, acme, email="bob@example.com")
        session.add(PersonIdentity(source_id=source.id, external_id="user-1", person_id=member.person_id))
    await voucher(database, settings)
    return acme


async def voucher(database: Database, settings: Settings, **values: Any) -> None:
    async with database.begin() as session:
        source_id = await session.scalar(select(Source.id))
        chosen: dict[str, Any] = {"algorithm": "HS256", "secret": SECRET, "source_id": source_id} | values
        await vouchers.set_voucher(session, settings, issuer=ISSUER, **chosen)


def claims(**more: Any) -> dict[str, Any]:
    now = int(time.time())
    said = {
        "iss": ISSUER,
        "aud": "http://127.0.0.1:8000",
        "iat": now,
        "exp": now + 120,
        "jti": random_text(),
        "account": "crm-7",
        "sub": "user-1",
        **more,
    }
    return {name: value for name, value in said.items() if value is not None}


def signed(key: Any = SECRET, algorithm: str = "HS256", headers: dict[str, Any] | None = None, **more: Any) -> str:
    return jwt.encode(claims(**more), key, algorithm=algorithm, headers=headers)


def by_hand(algorithm: Any, key: bytes, **header: Any) -> str:
    """A token that no library would make: HMAC with what is no secret, or nothing at all."""
    head = {"alg": algorithm, "typ": "JWT", **header}
    parts = [urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (head, claims())]
    mark = hmac.digest(key, b".".join(parts), "sha256") if key else b""
    return b".".join((*parts, urlsafe_b64encode(mark).rstrip(b"="))).decode()


async def vouch(client: httpx.AsyncClient, token: str, **more: Any) -> httpx.Response:
    return await client.post("/auth/vouch", json={"token": token, **more})


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["message"]


async def opened(database: Database) -> list[tuple[UUID, UUID | None, str]]:
    async with database.begin() as session:
        rows = await session.execute(select(Session.person_id, Session.account_id, Session.how).order_by(Session.id))
        return [(row.person_id, row.account_id, row.how) for row in rows]


async def test_a_member_comes_signed_in(client: httpx.AsyncClient, database: Database, account: Account) -> None:
    answer = await vouch(client, signed())

    body = answer.json()
    assert (answer.status_code, body["kind"], body["accountId"]) == (200, "MEMBER", f"acct_{account.id.hex}")
    credential = {"authorization": f"Bearer {body['accessToken']}"}
    asked = await client.post(
        "/graphql",
        json={"query": "{ viewer { kind account { name } } accounts(first: 1) { totalCount } }"},
        headers=credential,
    )
    assert asked.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    asked = await client.post("/graphql", json={"query": "{ viewer { kind account { name } } }"}, headers=credential)
    assert asked.json()["data"] == {"viewer": {"kind": "MEMBER", "account": {"name": "Acme"}}}
    async with database.begin() as session:
        person = await session.scalar(select(PersonIdentity.person_id))
        kept = (await session.scalars(select(func.length(Vouch.id_hash)))).all()
    assert await opened(database) == [(person, account.id, "VOUCHED")]
    assert kept == [32]


async def test_who_is_vouched_for_is_asked_for_no_code(
    client: httpx.AsyncClient, database: Database, account: Account
) -> None:
    async with database.begin() as session:
        person_id = (await session.scalars(select(PersonIdentity.person_id))).one()
        session.add(SecondFactor(person_id=person_id, secret=b"sealed", enabled_at=func.waymark_now()))

    answer = await vouch(client, signed())

    assert answer.status_code == 200, "how the product signs its people in is the product's affair"


async def test_a_verified_address_names_a_member_where_the_id_is_unknown(
    client: httpx.AsyncClient, account: Account
) -> None:
    by_address = await vouch(client, signed(sub="unknown", email="BOB@example.com", email_verified=True))
    unverified = await vouch(client, signed(sub="unknown", email="bob@example.com"))
    said = await vouch(client, signed(sub=None, email="bob@example.com", email_verified="true"))
    by_id_of_account = await vouch(client, signed(account=f"acct_{account.id.hex}"))

    assert (by_address.status_code, by_id_of_account.status_code) == (200, 200)
    assert refusal(unverified) == (401, "This person is not known here.")
    assert refusal(said) == (
        401,
        "The token is not accepted: it names nobody by sub, nor by an email that is email_verified.",
    )


LIES: dict[str, tuple[Callable[[], str], str]] = {
    "another secret": (lambda: signed("x" * 40), "its signature does not fit"),
    "no signature": (lambda: by_hand("none", b""), "its algorithm is not the configured one"),
    "another algorithm": (lambda: signed(RSA, "RS256"), "its algorithm is not the configured one"),
    "a stronger hash": (lambda: signed("x" * 80, "HS512"), "its algorithm is not the configured one"),
    "no token": (lambda: "garbage", "it is no signed token"),
    "an issuer that vouches for nobody": (
        lambda: signed(iss="https://other.example"),
        "its issuer vouches for nobody here",
    ),
    "no issuer": (lambda: signed(iss=None), "it lacks iss"),
    "half a character as issuer": (lambda: signed(iss="\ud800"), "its iss is no text of 1 to 200 characters"),
    "an issuer that cannot be stored": (lambda: signed(iss="a\0"), "its iss is no text of 1 to 200 characters"),
    "an endless issuer": (lambda: signed(iss="a" * 201), "its iss is no text of 1 to 200 characters"),
    "half a character as id": (lambda: signed(jti="\ud800"), "its jti is no text of 1 to 200 characters"),
    "half a character as person": (lambda: signed(sub="\ud800"), "its sub is no text of 1 to 200 characters"),
    "half a character as account": (lambda: signed(account="\ud800"), "its account is no text of 1 to 200 characters"),
    "half a character as address": (
        lambda: signed(email="\ud800@example.com", email_verified=True),
        "its email is no text of 1 to 320 characters",
    ),
    "an algorithm that is no text": (lambda: by_hand(["HS256"], b"k" * 32), "its algorithm is not the configured one"),
    "times that are no numbers": (lambda: signed(exp=str(int(time.time()) + 60)), "its times are no numbers"),
    "another audience": (lambda: signed(aud="https://other.example"), "it is for another audience"),
    "no audience": (lambda: signed(aud=None), "it lacks aud"),
    "expired": (lambda: signed(iat=1_700_000_000, exp=1_700_000_100), "it has expired"),
    "made in the future": (lambda: signed(iat=4_000_000_000, exp=4_000_000_100), "it is not in force yet"),
    "without an end": (lambda: signed(exp=None), "it lacks exp"),
    "without a beginning": (lambda: signed(iat=None), "it lacks iat"),
    "living too long": (lambda: signed(exp=int(time.time()) + 302), "it lives for more than 300 seconds"),
    "without an id": (lambda: signed(jti=None), "it lacks jti"),
    "an empty id": (lambda: signed(jti=" "), "its jti is no text of 1 to 200 characters"),
    "without an account": (lambda: signed(account=None), "it lacks account"),
    "an account that is no text": (lambda: signed(account=7), "its account is no text of 1 to 200 characters"),
    "nobody": (lambda: signed(sub=None), "it names nobody by sub, nor by an email that is email_verified"),
    "an unprintable name": (lambda: signed(name="a\u0000b"), "its name is no text of 1 to 200 characters"),
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_lie_opens_nothing(client: httpx.AsyncClient, database: Database, account: Account, lie: str) -> None:
    made, reason = LIES[lie]

    answer = await vouch(client, made())

    assert refusal(answer) == (401, f"The token is not accepted: {reason}.")
    assert await opened(database) == []
    async with database.begin() as session:
        assert await session.scalar(select(func.count()).select_from(Vouch)) == 0


KEYED_LIES: dict[str, tuple[Callable[[], str], str]] = {
    "the public key as a secret": (
        lambda: by_hand("HS256", PUBLIC, kid="k1"),
        "its algorithm is not the configured one",
    ),
    "no signature": (lambda: by_hand("none", b"", kid="k1"), "its algorithm is not the configured one"),
    "an unknown key id": (lambda: signed(RSA, "RS256", {"kid": "k2"}), "its key is unknown"),
    "another key": (lambda: signed(OTHER_RSA, "RS256", {"kid": "k1"}), "its signature does not fit"),
    "another kind of key": (lambda: signed(P256, "ES256", {"kid": "k1"}), "its algorithm is not the configured one"),
    "a key of its own by jku": (
        lambda: signed(OTHER_RSA, "RS256", {"kid": "k9", "jku": "https://evil.example/jwks"}),
        "its key is unknown",
    ),
    "a key of its own by x5u": (
        lambda: signed(OTHER_RSA, "RS256", {"kid": "k1", "x5u": "https://evil.example/cert"}),
        "its signature does not fit",
    ),
    "a key of its own by jwk": (
        lambda: signed(OTHER_RSA, "RS256", {"kid": "k1", "jwk": jwk(OTHER_RSA)}),
        "its signature does not fit",
    ),
}


@pytest.mark.parametrize("lie", KEYED_LIES)
async def test_a_lie_opens_nothing_where_keys_are_public(
    client: httpx.AsyncClient, database: Database, settings: Settings, account: Account, lie: str
) -> None:
    await voucher(database, settings, algorithm="RS256", secret=None, jwks={"keys": [jwk(RSA, "k1")]})
    made, reason = KEYED_LIES[lie]

    answer = await vouch(client, made())

    assert refusal(answer) == (401, f"The token is not accepted: {reason}.")
    assert await opened(database) == []


@pytest.mark.parametrize("key, algorithm", [(RSA, "RS256"), (RSA, "PS256"), (P256, "ES256"), (ED25519, "EdDSA")])
async def test_keys_that_were_pasted_and_keys_behind_a_url_both_vouch(
    client: httpx.AsyncClient,
    database: Database,
    settings: Settings,
    account: Account,
    monkeypatch: pytest.MonkeyPatch,
    key: Any,
    algorithm: str,
) -> None:
    monkeypatch.setattr(outside_tokens, "AGAIN_SECONDS", -1.0)

    def token() -> str:
        return signed(key, algorithm, {"kid": "k1"})

    await voucher(database, settings, algorithm=algorithm, secret=None, jwks={"keys": [jwk(key, "k1")]})
    pasted = await vouch(client, token())

    async with hostile_provider() as product:
        product.keys = [jwk(OTHER_RSA, "old")]
        url = f"{product.issuer}/jwks"
        await voucher(database, settings, algorithm=algorithm, secret=None, jwks_url=url)
        withdrawn = await vouch(client, token())
        product.keys = [jwk(key, "k1")]
        fetched = await vouch(client, token())
    kept = await vouch(client, token())
    await voucher(database, settings, algorithm=algorithm, secret=None, jwks_url=f"{url}/other")
    gone = await vouch(client, token())

    assert (pasted.status_code, fetched.status_code, kept.status_code) == (200, 200, 200)
    assert refusal(withdrawn) == (401, "The token is not accepted: its key is unknown.")
    assert (gone.status_code, gone.json()["errors"][0]["extensions"]["code"]) == (502, "PROVIDER_FAILED")


async def test_a_token_counts_once_also_for_many_at_once(
    client: httpx.AsyncClient, database: Database, account: Account
) -> None:
    token = signed()

    answers = await asyncio.gather(*(vouch(client, token) for _ in range(6)))
    again = await vouch(client, token)

    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 5
    assert refusal(again) == (401, "The token is not accepted: it was used before.")
    assert len(await opened(database)) == 1


async def test_who_left_is_unknown_elsewhere_erased_or_on_the_staff_is_not_let_in(
    client: httpx.AsyncClient, database: Database, settings: Settings, account: Account
) -> None:
    async with database.begin() as session:
        await make_member(session, account, email="left@example.com", state="LEFT")
        staff = await make_staff(session, StaffRole.CSM, email="staff@example.com")
        await make_member(session, account, await session.get_one(Person, staff.person_id))
        gone = await make_staff(session, email="former@example.com", is_active=False)
        await make_member(session, account, await session.get_one(Person, gone.person_id))
        erased = await make_member(session, account, email="erased@example.com")
    await erase(database, settings, erased.person_id)
    await voucher(database, settings, may_create=True)

    def by_address(address: str, **more: Any) -> str:
        return signed(sub=None, email=address, email_verified=True, **more)

    for wants in ({}, {"create": True}):
        answers = {
            address: refusal(await vouch(client, by_address(f"{address}@example.com", **wants)))
            for address in ("left", "staff", "former", "erased")
        }
        assert answers == {
            "left": (401, "This person has left the account."),
            "staff": (401, "Staff do not come in this way. Sign in."),
            "former": (401, "Staff do not come in this way. Sign in."),
            "erased": (401, "This person is not known here."),
        }
    nobody = refusal(await vouch(client, by_address("nobody@example.com")))
    elsewhere = refusal(await vouch(client, signed(account="crm-8")))
    nowhere = refusal(await vouch(client, signed(account="crm-9")))

    assert nobody == (401, "This person is not known here.")
    assert elsewhere == (401, "This person is not a member of the account.")
    assert nowhere == (401, "This account is not known here.")
    assert await opened(database) == []
    async with database.begin() as session:
        assert await session.scalar(select(func.count()).select_from(Vouch)) == 0
        assert (await session.scalars(select(Member.state).order_by(Member.id))).all() == [
            "ACTIVE", "LEFT", "ACTIVE", "ACTIVE", "ACTIVE",
        ]  # fmt: skip


async def test_a_member_is_made_where_the_token_asks_and_the_voucher_may(
    client: httpx.AsyncClient, database: Database, settings: Settings, account: Account
) -> None:
    new: dict[str, Any] = {
        "sub": "user-2",
        "email": "Eve@example.com",
        "email_verified": True,
        "name": "Eve",
        "create": True,
    }
    refused = refusal(await vouch(client, signed(**new)))
    async with database.begin() as session:
        assert await session.scalar(select(func.count()).select_from(Person)) == 1
    await voucher(database, settings, may_create=True)

    unasked = refusal(await vouch(client, signed(**new | {"create": "yes"})))
    made = await asyncio.gather(*(vouch(client, signed(**new)) for _ in range(4)))
    later = await vouch(client, signed(sub="user-2"))

    assert refused == unasked == (401, "This person is not known here.")
    assert [answer.status_code for answer in (*made, later)] == [200] * 5
    async with database.begin() as session:
        eve = (
            await session.execute(
                select(Person.name, Person.email, Member.role, Member.state, Member.joined_on == func.waymark_today())
                .join(Member)
                .where(Person.email_key == "eve@example.com")
            )
        ).all()
        joined = await session.scalar(
            select(func.count()).select_from(DomainEventRow).where(DomainEventRow.type == "MemberJoined")
        )
        told = (
            await session.execute(
                select(AuditEntry.actor, AuditEntry.account_id, AuditEntry.after).where(
                    AuditEntry.action == "member.joined"
                )
            )
        ).all()
    assert eve == [("Eve", "Eve@example.com", "MEMBER", "ACTIVE", True)]
    assert joined == 1
    assert told == [("voucher", account.id, {"issuer": ISSUER})]


async def test_who_is_invited_joins_with_the_role_of_the_invitation(
    client: httpx.AsyncClient, database: Database, account: Account
) -> None:
    async with database.begin() as session:
        await session.execute(update(Member).values(state="INVITED", role="BILLING"))

    answer = await vouch(client, signed())

    assert answer.status_code == 200
    async with database.begin() as session:
        assert (await session.execute(select(Member.state, Member.role))).all() == [("ACTIVE", "BILLING")]


async def test_a_page_of_the_product_posts_the_token_and_the_browser_goes_on_signed_in(
    client: httpx.AsyncClient, database: Database, account: Account
) -> None:
    async with database.begin() as session:
        await applications.create(session, name="Product", origins=[ORIGIN])

    async def post(origin: str | None, **form: str) -> httpx.Response:
        headers = {"origin": origin} if origin else {}
        return await client.post("/auth/vouch", data=form, headers=headers)

    strangers = [await post(origin, token=signed()) for origin in ("https://evil.example", "null", None)]
    assert [answer.status_code for answer in strangers] == [403] * 3
    assert await opened(database) == []
    home = await post(ORIGIN, token=signed(), then="/health?tab=1")
    away = await post(ORIGIN, token=signed(), then="https://evil.example/")

    broken = await post(ORIGIN, token=signed(), then="//[")

    assert (home.status_code, home.headers["location"]) == (303, "/health?tab=1")
    assert away.headers["location"] == "/"
    assert (broken.status_code, broken.headers["location"], "waymark_access" in broken.cookies) == (303, "/", True)
    assert [cookie.partition("=")[0] for cookie in home.headers.get_list("set-cookie")] == [
        "waymark_access",
        "waymark_refresh",
    ]
    own = {"origin": "http://127.0.0.1:8000"}
    asked = await client.post("/graphql", json={"query": "{ viewer { kind } }"}, headers=own)
    assert asked.json()["data"] == {"viewer": {"kind": "MEMBER"}}


async def test_a_page_of_this_site_has_cookies_and_another_site_has_not(
    client: httpx.AsyncClient, database: Database, account: Account
) -> None:
    own = {"origin": "http://127.0.0.1:8000"}
    here = await client.post("/auth/vouch", json={"token": signed(), "cookie": True}, headers=own)
    there = await client.post(
        "/auth/vouch", json={"token": signed(), "cookie": True}, headers={"origin": "https://evil.example"}
    )

    assert "accessToken" not in here.json()
    assert "waymark_access" in here.cookies
    assert there.status_code == 403
    assert len(await opened(database)) == 1


@pytest.mark.parametrize(
    "content, kind, message",
    [
        (b"{}", "application/json", "token must be text of 1 to 4000 characters."),
        (b'{"token": "' + b"a" * 4_001 + b'"}', "application/json", "token must be text of 1 to 4000 characters."),
        (b"token=", "application/x-www-form-urlencoded", "token must be text of 1 to 4000 characters."),
        (b"\xff", "application/x-www-form-urlencoded", "The form cannot be read."),
        (b"a=1&" * 20, "application/x-www-form-urlencoded", "The form cannot be read."),
        (b"a" * 10_001, "application/x-www-form-urlencoded", "The body is longer than 10,000 bytes."),
        (b"token=a", "text/plain", "Send a JSON object with content-type application/json."),
    ],
)
async def test_an_unusable_body_is_refused(client: httpx.AsyncClient, content: bytes, kind: str, message: str) -> None:
    own = {"origin": "http://127.0.0.1:8000", "content-type": kind}
    answer = await client.post("/auth/vouch", content=content, headers=own)

    assert refusal(answer) == (413 if "longer" in message else 400, message)


async def test_used_tokens_are_forgotten_once_they_have_expired(database: Database, account: Account) -> None:
    async with database.begin() as session:
        await session.execute(
            text(
                "insert into vouches (issuer, id_hash, expires_at) values"
                " ('a', '\\x01', waymark_now() - interval '1 second'),"
                " ('a', '\\x02', waymark_now() + interval '1 hour')"
            )
        )

    async with database.begin() as session:
        assert await vouching.forget_old(session) == 1

    async with database.begin() as session:
        assert (await session.scalars(select(Vouch.id_hash))).all() == [b"\x02"]
