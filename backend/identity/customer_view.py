"""Viewing as a customer: staff see what a member sees, read-only, for a quarter of an hour at a time.

    opened = await customer_view.begin(session, viewer, account_id=account_id, member_id=None)

What is opened is a token that names the session of the staff, the member and its own end, signed. It is no credential:
it counts only beside that very session (the header `Waymark-View`), and so ends with it. Nothing is stored but the
audit entry of each opening.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import DateTime, Uuid, bindparam, case, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import signed_text
from backend.db import clock
from backend.db.driver_statement import DriverStatement
from backend.db.engine import SETTINGS, Database
from backend.errors import Forbidden, InvalidInput, NotFound
from backend.identity import audit
from backend.identity.errors import ViewOver
from backend.identity.models import Member, MemberRole, MemberState, Person, Staff
from backend.permissions import MEMBER_PERMISSIONS, Permission
from backend.settings import Settings
from backend.viewer import Impersonator, Viewer

HEADER = b"waymark-view"
START = "wmv_"
LIFETIME = timedelta(minutes=15)
SIZE = 16 + 16 + 8
LONGEST = 200
PERSONAL = frozenset({Permission.PROFILE_WRITE})
"""What a view leaves out: devices, network addresses and two-factor are the member's own affair, towards staff too."""
READ_ONLY = "You are viewing as a customer, which changes nothing. Close the view to act as yourself."


@dataclass(frozen=True, slots=True)
class Claim:
    """What a token says."""

    session_id: UUID
    """The session of the staff."""
    member_id: UUID
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """A view that was opened, or goes on. Its text counts beside the session of the staff alone."""

    text: str
    member_id: UUID
    expires_at: datetime


def write(settings: Settings, claim: Claim) -> str:
    """The token that says this."""
    body = claim.session_id.bytes + claim.member_id.bytes + int(claim.expires_at.timestamp()).to_bytes(8)
    return signed_text.write(settings, START, body)


def read(settings: Settings, text: str) -> Claim:
    """What a token says, whether it still holds or not. Raises ViewOver for what was not made here."""
    body = signed_text.read(settings, START, text, SIZE)
    if body is None:
        raise ViewOver
    ends = datetime.fromtimestamp(int.from_bytes(body[32:]), UTC)
    return Claim(UUID(bytes=body[:16]), UUID(bytes=body[16:32]), ends)


async def begin(session: AsyncSession, viewer: Viewer, *, account_id: UUID, member_id: UUID | None) -> Opened:
    """Begin to see what a member of an account sees; without a member, what the one sees who may do most there.

    Raises Forbidden for whoever has no session or lacks the permission, NotFound where the account has no such active
    member, and InvalidInput where it has none at all.
    """
    session_id = _session_of(viewer)
    ranks = case({role.value: place for place, role in enumerate(_WIDEST_FIRST)}, value=Member.role)
    chosen = (
        select(Member.id)
        .join(Person, Person.id == Member.person_id)
        .where(Member.account_id == account_id, Member.state == MemberState.ACTIVE, Person.erased_at.is_(None))
        .order_by(ranks, Member.joined_on, Member.id)
        .limit(1)
    )
    found = await session.scalar(chosen if member_id is None else chosen.where(Member.id == member_id))
    if found is None and member_id is None:
        raise InvalidInput("This account has no active member whose view could be seen.", field=["accountId"])
    if found is None:
        raise NotFound("This account has no such active member.", field=["memberId"])
    await audit.record_of(
        session, viewer, "account.viewed_as_customer", subject=f"member:{found}", account_id=account_id
    )
    return await _opened(session, session_id, found)


async def renew(session: AsyncSession, viewer: Viewer, text: str) -> Opened:
    """Let a view that still holds go on for another quarter of an hour. Raises Forbidden and ViewOver."""
    claim = read(session.info[SETTINGS], text)
    if claim.session_id != _session_of(viewer) or claim.expires_at <= await clock.now(session):
        raise ViewOver
    return await _opened(session, claim.session_id, claim.member_id)


async def viewed(database: Database, settings: Settings, viewer: Viewer, text: str) -> tuple[Viewer, float]:
    """Whoever views as a customer, and for how many seconds yet. Raises Forbidden, and ViewOver."""
    claim = read(settings, text)
    if claim.session_id != _session_of(viewer):
        raise ViewOver
    row = await SEEN.row(
        database.read["system"],
        member_id=claim.member_id,
        viewing_person_id=viewer.person_id,
        expires_at=claim.expires_at,
    )
    if row is None:
        raise ViewOver
    impersonator = Impersonator(row["staff_id"], row["staff_name"], claim.session_id, claim.expires_at)
    seen = Viewer(
        kind="member",
        account_id=row["account_id"],
        person_id=row["person_id"],
        application_id=viewer.application_id,
        permissions=MEMBER_PERMISSIONS[MemberRole(row["role"])] - PERSONAL,
        impersonator=impersonator,
    )
    return seen, float(row["seconds_left"])


_WIDEST_FIRST = (MemberRole.ADMIN, MemberRole.BILLING, MemberRole.MEMBER, MemberRole.VIEWER)
_ENDS = bindparam("expires_at", type_=DateTime(timezone=True))
_NAME = (
    select(func.coalesce(Person.name, literal("Somebody")))
    .where(Person.id == bindparam("viewing_person_id", type_=Uuid()))
    .scalar_subquery()
)
SEEN = DriverStatement(
    select(
        Member.account_id,
        Member.person_id,
        Member.role,
        Staff.id.label("staff_id"),
        _NAME.label("staff_name"),
        func.extract("epoch", _ENDS - func.waymark_now()).label("seconds_left"),
    )
    .join(Person, Person.id == Member.person_id)
    .join(Staff, Staff.person_id == bindparam("viewing_person_id", type_=Uuid()))
    .where(
        Member.id == bindparam("member_id", type_=Uuid()),
        Member.state == MemberState.ACTIVE,
        Person.erased_at.is_(None),
        func.waymark_now() < _ENDS,
    )
)
"""The member whom a token names and the staff who view, as long as it holds."""


def _session_of(viewer: Viewer) -> UUID:
    viewer.require(Permission.ACCOUNTS_IMPERSONATE)
    if viewer.kind != "staff" or viewer.session_id is None:
        raise Forbidden("Only staff who are signed in view as a customer; no key does.")
    return viewer.session_id


async def _opened(session: AsyncSession, session_id: UUID, member_id: UUID) -> Opened:
    ends = (await clock.now(session) + LIFETIME).replace(microsecond=0)
    claim = Claim(session_id, member_id, ends)
    return Opened(write(session.info[SETTINGS], claim), member_id, ends)
