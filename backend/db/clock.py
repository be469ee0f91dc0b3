"""The one clock: the SQL function `waymark_now()`, read once per transaction.

In production it is `now()`. Where `WAYMARK_ALLOW_CLOCK=1` was set at migration, the offset of the one-row table
`clock_offset` moves it for every process at once.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import CheckConstraint, Date, DateTime, Interval, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from backend.db.base import Base


class ClockOffset(Base):
    """How far the clock is moved. At most one row."""

    __tablename__ = "clock_offset"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, server_default=text("1"))
    moved_by: Mapped[timedelta] = mapped_column(Interval)


async def now(session: AsyncSession) -> datetime:
    """The time of this transaction, with its zone (UTC)."""
    return (await session.execute(select(func.waymark_now(type_=DateTime(timezone=True))))).scalar_one()


async def today(session: AsyncSession) -> date:
    """The calendar day of this transaction in the organization's time zone."""
    return (await session.execute(select(func.waymark_today(type_=Date)))).scalar_one()
