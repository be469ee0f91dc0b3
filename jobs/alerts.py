"""Looking for alerts: of all accounts now and then, and whenever something is noticed."""

from __future__ import annotations

from uuid import UUID

from backend.alerts import service
from backend.db.engine import WriteSession
from jobs.actor import actor


@actor("alerts.sweep")
async def sweep(session: WriteSession) -> None:
    """Look at every account."""
    await service.sweep(session)


@actor("alerts.hear")
async def hear(session: WriteSession, event_id: UUID) -> None:
    """Hold the rules against a domain event."""
    await service.hear(session, event_id)
