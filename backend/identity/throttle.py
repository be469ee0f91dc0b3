"""Slows guessing: attempts are rows, so that every API process counts the same."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, insert, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db.ids import uuid7
from backend.identity.errors import TooManyAttempts
from backend.identity.models import SignInFailure
from backend.sealing import keyed_hash
from backend.settings import Settings

WINDOW = timedelta(minutes=15)
FAILURES_AN_ADDRESS = 10
FAILURES_A_NETWORK_ADDRESS = 100


@dataclass(frozen=True, slots=True)
class Limit:
    """How many attempts within WINDOW have one thing in common: an address, a session, a network address."""

    key: str
    """Keyed hash of the thing."""
    most: int
    is_cleared: bool
    """Whether an attempt that succeeds clears those that failed before it."""


def limit(settings: Settings, what: str, value: str, most: int, *, is_cleared: bool = False) -> Limit:
    """A limit on attempts at something, such as `refresh`, for one value. Values are stored as keyed hashes alone."""
    return Limit(keyed_hash(settings, f"attempts: {what}", value), most, is_cleared)


def of_passwords(settings: Settings, *, email: str, network_address: str) -> list[Limit]:
    """The limits of signing in with a password."""
    address = email.strip().casefold()[:320]
    return [
        limit(settings, "password of address", address, FAILURES_AN_ADDRESS, is_cleared=True),
        limit(settings, "password from network", network_address, FAILURES_A_NETWORK_ADDRESS),
    ]


async def begin(session: AsyncSession, limits: Sequence[Limit]) -> list[UUID]:
    """Count an attempt as failed before it is tried, so that a thousand at once are a thousand; its ids.

    Raises TooManyAttempts when a limit is reached; a refused attempt is not counted, so the lock ends by itself.
    """
    ordered = sorted(limits, key=lambda each: each.key)  # the order in which locks are taken
    for each in ordered:
        await session.execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": each.key})
    since = func.waymark_now() - WINDOW
    for each in ordered:
        await session.execute(
            delete(SignInFailure).where(SignInFailure.throttle_key == each.key, SignInFailure.failed_at <= since)
        )
        count, seconds = (
            await session.execute(
                select(
                    func.count(),
                    func.extract("epoch", func.min(SignInFailure.failed_at) + WINDOW - func.waymark_now()),
                ).where(SignInFailure.throttle_key == each.key)
            )
        ).one()
        if count >= each.most:
            raise TooManyAttempts(max(1, int(seconds) + 1))
    made = {uuid7(): each.key for each in ordered}
    rows = [{"id": each, "throttle_key": key} for each, key in made.items()]
    await session.execute(insert(SignInFailure), rows)
    return list(made)


async def succeeded(session: AsyncSession, limits: Sequence[Limit], attempt: Collection[UUID]) -> None:
    """Take back an attempt that succeeded, and with it the failures before it where the limit says so."""
    cleared = [each.key for each in limits if each.is_cleared]
    await session.execute(
        delete(SignInFailure).where(or_(SignInFailure.id.in_(attempt), SignInFailure.throttle_key.in_(cleared)))
    )


async def forget_old(session: AsyncSession) -> int:
    """Delete rows that count no more; returns how many."""
    rows = await session.execute(
        delete(SignInFailure).where(SignInFailure.failed_at <= func.waymark_now() - WINDOW).returning(SignInFailure.id)
    )
    return len(rows.all())
