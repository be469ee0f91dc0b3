"""Sending webhooks, and forgetting them."""

from __future__ import annotations

from uuid import UUID

from backend.db.engine import WriteSession
from backend.webhooks import sending, service
from jobs.actor import Lease, actor, long_actor


@long_actor("webhooks.send")
async def send(lease: Lease, delivery_id: UUID) -> None:
    """Send one delivery."""
    await sending.send(lease, delivery_id)


@actor("webhooks.prune")
async def prune(session: WriteSession) -> None:
    """Forget deliveries of long ago."""
    await service.prune(session)
