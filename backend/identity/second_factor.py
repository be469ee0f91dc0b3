"""Two-factor: beside a password or a mailed link, a code of an authenticator app, or one of ten recovery codes.

    enrolment = await second_factor.begin(session, viewer)           # the secret, once
    codes = await second_factor.confirm(session, viewer, code, tried)  # the recovery codes, once

Every code is counted as tried before it is looked at, and counts once: a step of the app's that was used, or one before
it, is refused by the statement that uses it, so that of two at once one gets through.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db import clock
from backend.db.engine import SETTINGS, Database, WriteSession
from backend.errors import Conflict
from backend.events import emit
from backend.identity import audit, letters, sessions, staff, throttle, totp
from backend.identity.errors import SecondFactorUnreadable, WrongCode
from backend.identity.events import TwoFactorDisabled, TwoFactorEnabled
from backend.identity.keys import LETTERS
from backend.identity.models import (
    Person,
    RecoveryCode,
    SecondFactor,
    Session,
    SessionEnd,
    SignInChallenge,
    SignInMethod,
)
from backend.identity.own_access import person_of
from backend.sealing import SealError, keyed_hash, seal, unseal
from backend.settings import Settings
from backend.viewer import Viewer

PURPOSE = "second factors"
ENROLMENT = timedelta(minutes=15)
"""Within which the first code has to follow the secret."""
MOST_TRIES = 5
"""Codes that may be wrong for one person within the throttle's window of 15 minutes. Three codes of a million count at
any time, so whoever has the password needs years to guess one."""
RECOVERY_CODES = 10
KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator app needs. Both are secrets, shown once."""

    secret: str
    uri: str


@dataclass(frozen=True, slots=True)
class Try:
    """A code that is about to be looked at, counted as wrong until it proves right."""

    limits: Sequence[throttle.Limit]
    attempt: Collection[UUID]


def _is_on(person_id: UUID) -> ColumnElement[bool]:
    return and_(SecondFactor.person_id == person_id, SecondFactor.enabled_at.is_not(None))


async def is_on(session: AsyncSession, person_id: UUID) -> bool:
    """Whether a person's sign-ins need a code."""
    return await session.scalar(select(SecondFactor.person_id).where(_is_on(person_id))) is not None


async def is_missing(session: AsyncSession, session_id: UUID) -> bool:
    """Whether somebody signed in here, not at an identity provider's, and has no second factor."""
    has_one = exists().where(SecondFactor.person_id == Session.person_id, SecondFactor.enabled_at.is_not(None)) | (
        Session.how == SignInMethod.OIDC
    )
    return await session.scalar(select(Session.id).where(Session.id == session_id, ~has_one)) is not None


async def begin_try(database: Database, person_id: UUID) -> Try:
    """Count a code as tried, in a transaction of its own, so that it stays counted. Raises TooManyAttempts."""
    async with database.begin() as session:
        limits = [throttle.limit(session.info[SETTINGS], "code of person", person_id.hex, MOST_TRIES)]
        return Try(limits, await throttle.begin(session, limits))


async def spend(session: AsyncSession, person_id: UUID, account_id: UUID | None, code: str, tried: Try) -> None:
    """Use a code of the person's app, or a recovery code, up. Raises WrongCode, and SecondFactorUnreadable."""
    written = "".join(code.split())
    sealed = await session.scalar(select(SecondFactor.secret).where(_is_on(person_id)))
    step = await _step(session, sealed, written)  # also before a recovery code, whose hash has the same key
    if totp.is_code(written):
        is_right = step is not None and await _use_step(session, person_id, sealed, step)
    else:
        is_right = await _use_recovery_code(session, person_id, written)
    if not is_right:
        raise WrongCode
    if not totp.is_code(written):
        left = await session.scalar(select(func.count()).where(RecoveryCode.person_id == person_id))
        await _note(session, "recovery_code.used", person_id, account_id, left=left)
    await throttle.succeeded(session, tried.limits, tried.attempt)


async def _use_step(session: AsyncSession, person_id: UUID, sealed: bytes | None, step: int) -> bool:
    used = update(SecondFactor).where(_is_on(person_id), SecondFactor.secret == sealed, SecondFactor.last_step < step)
    return await session.scalar(used.values(last_step=step).returning(SecondFactor.person_id)) is not None


async def _step(session: AsyncSession, sealed: bytes | None, code: str) -> int | None:
    """The step of a secret that a code is of. Raises SecondFactorUnreadable."""
    if sealed is None:
        return None
    try:
        secret = unseal(session.info[SETTINGS], PURPOSE, sealed)
    except SealError:
        raise SecondFactorUnreadable from None
    return totp.step_of(secret, code, await clock.now(session))


async def _use_recovery_code(session: AsyncSession, person_id: UUID, code: str) -> bool:
    used = delete(RecoveryCode).where(
        RecoveryCode.person_id == person_id, RecoveryCode.hash == _hash(session.info[SETTINGS], code)
    )
    return await session.scalar(used.returning(RecoveryCode.person_id)) is not None


def _hash(settings: Settings, code: str) -> str:
    """What is stored of a recovery code: 60 random bits and a key need no slow hash."""
    return keyed_hash(settings, "recovery codes", code.replace("-", "").lower())


async def begin(session: WriteSession, viewer: Viewer) -> Enrolment:
    """Make a secret for the viewer's app; one that was not confirmed is replaced. Raises Conflict where it is on.

    The caller has had them prove who they are.
    """
    person_id, settings = person_of(viewer), session.info[SETTINGS]
    secret = totp.new_secret()
    values = {"secret": seal(settings, PURPOSE, secret), "created_at": func.waymark_now()}
    made = insert(SecondFactor).values(person_id=person_id, **values)
    replaced = made.on_conflict_do_update(
        index_elements=[SecondFactor.person_id], set_=values, where=SecondFactor.enabled_at.is_(None)
    )
    if await session.scalar(replaced.returning(SecondFactor.person_id)) is None:
        raise Conflict("Two-factor is on already. To move it to another device, turn it off first.")
    address = await session.scalar(select(Person.email).where(Person.id == person_id))
    issuer = await letters.organization(session)
    return Enrolment(totp.shown(secret), totp.uri(secret, issuer=issuer, account=address or person_id.hex))


async def confirm(session: WriteSession, viewer: Viewer, code: str, tried: Try) -> list[str]:
    """Turn two-factor on by a first code, and sign the viewer's other devices out; returns the recovery codes.

    Raises WrongCode, and Conflict where there is nothing to confirm.
    """
    person_id = person_of(viewer)
    is_begun = and_(
        SecondFactor.person_id == person_id,
        SecondFactor.enabled_at.is_(None),
        SecondFactor.created_at > func.waymark_now() - ENROLMENT,
    )
    sealed = await session.scalar(select(SecondFactor.secret).where(is_begun).with_for_update())
    if sealed is None:
        raise Conflict("There is nothing to confirm. Begin with beginTwoFactor, and confirm within 15 minutes.")
    step = await _step(session, sealed, "".join(code.split()))
    if step is None:
        raise WrongCode
    await throttle.succeeded(session, tried.limits, tried.attempt)
    await session.execute(
        update(SecondFactor)
        .where(SecondFactor.person_id == person_id)
        .values(enabled_at=func.waymark_now(), last_step=step)
    )
    codes = await _new_codes(session, person_id)
    await sessions.end_all(session, person_id, SessionEnd.TWO_FACTOR_CHANGED, but=viewer.session_id)
    await emit(session, TwoFactorEnabled(person_id=person_id))
    await _note(session, "two_factor.enabled", person_id, viewer.account_id)
    return codes


async def renew_codes(session: WriteSession, viewer: Viewer, code: str, tried: Try) -> list[str]:
    """Make ten new recovery codes in place of those before. Raises WrongCode."""
    person_id = person_of(viewer)
    await spend(session, person_id, viewer.account_id, code, tried)
    await _note(session, "recovery_codes.renewed", person_id, viewer.account_id)
    return await _new_codes(session, person_id)


async def disable(session: WriteSession, viewer: Viewer, code: str, tried: Try) -> None:
    """Turn two-factor off by a code. The caller has had the viewer prove who they are. Raises WrongCode."""
    person_id = person_of(viewer)
    await spend(session, person_id, viewer.account_id, code, tried)
    await _forget(session, person_id)
    await emit(session, TwoFactorDisabled(person_id=person_id))
    await _note(session, "two_factor.disabled", person_id, viewer.account_id)


async def reset(session: WriteSession, *, email: str, actor: audit.Actor = "command line") -> UUID:
    """Turn two-factor off for the person with this address, who lost the device, and end their sessions.

    Raises NotFound, and Conflict where it is not on.
    """
    person_id = await staff.person_with(session, email)
    if not await _forget(session, person_id):
        raise Conflict(f"Two-factor of {email.strip()} is not on.", field=["email"])
    await sessions.end_all(session, person_id, SessionEnd.TWO_FACTOR_CHANGED, actor=actor)
    await emit(session, TwoFactorDisabled(person_id=person_id))
    await audit.record(session, "two_factor.reset", actor=actor, subject=f"person:{person_id}")
    return person_id


async def _forget(session: AsyncSession, person_id: UUID) -> bool:
    """Delete all that belongs to a person's second factor; whether it was on."""
    await session.execute(delete(SignInChallenge).where(SignInChallenge.person_id == person_id))
    await session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    gone = delete(SecondFactor).where(SecondFactor.person_id == person_id)
    return await session.scalar(gone.returning(SecondFactor.enabled_at)) is not None


async def _new_codes(session: AsyncSession, person_id: UUID) -> list[str]:
    settings = session.info[SETTINGS]
    codes = ["-".join(_letters() for _ in range(3)) for _ in range(RECOVERY_CODES)]
    await session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    rows = [{"person_id": person_id, "hash": _hash(settings, code)} for code in codes]
    await session.execute(insert(RecoveryCode), rows)
    return codes


def _letters() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(4))


async def _note(session: AsyncSession, action: str, person_id: UUID, account_id: UUID | None, **after: object) -> None:
    await audit.record(
        session,
        action,
        actor="member" if account_id else "staff",
        actor_person_id=person_id,
        subject=f"person:{person_id}",
        account_id=account_id,
        after=after or None,
    )


async def forget_old(session: AsyncSession) -> int:
    """Delete enrolments that were not confirmed for a day; how many."""
    old = and_(SecondFactor.enabled_at.is_(None), SecondFactor.created_at < func.waymark_now() - KEPT)
    gone = await session.execute(delete(SecondFactor).where(old).returning(SecondFactor.person_id))
    return len(gone.all())
