"""Applications: origins that tell them apart, releases of documents, removal."""

from __future__ import annotations

from datetime import timedelta

import asyncpg
import pytest
from sqlalchemy import func, select

from backend.applications import service
from backend.applications.errors import NameTaken, NoSuchApplication, OriginTaken
from backend.applications.models import PORTAL, Application, DocumentPolicy, RegisteredDocument
from backend.applications.registry import Registry
from backend.db.engine import Database, WriteSession
from backend.errors import InvalidInput
from backend.identity import keys
from backend.identity.models import ApiKey, AuditEntry
from backend.settings import Settings


def marks(*letters: str) -> dict[str, str]:
    return {letter * 64: f"{{ {letter} }}" for letter in letters}


@pytest.mark.parametrize(
    "words, found",
    [
        ("https://Success.Example.com", "https://success.example.com"),
        (" https://success.example.com/ ", "https://success.example.com"),
        ("https://success.example.com:443", "https://success.example.com"),
        ("http://localhost:80", "http://localhost"),
        ("http://localhost:5173", "http://localhost:5173"),
        ("http://[::1]:5173", "http://[::1]:5173"),
    ],
)
def test_an_origin_is_kept_as_browsers_write_it(words: str, found: str) -> None:
    assert service.origin(words) == found


@pytest.mark.parametrize(
    "words", ["", "*", "null", "success.example.com", "https://", "https://a/b", "ftp://a", "https://*.example.com"]
)
def test_what_is_no_origin_is_refused(words: str) -> None:
    with pytest.raises(InvalidInput, match="is no origin"):
        service.origin(words)


async def test_the_portal_is_there_from_the_start_and_stays(session: WriteSession) -> None:
    portal = await service.named(session, "portal")

    assert (portal.id, portal.document_policy, portal.origins) == (PORTAL, "REGISTERED", [])
    with pytest.raises(InvalidInput, match="stays"):
        await service.remove(session, name="portal")


async def test_names_and_origins_belong_to_one_application(session: WriteSession) -> None:
    await service.create(session, name="First", origins=["https://one.example", "https://two.example"])

    with pytest.raises(NameTaken):
        await service.create(session, name="First")
    with pytest.raises(OriginTaken, match=r"https://two.example belongs to the application 'First' already\."):
        await service.create(session, name="Second", origins=["https://two.example"])
    await service.change(session, name="First", origins=["https://one.example"])
    second = await service.create(session, name="Second", origins=["https://two.example"])

    assert second.origins == ["https://two.example"]
    with pytest.raises(OriginTaken):
        await service.change(session, name="First", origins=["https://two.example"])


async def test_every_change_leaves_an_audit_entry_with_what_it_was_before(session: WriteSession) -> None:
    made = await service.create(session, name="First", origins=["https://one.example"])
    await service.change(session, name="First", document_policy=DocumentPolicy.REGISTERED, points_per_second=5)
    await service.remove(session, name="First")

    entries = list(await session.scalars(select(AuditEntry).order_by(AuditEntry.id)))
    assert [e.action for e in entries] == ["application.created", "application.changed", "application.removed"]
    assert {e.subject for e in entries} == {f"application:{made.id}"}
    assert entries[1].before == {
        "origins": ["https://one.example"],
        "documentPolicy": "ANY",
        "pointsPerSecond": 1000,
    }
    assert entries[1].after == {
        "origins": ["https://one.example"],
        "documentPolicy": "REGISTERED",
        "pointsPerSecond": 5,
    }


@pytest.mark.parametrize("points", [0, -1, 10**10])
async def test_an_application_gains_a_usable_number_of_points(session: WriteSession, points: int) -> None:
    with pytest.raises(InvalidInput, match="points a second"):
        await service.create(session, name="First", points_per_second=points)


async def test_removing_an_application_ends_its_keys_and_frees_its_name_and_origins(session: WriteSession) -> None:
    made = await service.create(session, name="First", origins=["https://one.example"])
    await keys.create(session, name="Own", words=["accounts:read"], application_id=made.id)
    await keys.create(session, name="Other", words=["accounts:read"])
    await service.push(session, name="First", documents=marks("a"))

    assert await service.remove(session, name="First") == 1

    with pytest.raises(NoSuchApplication):
        await service.named(session, "First")
    revoked = await session.scalars(select(ApiKey.name).where(ApiKey.revoked_at.is_not(None)))
    assert list(revoked) == ["Own"]
    assert await session.scalar(select(func.count()).select_from(RegisteredDocument)) == 0
    await service.create(session, name="First", origins=["https://one.example"])


async def test_a_release_retires_what_it_comes_without(session: WriteSession) -> None:
    await service.create(session, name="First")

    first = await service.push(session, name="First", documents=marks("a", "b"))
    again = await service.push(session, name="First", documents=marks("a", "b"))
    second = await service.push(session, name="First", documents=marks("b", "c"))
    back = await service.push(session, name="First", documents=marks("a", "b", "c"))

    assert first == service.Release(new=2, kept=0, retired=0, forgotten=0)
    assert again == service.Release(new=0, kept=2, retired=0, forgotten=0)
    assert second == service.Release(new=1, kept=1, retired=1, forgotten=0)
    assert back == service.Release(new=1, kept=2, retired=0, forgotten=0)


async def test_a_release_needs_an_application_and_documents(session: WriteSession) -> None:
    with pytest.raises(NoSuchApplication, match="There is no application named 'Nobody'"):
        await service.push(session, name="Nobody", documents=marks("a"))
    with pytest.raises(InvalidInput):
        await service.push(session, name="portal", documents={})


async def test_a_retired_document_holds_for_thirty_days_whatever_is_deployed_meanwhile(
    database: Database, settings: Settings
) -> None:
    async with database.begin() as session:
        await service.create(session, name="First")
        await service.push(session, name="First", documents=marks("a", "b"))

    await move(settings, timedelta(days=100))  # nobody deploys for long: the latest release goes on holding
    assert await known(database, "First", "a") == "{ a }"
    async with database.begin() as session:
        await service.push(session, name="First", documents=marks("b"))
    await move(settings, timedelta(days=129))
    assert await known(database, "First", "a") == "{ a }"
    await move(settings, timedelta(days=131))
    assert await known(database, "First", "a") is None
    assert await known(database, "First", "b") == "{ b }"
    async with database.begin() as session:
        release = await service.push(session, name="First", documents=marks("b"))
    assert release == service.Release(new=0, kept=1, retired=0, forgotten=1)


async def test_a_document_of_another_application_is_unknown(database: Database) -> None:
    async with database.begin() as session:
        await service.create(session, name="First")
        await service.create(session, name="Second")
        await service.push(session, name="First", documents=marks("a"))

    assert await known(database, "First", "a") == "{ a }"
    assert await known(database, "Second", "a") is None


async def known(database: Database, name: str, letter: str) -> str | None:
    """What a process that has just begun finds."""
    registry = Registry(database)
    async with database.begin() as session:
        key = await session.scalar(select(Application.id).where(Application.name == name))
    assert key is not None
    application = await registry.with_id(key)
    assert application is not None
    return await registry.document(application, letter * 64)


async def move(settings: Settings, ahead: timedelta) -> None:
    """Move the clock of every process so far ahead of the real one."""
    owner = await asyncpg.connect(settings.migrate_url)
    await owner.execute("delete from clock_offset")
    await owner.execute("insert into clock_offset (moved_by) values ($1)", ahead)
    await owner.close()
