"""Sending mail, and forgetting it."""

from __future__ import annotations

from uuid import UUID

from backend.db.engine import WriteSession
from backend.mail import service
from jobs.actor import Lease, actor, long_actor


@long_actor("mail.send")
async def send(lease: Lease, mail_id: UUID) -> None:
    """Send one mail."""
    await service.send(lease, mail_id)


@actor("mail.prune")
async def prune(session: WriteSession) -> None:
    """Forget mails of long ago."""
    await service.prune(session)
