"""What members do about their own data: they take a copy, and have it erased."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy import select, text

from backend.db.engine import Database
from backend.engagement.models import Touchpoint
from backend.identity import passwords
from backend.identity.models import AuditEntry, Member, Person
from jobs import actors
from jobs.runner import Runner
from tests.factories import make_member, make_staff
from tests.graphql.world import World, public

assert "erasure.search" in actors.ACTORS
ERASE = """mutation($input: EraseOneselfInput!) { eraseOneself(input: $input) {
  isErased userErrors { code field message } } }"""
PASSWORD = "correct horse battery staple"


@pytest.fixture
async def database_of(own_world: World) -> Any:
    database = Database(own_world.settings)
    await database.open()
    yield database
    await database.close()


async def given(database: Database, world: World, *, has_password: bool = True) -> tuple[Person, Member]:
    """Acme's admin with a name to look for, whom staff wrote about."""
    person_id, _ = world.people["acme"]
    async with database.begin() as session:
        person = await session.get_one(Person, person_id)
        person.name = "Wilhelmina Quartz"
        if has_password:
            await passwords.store(session, person_id, PASSWORD)
        session.add(
            Touchpoint(
                account_id=world.acme.account,
                kind="CALL",
                person_id=person_id,
                summary="Wilhelmina Quartz sounded cross, as did her boss.",
                logged_by=world.staff,
                occurred_at=await session.scalar(text("select waymark_now()")),
            )
        )
        member = await session.scalar(select(Member).where(Member.id == world.acme.members[0]))
        assert member is not None
    return person, member


async def another_admin(database: Database, world: World) -> None:
    async with database.begin() as session:
        await make_member(session, world.acme.account, role="ADMIN")


async def erase(world: World, who: str = "acme", **sent: Any) -> Any:
    answer = await world.data(who, ERASE, {"input": sent})
    return answer["eraseOneself"]


async def copy(world: World, who: str, **sent: Any) -> httpx.Response:
    headers = {} if who == "nobody" else {"authorization": f"Bearer {world.credential(who)}"}
    return await world.client.post("/auth/own-copy", json=sent, headers=headers)


async def test_a_member_is_erased_who_proves_it_and_names_their_address(
    own_world: World, database_of: Database
) -> None:
    person, member = await given(database_of, own_world)
    await another_admin(database_of, own_world)
    address = person.email

    wrong_password = await erase(own_world, currentPassword="not the password at all", address=address)
    wrong_address = await erase(own_world, currentPassword=PASSWORD, address="somebody@else.example")
    async with database_of.begin() as session:
        assert (await session.get_one(Person, person.id)).name == "Wilhelmina Quartz"
    done = await erase(own_world, currentPassword=PASSWORD, address=str(address).upper())
    after = await own_world.ask("acme", "{ viewer { kind } }")
    await Runner(database_of).answer("erasure.search")

    assert [wrong["userErrors"][0]["field"] for wrong in (wrong_password, wrong_address)] == [
        ["currentPassword"],
        ["address"],
    ]
    assert done == {"isErased": True, "userErrors": []}
    assert after.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    async with database_of.begin() as session:
        erased, left = await session.get_one(Person, person.id), await session.get_one(Member, member.id)
        assert (erased.name, erased.email, erased.erased_at is not None, left.state) == (None, None, True, "LEFT")
        said = await session.scalar(select(Touchpoint.summary).where(Touchpoint.person_id == person.id))
        assert said == "[erased] sounded cross, as did her boss."
        assert await session.scalar(text("select count(*) from person_erasures where finished_at is null")) == 0
        wanted = AuditEntry.action.in_(["person.erased", "member.removed"])
        entries = await session.scalars(select(AuditEntry).where(wanted).order_by(AuditEntry.action))
        assert [(entry.action, entry.actor, entry.actor_person_id) for entry in entries] == [
            ("member.removed", "member", person.id),
            ("person.erased", "member", person.id),
        ]


async def test_the_last_admin_of_colleagues_stays_until_there_is_another(
    own_world: World, database_of: Database
) -> None:
    person, member = await given(database_of, own_world, has_password=False)

    refused = await erase(own_world, address=person.email)
    async with database_of.begin() as session:
        kept = await session.get_one(Member, member.id)
        assert (kept.state, (await session.get_one(Person, person.id)).erased_at) == ("ACTIVE", None)
        others = select(Member).where(Member.account_id == own_world.acme.account, Member.id != member.id)
        for other in await session.scalars(others):
            other.state, other.left_on = "LEFT", own_world.today
    alone = await erase(own_world, address=person.email)

    message = "You are the last admin of Acme. Make somebody else an admin first."
    assert refused["userErrors"] == [{"code": "LAST_ADMIN", "field": None, "message": message}]
    assert alone == {"isErased": True, "userErrors": []}


async def test_a_copy_holds_what_is_ones_own_and_no_words_of_others(own_world: World, database_of: Database) -> None:
    person, _ = await given(database_of, own_world)

    nobody, key = await copy(own_world, "nobody"), await copy(own_world, "acme key")
    wrong = await copy(own_world, "acme", currentPassword="not the password at all")
    staff = await copy(own_world, "staff")
    done = await copy(own_world, "acme", currentPassword=PASSWORD)

    assert [answer.status_code for answer in (nobody, key, wrong, staff)] == [401, 403, 400, 403]
    assert wrong.json()["errors"][0]["extensions"]["field"] == ["currentPassword"]
    assert done.headers["content-disposition"] == 'attachment; filename="what-is-held-about-me.json"'
    held = done.json()
    assert (held["person"], list(held)[4:]) == (public("prsn", person.id), ["tables", "actions"])
    assert [row["name"] for row in held["tables"]["persons"]] == ["Wilhelmina Quartz"]
    assert {row["person_id"] for row in held["tables"]["members"]} == {str(person.id)}
    assert [row["kind"] for row in held["tables"]["touchpoints"]] == ["CALL"]
    assert "sounded cross" not in done.text
    assert not any(secret in done.text for secret in own_world.zenith.secrets)
    async with database_of.begin() as session:
        entry = await session.scalar(select(AuditEntry).where(AuditEntry.action == "person.exported"))
        assert entry is not None
        assert (entry.actor, entry.actor_person_id, entry.subject) == ("member", person.id, f"person:{person.id}")


async def test_copies_are_not_taken_without_end(own_world: World, database_of: Database) -> None:
    await given(database_of, own_world, has_password=False)

    answers = [await copy(own_world, "acme") for _ in range(6)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 200, 429]


async def test_whoever_works_here_is_not_erased_from_the_portal(own_world: World, database_of: Database) -> None:
    person, _ = await given(database_of, own_world, has_password=False)
    async with database_of.begin() as session:
        staff = await make_staff(session)
        staff.person_id = person.id

    for who in ("staff", "acme"):
        answer = (await own_world.ask(who, ERASE, {"input": {"address": str(person.email)}})).json()
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
    async with database_of.begin() as session:
        assert (await session.get_one(Person, person.id)).erased_at is None
