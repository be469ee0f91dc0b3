"""Upkeep of idempotency keys."""

from __future__ import annotations

from backend import idempotency
from backend.db.engine import WriteSession
from jobs.actor import actor


@actor("idempotency.prune")
async def prune(session: WriteSession) -> None:
    """Delete the keys that are older than a day."""
    await idempotency.prune(session)
