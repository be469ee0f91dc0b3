"""Signing in with address and password."""

from __future__ import annotations

from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db.engine import Database
from backend.hosts import is_loopback
from backend.identity import challenges, passwords, queries, throttle
from backend.identity.challenges import Challenge
from backend.identity.errors import AccountRequired, DemoIsLocal, WrongPassword
from backend.identity.models import Member, MemberState, Person, SignInMethod, Staff
from backend.identity.sessions import Device, Issued
from backend.settings import Settings


async def with_password(
    database: Database,
    settings: Settings,
    *,
    email: str,
    password: str,
    account_id: UUID | None = None,
    device: Device,
) -> Issued | Challenge:
    """Sign a person in: as staff when they are, else as a member of their account, or of the one that is named; where
    they have two-factor on, a challenge is what they get.

    Opens its own transactions: the attempt is counted before the password is looked at and stays counted when it is
    wrong. Raises WrongPassword (alike for unknown addresses, in the same time), TooManyAttempts, AccountRequired, and
    DemoIsLocal: everybody knows the passwords of the demo.
    """
    limits = throttle.of_passwords(settings, email=email, network_address=device.network_address)
    async with database.begin() as session:
        if not _is_local(settings, device) and await queries.is_demo(session):
            raise DemoIsLocal
        attempt = await throttle.begin(session, limits)
    async with database.begin() as session:
        person_id = await session.scalar(
            select(Person.id).where(Person.email_key == email.strip().casefold()[:320], Person.erased_at.is_(None))
        )
        stored = await passwords.stored(session, person_id)
    if not await passwords.matches(stored, password) or person_id is None:
        raise WrongPassword
    async with database.begin() as session:
        account = await place(session, person_id, account_id)
        await throttle.succeeded(session, limits, attempt)
        return await challenges.begin(session, person_id, account, how=SignInMethod.PASSWORD, device=device)


def _is_local(settings: Settings, device: Device) -> bool:
    """Whether somebody sits at this machine: connected from it, and not through a proxy to others."""
    served_as = urlsplit(settings.public_url).hostname if settings.public_url else "localhost"
    return is_loopback(device.network_address) and is_loopback(served_as or "")


async def places(session: AsyncSession, person_id: UUID) -> list[UUID | None]:
    """For what a person may sign in: as staff (None), then for the accounts that they belong to."""
    is_staff = await session.scalar(select(Staff.id).where(Staff.person_id == person_id, Staff.is_active))
    accounts = await session.scalars(
        select(Member.account_id)
        .where(Member.person_id == person_id, Member.state == MemberState.ACTIVE)
        .order_by(Member.account_id)
    )
    return [*([None] if is_staff else []), *accounts.all()]


async def place(session: AsyncSession, person_id: UUID, wanted: UUID | None) -> UUID | None:
    """The account for which a person signs in, which has to be theirs; None for staff.

    Raises WrongPassword where there is none, and AccountRequired where there are several and none is wanted.
    """
    found = await places(session, person_id)
    if wanted is None and None in found:
        return None
    accounts = [each for each in found if each is not None and wanted in {None, each}]
    if not accounts:
        raise WrongPassword
    if len(accounts) > 1:
        raise AccountRequired(accounts)
    return accounts[0]
