"""What people do about their own ways in: ending sessions, changing the password."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select

from backend.db.engine import SETTINGS, Database, WriteSession
from backend.errors import Forbidden, InvalidInput
from backend.events import emit
from backend.identity import audit, passwords, sessions, throttle
from backend.identity.events import PasswordChanged, SessionsRevoked
from backend.identity.models import Session, SessionEnd
from backend.permissions import Permission
from backend.viewer import Viewer

MOST_ATTEMPTS = 10
"""Passwords that one person may try within the throttle's window of 15 minutes."""


def person_of(viewer: Viewer) -> UUID:
    """Who is asking. Raises Forbidden for an API key, which is nobody."""
    viewer.require(Permission.PROFILE_WRITE)
    if viewer.person_id is None:
        raise Forbidden("An API key is nobody: sign in as the person whose this is.")
    return viewer.person_id


async def revoke_session(session: WriteSession, viewer: Viewer, *, session_id: UUID) -> UUID:
    """Sign one device of the viewer's own out; returns the session's id. One that is over stays so. Raises NotFound."""
    person_id = person_of(viewer)
    await sessions.end(session, person_id, session_id, SessionEnd.REVOKED)
    await emit(session, SessionsRevoked(person_id=person_id, count=1))
    return session_id


async def revoke_other_sessions(session: WriteSession, viewer: Viewer) -> int:
    """Sign every other device of the viewer's own out; how many there were."""
    person_id = person_of(viewer)
    count = await sessions.end_all(session, person_id, SessionEnd.REVOKED, but=viewer.session_id)
    if count:
        await emit(session, SessionsRevoked(person_id=person_id, count=count))
    return count


async def prove(database: Database, viewer: Viewer, password: str | None) -> None:
    """Make sure that whoever sits before an open session is the person: by their password, or, where they have none, by
    a sign-in of the last 15 minutes.

    Opens its own transactions, so that a wrong password stays counted. Raises InvalidInput, and TooManyAttempts.
    """
    person_id = person_of(viewer)
    async with database.begin() as session:
        stored = await passwords.stored(session, person_id)
        if stored is None:
            began = Session.created_at > func.waymark_now() - throttle.WINDOW
            if await session.scalar(select(Session.id).where(Session.id == viewer.session_id, began)) is None:
                raise InvalidInput("You have no password yet: sign in again, then set one within 15 minutes.")
            return
        limits = [
            throttle.limit(session.info[SETTINGS], "password of person", person_id.hex, MOST_ATTEMPTS, is_cleared=True)
        ]
        attempt = await throttle.begin(session, limits)
    if not await passwords.matches(stored, password or ""):
        raise InvalidInput("That is not your current password.", field=["currentPassword"])
    async with database.begin() as session:
        await throttle.succeeded(session, limits, attempt)


async def change_password(session: WriteSession, viewer: Viewer, *, password: str) -> UUID:
    """Set the viewer's own password and sign their other devices out; returns the person's id.

    The caller has had them prove who they are. Raises InvalidInput for a password that is too short or too long.
    """
    person_id = person_of(viewer)
    await passwords.store(session, person_id, password)
    await sessions.end_all(session, person_id, SessionEnd.PASSWORD_CHANGED, but=viewer.session_id)
    await emit(session, PasswordChanged(person_id=person_id))
    await audit.record_of(session, viewer, "password.set", subject=f"person:{person_id}", account_id=viewer.account_id)
    return person_id
