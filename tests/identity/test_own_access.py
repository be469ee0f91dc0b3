"""What people do about their own ways in: sessions, the password, and keys of their account."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, text

from backend.db.engine import Database
from backend.events import DomainEventRow
from backend.identity import authentication, passwords, sign_in
from backend.identity.models import ApiKey, AuditEntry, Password, Session, SignInMethod
from backend.identity.own_access import MOST_ATTEMPTS
from backend.identity.sessions import Device, Issued, start
from tests.factories import PASSWORD
from tests.graphql.world import World, public

NEW = "a longer password than before"
CHANGE = """mutation($input: ChangePasswordInput!) {
    changePassword(input: $input) { person { email } userErrors { field code message } } }"""
CREATE = """mutation($input: CreateApiKeyInput!) {
    createApiKey(input: $input) { secret apiKey { id prefix } userErrors { field code message } } }"""
REVOKE = """mutation($input: RevokeApiKeyInput!) {
    revokeApiKey(input: $input) { apiKey { revokedAt } userErrors { code } } }"""
SESSIONS = "{ viewer { sessions(first: 9) { nodes { id isCurrent how device networkAddress account { name } } } } }"


@pytest.fixture(autouse=True)
def look_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authentication, "KEPT_SECONDS", 0.0)


async def with_password(database: Database, world: World, who: str = "acme") -> None:
    async with database.begin() as session:
        await passwords.store(session, world.people[who][0], PASSWORD)


async def change(world: World, current: str | None, new: str = NEW) -> Any:
    sent = {"newPassword": new} | ({"currentPassword": current} if current is not None else {})
    return (await world.data("acme", CHANGE, {"input": sent}))["changePassword"]


async def stored(database: Database, world: World) -> str | None:
    async with database.begin() as session:
        return await session.scalar(select(Password.hash).where(Password.person_id == world.people["acme"][0]))


async def test_a_password_is_changed_by_who_knows_it_and_other_devices_are_signed_out(
    database: Database, own_world: World
) -> None:
    await with_password(database, own_world)
    person_id, account_id = own_world.people["acme"]
    async with database.begin() as session:
        other = await start(session, person_id, account_id, how=SignInMethod.PASSWORD)

    answer = await change(own_world, PASSWORD)

    assert answer == {"person": {"email": "admin@acme.example"}, "userErrors": []}
    assert await passwords.matches(await stored(database, own_world), NEW)
    async with database.begin() as session:
        ended = await session.execute(select(Session.id, Session.end_reason).where(Session.ended_at.is_not(None)))
        assert ended.all() == [(other.session_id, "PASSWORD_CHANGED")]
        entry = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "password.set"))).one()
        events = await session.scalars(select(DomainEventRow.type).where(DomainEventRow.person_id == person_id))
        assert (entry.actor, entry.actor_person_id, entry.account_id) == ("member", person_id, account_id)
        assert list(events) == ["PasswordChanged"]
    issued = await sign_in.with_password(
        database, own_world.settings, email="admin@acme.example", password=NEW, device=Device()
    )
    assert isinstance(issued, Issued)
    assert issued.person_id == person_id


@pytest.mark.parametrize("current", [None, "", "not the password it is"])
async def test_who_does_not_know_the_password_does_not_change_it(
    database: Database, own_world: World, current: str | None
) -> None:
    await with_password(database, own_world)
    before = await stored(database, own_world)

    answer = await change(own_world, current)

    assert answer["userErrors"] == [
        {"field": ["currentPassword"], "code": "INVALID", "message": "That is not your current password."}
    ]
    assert await stored(database, own_world) == before


async def test_guessing_the_current_password_is_slowed_down(database: Database, own_world: World) -> None:
    await with_password(database, own_world)

    answers = [await change(own_world, "not the password it is") for _ in range(MOST_ATTEMPTS)]
    late = await change(own_world, PASSWORD)

    assert {answer["userErrors"][0]["code"] for answer in answers} == {"INVALID"}
    assert late["userErrors"][0]["code"] == "THROTTLED"
    assert await passwords.matches(await stored(database, own_world), PASSWORD)


async def test_who_has_no_password_sets_one_soon_after_signing_in_alone(database: Database, own_world: World) -> None:
    async with database.begin() as session:
        await session.execute(text("update sessions set created_at = created_at - interval '16 minutes'"))
    late = await change(own_world, None)
    before = await stored(database, own_world)
    async with database.begin() as session:
        await session.execute(text("update sessions set created_at = created_at + interval '10 minutes'"))

    soon = await change(own_world, None)

    assert (late["userErrors"][0]["code"], before) == ("INVALID", None)
    assert soon["userErrors"] == []
    assert await passwords.matches(await stored(database, own_world), NEW)


async def test_a_short_password_changes_nothing(database: Database, own_world: World) -> None:
    await with_password(database, own_world)

    answer = await change(own_world, PASSWORD, "short")

    assert answer["userErrors"][0]["message"] == "A password has 12 to 256 characters."
    assert await passwords.matches(await stored(database, own_world), PASSWORD)


async def test_people_see_and_end_their_own_sessions_alone(database: Database, own_world: World) -> None:
    person_id, account_id = own_world.people["acme"]
    device = Device("Firefox", "192.0.2.7")
    async with database.begin() as session:
        other = await start(session, person_id, account_id, how=SignInMethod.LINK, device=device)

    seen = (await own_world.data("acme", SESSIONS))["viewer"]["sessions"]["nodes"]
    by_key = (await own_world.data("acme key", SESSIONS))["viewer"]["sessions"]["nodes"]
    colleagues = await own_world.data(
        "staff", "query($id: ID!) { node(id: $id) { id } }", {"id": public("sess", other.session_id)}
    )

    assert seen == [
        {
            "id": public("sess", other.session_id),
            "isCurrent": False,
            "how": "LINK",
            "device": "Firefox",
            "networkAddress": "192.0.2.7",
            "account": {"name": "Acme"},
        },
        {
            "id": public("sess", own_world.sessions["acme"]),
            "isCurrent": True,
            "how": "PASSWORD",
            "device": None,
            "networkAddress": None,
            "account": {"name": "Acme"},
        },
    ]
    assert (by_key, colleagues) == ([], {"node": None})


async def test_a_key_is_made_shown_once_used_and_ended(database: Database, own_world: World) -> None:
    sent = {"input": {"name": "Report", "scopes": ["accounts:read", "people:read"], "idempotencyKey": "k"}}
    made = (await own_world.data("acme", CREATE, sent))["createApiKey"]
    again = (await own_world.data("acme", CREATE, sent))["createApiKey"]
    own_world.keys["made"] = made["secret"]

    seen = await own_world.data("made", "{ viewer { kind permissions account { name } } }")
    listed = (await own_world.data("acme", "{ apiKeys(first: 9) { nodes { name prefix } } }"))["apiKeys"]["nodes"]
    foreign = (await own_world.data("zenith", "{ apiKeys(first: 9) { nodes { name } } }"))["apiKeys"]["nodes"]
    ended = (await own_world.data("acme", REVOKE, {"input": {"apiKeyId": made["apiKey"]["id"]}}))["revokeApiKey"]
    refused = await own_world.ask("made", "{ viewer { kind } }")

    assert (again["apiKey"], again["secret"]) == (made["apiKey"], None)
    assert seen["viewer"] == {
        "kind": "API_KEY",
        "permissions": ["accounts:read", "people:read"],
        "account": {"name": "Acme"},
    }
    assert [each["name"] for each in listed] == ["Report", "Portal"]
    assert made["secret"].startswith(f"{listed[0]['prefix']}_")
    assert foreign == []
    assert (ended["userErrors"], refused.status_code) == ([], 401)
    async with database.begin() as session:
        key = await session.scalar(select(ApiKey).where(ApiKey.name == "Report"))
        actions = await session.execute(
            select(AuditEntry.action, AuditEntry.actor, AuditEntry.actor_person_id)
            .where(AuditEntry.action.like("api_key.%"), AuditEntry.actor == "member")
            .order_by(AuditEntry.id)
        )
        events = await session.scalars(select(DomainEventRow.type).order_by(DomainEventRow.id))
        person_id, account_id = own_world.people["acme"]
        assert key is not None
        assert (key.account_id, key.created_by) == (account_id, person_id)
        assert actions.all() == [(f"api_key.{verb}", "member", person_id) for verb in ("created", "revoked")]
        assert list(events) == ["ApiKeyCreated", "ApiKeyRevoked"]


@pytest.mark.parametrize(
    ("who", "scopes", "message"),
    [
        ("acme", ["system:read"], "You have no system:read yourself, so no key of yours has it."),
        ("acme", ["accounts:internal"], "You have no accounts:internal yourself, so no key of yours has it."),
        ("staff", ["keys:write"], "'keys:write' is no scope that this key may have."),
        ("acme", [], "A key needs at least one scope:"),
    ],
)
async def test_a_key_has_nothing_that_its_maker_has_not(
    database: Database, own_world: World, who: str, scopes: list[str], message: str
) -> None:
    async with database.begin() as session:
        before = len((await session.scalars(select(ApiKey.id))).all())

    answer = (await own_world.data(who, CREATE, {"input": {"name": "More", "scopes": scopes}}))["createApiKey"]

    [error] = answer["userErrors"]
    assert (error["field"], error["message"][: len(message)]) == (["scopes"], message)
    assert answer["secret"] is None
    async with database.begin() as session:
        assert len((await session.scalars(select(ApiKey.id))).all()) == before
