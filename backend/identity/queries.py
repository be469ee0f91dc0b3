"""Reads of identity that other features share."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.identity.models import Organization


async def time_zone(session: AsyncSession) -> str:
    """The organization's time zone, in which a day is a calendar day; UTC before there is an organization."""
    return await session.scalar(select(Organization.time_zone)) or "UTC"


async def home_currency(session: AsyncSession) -> str:
    """The currency of amounts that name none; USD before there is an organization."""
    return await session.scalar(select(Organization.home_currency)) or "USD"
