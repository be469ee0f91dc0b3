"""Signing in where a second factor is on: the first factor earns a challenge, and a code with it the session.

A challenge is a row, and its secret the signed id, as a link's. It belongs to one person, holds 5 minutes and opens one
session: answering it deletes it, in the transaction that uses the code up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import and_, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import signed_text
from backend.db import clock
from backend.db.engine import SETTINGS, Database
from backend.identity import second_factor, sessions
from backend.identity.errors import ChallengeOver
from backend.identity.models import SignInChallenge, SignInMethod
from backend.identity.sessions import Device, Issued
from backend.settings import Settings

START = "wmc_"
LIFETIME = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a client holds until the code follows. Its text is a secret."""

    text: str
    seconds: int
    """For which it holds."""


async def begin(
    session: AsyncSession, person_id: UUID, account_id: UUID | None, *, how: SignInMethod, device: Device
) -> Issued | Challenge:
    """Sign in somebody who has shown their first factor, or, where they have two-factor on, ask for the second.

    Runs in the caller's transaction. Raises SessionOver where they may not act for the account, or as staff.
    """
    if not await second_factor.is_on(session, person_id):
        return await sessions.start(session, person_id, account_id, how=how, device=device)
    challenge_id: UUID | None = await session.scalar(
        insert(SignInChallenge)
        .values(
            person_id=person_id,
            account_id=account_id,
            how=how.value,
            expires_at=await clock.now(session) + LIFETIME,
        )
        .returning(SignInChallenge.id)
    )
    assert challenge_id is not None  # noqa: S101 - RETURNING gives the row that was inserted
    text = signed_text.write(session.info[SETTINGS], START, challenge_id.bytes)
    return Challenge(text, int(LIFETIME.total_seconds()))


async def answer(database: Database, settings: Settings, text: str, *, code: str, device: Device) -> Issued:
    """Sign in by a challenge and a code of the app, or a recovery code.

    Opens its own transactions, so that a wrong code stays counted; the challenge then still holds. Raises
    ChallengeOver, WrongCode, TooManyAttempts, SessionOver.
    """
    body = signed_text.read(settings, START, text, 16)
    if body is None:
        raise ChallengeOver
    is_this = and_(SignInChallenge.id == UUID(bytes=body), SignInChallenge.expires_at > func.waymark_now())
    async with database.begin() as session:
        person_id = await session.scalar(select(SignInChallenge.person_id).where(is_this))
    if person_id is None:
        raise ChallengeOver
    tried = await second_factor.begin_try(database, person_id)
    async with database.begin() as session:
        row = await session.scalar(delete(SignInChallenge).where(is_this).returning(SignInChallenge))
        if row is None:
            raise ChallengeOver
        await second_factor.spend(session, row.person_id, row.account_id, code, tried)
        return await sessions.start(session, row.person_id, row.account_id, how=SignInMethod(row.how), device=device)


async def forget_old(session: AsyncSession) -> int:
    """Delete challenges that have run out; how many."""
    gone = await session.execute(
        delete(SignInChallenge).where(SignInChallenge.expires_at <= func.waymark_now()).returning(SignInChallenge.id)
    )
    return len(gone.all())
