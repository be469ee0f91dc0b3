"""Upkeep of sign-in."""

from __future__ import annotations

from backend.db.engine import WriteSession
from backend.identity import sessions, throttle
from jobs.actor import actor


@actor("identity.forget_failures")
async def forget_failures(session: WriteSession) -> None:
    """Delete failed sign-ins that no throttle counts any more."""
    await throttle.forget_old(session)


@actor("identity.prune_sessions")
async def prune_sessions(session: WriteSession) -> None:
    """Delete sessions that have been over for 30 days."""
    await sessions.prune(session)
