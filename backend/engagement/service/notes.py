"""Notes about accounts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update

from backend.accounts import queries as accounts
from backend.db.engine import WriteSession
from backend.db.ids import uuid7
from backend.engagement.events import NoteWritten
from backend.engagement.models import Note
from backend.errors import Conflict, NotFound
from backend.events import emit
from backend.identity import audit
from backend.identity import queries as identity
from backend.permissions import Permission
from backend.texts import prose
from backend.viewer import Viewer

RESTORABLE = timedelta(days=30)
"""How long a deleted note can be brought back."""


async def write_note(session: WriteSession, viewer: Viewer, *, account_id: UUID, body: str) -> UUID:
    """Write a note about an account; returns its id. Raises NotFound, InvalidInput."""
    viewer.require(Permission.ACCOUNTS_WRITE)
    await accounts.require(session, account_id)
    made, written = uuid7(), prose(body, field="body")
    own = await identity.staff_id(session, viewer)
    await session.execute(insert(Note).values(id=made, account_id=account_id, body=written, written_by=own))
    await emit(session, NoteWritten(account_id=account_id, note_id=made))
    await audit.record_of(
        session,
        viewer,
        "note.written",
        subject=f"note:{made}",
        account_id=account_id,
        after={"characters": len(written)},
    )
    return made


async def edit_note(session: WriteSession, viewer: Viewer, *, note_id: UUID, body: str) -> UUID:
    """Write a note anew; returns its id. Raises NotFound, InvalidInput, and Conflict for one that was deleted."""
    viewer.require(Permission.ACCOUNTS_WRITE)
    note = await _locked(session, note_id)
    if note.deleted_at is not None:
        raise Conflict("The note was deleted. Restore it first.", field=["noteId"])
    written = prose(body, field="body")
    if written != note.body:
        await _update(session, viewer, note, "note.edited", {"body": written, "edited_at": func.waymark_now()})
    return note.id


async def delete_note(session: WriteSession, viewer: Viewer, *, note_id: UUID) -> UUID:
    """Delete a note, which can be restored for 30 days; returns its id. Raises NotFound."""
    viewer.require(Permission.ACCOUNTS_WRITE)
    note = await _locked(session, note_id)
    if note.deleted_at is None:
        await _update(session, viewer, note, "note.deleted", {"deleted_at": func.waymark_now()})
    return note.id


async def restore_note(session: WriteSession, viewer: Viewer, *, note_id: UUID) -> UUID:
    """Bring a deleted note back; returns its id. Raises NotFound, also when its 30 days are over."""
    viewer.require(Permission.ACCOUNTS_WRITE)
    note = await _locked(session, note_id)
    if note.deleted_at is not None:
        await _update(session, viewer, note, "note.restored", {"deleted_at": None})
    return note.id


async def purge_notes(session: WriteSession) -> None:
    """Delete the rows of notes that cannot be restored any more."""
    await session.execute(delete(Note).where(Note.deleted_at < func.waymark_now() - RESTORABLE))


async def _locked(session: WriteSession, note_id: UUID) -> Note:
    found = await session.scalar(select(Note).where(Note.id == note_id).with_for_update())
    if found is None:
        raise NotFound("There is no such note, or you may not see it.", field=["noteId"])
    return found


async def _update(session: WriteSession, viewer: Viewer, note: Note, action: str, values: dict[str, Any]) -> None:
    await session.execute(
        update(Note).where(Note.id == note.id).values(values).execution_options(synchronize_session=False)
    )
    before = {"characters": len(note.body)}
    after = {"characters": len(values.get("body", note.body))}
    await audit.record_of(
        session, viewer, action, subject=f"note:{note.id}", account_id=note.account_id, before=before, after=after
    )
