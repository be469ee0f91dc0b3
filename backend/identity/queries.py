"""Reads of identity that other features share."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.identity.models import Organization, Staff
from backend.viewer import Viewer


async def time_zone(session: AsyncSession) -> str:
    """The organization's time zone, in which a day is a calendar day; UTC before there is an organization."""
    return await session.scalar(select(Organization.time_zone)) or "UTC"


async def home_currency(session: AsyncSession) -> str:
    """The currency of amounts that name none; USD before there is an organization."""
    return await session.scalar(select(Organization.home_currency)) or "USD"


async def staff_id(session: AsyncSession, viewer: Viewer) -> UUID | None:
    """The staff role of the viewer; None for a member, and for an API key."""
    if viewer.kind != "staff" or viewer.person_id is None:
        return None
    return await session.scalar(select(Staff.id).where(Staff.person_id == viewer.person_id))
