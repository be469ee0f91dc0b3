"""Links that sign in: mailed to whoever asks for one, and to whoever is invited into an account.

A link's token is the id of its row, signed; opening it uses the row up by compare-and-set. Looking at it changes
nothing, since mail scanners look at every link.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend import mail, signed_text
from backend.db import clock
from backend.db.engine import SETTINGS, Database, WriteSession
from backend.identity import challenges, letters, members, sign_in, throttle
from backend.identity.challenges import Challenge
from backend.identity.errors import LinkOver, WrongPassword
from backend.identity.models import Link, LinkPurpose, Member, MemberState, Person, SignInMethod
from backend.identity.sessions import Device, Issued
from backend.identity.staff import email_key
from backend.settings import Settings
from backend.work import enqueue

START = "wml_"
LIFETIMES = {LinkPurpose.SIGN_IN: timedelta(minutes=15), LinkPurpose.INVITATION: timedelta(days=7)}
MOST_FOR_AN_ADDRESS = 5
MOST_FROM_A_NETWORK_ADDRESS = 50
"""Links asked for within the throttle's window of 15 minutes."""
MOST_INVITATIONS = 5
KEPT = timedelta(days=1)


def token(settings: Settings, link_id: UUID) -> str:
    """The secret of a link."""
    return signed_text.write(settings, START, link_id.bytes)


def url(settings: Settings, link_id: UUID) -> str:
    """Where the link leads."""
    return f"{settings.base_url}/auth/link?token={token(settings, link_id)}"


def id_in(settings: Settings, text: str) -> UUID:
    """The link that a secret belongs to, whether it holds or not. Raises LinkOver for what was not made here."""
    body = signed_text.read(settings, START, text, 16)
    if body is None:
        raise LinkOver
    return UUID(bytes=body)


async def ask(database: Database, settings: Settings, *, email: str, device: Device) -> None:
    """Have a sign-in link mailed to an address, if it is somebody's.

    Whether it is, is looked up by a worker: here the same happens for every address, in the same time. Raises
    InvalidInput for what is no address, and TooManyAttempts.
    """
    key = email_key(email)
    limits = [
        throttle.limit(settings, "link to address", key, MOST_FOR_AN_ADDRESS),
        throttle.limit(settings, "link from network", device.network_address, MOST_FROM_A_NETWORK_ADDRESS),
    ]
    async with database.begin() as session:
        await throttle.begin(session, limits)
        link_id = await _make(session, LinkPurpose.SIGN_IN, email=key)
        await enqueue(session, "identity.mail_link", link_id=link_id)


async def _make(
    session: AsyncSession,
    purpose: LinkPurpose,
    *,
    email: str | None = None,
    person_id: UUID | None = None,
    account_id: UUID | None = None,
) -> UUID:
    link_id: UUID | None = await session.scalar(
        insert(Link)
        .values(
            purpose=purpose.value,
            email=email,
            person_id=person_id,
            account_id=account_id,
            expires_at=await clock.now(session) + LIFETIMES[purpose],
        )
        .returning(Link.id)
    )
    assert link_id is not None  # noqa: S101 - RETURNING gives the row that was inserted
    return link_id


async def mail_asked(session: WriteSession, link_id: UUID) -> None:
    """Mail a link that was asked for; forget it where nobody who may sign in has the address.

    Who is only invited so far is mailed their invitations again.
    """
    settings: Settings = session.info[SETTINGS]
    link = await session.scalar(select(Link).where(Link.id == link_id, Link.email.is_not(None)).with_for_update())
    if link is None:
        return
    person = await session.scalar(
        select(Person).where(Person.email_key == link.email, Person.email.is_not(None), Person.erased_at.is_(None))
    )
    places = await sign_in.places(session, person.id) if person is not None else []
    if person is None or person.email is None or not places:
        await session.execute(delete(Link).where(Link.id == link.id))
        if person is not None:
            await _invite_again(session, person.id)
        return
    link.person_id, link.email = person.id, None
    await session.flush()
    subject, text = letters.sign_in(await letters.organization(session), url(settings, link.id))
    await mail.queue(
        session, person_id=person.id, to=person.email, subject=subject, text=text, send_before=link.expires_at
    )


async def _invite_again(session: WriteSession, person_id: UUID) -> None:
    invited = await session.scalars(
        select(Member.id)
        .where(Member.person_id == person_id, Member.state == MemberState.INVITED)
        .order_by(Member.id)
        .limit(MOST_INVITATIONS)
    )
    for member_id in invited.all():
        await enqueue(session, "identity.mail_invitation", key=str(member_id), member_id=member_id)


async def mail_invitation(session: WriteSession, member_id: UUID) -> None:
    """Mail whoever is invited into an account a link that takes the invitation up; earlier ones hold no longer."""
    settings: Settings = session.info[SETTINGS]
    member = await session.scalar(
        select(Member).where(Member.id == member_id, Member.state == MemberState.INVITED).with_for_update()
    )
    person = await session.get(Person, member.person_id) if member is not None else None
    if member is None or person is None or person.email is None:
        return
    await session.execute(
        update(Link)
        .where(Link.person_id == person.id, Link.account_id == member.account_id, Link.used_at.is_(None))
        .values(expires_at=func.least(Link.expires_at, func.waymark_now()))
    )
    link_id = await _make(session, LinkPurpose.INVITATION, person_id=person.id, account_id=member.account_id)
    subject, text = letters.invitation(
        await letters.organization(session),
        await letters.account(session, member.account_id),
        url(settings, link_id),
    )
    until = await session.scalar(select(Link.expires_at).where(Link.id == link_id))
    await mail.queue(session, person_id=person.id, to=person.email, subject=subject, text=text, send_before=until)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a link would do."""

    purpose: LinkPurpose
    email: str
    places: Sequence[UUID | None]
    """The accounts that it may sign in for; None is the staff."""


async def look(session: AsyncSession, text: str) -> Shown:
    """What a link would do, without doing it. Raises LinkOver."""
    link = await session.scalar(select(Link).where(Link.id == id_in(session.info[SETTINGS], text), _is_good()))
    person = await session.get(Person, link.person_id) if link is not None and link.person_id is not None else None
    if link is None or person is None or person.email is None:
        raise LinkOver
    purpose = LinkPurpose(link.purpose)
    places = [link.account_id] if purpose is LinkPurpose.INVITATION else await sign_in.places(session, person.id)
    if not places:
        raise LinkOver
    return Shown(purpose, person.email, places)


async def use(session: WriteSession, text: str, *, account_id: UUID | None, device: Device) -> Issued | Challenge:
    """Sign in by a link, once, in the caller's transaction; an invitation is taken up by it. Who has two-factor on gets
    a challenge.

    `account_id` chooses where a person belongs to several accounts; without it staff sign in as staff. Raises LinkOver,
    and AccountRequired, which leaves the link as it is.
    """
    used = (
        await session.execute(
            update(Link)
            .where(Link.id == id_in(session.info[SETTINGS], text), _is_good())
            .values(used_at=func.waymark_now())
            .returning(Link.purpose, Link.person_id, Link.account_id)
        )
    ).one_or_none()
    if used is None:
        raise LinkOver
    if used.purpose == LinkPurpose.INVITATION:
        account_id = used.account_id
        await _take_up(session, used.account_id, used.person_id)
    else:
        try:
            account_id = await sign_in.place(session, used.person_id, account_id)
        except WrongPassword:
            raise LinkOver from None
    return await challenges.begin(session, used.person_id, account_id, how=SignInMethod.LINK, device=device)


async def _take_up(session: WriteSession, account_id: UUID, person_id: UUID) -> None:
    state = await session.scalar(
        select(Member.state).where(Member.account_id == account_id, Member.person_id == person_id).with_for_update()
    )
    if state == MemberState.INVITED:
        await members.join(session, account_id, person_id, actor="member", actor_person_id=person_id)
    elif state != MemberState.ACTIVE:
        raise LinkOver


def _is_good() -> ColumnElement[bool]:
    return and_(Link.used_at.is_(None), Link.expires_at > func.waymark_now(), Link.person_id.is_not(None))


async def forget_old(session: AsyncSession) -> int:
    """Delete links that have been over for a day; how many."""
    long_ago = func.waymark_now() - KEPT
    gone = await session.execute(
        delete(Link).where(or_(Link.expires_at < long_ago, Link.used_at < long_ago)).returning(Link.id)
    )
    return len(gone.all())
