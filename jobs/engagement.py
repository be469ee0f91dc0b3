"""Upkeep of what staff note about accounts, and reading mail that came in."""

from __future__ import annotations

from uuid import UUID

from backend.db.engine import WriteSession
from backend.engagement import service
from backend.engagement.inbound import settling, taking
from jobs.actor import actor


@actor("engagement.purge_notes")
async def purge_notes(session: WriteSession) -> None:
    """Delete the notes whose time to be restored is over."""
    await service.purge_notes(session)


@actor("engagement.take_mail")
async def take_mail(session: WriteSession, mail_id: UUID) -> None:
    """Read a mail that came in."""
    await taking.take(session, mail_id)


@actor("engagement.prune_mail")
async def prune_mail(session: WriteSession) -> None:
    """Forget mails that were settled long ago."""
    await settling.prune(session)
