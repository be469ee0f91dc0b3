"""Reads of usage that other features share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db import clock
from backend.usage.models import Metric, Source, SourceDay, SourceFeed
from backend.usage.rules import patience, silent_since


@dataclass(frozen=True)
class FeedState:
    """What a source feeds, and the first and last day that its facts are true of."""

    feed: str
    since: date
    until: date


@dataclass(frozen=True)
class SourceState:
    """How a source does."""

    id: UUID
    key: str
    name: str
    kind: str
    last_received_at: datetime | None
    last_day: date | None
    silent_since: date | None
    """The last day of delivery, when the source is silent."""
    feeds: list[FeedState] = field(default_factory=list)
    gaps: list[tuple[date, date]] = field(default_factory=list)
    """First and last day of each stretch without a delivery that was longer than the source's patience."""


async def source_states(session: AsyncSession, on: date | None = None) -> list[SourceState]:
    """Every source by key, as of a day (today when None) and all that is known."""
    day = on or await clock.today(session)
    feeds: dict[UUID, list[FeedState]] = {}
    for feed in await session.scalars(select(SourceFeed).order_by(SourceFeed.source_id, SourceFeed.feed)):
        feeds.setdefault(feed.source_id, []).append(FeedState(feed.feed, feed.since, feed.until))
    days: dict[UUID, list[date]] = {}
    delivered = select(SourceDay.source_id, SourceDay.day).where(SourceDay.day <= day).distinct()
    for source_id, one in await session.execute(delivered.order_by(SourceDay.day)):
        days.setdefault(source_id, []).append(one)
    return [
        SourceState(
            id=source.id,
            key=source.key,
            name=source.name,
            kind=source.kind,
            last_received_at=source.last_received_at,
            last_day=max(days.get(source.id, []), default=None),
            silent_since=silent_since(days.get(source.id, []), day),
            feeds=feeds.get(source.id, []),
            gaps=_gaps(days.get(source.id, [])),
        )
        for source in await session.scalars(select(Source).order_by(Source.key))
    ]


def _gaps(days: list[date]) -> list[tuple[date, date]]:
    allowed = patience(days)
    return [
        (before + timedelta(days=1), after - timedelta(days=1))
        for before, after in pairwise(days)
        if (after - before).days > allowed
    ]


async def metric_ids(session: AsyncSession) -> dict[str, int]:
    """Ids of metrics by key."""
    return dict((await session.execute(select(Metric.key, Metric.id))).all())


async def first_delivery(session: AsyncSession, feed: str) -> date | None:
    """The first day that any source has delivered a feed for."""
    return await session.scalar(select(func.min(SourceFeed.since)).where(SourceFeed.feed == feed))
