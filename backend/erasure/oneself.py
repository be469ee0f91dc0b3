"""What somebody does about their own data: takes a copy of it, or has it erased."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

from asyncpg import LockNotAvailableError
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from backend.db.engine import SETTINGS, Database, WriteSession
from backend.erasure import export, service
from backend.errors import Conflict, Forbidden, InvalidInput
from backend.identity import members, own_access, throttle, tombstones
from backend.identity.models import Person, Staff
from backend.viewer import Viewer
from backend.work import enqueue

MOST_COPIES = 5
"""Copies that somebody may take within the throttle's window of 15 minutes."""


async def prove(database: Database, viewer: Viewer, password: str | None) -> None:
    """Make sure that a member sits before an open session, who works for no organization that runs Waymark.

    Raises Forbidden, InvalidInput and TooManyAttempts.
    """
    person_id = own_access.person_of(viewer)
    async with database.begin() as session:
        is_staff = await session.scalar(select(Staff.id).where(Staff.person_id == person_id)) is not None
    if is_staff or viewer.kind != "member":
        raise Forbidden("What is held about staff is for whoever runs Waymark to hand out and to erase.")
    await own_access.prove(database, viewer, password)


async def allow_copy(database: Database, viewer: Viewer, password: str | None) -> None:
    """Make sure that the viewer may have a copy of what is held about them. Raises as `prove` does."""
    await prove(database, viewer, password)
    async with database.begin() as session:
        wanted = throttle.limit(session.info[SETTINGS], "copy of person", str(viewer.person_id), MOST_COPIES)
        await throttle.begin(session, [wanted])


async def copy(database: Database, viewer: Viewer) -> AsyncIterator[bytes]:
    """The pieces of one JSON document with what is held about the viewer; see docs/operations.md.

    Texts of others that name them are not in it: these may tell of others too, so that a person reads them first.
    """
    async with database.begin() as session:
        await session.execute(export.SNAPSHOT)
        person = await session.get_one(Person, viewer.person_id)
        async for piece in export.export(session, person, by=viewer):
            yield piece


async def erase(session: WriteSession, viewer: Viewer, *, address: str) -> UUID:
    """End the viewer's memberships today and erase them; returns the erasure's id. Work searches for what names them.

    The caller has had them prove who they are. Raises InvalidInput unless `address` is theirs, LastAdmin where
    colleagues would be left without an admin, and Conflict while an import runs.
    """
    person_id = own_access.person_of(viewer)
    if await session.scalar(select(Person.email_key).where(Person.id == person_id)) != address.strip().casefold():
        raise InvalidInput("That is not the address that you sign in with.", field=["address"])
    try:
        await tombstones.shut(session)
    except DBAPIError as error:
        if isinstance(error.orig.__cause__, LockNotAvailableError):  # type: ignore[union-attr]
            raise Conflict("Data are being imported right now. Nothing is erased yet: try again in a minute.") from None
        raise
    await members.leave(session, viewer)
    erasure_id = await service.erase(session, person_id, actor=viewer)
    await enqueue(session, "erasure.search", erasure_id=erasure_id)
    return erasure_id
