"""Upkeep of sign-in."""

from __future__ import annotations

from backend.db.engine import WriteSession
from backend.identity import sessions, throttle, vouching
from jobs.actor import actor


@actor("identity.forget_failures")
async def forget_failures(session: WriteSession) -> None:
    """Delete failed sign-ins that no throttle counts any more."""
    await throttle.forget_old(session)


@actor("identity.forget_vouches")
async def forget_vouches(session: WriteSession) -> None:
    """Delete what is kept of used vouches, once they have expired."""
    await vouching.forget_old(session)


@actor("identity.prune_sessions")
async def prune_sessions(session: WriteSession) -> None:
    """Delete sessions that have been over for 30 days."""
    await sessions.prune(session)
