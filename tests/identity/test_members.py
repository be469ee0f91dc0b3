"""Inviting, changing and removing members over the API, on the logins of members and staff."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg

from tests.graphql.world import World, public

INVITE = """mutation($input: InviteMemberInput!) { inviteMember(input: $input) {
  member { id role state title person { displayName email } account { name } }
  userErrors { field code message params } } }"""
REMOVE = """mutation($input: RemoveMemberInput!) { removeMember(input: $input) {
  member { state role leftOn } userErrors { field code } } }"""
UPDATE = """mutation($input: UpdateMemberInput!) { updateMember(input: $input) {
  member { role title isChampion } userErrors { field code message } } }"""


async def rows(world: World, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(world.settings.migrate_url)
    found = await connection.fetch(statement, *values)
    await connection.close()
    return [tuple(row) for row in found]


async def invite(world: World, who: str, **given: Any) -> Any:
    account = public("acct", world.acme.account)
    return (await world.data(who, INVITE, {"input": {"accountId": account, **given}}))["inviteMember"]


async def test_an_invited_person_is_a_member_in_waiting_and_the_mail_is_left_to_who_reacts(own_world: World) -> None:
    made = await invite(own_world, "acme", email=" Grace@New.example ", name="Grace", role="BILLING", title="CFO")

    member_id = made["member"].pop("id")
    assert made == {
        "member": {
            "role": "BILLING",
            "state": "INVITED",
            "title": "CFO",
            "person": {"displayName": "Grace", "email": "Grace@New.example"},
            "account": {"name": "Acme"},
        },
        "userErrors": [],
    }
    events = await rows(own_world, "select account_id, body->>'role', body->>'member_id' from domain_events")
    assert [(account, role) for account, role, _ in events] == [(own_world.acme.account, "BILLING")]
    assert events[0][2].replace("-", "") == member_id.removeprefix("mem_")
    entries = await rows(
        own_world,
        "select actor, actor_person_id, account_id, after->>'role' from audit_entries where action = $1",
        "member.invited",
    )
    assert entries == [("member", own_world.acme.persons[0], own_world.acme.account, "BILLING")]


async def test_a_person_of_another_account_is_found_without_being_shown_before(own_world: World) -> None:
    address = "ADMIN@zenith.example"

    made = await invite(own_world, "acme", email=address, name="Whoever")

    assert made["member"]["person"] == {"displayName": "admin", "email": "admin@zenith.example"}
    assert await rows(own_world, "select count(*) from persons where email_key = 'admin@zenith.example'") == [(1,)]


async def test_who_left_or_was_invited_is_invited_again_and_who_belongs_is_not(own_world: World) -> None:
    first = await invite(own_world, "CSM", email="new@acme.example")
    again = await invite(own_world, "CSM", email="NEW@acme.example", role="ADMIN")
    removed = await own_world.data("CSM", REMOVE, {"input": {"memberId": first["member"]["id"]}})
    back = await invite(own_world, "acme", email="new@acme.example")
    belongs = await invite(own_world, "acme", email="viewer@acme.example")

    assert again["member"]["id"] == first["member"]["id"] == back["member"]["id"]
    assert removed["removeMember"]["member"]["state"] == "LEFT"
    assert (back["member"]["role"], back["member"]["state"]) == ("MEMBER", "INVITED")
    assert belongs["member"] is None
    assert belongs["userErrors"] == [
        {
            "field": ["email"],
            "code": "ALREADY_MEMBER",
            "message": "viewer@acme.example belongs to the account already.",
            "params": {"email": "viewer@acme.example"},
        }
    ]
    assert await rows(own_world, "select type, count(*) from domain_events group by type order by type") == [
        ("MemberInvited", 3),
        ("MemberRemoved", 1),
    ]


async def test_what_is_no_address_invites_nobody(own_world: World) -> None:
    before = await rows(own_world, "select count(*) from persons")

    for email in ("nobody", "@acme.example", "a b@acme.example", ""):
        found = await invite(own_world, "acme", email=email)
        assert [(e["field"], e["code"]) for e in found["userErrors"]] == [(["email"], "INVALID")], email
    assert await rows(own_world, "select count(*) from persons") == before


async def test_two_who_invite_the_same_person_at_once_make_one_person_and_one_member(own_world: World) -> None:
    made = await asyncio.gather(
        *(invite(own_world, who, email="twin@acme.example") for who in ("acme", "CSM", "staff"))
    )

    assert len({each["member"]["id"] for each in made}) == 1
    assert await rows(own_world, "select count(*) from persons where email_key = 'twin@acme.example'") == [(1,)]


async def test_a_member_cannot_leave_the_account_without_an_admin_but_staff_can(own_world: World) -> None:
    admin = public("mem", own_world.acme.members[0])

    alone = await own_world.data("acme", REMOVE, {"input": {"memberId": admin}})
    demoted = await own_world.data("acme", UPDATE, {"input": {"memberId": admin, "role": "VIEWER"}})
    second = public("mem", own_world.acme.members[1])
    await own_world.data("acme", UPDATE, {"input": {"memberId": second, "role": "ADMIN"}})
    with_another = await own_world.data("acme", UPDATE, {"input": {"memberId": admin, "role": "MEMBER"}})
    last = await own_world.data("CSM", REMOVE, {"input": {"memberId": second}})

    assert [e["code"] for e in alone["removeMember"]["userErrors"]] == ["LAST_ADMIN"]
    assert [e["code"] for e in demoted["updateMember"]["userErrors"]] == ["LAST_ADMIN"]
    assert with_another["updateMember"]["member"]["role"] == "MEMBER"
    assert last["removeMember"]["member"]["state"] == "LEFT"


async def test_two_admins_who_step_down_at_once_do_not_both_succeed(own_world: World) -> None:
    first, second = (public("mem", member) for member in own_world.acme.members)

    for _ in range(5):
        await own_world.data("CSM", UPDATE, {"input": {"memberId": second, "role": "ADMIN"}})
        await own_world.data("CSM", UPDATE, {"input": {"memberId": first, "role": "ADMIN"}})
        done = await asyncio.gather(
            *(
                own_world.data("acme key", UPDATE, {"input": {"memberId": member, "role": "VIEWER"}})
                for member in (first, second)
            )
        )
        codes = [[e["code"] for e in each["updateMember"]["userErrors"]] for each in done]
        assert sorted(codes) == [[], ["LAST_ADMIN"]]


async def test_a_title_that_is_left_out_stays_and_one_that_is_null_goes(own_world: World) -> None:
    member = {"memberId": public("mem", own_world.acme.members[0])}

    stays = await own_world.data("CSM", UPDATE, {"input": {**member, "isChampion": True}})
    goes = await own_world.data("CSM", UPDATE, {"input": {**member, "title": None}})
    empty = await own_world.errors("CSM", UPDATE, {"input": {**member, "role": None}})

    assert stays["updateMember"]["member"] == {"role": "ADMIN", "title": "Head of Acme", "isChampion": True}
    assert goes["updateMember"]["member"]["title"] is None
    assert [e["extensions"]["code"] for e in empty] == ["BAD_USER_INPUT"]
    entries = await rows(
        own_world, "select before, after from audit_entries where action = 'member.updated' order by id"
    )
    assert entries == [
        ('{"is_champion": false}', '{"is_champion": true}'),
        ("{}", '{"changed": ["title"]}'),
    ]


async def test_staff_alone_say_who_is_a_champion(own_world: World) -> None:
    given = {"memberId": public("mem", own_world.acme.members[1]), "isChampion": True}

    answer = (await own_world.ask("acme", UPDATE, {"input": given})).json()

    assert answer["data"] == {"updateMember": None}
    assert [(e["extensions"]["code"], e["path"]) for e in answer["errors"]] == [("FORBIDDEN", ["updateMember"])]
    assert await rows(own_world, "select count(*) from members where is_champion") == [(0,)]


async def test_everybody_changes_their_own_profile_and_nobody_elses(own_world: World) -> None:
    profile = """mutation($input: UpdateProfileInput!) { updateProfile(input: $input) {
      person { displayName } userErrors { code } } }"""
    preferences = """mutation($input: UpdatePreferencesInput!) { updatePreferences(input: $input) {
      person { locale timeZone } userErrors { field code } } }"""

    named = [await own_world.data(who, profile, {"input": {"name": f"I am {who}"}}) for who in ("acme", "CSM")]
    set_ = await own_world.data("acme", preferences, {"input": {"locale": "zh-Hant-TW", "timeZone": "Asia/Taipei"}})
    back = await own_world.data("acme", preferences, {"input": {"timeZone": None}})
    wrong = await own_world.data("acme", preferences, {"input": {"locale": "klingon"}})
    nowhere = await own_world.data("acme", preferences, {"input": {"timeZone": "Middle/Earth"}})
    key = await own_world.data("acme key", profile, {"input": {"name": "A key"}})

    assert [each["updateProfile"]["person"]["displayName"] for each in named] == ["I am acme", "I am CSM"]
    assert set_["updatePreferences"]["person"] == {"locale": "zh-Hant-TW", "timeZone": "Asia/Taipei"}
    assert back["updatePreferences"]["person"] == {"locale": "zh-Hant-TW", "timeZone": None}
    assert wrong["updatePreferences"]["userErrors"] == [{"field": ["locale"], "code": "INVALID"}]
    assert nowhere["updatePreferences"]["userErrors"] == [{"field": ["timeZone"], "code": "INVALID"}]
    assert key["updateProfile"]["userErrors"] == [{"code": "INVALID"}]
    assert await rows(own_world, "select count(*) from persons where name like 'I am%'") == [(2,)]
