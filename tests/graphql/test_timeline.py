"""The time line of an account: several tables in one order."""

from __future__ import annotations

from typing import Any

import asyncpg

from backend.db.engine import Database
from backend.graphql.planner import Planner
from backend.graphql.planner.plan import Plan
from backend.graphql.schema import schema
from backend.permissions import STAFF_PERMISSIONS
from backend.viewer import Viewer
from tests.graphql.mutation.cases import made
from tests.graphql.world import World, public

QUERY = """query ($id: ID!, $kinds: [TimelineKind!], $first: Int = 50, $after: String) {
  account(id: $id) { internal { timeline(kinds: $kinds, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { __typename sentence happenedAt ... on Touchpoint { kind } } } } } }"""


async def entries(world: World, who: str = "CSM", **more: Any) -> Any:
    given = {"id": public("acct", world.acme.account), **more}
    return (await world.data(who, QUERY, given))["account"]["internal"]["timeline"]


async def test_what_happened_stands_in_one_order_with_a_sentence_each(own_world: World) -> None:
    account, member = public("acct", own_world.acme.account), public("mem", own_world.acme.members[1])
    note = {"accountId": account, "body": "Wants a review.\nIn May."}
    await made(own_world, "createNote", "note { id }", note)
    called = {"accountId": account, "kind": "CALL", "summary": "Went well.", "occurredAt": "2026-05-03T10:00:00Z"}
    await made(own_world, "logTouchpoint", "touchpoint { id }", called)
    pulse = await made(
        own_world, "recordPulse", "pulse { id }", {"accountId": account, "mood": "RED", "reason": "Left."}
    )
    await made(own_world, "updateAccounts", "accounts { id }", {"accountIds": [account], "addTags": ["big"]})
    staff = public("staff", own_world.staff)
    await made(own_world, "updateAccounts", "accounts { id }", {"accountIds": [account], "successManagerId": None})
    await made(own_world, "updateAccounts", "accounts { id }", {"accountIds": [account], "successManagerId": staff})
    await made(own_world, "updateMember", "member { id }", {"memberId": member, "role": "BILLING"}, "acme")
    await made(own_world, "removeMember", "member { id }", {"memberId": member}, "acme")

    whole = await entries(own_world)

    assert [(node["__typename"], node["sentence"]) for node in whole["nodes"]][:7] == [
        ("AccountEvent", "viewer left."),
        ("AccountEvent", "viewer was viewer and is billing"),
        ("AccountEvent", "The account passed to csm."),
        ("AccountEvent", "The account passed to nobody."),
        ("AccountEvent", "Tags were changed."),
        ("Pulse", "Pulse red: Left."),
        ("Note", "Note: Wants a review."),
    ]
    others = {(node["__typename"], node["sentence"]) for node in whole["nodes"][7:]}
    assert others == {
        ("HealthOverride", "Critical: Reason of Acme"),
        ("BillingFact", "A payment failed: failed-of-Acme"),
        ("Ticket", "Ticket tick-Acme is open."),
        ("Touchpoint", "Call: Went well."),
    }
    times = [node["happenedAt"] for node in whole["nodes"]]
    assert times == sorted(times, reverse=True)
    await made(own_world, "withdrawPulse", "pulse { id }", {"pulseId": pulse["pulse"]["id"]})
    assert (await entries(own_world))["totalCount"] == whole["totalCount"] - 1


async def test_a_time_line_comes_in_pages_of_the_kinds_that_were_asked_for(world: World) -> None:
    whole, found, after = await entries(world), [], None
    for _ in range(whole["totalCount"]):
        page = await entries(world, first=1, after=after)
        found += page["nodes"]
        after = page["pageInfo"]["endCursor"]
    some = await entries(world, kinds=["TOUCHPOINT", "NOTE"])

    assert found == whole["nodes"]
    assert not page["pageInfo"]["hasNextPage"]
    assert {node["__typename"] for node in some["nodes"]} == {"Touchpoint", "Note"}
    assert (await entries(world, kinds=[]))["totalCount"] == 0


async def test_who_may_not_read_bills_sees_a_time_line_without_them(world: World) -> None:
    kinds = {node["__typename"] for node in (await entries(world, "narrow staff"))["nodes"]}

    assert "BillingFact" not in kinds
    assert "BillingFact" in {node["__typename"] for node in (await entries(world))["nodes"]}


async def test_each_table_reads_its_page_from_an_index(own_world: World) -> None:
    owner = await asyncpg.connect(own_world.settings.migrate_url)
    account = own_world.acme.account
    await owner.execute(
        "insert into notes (account_id, body, created_at) select $1, 'n', now() - make_interval(mins => n)"
        " from generate_series(1, 20000) n",
        account,
    )
    await owner.execute(
        "insert into domain_events (account_id, type, body, occurred_at)"
        " select $1, 'AccountTagged', '{}', now() - make_interval(mins => n) from generate_series(1, 20000) n",
        account,
    )
    await owner.execute("analyze notes, domain_events")
    await owner.close()
    database = Database(own_world.settings, ("staff",), reads=("staff",))
    await database.open()
    staff = Viewer("staff", permissions=frozenset(map(str, STAFF_PERMISSIONS["CSM"])))  # type: ignore[index]
    given = {"id": public("acct", account), "first": 20}
    query = QUERY.replace("totalCount ", "")
    prepared = Planner(schema()).prepare(query, None, given, staff)
    assert isinstance(prepared.plan, Plan)

    lines = await database.read["staff"].fetch(f"explain (costs off) {prepared.plan.sql}", *prepared.arguments)
    await database.close()

    text = "\n".join(line[0] for line in lines)
    assert "Index Scan Backward using ix_notes_account_id_created_at_id" in text
    assert "ix_domain_events_account_id_occurred_at" in text
    assert "Seq Scan on notes" not in text
    assert "Seq Scan on domain_events" not in text
