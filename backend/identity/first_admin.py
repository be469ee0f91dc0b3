"""The first admin of a Waymark: a link that the command line shows, as long as there is none."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db import clock
from backend.db.engine import SETTINGS, WriteSession
from backend.errors import Conflict
from backend.identity import audit, links, passwords, queries, sessions, staff
from backend.identity.errors import LinkOver
from backend.identity.models import Link, LinkPurpose, Person, SignInMethod, Staff, StaffRole
from backend.identity.sessions import Device, Issued

LIFETIME = timedelta(days=1)


async def is_wanted(session: AsyncSession) -> bool:
    """Whether nobody may run this Waymark yet, and its data are not a demo's."""
    if await queries.is_demo(session):
        return False
    return await _admin(session) is None


async def _admin(session: AsyncSession) -> UUID | None:
    return await session.scalar(
        select(Staff.id)
        .join(Person, Person.id == Staff.person_id)
        .where(Staff.role == StaffRole.ADMIN, Staff.is_active, Person.erased_at.is_(None))
        .limit(1)
    )


async def make_link(session: WriteSession) -> str:
    """A link that makes the first admin, once, within a day; links before it hold no longer. Raises Conflict."""
    await _alone(session)
    await session.execute(
        update(Link)
        .where(Link.purpose == LinkPurpose.SET_UP, Link.used_at.is_(None))
        .values(expires_at=func.least(Link.expires_at, func.waymark_now()))
    )
    link_id = await session.scalar(
        insert(Link)
        .values(purpose=LinkPurpose.SET_UP.value, expires_at=await clock.now(session) + LIFETIME)
        .returning(Link.id)
    )
    assert link_id is not None  # noqa: S101 - RETURNING gives the row that was inserted
    await audit.record(session, "setup_link.made", actor="command line", subject=f"link:{link_id}")
    settings = session.info[SETTINGS]
    return f"{settings.base_url}/auth/set-up?token={links.token(settings, link_id)}"


async def _alone(session: AsyncSession) -> None:
    """Hold the making of first admins to one at a time. Raises Conflict where there is an admin."""
    await session.execute(text("select pg_advisory_xact_lock(hashtextextended('waymark first admin', 0))"))
    if await _admin(session) is not None:
        raise Conflict("There is an admin already. Make more staff with `waymark create-staff`.")


async def check(session: AsyncSession, token: str) -> None:
    """Raise LinkOver unless the link holds; looking changes nothing."""
    if await session.scalar(select(Link.id).where(_holds(session, token))) is None:
        raise LinkOver


async def create(session: WriteSession, token: str, *, name: str, email: str, password: str, device: Device) -> Issued:
    """Make the first admin by a link and sign them in, in the caller's transaction.

    Raises LinkOver, Conflict, and InvalidInput, which leaves the link as it is.
    """
    used = await session.scalar(
        update(Link).where(_holds(session, token)).values(used_at=func.waymark_now()).returning(Link.id)
    )
    if used is None:
        raise LinkOver
    await _alone(session)
    made = await staff.create(session, email=email, name=name, role=StaffRole.ADMIN)
    await passwords.store(session, made.person_id, password)
    await audit.record(session, "password.set", actor="command line", subject=f"person:{made.person_id}")
    return await sessions.start(session, made.person_id, None, how=SignInMethod.SET_UP, device=device)


def _holds(session: AsyncSession, token: str) -> ColumnElement[bool]:
    return and_(
        Link.id == links.id_in(session.info[SETTINGS], token),
        Link.purpose == LinkPurpose.SET_UP,
        Link.used_at.is_(None),
        Link.expires_at > func.waymark_now(),
    )
