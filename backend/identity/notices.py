"""Mails that tell people that something about how they sign in was changed, for whoever it was not."""

from __future__ import annotations

from uuid import UUID

from backend import mail
from backend.db.engine import WriteSession
from backend.events import DomainEventRow
from backend.identity import letters
from backend.identity.models import Person


async def mail_change(session: WriteSession, event_id: UUID) -> None:
    """Mail a person what an event says was changed about how they sign in; nothing to whoever has no address."""
    event = await session.get_one(DomainEventRow, event_id)
    person = await session.get(Person, event.person_id)
    if person is None or person.email is None:
        return
    subject, text = letters.change(await letters.organization(session), event.type, event.occurred_at)
    await mail.queue(session, person_id=person.id, to=person.email, subject=subject, text=text)
