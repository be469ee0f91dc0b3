"""Upkeep of what staff note about accounts."""

from __future__ import annotations

from backend.db.engine import WriteSession
from backend.engagement import service
from jobs.actor import actor


@actor("engagement.purge_notes")
async def purge_notes(session: WriteSession) -> None:
    """Delete the notes whose time to be restored is over."""
    await service.purge_notes(session)
