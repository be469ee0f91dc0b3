"""Telling staff and members what happened, and forgetting it when it is old."""

from __future__ import annotations

from uuid import UUID

from backend.alerts import telling
from backend.db.engine import WriteSession
from backend.notifications import letters, members, service, tasks
from jobs.actor import actor


@actor("alerts.tell")
async def tell_of_alert(session: WriteSession, event_id: UUID) -> None:
    """Tell of what became of an alert."""
    await telling.tell(session, event_id)


@actor("notifications.tell_of_task")
async def tell_of_task(session: WriteSession, event_id: UUID) -> None:
    """Tell of a task that was given to somebody."""
    await tasks.tell(session, event_id)


@actor("notifications.tell_members")
async def tell_members(session: WriteSession, event_id: UUID) -> None:
    """Tell the members of an account what happened in it."""
    await members.tell(session, event_id)


@actor("notifications.digest")
async def digest(session: WriteSession) -> None:
    """Mail the digest of everybody whose morning has come."""
    await letters.digest(session)


@actor("notifications.prune")
async def prune(session: WriteSession) -> None:
    """Forget notifications of long ago."""
    await service.prune(session)
