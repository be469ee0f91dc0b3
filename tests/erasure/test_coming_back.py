"""A source states an erased person again: what they do counts, who they are stays unknown."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from backend.db.engine import Database
from backend.identity import staff
from backend.identity.models import StaffRole
from backend.ingest.rebuild import rebuild
from backend.settings import Settings
from tests.erasure.erasing import dump, erase
from tests.ingest.files import Importer

MEMBERS = {
    "account": "account",
    "external_id": "user",
    "email": "email",
    "name": "name",
    "title": "title",
    "joined_on": "on",
}
EVENTS = {"account": "account", "name": "what", "occurred_at": "at", "message_id": "id", "person": "user"}
HEAD = "account,user,email,name,title,on\n"
FILE = HEAD + "acme,user-0815,ada@example.com,Ada Lovelace,Chief,2024-01-01\n"
EVENT_HEAD = "account,what,at,id,user,amount,note\n"
EVENT_FILE = EVENT_HEAD + "acme,paid,2024-03-01T10:00:00Z,m1,user-0815,12.50,from Ada Lovelace\n"
MARKS = ("ada@example.com", "ada lovelace", "user-0815", "lovelace")


async def import_all(load: Importer, members: str = FILE, events: str = EVENT_FILE) -> tuple[int, int]:
    taken = await load(members, "members", MEMBERS)
    counted = await load(events, "events", EVENTS, extras=["amount", "note"])
    return taken.rows_taken, counted.rows_taken


async def numbers(load: Importer) -> list[object]:
    return [
        await load.usage(),
        await load.rows("select day::text, person_id from member_days order by 1, 2"),
        await load.rows("select person_id, role, state, joined_on::text from members order by 1"),
    ]


@pytest.fixture
async def imported(load: Importer) -> Importer:
    """Ada in Acme, who paid 12.50 on a day: counted as revenue."""
    await load.execute(
        """insert into event_mappings (event_name, metric_id, amount_property)
           select 'paid', id, 'amount' from metrics where key = 'revenue'"""
    )
    assert await import_all(load) == (1, 1)
    return load


async def test_the_same_files_again_change_no_number_and_bring_no_name(
    imported: Importer, database: Database, settings: Settings
) -> None:
    before = await numbers(imported)
    person = await imported.value("select id from persons")
    await erase(database, settings, person)
    assert await numbers(imported) == before

    again = await import_all(imported)

    assert again == (0, 0)
    assert await numbers(imported) == before
    assert await imported.rows("select properties from events") == [({"amount": "12.50"},)]
    assert await imported.rows("select name, email, time_zone from persons") == [(None, None, None)]
    dumped = (await dump(settings)).lower()
    assert [mark for mark in MARKS if mark in dumped] == []


async def test_what_they_do_later_counts_without_saying_who(
    imported: Importer, database: Database, settings: Settings
) -> None:
    await erase(database, settings, await imported.value("select id from persons"))
    second = "acme,new-id-4711,ADA@example.com,Ada Lovelace,Boss,2024-01-01\n"
    later = "acme,paid,2024-03-02T10:00:00Z,m2,new-id-4711,7.50,Ada Lovelace says hello\n"

    await import_all(imported, HEAD + second, EVENT_HEAD + later)

    assert await imported.value("select count(*) from persons") == 1
    assert await imported.value("select count(*) from person_identities") == 2
    assert [row[4] for row in await imported.usage()] == [1250, 750]
    assert await imported.value("select count(distinct person_id) from member_days") == 1
    assert await imported.rows("select title from members") == [(None,)]
    dumped = (await dump(settings)).lower()
    assert [mark for mark in (*MARKS, "new-id-4711") if mark in dumped] == []


async def test_counting_all_events_anew_gives_the_same_numbers(
    imported: Importer, database: Database, settings: Settings
) -> None:
    before = await numbers(imported)
    await erase(database, settings, await imported.value("select id from persons"))

    async with database.begin() as session:
        await rebuild(session)

    assert await numbers(imported) == before


async def test_who_is_asked_back_is_a_new_person(imported: Importer, database: Database, settings: Settings) -> None:
    erased = await imported.value("select id from persons")
    await erase(database, settings, erased)

    async with database.begin() as session:
        made = await staff.create(session, email="ada@example.com", name="Ada Lovelace", role=StaffRole.CSM)
    await import_all(imported)

    assert made.person_id != erased
    assert await imported.rows("select name, erased_at is null from persons order by erased_at nulls last") == [
        (None, False),
        ("Ada Lovelace", True),
    ]
    async with database.begin() as session:
        now = await session.execute(text("select person_id from members order by joined_on, person_id"))
        assert {row.person_id for row in now} == {erased, made.person_id}
