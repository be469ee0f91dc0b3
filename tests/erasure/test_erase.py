"""A person is erased from everywhere, and every number stays what it was."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from backend.db.base import Erasure
from backend.db.engine import Database
from backend.db.ids import uuid7
from backend.erasure import service
from backend.erasure.holdings import holdings
from backend.erasure.models import PersonErasure
from backend.errors import NotFound
from backend.events import DomainEventRow
from backend.identity import keys, sessions, sign_in, tombstones
from backend.identity.authentication import Authenticator
from backend.identity.errors import BadCredential, SessionOver, WrongPassword
from backend.identity.models import AuditEntry, Member, Password, Person, SignInMethod
from backend.settings import Settings
from backend.tables import metadata
from tests.erasure.erasing import dump, erase
from tests.erasure.planting import MARKERS, plant
from tests.factories import PASSWORD, make_account, make_member, make_person, make_staff


@pytest.mark.parametrize("rows_a_step", [1, service.ROWS_A_STEP])
async def test_a_planted_marker_is_found_nowhere_in_a_dump(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch, rows_a_step: int
) -> None:
    monkeypatch.setattr(service, "ROWS_A_STEP", rows_a_step)
    garden = await plant(database, settings)
    before = await dump(settings)
    assert [marker for marker in MARKERS if marker.lower() not in before.lower()] == []

    await erase(database, settings, garden.person)

    after = (await dump(settings)).lower()
    assert [(marker, _where(after, marker.lower())) for marker in MARKERS if marker.lower() in after] == []
    assert "other@planted.example" in after
    async with database.begin() as session:
        counts = {name: await session.scalar(text(f"select count(*) from {name}")) for name in garden.rows}
    deleted = {holding.table.name for holding in holdings() if holding.is_deleted}
    added = {"audit_entries", "domain_events", "applications"}  # the portal's own application is there from the start
    assert counts == {name: 1 if name in deleted else 3 if name in added else 2 for name in garden.rows}


def _where(dumped: str, marker: str) -> str:
    place = dumped.index(marker)
    return dumped[dumped.rfind("copy ", 0, place) :].partition("(")[0]


def test_every_column_that_holds_personal_data_can_be_erased() -> None:
    owned = {holding.table.name for holding in holdings() if holding.whose is not None}
    wrong = [
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if column.info.get("erasure") in {Erasure.HASHED, Erasure.ROW_DELETED} and table.name not in owned
    ]

    assert wrong == [], "whose it is cannot be told: give the table person_id, or a reference to a row of a person"


def test_nothing_refers_to_a_row_that_goes_unless_it_goes_too() -> None:
    deleted = {holding.table.name for holding in holdings() if holding.is_deleted}
    wrong = [
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        if table.name not in deleted
        for column in table.columns
        for reference in column.foreign_keys
        if reference.column.table.name in deleted and reference.ondelete is None
    ]

    assert wrong == [], "erasing would fail on it: declare an ON DELETE, or let the row be deleted as well"


async def test_every_way_in_ends(database: Database, settings: Settings) -> None:
    async with database.begin() as session:
        account = await make_account(session)
        staff = await make_staff(session, email="ada@example.com", password=PASSWORD)
        member = await make_member(session, account, await session.get_one(Person, staff.person_id))
        key = await keys.create(session, name="Ada's", words=["accounts:read"], created_by=staff.person_id)
        as_member = await sessions.start(session, member.person_id, account.id, how=SignInMethod.PASSWORD)
        as_staff = await sessions.start(session, member.person_id, None, how=SignInMethod.PASSWORD)

    await erase(database, settings, member.person_id)

    authenticator = Authenticator(database, settings)
    for credential in (as_member.access.text, as_staff.access.text, key.text):
        with pytest.raises(BadCredential):
            await authenticator.viewer(f"Bearer {credential}")
    with pytest.raises(WrongPassword):
        await sign_in.with_password(
            database, settings, email="ada@example.com", password=PASSWORD, device=sessions.Device()
        )
    for issued in (as_member, as_staff):
        with pytest.raises(SessionOver):
            await sessions.refresh(database, settings, issued.refresh)
    async with database.begin() as session:
        stored = await session.get_one(Member, member.id)
        assert (stored.state, stored.role) == ("ACTIVE", "MEMBER")  # a seat that is taken stays taken
        assert await session.scalar(select(Password.person_id)) is None
        entries = await session.execute(
            select(AuditEntry.actor, AuditEntry.subject, AuditEntry.after).where(AuditEntry.action == "person.erased")
        )
        assert entries.all() == [("command line", f"person:{member.person_id}", None)]
        events = await session.execute(
            select(DomainEventRow.person_id, DomainEventRow.body).where(DomainEventRow.type == "PersonErased")
        )
        assert events.all() == [(member.person_id, {})]


async def test_erasing_again_tells_nothing_twice_and_takes_what_has_come_since(
    database: Database, settings: Settings
) -> None:
    async with database.begin() as session:
        account = await make_account(session)
        member = await make_member(session, account, title="Chief of Ada")
    await erase(database, settings, member.person_id)
    async with database.begin() as session:
        erased_at = (await session.get_one(Person, member.person_id)).erased_at
        await session.execute(text("update members set title = 'Chief again'"))

    await erase(database, settings, member.person_id)

    async with database.begin() as session:
        assert await session.scalar(select(Member.title)) is None
        assert (await session.get_one(Person, member.person_id)).erased_at == erased_at
        assert await session.scalar(text("select count(*) from audit_entries where action = 'person.erased'")) == 1
        assert await session.scalar(text("select count(*) from domain_events where type = 'PersonErased'")) == 1


async def test_a_search_that_was_interrupted_goes_on_and_forgets_what_it_sought(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "ROWS_A_STEP", 1)
    garden = await plant(database, settings)
    async with database.begin() as session:
        erasure_id = await service.erase(session, garden.person)
    begin, left = database.begin, iter(range(3))

    def failing_begin() -> object:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return begin()

    monkeypatch.setattr(database, "begin", failing_begin)
    with pytest.raises(KeyboardInterrupt):
        await service.search(database, erasure_id)
    monkeypatch.undo()
    async with database.begin() as session:
        stopped = await session.get_one(PersonErasure, erasure_id)
    assert stopped.finished_at is None
    assert stopped.place is not None
    assert MARKERS[1].encode() not in (stopped.sought or b"")

    await erase(database, settings, garden.person)

    assert [marker for marker in MARKERS if marker.lower() in (await dump(settings)).lower()] == []
    async with database.begin() as session:
        done = await session.get_one(PersonErasure, erasure_id)
    assert (done.sought, done.place, done.finished_at is not None) == (None, None, True)


async def test_an_erasure_does_not_pass_an_import_that_runs(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tombstones, "LONGEST_WAIT", "50ms")
    async with database.begin() as session:
        person = await make_person(session, "ada@example.com")

    async with database.begin() as importing:
        await tombstones.hold(importing)
        with pytest.raises(DBAPIError, match="lock timeout"):
            await erase(database, settings, person.id)

    async with database.begin() as session:
        assert (await session.get_one(Person, person.id)).email == "ada@example.com"


async def test_nobody_writes_a_name_to_an_erased_person(database: Database, settings: Settings) -> None:
    async with database.begin() as session:
        person = await make_person(session)
    await erase(database, settings, person.id)

    with pytest.raises(IntegrityError, match="erased_stays_empty"):
        async with database.begin() as session:
            await session.execute(text("update persons set name = 'Ada'"))


async def test_an_unknown_person_is_not_erased(database: Database) -> None:
    stranger = uuid7()

    with pytest.raises(NotFound, match=f"There is no person {stranger}"):
        async with database.begin() as session:
            await service.erase(session, stranger)

    async with database.begin() as session:
        assert await session.scalar(text("select count(*) from person_erasures")) == 0
