"""Upkeep of sign-in."""

from __future__ import annotations

from uuid import UUID

from backend.db.engine import WriteSession
from backend.identity import challenges, links, notices, second_factor, sessions, throttle, vouching
from jobs.actor import actor


@actor("identity.forget_failures")
async def forget_failures(session: WriteSession) -> None:
    """Delete failed sign-ins that no throttle counts any more."""
    await throttle.forget_old(session)


@actor("identity.mail_link")
async def mail_link(session: WriteSession, link_id: UUID) -> None:
    """Mail a sign-in link to whoever has the address for which it was asked."""
    await links.mail_asked(session, link_id)


@actor("identity.mail_invitation")
async def mail_invitation(session: WriteSession, member_id: UUID) -> None:
    """Mail somebody their invitation into an account."""
    await links.mail_invitation(session, member_id)


@actor("identity.mail_change")
async def mail_change(session: WriteSession, event_id: UUID) -> None:
    """Mail somebody that something about how they sign in was changed."""
    await notices.mail_change(session, event_id)


@actor("identity.forget_links")
async def forget_links(session: WriteSession) -> None:
    """Delete links that have been over for a day."""
    await links.forget_old(session)


@actor("identity.forget_challenges")
async def forget_challenges(session: WriteSession) -> None:
    """Delete sign-ins that no code followed in time, and enrolments that nobody confirmed for a day."""
    await challenges.forget_old(session)
    await second_factor.forget_old(session)


@actor("identity.forget_vouches")
async def forget_vouches(session: WriteSession) -> None:
    """Delete what is kept of used vouches, once they have expired."""
    await vouching.forget_old(session)


@actor("identity.prune_sessions")
async def prune_sessions(session: WriteSession) -> None:
    """Delete sessions that have been over for 30 days."""
    await sessions.prune(session)
