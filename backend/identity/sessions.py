"""Sessions: somebody signed in on a device. Every access token belongs to one and ends with it.

    issued = await sessions.start(session, person_id, account_id, how=SignInMethod.PASSWORD, device=device)

A session is refreshed by the newest of its refresh tokens, which is replaced each time. The one before is answered with
the same successor for half a minute, so that two tabs at once, or a client whose answer was lost, go on; any older one
was copied, and ends the session for whoever holds it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db import clock
from backend.db.engine import SETTINGS, Database
from backend.errors import NotFound
from backend.identity import audit, queries, refresh_tokens, signing, throttle, tokens
from backend.identity.errors import SessionOver
from backend.identity.models import Member, Session, SessionEnd, SignInMethod
from backend.settings import Settings
from backend.viewer import Viewer

GRACE = timedelta(seconds=30)
"""How long a refresh token that was replaced is answered with the same successor."""
MOST_OPEN = 50
"""Open sessions of one person; one more ends the one that was unused for longest."""
MOST_REFRESHES = 60
"""Of one session within the throttle's window of 15 minutes."""
SEEN_EVERY = timedelta(hours=1)
"""How often it is noted at most that a member uses the portal."""
KEPT = timedelta(days=30)
"""How long a session that is over is still listed."""
LONGEST_DEVICE = 300


@dataclass(frozen=True, slots=True)
class Device:
    """From where somebody signs in, as the request says; it is shown to that person alone."""

    user_agent: str = ""
    network_address: str = ""

    def shown(self) -> dict[str, str | None]:
        """As it is stored: what can be displayed, within bounds."""
        agent = "".join(letter for letter in self.user_agent if letter.isprintable())[:LONGEST_DEVICE].strip()
        return {"device": agent or None, "network_address": self.network_address[:100] or None}


@dataclass(frozen=True, slots=True)
class Issued:
    """What a client holds of a session. Its texts are secrets."""

    session_id: UUID
    person_id: UUID
    account_id: UUID | None
    access: tokens.AccessToken
    refresh: str
    expires_at: datetime
    """When the session ends unless it is refreshed."""
    seconds: int
    """Until then."""

    @property
    def kind(self) -> Literal["member", "staff"]:
        """As whom the person signed in."""
        return "member" if self.account_id else "staff"


def is_open() -> ColumnElement[bool]:
    """Whether a session has neither ended nor run out."""
    return and_(Session.ended_at.is_(None), Session.expires_at > func.waymark_now())


async def start(
    session: AsyncSession,
    person_id: UUID,
    account_id: UUID | None,
    *,
    how: SignInMethod,
    device: Device | None = None,
    continues: Session | None = None,
) -> Issued:
    """Sign a person in, for an account or as staff, in the caller's transaction.

    The caller has made sure who it is; that they may act for the account, or as staff, is made sure of here. Raises
    SessionOver where they may not. One that `continues` another is no older a sign-in and no later an end than that.
    """
    settings: Settings = session.info[SETTINGS]
    now = await clock.now(session)
    ends_at = continues.ends_at if continues else now + timedelta(days=settings.session_days)
    if await session.scalar(queries.role_of(person_id, account_id)) is None:
        raise SessionOver
    made: Session | None = await session.scalar(
        insert(Session)
        .values(
            person_id=person_id,
            account_id=account_id,
            how=how.value,
            expires_at=min(ends_at, now + timedelta(days=settings.session_idle_days)),
            ends_at=ends_at,
            created_at=continues.created_at if continues else now,
            **(device or Device()).shown(),
        )
        .returning(Session)
    )
    assert made is not None  # noqa: S101 - RETURNING gives the row that was inserted
    oldest = (
        select(Session.id)
        .where(Session.person_id == person_id, is_open(), Session.id != made.id)
        .order_by(Session.refreshed_at.desc(), Session.id.desc())
        .offset(MOST_OPEN - 1)
    )
    await _end(session, Session.id.in_(oldest), SessionEnd.TOO_MANY)
    await audit.record(
        session,
        "session.started",
        actor="member" if account_id else "staff",
        actor_person_id=person_id,
        account_id=account_id,
        subject=f"session:{made.id}",
        after={"how": how.value},
    )
    return await _issued(session, made, now)


async def _issued(session: AsyncSession, row: Session, now: datetime) -> Issued:
    settings: Settings = session.info[SETTINGS]
    await _see(session, row)
    access = tokens.issue(
        settings,
        await signing.signer(session, settings),
        person_id=row.person_id,
        account_id=row.account_id,
        session_id=row.id,
        at_most=row.ends_at - now,
    )
    newest = refresh_tokens.write(settings, refresh_tokens.Claim(row.id, row.generation))
    left = int((row.expires_at - now).total_seconds())
    return Issued(row.id, row.person_id, row.account_id, access, newest, row.expires_at, left)


async def _see(session: AsyncSession, row: Session) -> None:
    """Note that a member was here: once in SEEN_EVERY, and not where another writer would have to be awaited."""
    if row.account_id is None:
        return
    stale = or_(Member.last_seen_at.is_(None), Member.last_seen_at < func.waymark_now() - SEEN_EVERY)
    member = select(Member.id).where(Member.account_id == row.account_id, Member.person_id == row.person_id, stale)
    await session.execute(
        update(Member)
        .where(Member.id.in_(member.with_for_update(skip_locked=True, key_share=True)))
        .values(last_seen_at=func.waymark_now())
        .execution_options(synchronize_session=False)
    )


async def refresh(database: Database, settings: Settings, text: str) -> Issued:
    """Exchange a refresh token for new tokens.

    Opens its own transaction, since a token that was used before ends the session and is refused. Raises SessionOver
    for every token that cannot be used, without saying why, and TooManyAttempts.
    """
    claim = refresh_tokens.read(settings, text)
    if claim is None:
        raise SessionOver
    limits = [throttle.limit(settings, "refresh", claim.session_id.hex, MOST_REFRESHES)]
    async with database.begin() as session:
        await throttle.begin(session, limits)
        issued = await _refreshed(session, claim)
    if issued is None:
        raise SessionOver
    return issued


async def switch(database: Database, settings: Settings, text: str, account_id: UUID, *, device: Device) -> Issued:
    """Exchange a refresh token for a session of another account of the same person; the one before it ends.

    It is the same sign-in: it began when that did and ends when that would have. Opens its own transaction, as
    `refresh` does. Raises SessionOver, TooManyAttempts, and NotFound for an account that is not theirs, and for staff.
    """
    claim = refresh_tokens.read(settings, text)
    if claim is None:
        raise SessionOver
    limits = [throttle.limit(settings, "refresh", claim.session_id.hex, MOST_REFRESHES)]
    async with database.begin() as session:
        await throttle.begin(session, limits)
        row, _ = await _held(session, claim)
        belongs = row is not None and await session.scalar(queries.role_of(row.person_id, account_id)) is not None
        issued = None
        if row is not None and belongs and row.account_id == account_id:
            issued = await _refreshed(session, claim)
        elif row is not None and belongs and row.account_id is not None:
            issued = await _switched(session, row, account_id, device)
    if row is None:
        raise SessionOver
    if issued is None:
        raise NotFound("There is no such account, or you do not belong to it.", field=["accountId"])
    return issued


async def _switched(session: AsyncSession, row: Session, account_id: UUID, device: Device) -> Issued:
    await _end(session, Session.id == row.id, SessionEnd.SWITCHED, actor_person_id=row.person_id)
    how = SignInMethod(row.how)
    issued = await start(session, row.person_id, account_id, how=how, device=device, continues=row)
    await audit.record(
        session,
        "session.switched",
        actor="member",
        actor_person_id=row.person_id,
        account_id=account_id,
        subject=f"session:{issued.session_id}",
        before={"session": str(row.id), "account": str(row.account_id)},
        after={"session": str(issued.session_id), "account": str(account_id)},
    )
    return issued


async def _held(session: AsyncSession, claim: refresh_tokens.Claim) -> tuple[Session | None, bool]:
    """The open session of a token, locked, and whether the token is the one before the newest, still good.

    None where it cannot be used; one that was used before ends its session.
    """
    row = await session.scalar(select(Session).where(Session.id == claim.session_id, is_open()).with_for_update())
    # A token of a later generation than ours is of a time that a restored backup does not know.
    if row is None or claim.generation > row.generation:
        return None, False
    now = await clock.now(session)
    is_twin = claim.generation == row.generation - 1 and row.refreshed_at > now - GRACE
    if claim.generation < row.generation and not is_twin:
        await _end(session, Session.id == row.id, SessionEnd.REPLAYED)
        return None, False
    return row, is_twin


async def _refreshed(session: AsyncSession, claim: refresh_tokens.Claim) -> Issued | None:
    settings: Settings = session.info[SETTINGS]
    row, is_twin = await _held(session, claim)
    if row is None:
        return None
    now = await clock.now(session)
    if await session.scalar(queries.role_of(row.person_id, row.account_id)) is None:
        return None
    if not is_twin:
        row.generation += 1
        row.refreshed_at = now
        row.expires_at = min(row.ends_at, now + timedelta(days=settings.session_idle_days))
        await session.flush()
    return await _issued(session, row, now)


async def whose(session: AsyncSession, text: str) -> tuple[UUID, UUID] | None:
    """The person and the session that a refresh token belongs to, however old; None for an invented one."""
    claim = refresh_tokens.read(session.info[SETTINGS], text)
    if claim is None:
        return None
    person_id = await session.scalar(select(Session.person_id).where(Session.id == claim.session_id))
    return (person_id, claim.session_id) if person_id else None


async def end(session: AsyncSession, person_id: UUID, session_id: UUID, reason: SessionEnd) -> None:
    """End one session of a person; nothing happens to one that is over. Raises NotFound for another's."""
    found = await session.scalar(select(Session.id).where(Session.id == session_id, Session.person_id == person_id))
    if found is None:
        raise NotFound("There is no such session, or it is not yours.", field=["sessionId"])
    await _end(session, Session.id == session_id, reason, actor_person_id=person_id)


async def end_all(
    session: AsyncSession,
    person_id: UUID,
    reason: SessionEnd,
    *,
    but: UUID | None = None,
    only: UUID | None = None,
    actor: audit.Actor | Viewer | None = None,
) -> int:
    """End the open sessions of a person, all `but` one, or `only` one; how many. Another `actor` than they is named."""
    which = Session.person_id == person_id
    if but is not None:
        which = and_(which, Session.id != but)
    if only is not None:
        which = and_(which, Session.id == only)
    return await _end(session, which, reason, actor=actor, actor_person_id=None if actor else person_id)


async def _end(
    session: AsyncSession,
    which: ColumnElement[bool],
    reason: SessionEnd,
    *,
    actor: audit.Actor | Viewer | None = None,
    actor_person_id: UUID | None = None,
) -> int:
    """End open sessions and note it. The actor is the session's own kind of person unless another is named."""
    rows = (
        await session.execute(
            update(Session)
            .where(which, is_open())
            .values(ended_at=func.waymark_now(), end_reason=reason.value)
            .returning(Session.id, Session.account_id)
            .execution_options(synchronize_session=False)
        )
    ).all()
    for row in rows:
        await audit.record(
            session,
            "session.ended",
            actor=actor or ("member" if row.account_id else "staff"),
            actor_person_id=actor_person_id,
            account_id=row.account_id,
            subject=f"session:{row.id}",
            after={"reason": reason.value},
        )
    return len(rows)


async def prune(session: AsyncSession) -> int:
    """Delete sessions that have been over for 30 days; returns how many."""
    long_ago = func.waymark_now() - KEPT
    rows = await session.execute(
        delete(Session).where(or_(Session.ended_at < long_ago, Session.expires_at < long_ago)).returning(Session.id)
    )
    return len(rows.all())
