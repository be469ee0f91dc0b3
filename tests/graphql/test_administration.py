"""The staff's own pages: who may do what, the check list of setting up, what came in and was refused."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg

from backend.applications.models import PORTAL
from tests.graphql.mutation.administration import ADMINISTRATION, colleague
from tests.graphql.mutation.cases import document, made
from tests.graphql.world import World, public

LAST_ADMIN = "This is the last admin: nobody could undo it. Make another admin first."


async def change(world: World, name: str, given: dict[str, Any], who: str = "staff") -> tuple[Any, list[str]]:
    found = (await world.data(who, document(name, "staff { role isActive }"), {"input": given}))[name]
    return found["staff"], [error["message"] for error in found["userErrors"]]


async def test_the_last_admin_stays_one(own_world: World) -> None:
    admin = await colleague(own_world, "ADMIN")
    other = await colleague(own_world, "MANAGER")

    assert await change(own_world, "setStaffRole", {**admin, "role": "CSM"}) == (None, [LAST_ADMIN])
    assert await change(own_world, "deactivateStaff", admin) == (None, [LAST_ADMIN])
    assert await change(own_world, "setStaffRole", {**other, "role": "ADMIN"}) == (
        {"role": "ADMIN", "isActive": True},
        [],
    )
    assert await change(own_world, "deactivateStaff", other) == ({"role": "ADMIN", "isActive": False}, [])
    assert await change(own_world, "setStaffRole", {**admin, "role": "CSM"}) == (None, [LAST_ADMIN])


async def test_two_admins_who_demote_each_other_at_once_leave_one(own_world: World) -> None:
    admin, other = await colleague(own_world, "ADMIN"), await colleague(own_world, "MANAGER")
    await change(own_world, "setStaffRole", {**other, "role": "ADMIN"})

    await asyncio.gather(
        own_world.ask("staff", document("setStaffRole", "staff { id }"), {"input": {**other, "role": "CSM"}}),
        own_world.ask("MANAGER", document("setStaffRole", "staff { id }"), {"input": {**admin, "role": "CSM"}}),
    )

    owner = await asyncpg.connect(own_world.settings.migrate_url)
    count = await owner.fetchval("select count(*) from staff where role = 'ADMIN' and is_active")
    await owner.close()
    assert count == 1


async def test_who_is_taken_off_the_staff_is_signed_out(own_world: World) -> None:
    given = await colleague(own_world, "MANAGER")

    await change(own_world, "deactivateStaff", given)

    owner = await asyncpg.connect(own_world.settings.migrate_url)
    person = own_world.people["MANAGER"][0]
    ends = await owner.fetch("select end_reason from sessions where person_id = $1", person)
    entries = await owner.fetch("select actor_person_id from audit_entries where action = 'staff.deactivated'")
    await owner.close()
    assert [row["end_reason"] for row in ends] == ["REVOKED"]
    assert [row["actor_person_id"] for row in entries] == [own_world.people["staff"][0]]


async def test_staff_are_found_with_their_roles_and_whether_a_code_is_asked(own_world: World) -> None:
    owner = await asyncpg.connect(own_world.settings.migrate_url)
    await owner.execute(
        "insert into second_factors (person_id, secret, enabled_at) values ($1, 'x', now())",
        own_world.people["staff"][0],
    )
    await owner.close()
    await change(own_world, "deactivateStaff", await colleague(own_world, "BILLING"))
    query = "{ staff(first: 9, isActive: %s) { nodes { role hasTwoFactor } } }"

    there = (await own_world.data("MANAGER", query % "true"))["staff"]["nodes"]
    gone = (await own_world.data("MANAGER", query % "false"))["staff"]["nodes"]
    named = (await own_world.data("CSM", '{ staff(first: 9, text: "CSM@BEACON") { nodes { role } } }'))["staff"][
        "nodes"
    ]
    errors = await own_world.errors("CSM", query % "true")

    assert {(node["role"], node["hasTwoFactor"]) for node in there} == {
        ("ADMIN", True),
        ("CSM", False),
        ("EXECUTIVE", False),
        ("MANAGER", False),
    }
    assert gone == [{"role": "BILLING", "hasTwoFactor": False}]
    assert named == [{"role": "ADMIN"}]
    assert [(error["extensions"]["code"], error["path"][-1]) for error in errors] == [("FORBIDDEN", "hasTwoFactor")]


async def test_the_check_list_says_what_is_done(own_world: World) -> None:
    query = "{ system { setupSteps { key isDone detail href } } }"

    before = (await own_world.data("MANAGER", query))["system"]["setupSteps"]
    owner = await asyncpg.connect(own_world.settings.migrate_url)
    await owner.execute(
        "insert into accounts (name, customer_since) select 'a', '2026-01-01' from generate_series(1, 1200)"
    )
    await owner.close()
    after = (await own_world.data("MANAGER", query))["system"]["setupSteps"]

    assert [(step["key"], step["isDone"]) for step in before] == [
        ("organization", True),
        ("program", False),
        ("source", True),
        ("accounts", True),
        ("usage", True),
        ("scores", True),
        ("alerts", False),
        ("team", True),
        ("customers", True),
    ]
    details = {step["key"]: step["detail"] for step in before}
    assert details["organization"] == "Beacon, UTC"
    assert details["accounts"] == "3 accounts"
    assert details["scores"] == "2 accounts with a score"
    assert {step["key"]: step["detail"] for step in after}["accounts"] == "1000+ accounts"


async def test_how_much_of_setting_up_is_left_is_for_those_alone_who_run_waymark(own_world: World) -> None:
    steps = (await own_world.data("MANAGER", "{ system { setupSteps { isDone } } }"))["system"]["setupSteps"]

    assert await own_world.data("MANAGER", "{ setup { openStepCount } }") == {
        "setup": {"openStepCount": len([step for step in steps if not step["isDone"]])}
    }
    assert await own_world.data("CSM", "{ setup { openStepCount } }") == {"setup": None}
    assert await own_world.data("acme", "{ setup { openStepCount } }") == {"setup": None}


async def test_keys_are_null_beside_what_else_somebody_may_see(own_world: World) -> None:
    query = "{ %s system { apiKeys(first: 9) { totalCount } ingestion { writeKeys(first: 9) { totalCount } } } }"

    admin = await own_world.data("staff", query % "apiKeys(first: 9) { totalCount }")
    manager = (await own_world.data("MANAGER", query % ""))["system"]

    assert admin["system"]["apiKeys"] == admin["apiKeys"]
    assert manager == {"apiKeys": None, "ingestion": admin["system"]["ingestion"]}


async def test_an_audit_entry_says_who_did_what(own_world: World) -> None:
    await made(own_world, "setStaffRole", "staff { id }", {**(await colleague(own_world)), "role": "CSM"}, "staff")
    query = '{ system { audit(first: 1, action: "staff.role_set") { nodes { sentence } } } }'

    found = await own_world.data("staff", query)

    assert found["system"]["audit"]["nodes"] == [{"sentence": "csm: staff role set (CSM)"}]


async def test_rejects_are_taken_in_again_and_those_refused_again_are_passed_over(own_world: World) -> None:
    await ADMINISTRATION["replayRejects"].input(own_world)
    selection = "takenCount refusedCount lastReject { id }"

    first = await made(own_world, "replayRejects", selection, {}, "staff")
    again = await made(own_world, "replayRejects", selection, {"sourceKey": "warehouse"}, "staff")
    none = await made(own_world, "replayRejects", selection, {"sourceKey": "another"}, "staff")
    query = "{ system { ingestion { rejects(first: 5) { nodes { id replayedAt } } } } }"
    nodes = (await own_world.data("staff", query))["system"]["ingestion"]["rejects"]["nodes"]
    past = await made(own_world, "replayRejects", selection, {"after": nodes[0]["id"]}, "staff")

    assert first == {"takenCount": 1, "refusedCount": 1, "lastReject": None, "userErrors": []}
    assert again == {"takenCount": 0, "refusedCount": 1, "lastReject": None, "userErrors": []}
    assert none == past == {"takenCount": 0, "refusedCount": 0, "lastReject": None, "userErrors": []}
    assert [node["replayedAt"] is None for node in nodes] == [True, False]


async def test_the_portal_is_no_application_to_remove(own_world: World) -> None:
    portal = public("app", PORTAL)
    found = await own_world.data(
        "staff", document("removeApplication", "revokedKeys"), {"input": {"applicationId": portal}}
    )

    assert [error["code"] for error in found["removeApplication"]["userErrors"]] == ["INVALID"]
