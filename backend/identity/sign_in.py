"""Signing in with address and password."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db.engine import Database
from backend.identity import passwords, signing, throttle, tokens
from backend.identity.errors import AccountRequired, WrongPassword
from backend.identity.models import Member, MemberState, Person, Staff
from backend.settings import Settings


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A token, and as whom it signs in."""

    token: tokens.AccessToken
    kind: str
    """`staff` or `member`."""
    account_id: UUID | None


async def with_password(
    database: Database,
    settings: Settings,
    *,
    email: str,
    password: str,
    account_id: UUID | None = None,
    network_address: str,
) -> SignedIn:
    """Sign a person in: as staff when they are, else as a member of their account, or of the one that is named.

    Opens its own transactions: the attempt is counted before the password is looked at and stays counted when it is
    wrong. Raises WrongPassword (alike for unknown addresses, in the same time), TooManyAttempts, AccountRequired.
    """
    limits = throttle.keys(settings, email=email, network_address=network_address)
    async with database.begin() as session:
        await throttle.begin(session, limits)
    async with database.begin() as session:
        person_id = await session.scalar(
            select(Person.id).where(Person.email_key == email.strip().casefold()[:320], Person.erased_at.is_(None))
        )
        stored = await passwords.stored(session, person_id)
    if not await passwords.matches(stored, password) or person_id is None:
        raise WrongPassword
    async with database.begin() as session:
        kind, account = await _role(session, person_id, account_id)
        await throttle.succeeded(session, limits)
        signer = await signing.signer(session, settings)
    return SignedIn(tokens.issue(settings, signer, person_id=person_id, account_id=account), kind, account)


async def _role(session: AsyncSession, person_id: UUID, wanted: UUID | None) -> tuple[str, UUID | None]:
    is_staff = await session.scalar(select(Staff.id).where(Staff.person_id == person_id, Staff.is_active))
    if is_staff is not None and wanted is None:
        return "staff", None
    accounts = (
        await session.scalars(
            select(Member.account_id)
            .where(Member.person_id == person_id, Member.state == MemberState.ACTIVE)
            .order_by(Member.account_id)
        )
    ).all()
    if wanted is not None:
        accounts = [account for account in accounts if account == wanted]
    if not accounts:
        raise WrongPassword
    if len(accounts) > 1:
        raise AccountRequired(accounts)
    return "member", accounts[0]
