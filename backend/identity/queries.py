"""Reads of identity that other features share."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Select, SQLColumnExpression, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.errors import NotFound
from backend.identity.models import Member, MemberState, Organization, Person, Staff
from backend.viewer import Viewer


async def time_zone(session: AsyncSession) -> str:
    """The organization's time zone, in which a day is a calendar day; UTC before there is an organization."""
    return await session.scalar(select(Organization.time_zone)) or "UTC"


async def is_demo(session: AsyncSession) -> bool:
    """Whether the data are the demo organization's."""
    return bool(await session.scalar(select(Organization.is_demo)))


async def home_currency(session: AsyncSession) -> str:
    """The currency of amounts that name none; USD before there is an organization."""
    return await session.scalar(select(Organization.home_currency)) or "USD"


async def staff_id(session: AsyncSession, viewer: Viewer) -> UUID | None:
    """The staff role of the viewer; None for a member, and for an API key."""
    if viewer.kind != "staff" or viewer.person_id is None:
        return None
    return await session.scalar(select(Staff.id).where(Staff.person_id == viewer.person_id))


def role_of(
    person_id: UUID | SQLColumnExpression[Any], account_id: UUID | SQLColumnExpression[Any] | None
) -> Select[str]:
    """The role in which a person may act now: in an account, or on the staff. No row where they may not."""
    if account_id is None:
        chosen = select(Staff.role).join(Person, Person.id == Staff.person_id).where(Staff.is_active)
    else:
        chosen = (
            select(Member.role)
            .join(Person, Person.id == Member.person_id)
            .where(Member.account_id == account_id, Member.state == MemberState.ACTIVE)
        )
    return chosen.where(Person.id == person_id, Person.erased_at.is_(None))


async def require_staff(session: AsyncSession, staff_id: UUID, *, field: str) -> None:
    """Raise NotFound unless somebody who works here has this staff role."""
    if await session.scalar(select(Staff.id).where(Staff.id == staff_id, Staff.is_active)) is None:
        raise NotFound("There is nobody on the staff with this id.", field=[field])
