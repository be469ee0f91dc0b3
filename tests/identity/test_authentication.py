"""Credentials become viewers, and nothing else does."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from dataclasses import replace
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select, update

from backend.accounts.models import Account
from backend.db.engine import Database
from backend.errors import Conflict, InvalidInput, NotFound
from backend.identity import authentication, keys, sessions, signing
from backend.identity.authentication import Authenticator
from backend.identity.errors import BadCredential
from backend.identity.models import (
    ApiKey,
    AuditEntry,
    Member,
    MemberRole,
    MemberState,
    SigningKey,
    SignInMethod,
    Staff,
    StaffRole,
)
from backend.permissions import ACCOUNT_SCOPES, MEMBER_PERMISSIONS, STAFF_PERMISSIONS, Permission
from backend.sealing import SealError, seal, unseal
from backend.settings import Settings
from tests.factories import make_account, make_member, make_staff


@pytest.fixture
def authenticator(database: Database, settings: Settings) -> Authenticator:
    return Authenticator(database, settings)


@pytest.fixture(autouse=True)
def look_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authentication, "KEPT_SECONDS", 0.0)


async def token_of(database: Database, settings: Settings, who: Staff | Member) -> str:
    account_id = who.account_id if isinstance(who, Member) else None
    async with database.begin() as session:
        return (await sessions.start(session, who.person_id, account_id, how=SignInMethod.PASSWORD)).access.text


async def elsewhere(database: Database, settings: Settings, token: str, account: Account) -> str:
    """A token like the one given, for another account."""
    claims = jwt.decode(token, options={"verify_signature": False})
    async with database.begin() as session:
        signer = await signing.signer(session, settings)
    changed = {**claims, "account": account.id.hex}
    return jwt.encode(changed, signer.private, algorithm="EdDSA", headers={"kid": signer.kid})


async def refuses(authenticator: Authenticator, credential: str) -> bool:
    try:
        await authenticator.viewer(f"Bearer {credential}")
    except BadCredential as error:
        return str(error) == "The access token or API key is not valid. Sign in again, or make a new key."
    return False


async def test_a_staff_token_is_a_staff_viewer(
    database: Database, settings: Settings, authenticator: Authenticator
) -> None:
    async with database.begin() as session:
        staff = await make_staff(session, StaffRole.BILLING)

    viewer = await authenticator.viewer(f"Bearer {await token_of(database, settings, staff)}")

    assert viewer is not None
    assert (viewer.kind, viewer.account_id, viewer.person_id) == ("staff", None, staff.person_id)
    assert viewer.permissions == STAFF_PERMISSIONS[StaffRole.BILLING]


async def test_a_member_token_is_a_viewer_of_that_account_alone(
    database: Database, settings: Settings, authenticator: Authenticator
) -> None:
    async with database.begin() as session:
        account = await make_account(session)
        member = await make_member(session, account, role=MemberRole.VIEWER.value)

    viewer = await authenticator.viewer(f"Bearer {await token_of(database, settings, member)}")

    assert viewer is not None
    assert (viewer.kind, viewer.account_id, viewer.person_id) == ("member", account.id, member.person_id)
    assert viewer.permissions == MEMBER_PERMISSIONS[MemberRole.VIEWER]


async def test_nobody_is_no_viewer_and_other_schemes_are_refused(authenticator: Authenticator) -> None:
    assert await authenticator.viewer(None) is None
    for header in ("", "Bearer", "Bearer ", "Basic YTpi", "Token x", "Bearer " + "x" * 3_000):
        with pytest.raises(BadCredential):
            await authenticator.viewer(header)


async def test_forged_tokens_are_refused(database: Database, settings: Settings, authenticator: Authenticator) -> None:
    async with database.begin() as session:
        staff = await make_staff(session)
    good = await token_of(database, settings, staff)
    kid = jwt.get_unverified_header(good)["kid"]
    claims = jwt.decode(good, options={"verify_signature": False})
    public = (await authenticator.keys.jwks())["keys"][0]["x"]
    own_key = Ed25519PrivateKey.generate()
    head, body, signature = good.split(".")

    def hmac_with(secret: bytes) -> str:
        return jwt.encode(claims, secret, algorithm="HS256", headers={"kid": kid})

    own = base64.urlsafe_b64encode(own_key.public_key().public_bytes_raw()).decode().rstrip("=")
    raw_public = base64.urlsafe_b64decode(public + "=")
    forged = {
        "alg none": jwt.encode(claims, "", algorithm="none", headers={"kid": kid}),
        "alg none, no signature": ".".join([segment({"alg": "none", "kid": kid}), body, ""]),
        "alg EdDSA, no signature": ".".join([head, body, ""]),
        "HMAC with the public key": hmac_with(raw_public),
        "HMAC with the published text of the public key": hmac_with(public.encode()),
        "another key under our id": jwt.encode(claims, own_key, algorithm="EdDSA", headers={"kid": kid}),
        "another key under its own id": jwt.encode(claims, own_key, algorithm="EdDSA", headers={"kid": "0" * 32}),
        "no key id": jwt.encode(claims, own_key, algorithm="EdDSA"),
        "another key, published at an address that the token names": jwt.encode(
            claims, own_key, algorithm="EdDSA", headers={"kid": kid, "jku": "http://127.0.0.1:9/jwks.json"}
        ),
        "another key, brought along": jwt.encode(
            claims, own_key, algorithm="EdDSA", headers={"kid": kid, "jwk": {"kty": "OKP", "crv": "Ed25519", "x": own}}
        ),
        "a key id that is no text": ".".join([segment({"alg": "EdDSA", "kid": [kid]}), body, signature]),
        "changed claims": ".".join([head, segment({**claims, "exp": claims["exp"] + 9_999}), signature]),
        "a changed header": ".".join([segment({"alg": "EdDSA", "kid": kid, "x": 1}), body, signature]),
        "garbage": "a.b.c",
        "two parts": "a.b",
        "no text": "\ud800",
    }

    for name, credential in forged.items():
        assert await refuses(authenticator, credential), name
    assert not await refuses(authenticator, good)


def segment(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": int(time.time()) - 60},
        {"exp": None},
        {"iss": "http://127.0.0.1:8001"},
        {"iss": None},
        {"aud": "another"},
        {"aud": None},
        {"sub": "not-a-uuid"},
        {"sub": 5},
        {"sub": None},
        {"iat": int(time.time()) + 3_600},
        {"iat": None},
        {"nbf": int(time.time()) + 3_600},
        {"sid": None},
        {"sid": "not-a-uuid"},
        {"sid": "0" * 32},
        {"account": "5"},
        {"account": ["a"]},
    ],
)
async def test_claims_that_are_not_ours_are_refused_though_our_key_signed_them(
    database: Database, settings: Settings, authenticator: Authenticator, changes: dict[str, Any]
) -> None:
    async with database.begin() as session:
        staff = await make_staff(session)
        signer = await signing.signer(session, settings)
    claims = jwt.decode(await token_of(database, settings, staff), options={"verify_signature": False})
    changed = {name: value for name, value in {**claims, **changes}.items() if value is not None}

    text = jwt.encode(changed, signer.private, algorithm="EdDSA", headers={"kid": signer.kid})

    assert await refuses(authenticator, text)


async def test_who_left_is_refused_before_their_token_ends(
    database: Database, settings: Settings, authenticator: Authenticator
) -> None:
    async with database.begin() as session:
        account, other = await make_account(session), await make_account(session)
        member, staff = await make_member(session, account), await make_staff(session)
    of_member, of_staff = await token_of(database, settings, member), await token_of(database, settings, staff)
    assert await refuses(authenticator, await elsewhere(database, settings, of_member, other))
    assert not await refuses(authenticator, of_member)
    assert not await refuses(authenticator, of_staff)

    async with database.begin() as session:
        await session.execute(update(Member).values(state=MemberState.LEFT.value))
        await session.execute(update(Staff).values(is_active=False))

    assert await refuses(authenticator, of_member)
    assert await refuses(authenticator, of_staff)


async def test_after_a_rotation_new_tokens_use_the_new_key_and_old_ones_hold(
    database: Database, settings: Settings, authenticator: Authenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing, "UNKNOWN_RELOAD_SECONDS", 0.0)
    async with database.begin() as session:
        staff = await make_staff(session)
    old = await token_of(database, settings, staff)
    async with database.begin() as session:
        made = await signing.rotate(session, settings)

    new = await token_of(database, settings, staff)

    assert jwt.get_unverified_header(new)["kid"] == made.hex
    assert not await refuses(authenticator, new)
    assert not await refuses(authenticator, old)
    async with database.begin() as session:
        await session.execute(
            update(SigningKey)
            .where(SigningKey.retired_at.is_not(None))
            .values(retired_at=func.waymark_now() - signing.GRACE)
        )
    await authenticator.keys.find("an unknown id")
    assert await refuses(authenticator, old)


async def test_a_key_is_shown_once_and_stored_as_a_hash(database: Database, authenticator: Authenticator) -> None:
    async with database.begin() as session:
        made = await keys.create(session, name="Warehouse", words=["accounts:read", "accounts:internal"])

    viewer = await authenticator.viewer(f"bearer {made.text}")

    assert viewer is not None
    assert (viewer.kind, viewer.account_id, viewer.person_id) == ("staff", None, None)
    assert viewer.permissions == {Permission.ACCOUNTS_READ, Permission.ACCOUNTS_INTERNAL}
    start, prefix, secret = made.text.split("_", 2)
    assert (start, len(prefix), len(secret)) == ("wmk", 10, 43)
    async with database.begin() as session:
        row = (await session.execute(select(ApiKey))).scalar_one()
        entry = (await session.execute(select(AuditEntry))).scalar_one()
    assert row.prefix == f"wmk_{prefix}"
    assert secret.encode() not in row.secret_hash
    assert len(row.secret_hash) == 32
    assert row.last_used_at is not None
    assert (entry.action, entry.actor, entry.subject) == ("api_key.created", "command line", f"api_key:{made.id}")


async def test_a_key_of_an_account_acts_as_its_member(database: Database, authenticator: Authenticator) -> None:
    async with database.begin() as session:
        account = await make_account(session)
        made = await keys.create(session, name="Portal", words=ACCOUNT_SCOPES, account_id=account.id)

    viewer = await authenticator.viewer(f"Bearer {made.text}")

    assert viewer is not None
    assert (viewer.kind, viewer.account_id, viewer.permissions) == ("member", account.id, ACCOUNT_SCOPES)


async def test_a_key_cannot_have_scopes_beyond_its_kind(database: Database) -> None:
    async with database.begin() as session:
        account = await make_account(session)
        for words, account_id in (
            (["accounts:internal"], account.id),
            (["accounts:everything"], None),
            ([], None),
        ):
            with pytest.raises(InvalidInput):
                await keys.create(session, name="Key", words=words, account_id=account_id)
        for name, days in (("", 5), ("a\0b", 5), ("x", 0), ("x", 100_000)):
            with pytest.raises(InvalidInput):
                await keys.create(session, name=name, words=["accounts:read"], expires_days=days)

    async with database.begin() as session:
        assert await session.scalar(select(func.count()).select_from(ApiKey)) == 0
        assert await session.scalar(select(func.count()).select_from(Account)) == 1


async def test_scopes_smuggled_into_the_row_of_an_account_key_do_not_count(
    database: Database, authenticator: Authenticator
) -> None:
    async with database.begin() as session:
        account = await make_account(session)
        made = await keys.create(session, name="Portal", words=["accounts:read"], account_id=account.id)
        await session.execute(update(ApiKey).values(scopes=["accounts:read", "accounts:internal", "no:such"]))

    viewer = await authenticator.viewer(f"Bearer {made.text}")

    assert viewer is not None
    assert viewer.permissions == {Permission.ACCOUNTS_READ}


async def test_wrong_revoked_and_expired_keys_are_refused(database: Database, authenticator: Authenticator) -> None:
    async with database.begin() as session:
        first = await keys.create(session, name="First", words=["accounts:read"])
        second = await keys.create(session, name="Second", words=["accounts:read"], expires_days=1)

    prefix, secret = first.text.rsplit("_", 1)[0], first.text[-8:]
    for wrong in (first.text[:-8] + "A" * 8, prefix, prefix + "_", second.text[:14] + first.text[14:], "wmk_", secret):
        assert await refuses(authenticator, wrong), wrong
    assert not await refuses(authenticator, first.text)
    assert not await refuses(authenticator, second.text)
    async with database.begin() as session:
        await keys.revoke(session, prefix=first.text[:14])
        await session.execute(update(ApiKey).where(ApiKey.id == second.id).values(expires_at=func.waymark_now()))
    assert await refuses(authenticator, first.text)
    assert await refuses(authenticator, second.text)
    async with database.begin() as session:
        with pytest.raises(Conflict):
            await keys.revoke(session, prefix=first.text[:14])
        with pytest.raises(NotFound):
            await keys.revoke(session, prefix="wmk_nosuchkey")


async def test_a_verified_credential_is_kept_for_a_bounded_number_of_callers(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authentication, "KEPT_SECONDS", 60.0)
    monkeypatch.setattr(authentication, "KEPT_AT_MOST", 2)
    authenticator = Authenticator(database, settings)
    async with database.begin() as session:
        made = [await keys.create(session, name=f"Key {n}", words=["accounts:read"]) for n in range(3)]
    for key in made:
        await authenticator.viewer(f"Bearer {key.text}")
    async with database.begin() as session:
        for key in made:
            await keys.revoke(session, prefix=key.text[:14])

    refused = [await refuses(authenticator, key.text) for key in made]

    assert refused == [True, False, False]


def test_what_is_sealed_opens_with_the_same_secret_and_purpose_only(settings: Settings) -> None:
    sealed = seal(settings, "signing keys", b"private")

    assert unseal(settings, "signing keys", sealed) == b"private"
    with pytest.raises(SealError, match="does not open with this WAYMARK_SECRET"):
        unseal(replace(settings, secret="another-secret-of-32-characters-or-more"), "signing keys", sealed)
    with pytest.raises(SealError):
        unseal(settings, "another purpose", sealed)
    with pytest.raises(SealError):
        unseal(settings, "signing keys", sealed[:-4] + b"AAAA")


async def test_a_credential_that_many_ask_for_at_once_is_looked_up_once(
    authenticator: Authenticator, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with database.begin() as session:
        made = await keys.create(session, name="One", words=["accounts:read"])
    looked_up: list[str] = []
    look_up = Authenticator._look_up

    async def count(self: Authenticator, credential: str) -> Any:
        looked_up.append(credential)
        return await look_up(self, credential)

    monkeypatch.setattr(Authenticator, "_look_up", count)

    viewers = await asyncio.gather(*(authenticator.holder(made.text) for _ in range(50)))
    wrong = await asyncio.gather(*(authenticator.holder(made.text + "x") for _ in range(50)), return_exceptions=True)

    assert {viewer.permissions for viewer in viewers} == {frozenset({Permission.ACCOUNTS_READ})}
    assert {type(error) for error in wrong} == {BadCredential}
    assert looked_up == [made.text, made.text + "x"]


async def test_one_who_gives_up_asking_takes_nothing_from_the_others(
    authenticator: Authenticator, database: Database
) -> None:
    async with database.begin() as session:
        made = await keys.create(session, name="One", words=["accounts:read"])
    first = asyncio.create_task(authenticator.holder(made.text))
    second = asyncio.create_task(authenticator.holder(made.text))
    await asyncio.sleep(0)

    first.cancel()

    assert (await second).permissions == {Permission.ACCOUNTS_READ}
