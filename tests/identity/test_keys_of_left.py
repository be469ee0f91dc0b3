"""What becomes of API keys when whoever made them leaves, or may do less than before."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from backend.db.engine import Database
from backend.events import DomainEventRow
from backend.identity import authentication, keys
from backend.identity.models import ApiKey, AuditEntry, Member, MemberRole, MemberState, Staff
from backend.identity.service import MemberFacts, put_members
from tests.graphql.world import World, public

WHO = "{ viewer { permissions } }"
CREATE = """mutation($input: CreateApiKeyInput!) {
    createApiKey(input: $input) { secret apiKey { id } userErrors { code } } }"""
REMOVE = """mutation($input: RemoveMemberInput!) {
    removeMember(input: $input) { member { state } userErrors { code } } }"""
UPDATE = """mutation($input: UpdateMemberInput!) { updateMember(input: $input) { userErrors { code } } }"""
SCOPES = ["accounts:read", "billing:read", "people:read", "people:write"]


@pytest.fixture(autouse=True)
def look_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authentication, "KEPT_SECONDS", 0.0)


async def make_key(world: World, who: str, name: str, scopes: list[str] = SCOPES, **more: Any) -> UUID:
    """Have somebody make a key, which the world then knows by its name."""
    made = (await world.data(who, CREATE, {"input": {"name": name, "scopes": scopes, **more}}))["createApiKey"]
    assert made["userErrors"] == []
    world.keys[name] = made["secret"]
    return UUID(hex=made["apiKey"]["id"].removeprefix("key_"))


async def may(world: World, key: str) -> list[str] | None:
    """What a key may do; None for one that is refused."""
    answer = await world.ask(key, WHO)
    assert answer.status_code in {200, 401}
    return answer.json()["data"]["viewer"]["permissions"] if answer.status_code == 200 else None


async def make_admin(world: World, place: int) -> None:
    member = public("mem", world.acme.members[place])
    await world.data("staff", UPDATE, {"input": {"memberId": member, "role": "ADMIN"}})


async def ended(database: Database) -> set[str]:
    async with database.begin() as session:
        return set(await session.scalars(select(ApiKey.name).where(ApiKey.revoked_at.is_not(None))))


@pytest.mark.parametrize("by", ["staff", "acme viewer", "acme key"])
async def test_removing_an_admin_ends_the_keys_of_the_account_that_they_made(
    database: Database, own_world: World, by: str
) -> None:
    await make_admin(own_world, 1)
    key_id = await make_key(own_world, "acme", "theirs")
    await make_key(own_world, "acme viewer", "a colleague's")
    await make_key(own_world, "zenith", "another account's")
    await make_key(own_world, "staff", "the staff's", accountId=public("acct", own_world.acme.account))
    before = await may(own_world, "theirs")

    done = await own_world.data(by, REMOVE, {"input": {"memberId": public("mem", own_world.acme.members[0])}})

    assert done["removeMember"] == {"member": {"state": "LEFT"}, "userErrors": []}
    assert before == SCOPES
    assert await may(own_world, "theirs") is None
    for other in ("a colleague's", "another account's", "the staff's"):
        assert await may(own_world, other) == SCOPES, other
    assert await may(own_world, "acme key") is not None, "a key of the command line is nobody's"
    assert await ended(database) == {"theirs"}
    person_id = None if by == "acme key" else own_world.people[by][0]
    actor = {"staff": "staff", "acme viewer": "member", "acme key": "api key"}[by]
    async with database.begin() as session:
        entry = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "api_key.revoked"))).one()
        event = (await session.scalars(select(DomainEventRow).where(DomainEventRow.type == "ApiKeyRevoked"))).one()
    assert (entry.actor, entry.actor_person_id, entry.account_id) == (actor, person_id, own_world.acme.account)
    assert (entry.subject, entry.after) == (f"api_key:{key_id}", {"reason": "MAKER_LEFT"})
    assert (event.account_id, event.person_id, event.body) == (
        own_world.acme.account,
        person_id,
        {"key_id": str(key_id)},
    )


async def test_a_removal_that_is_refused_ends_no_key(database: Database, own_world: World) -> None:
    await make_key(own_world, "acme", "theirs")
    member = {"input": {"memberId": public("mem", own_world.acme.members[0])}}

    last = (await own_world.data("acme", REMOVE, member))["removeMember"]
    foreign = (await own_world.data("zenith", REMOVE, member))["removeMember"]

    assert [each["userErrors"][0]["code"] for each in (last, foreign)] == ["LAST_ADMIN", "NOT_FOUND"]
    assert await may(own_world, "theirs") == SCOPES
    assert await ended(database) == set()


async def test_who_comes_back_finds_no_key_again(database: Database, own_world: World) -> None:
    await make_key(own_world, "acme", "theirs")
    member_id = own_world.acme.members[0]
    await own_world.data("staff", REMOVE, {"input": {"memberId": public("mem", member_id)}})

    async with database.begin() as session:
        await session.execute(update(Member).where(Member.id == member_id).values(state=MemberState.ACTIVE.value))

    assert await may(own_world, "theirs") is None


async def test_a_file_that_says_that_somebody_left_ends_their_keys(database: Database, own_world: World) -> None:
    await make_admin(own_world, 1)
    person_id, account_id = own_world.people["acme"]
    assert account_id is not None
    key_id = await make_key(own_world, "acme", "theirs")
    await make_key(own_world, "acme viewer", "a colleague's")

    async with database.begin() as session:
        await put_members(
            session, [MemberFacts(account_id, person_id, joined_on=own_world.today, left_on=own_world.today)]
        )

    assert await may(own_world, "theirs") is None
    assert await ended(database) == {"theirs"}
    async with database.begin() as session:
        entry = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "api_key.revoked"))).one()
    assert (entry.actor, entry.subject, entry.account_id) == ("command line", f"api_key:{key_id}", account_id)


async def test_a_key_made_while_its_maker_is_removed_opens_nothing(database: Database, own_world: World) -> None:
    """For some seconds a process still believes who has just left."""
    person_id, account_id = own_world.people["acme"]
    await own_world.data("staff", REMOVE, {"input": {"memberId": public("mem", own_world.acme.members[0])}})

    async with database.begin() as session:
        made = await keys.create(session, name="late", words=SCOPES, account_id=account_id, created_by=person_id)
    own_world.keys["late"] = made.text

    assert await may(own_world, "late") is None


async def test_a_key_loses_what_its_makers_role_loses(database: Database, own_world: World) -> None:
    await make_admin(own_world, 1)
    await make_key(own_world, "acme", "theirs")
    await make_key(own_world, "acme", "narrow", ["people:write"])
    member = public("mem", own_world.acme.members[0])

    await own_world.data("staff", UPDATE, {"input": {"memberId": member, "role": MemberRole.VIEWER.value}})
    as_viewer = await may(own_world, "theirs")
    nothing_left = await may(own_world, "narrow")
    await make_admin(own_world, 0)

    assert (as_viewer, nothing_left) == (["accounts:read"], None)
    assert await may(own_world, "theirs") == SCOPES, "nothing was revoked: the role came back"


async def test_a_key_of_the_organization_ends_with_its_makers_place_on_the_staff(
    database: Database, own_world: World
) -> None:
    await make_key(own_world, "staff", "report", ["accounts:internal", "accounts:read"])
    before = await may(own_world, "report")

    async with database.begin() as session:
        await session.execute(update(Staff).where(Staff.id == own_world.staff).values(is_active=False))

    assert before == ["accounts:internal", "accounts:read"]
    assert await may(own_world, "report") is None
