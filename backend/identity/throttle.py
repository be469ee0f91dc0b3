"""Slows guessing: attempts are rows, so that every API process counts the same."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from backend.identity.errors import TooManyAttempts
from backend.identity.models import SignInFailure
from backend.sealing import keyed_hash
from backend.settings import Settings

WINDOW = timedelta(minutes=15)
FAILURES_AN_ADDRESS = 10
FAILURES_A_NETWORK_ADDRESS = 100


def keys(settings: Settings, *, email: str, network_address: str) -> dict[str, int]:
    """What is counted, each with its limit, in the order in which locks are taken."""
    found = {
        keyed_hash(settings, "sign-in address", email.strip().casefold()[:320]): FAILURES_AN_ADDRESS,
        keyed_hash(settings, "sign-in network address", network_address): FAILURES_A_NETWORK_ADDRESS,
    }
    return dict(sorted(found.items()))


async def begin(session: AsyncSession, limits: dict[str, int]) -> None:
    """Count an attempt as failed before it is tried, so that a thousand at once are a thousand.

    Raises TooManyAttempts when a limit is reached; a refused attempt is not counted, so the lock ends by itself.
    """
    for key in limits:
        await session.execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key})
    since = func.waymark_now() - WINDOW
    for key, limit in limits.items():
        await session.execute(
            delete(SignInFailure).where(SignInFailure.throttle_key == key, SignInFailure.failed_at <= since)
        )
        count, seconds = (
            await session.execute(
                select(
                    func.count(),
                    func.extract("epoch", func.min(SignInFailure.failed_at) + WINDOW - func.waymark_now()),
                ).where(SignInFailure.throttle_key == key)
            )
        ).one()
        if count >= limit:
            raise TooManyAttempts(max(1, int(seconds) + 1))
    await session.execute(insert(SignInFailure), [{"throttle_key": key} for key in limits])


async def succeeded(session: AsyncSession, limits: dict[str, int]) -> None:
    """Forget the failures of an address that has signed in, and this attempt of the network address."""
    for key, limit in limits.items():
        rows = select(SignInFailure.id).where(SignInFailure.throttle_key == key)
        if limit == FAILURES_A_NETWORK_ADDRESS:
            rows = rows.order_by(SignInFailure.id.desc()).limit(1)
        await session.execute(delete(SignInFailure).where(SignInFailure.id.in_(rows)))


async def forget_old(session: AsyncSession) -> int:
    """Delete rows that count no more; returns how many."""
    rows = await session.execute(
        delete(SignInFailure).where(SignInFailure.failed_at <= func.waymark_now() - WINDOW).returning(SignInFailure.id)
    )
    return len(rows.all())
