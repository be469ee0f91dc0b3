"""Queueing a mail, sending it, and forgetting it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db import clock
from backend.db.engine import SETTINGS, WriteSession
from backend.db.ids import uuid7
from backend.errors import Conflict, NotFound
from backend.mail import smtp
from backend.mail.letter import Letter, Unaddressable, envelope, unpacked
from backend.mail.models import Mail, MailState
from backend.sealing import seal, unseal
from backend.settings import Settings
from backend.work import enqueue

PURPOSE = "mails"
KEPT = timedelta(days=30)
"""How long it stays known that a mail was sent."""
LONGEST_WAIT = timedelta(days=7)
"""How long the words of a mail that cannot be sent, or was refused, are kept."""


async def queue(
    session: AsyncSession,
    *,
    person_id: UUID,
    to: str,
    subject: str,
    text: str,
    html: str | None = None,
    headers: Mapping[str, str] | None = None,
    send_before: datetime | None = None,
) -> UUID:
    """Write a mail to a person in the caller's transaction, and ask for it to be sent; returns its id.

    It is sent after the commit, and never if that fails. `text` is what readers without HTML see. After `send_before`
    it is not sent any more. Raises ValueError for headers that cannot be.
    """
    settings: Settings = session.info[SETTINGS]
    letter = Letter(subject, text, html, headers or {})
    mail_id = uuid7()
    await session.execute(
        insert(Mail).values(
            id=mail_id,
            person_id=person_id,
            recipient=to.strip(),
            message_id=f"<{mail_id.hex}@{urlsplit(settings.base_url).hostname or 'localhost'}>",
            content=seal(settings, PURPOSE, letter.packed()),
            send_before=send_before,
        )
    )
    await enqueue(session, "mail.send", mail_id=mail_id)
    return mail_id


class Lease(Protocol):
    """What a worker holds of an item of work (`jobs/actor.py`)."""

    def begin(self) -> AbstractAsyncContextManager[WriteSession]:
        """A transaction that makes sure that the item is still this worker's."""


async def send(lease: Lease, mail_id: UUID) -> None:
    """Send a mail that is still to be sent; raises NotSent to have it tried again.

    One transaction before and one after the mail server is spoken to, none meanwhile. A worker that dies between the
    server's answer and the second leaves a mail that is sent again, under the same Message-ID.
    """
    async with lease.begin() as session:
        settings: Settings = session.info[SETTINGS]
        row = await _begun(session, settings, mail_id)
    if row is None or row.content is None:
        return
    server = smtp.server_of(settings)
    letter = unpacked(unseal(settings, PURPOSE, row.content))
    try:
        made = envelope(settings, letter, to=row.recipient, message_id=row.message_id, written_at=row.created_at)
        state, code = MailState.SENT, await smtp.deliver(server, made)
    except Unaddressable:
        state, code = MailState.REFUSED, None
    except smtp.Refused as refused:
        state, code = MailState.REFUSED, refused.code
    except smtp.NotSent as error:
        async with lease.begin() as session:
            await session.execute(update(Mail).where(Mail.id == mail_id).values(reply_code=error.code))
        raise
    async with lease.begin() as session:
        await _settle(session, mail_id, state, code)


async def _begun(session: WriteSession, settings: Settings, mail_id: UUID) -> Mail | None:
    """Count an attempt; None where there is nothing to send (any more), or nothing to send it with but a page."""
    row = await session.scalar(select(Mail).where(Mail.id == mail_id, Mail.state == MailState.QUEUED).with_for_update())
    if row is None:
        return None
    if row.send_before is not None and row.send_before <= await clock.now(session):
        await _settle(session, mail_id, MailState.EXPIRED)
        return None
    if not settings.smtp_url and settings.env == "development":
        await _settle(session, mail_id, MailState.KEPT)
        return None
    row.attempts += 1
    await session.flush()
    return row


async def _settle(session: WriteSession, mail_id: UUID, state: MailState, code: int | None = None) -> None:
    values = {"state": state.value, "reply_code": code, "settled_at": func.waymark_now()}
    if state not in {MailState.KEPT, MailState.REFUSED}:
        values["content"] = None
    await session.execute(
        update(Mail)
        .where(Mail.id == mail_id, Mail.state == MailState.QUEUED)
        .values(values)
        .execution_options(synchronize_session=False)
    )


async def prune(session: WriteSession) -> None:
    """Delete what was settled 30 days ago, and the words of what could not be sent or was refused for 7 days."""
    await session.execute(delete(Mail).where(Mail.settled_at < func.waymark_now() - KEPT))
    await session.execute(
        update(Mail)
        .where(Mail.state == MailState.QUEUED, Mail.created_at < func.waymark_now() - LONGEST_WAIT)
        .values(state=MailState.EXPIRED.value, content=None, settled_at=func.waymark_now())
    )
    await session.execute(
        update(Mail)
        .where(Mail.state == MailState.REFUSED, Mail.settled_at < func.waymark_now() - LONGEST_WAIT)
        .values(content=None)
    )


async def replay(session: WriteSession, mail_id: UUID) -> None:
    """Have a refused mail sent again, under the same Message-ID. Raises NotFound, and Conflict for any other mail."""
    row = await session.scalar(select(Mail).where(Mail.id == mail_id).with_for_update())
    if row is None:
        raise NotFound(f"There is no mail {mail_id}.")
    if row.state != MailState.REFUSED or row.content is None:
        words = "its words are kept no longer" if row.state == MailState.REFUSED else f"it is {row.state}"
        raise Conflict(f"Only refused mail is sent again, for a week: {words}.")
    row.state, row.settled_at = MailState.QUEUED, None
    await session.flush()
    await enqueue(session, "mail.send", mail_id=mail_id)


async def kept(session: WriteSession, settings: Settings, most: int) -> list[tuple[Mail, Letter]]:
    """The mails that development keeps, the newest first."""
    rows = await session.scalars(select(Mail).where(Mail.state == MailState.KEPT).order_by(Mail.id.desc()).limit(most))
    return [(row, unpacked(unseal(settings, PURPOSE, row.content or b""))) for row in rows]
