"""Notes and pulses over the API, and what becomes of them with time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import text

from backend.db.engine import Database
from backend.engagement import service
from tests.graphql.mutation.cases import made, run
from tests.graphql.world import World, public

ACCOUNT = """query($id: ID!) { account(id: $id) { internal {
  notes(first: 9) { totalCount nodes { id body } } deleted: notes(first: 9, areDeleted: true) { nodes { id } }
  pulse { mood reason disagreesWithScore isInForce } pulses(first: 9) { nodes { mood isInForce withdrawnAt } } } } }"""


async def read(world: World) -> Any:
    found = await world.data("CSM", ACCOUNT, {"id": public("acct", world.acme.account)})
    return found["account"]["internal"]


async def write(world: World, body: str) -> dict[str, Any]:
    given = {"accountId": public("acct", world.acme.account), "body": body}
    return {"noteId": (await made(world, "createNote", "note { id }", given))["note"]["id"]}


async def test_a_deleted_note_leaves_the_list_and_comes_back(own_world: World) -> None:
    first, second = await write(own_world, "First"), await write(own_world, "Second\r\nline ")

    await made(own_world, "deleteNote", "note { id }", first)
    await made(own_world, "deleteNote", "note { id }", first)
    without = await read(own_world)
    edited = await own_world.data(
        "CSM",
        "mutation($i: UpdateNoteInput!) { updateNote(input: $i) { note { id } userErrors { code field } } }",
        {"i": {**first, "body": "Third"}},
    )
    await made(own_world, "restoreNote", "note { id }", first)
    await made(own_world, "updateNote", "note { editedAt }", {**first, "body": "Third"})
    back = await read(own_world)

    assert without["notes"] == {"totalCount": 1, "nodes": [{"id": second["noteId"], "body": "Second\nline"}]}
    assert without["deleted"]["nodes"] == [{"id": first["noteId"]}]
    assert edited["updateNote"]["userErrors"] == [{"code": "CONFLICT", "field": ["noteId"]}]
    assert [note["body"] for note in back["notes"]["nodes"]] == ["Second\nline", "Third"]


async def test_a_note_that_was_deleted_long_ago_is_gone(own_world: World) -> None:
    old, new = await write(own_world, "Old"), await write(own_world, "New")
    for given in (old, new):
        await made(own_world, "deleteNote", "note { id }", given)
    await run(own_world, "update notes set deleted_at = now() - interval '31 days' where body = 'Old'")
    database = Database(own_world.settings)
    await database.open()

    async with database.begin() as session:
        await service.purge_notes(session)
        left = (await session.scalars(text("select body from notes"))).all()
    await database.close()

    assert left == ["New"]
    restore = "mutation($i: RestoreNoteInput!) { restoreNote(input: $i) { userErrors { code } } }"
    assert (await own_world.data("CSM", restore, {"i": old}))["restoreNote"]["userErrors"] == [{"code": "NOT_FOUND"}]


async def test_what_a_note_says_is_in_no_event_and_no_audit_entry(own_world: World) -> None:
    note = await write(own_world, "The marker is 4711.")
    await made(own_world, "updateNote", "note { id }", {**note, "body": "Another marker, 4712."})
    database = Database(own_world.settings)
    await database.open()

    async with database.begin() as session:
        texts = (
            await session.scalars(
                text("select body::text from domain_events union all select concat(before, after) from audit_entries")
            )
        ).all()
    await database.close()

    assert [found for found in texts if "marker" in found] == []
    assert '{"characters": 19}{"characters": 21}' in texts


async def record(world: World, **more: Any) -> dict[str, Any]:
    given = {"accountId": public("acct", world.acme.account), **more}
    return {"pulseId": (await made(world, "recordPulse", "pulse { id }", given))["pulse"]["id"]}


async def test_the_newest_pulse_counts_until_it_is_withdrawn_or_expires(own_world: World) -> None:
    tomorrow = str(own_world.today + timedelta(days=1))
    await record(own_world, mood="YELLOW", expiresOn=tomorrow)
    red = await record(own_world, mood="RED", reason="The sponsor left.")

    newest = await read(own_world)
    await made(own_world, "withdrawPulse", "pulse { id }", red)
    withdrawn = await read(own_world)
    await run(own_world, "insert into clock_offset (moved_by) values ('1 day')")
    expired = await read(own_world)

    assert newest["pulse"] == {
        "mood": "RED",
        "reason": "The sponsor left.",
        "disagreesWithScore": True,
        "isInForce": True,
    }
    assert [each["isInForce"] for each in newest["pulses"]["nodes"]] == [True, False]
    assert withdrawn["pulse"] == {"mood": "YELLOW", "reason": None, "disagreesWithScore": False, "isInForce": True}
    assert expired["pulse"] is None
    assert [each["isInForce"] for each in expired["pulses"]["nodes"]] == [False, False]


async def test_a_pulse_lasts_a_year_at_most_and_never_ends_before_it_begins(own_world: World) -> None:
    query = "mutation($i: RecordPulseInput!) { recordPulse(input: $i) { userErrors { field code params } } }"
    account = public("acct", own_world.acme.account)

    for days in (-1, 0, 366):
        given = {"accountId": account, "mood": "GREEN", "expiresOn": str(own_world.today + timedelta(days=days))}
        found = await own_world.data("CSM", query, {"i": given})
        assert found["recordPulse"]["userErrors"] == [
            {"field": ["expiresOn"], "code": "INVALID", "params": {"most": 365}}
        ], days
    assert (await read(own_world))["pulses"]["nodes"] == []
