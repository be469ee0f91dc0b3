"""What holds for the whole organization on a day that is scored: which leaves have a source, which source is silent."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.health.definition import Model
from backend.health.features import Conditions
from backend.health.measures import (
    ActiveShare,
    MeanSentiment,
    Measure,
    MilestonesOnTime,
    OverdueDays,
    Regularity,
    metrics_of,
)
from backend.usage.models import SourceDay, SourceFeed
from backend.usage.rules import silent_since

ACTIVE_MEMBERS = "active_members"
"""The feed of sources that tell persons apart, or count them."""


@dataclass(frozen=True)
class Feed:
    """A feed of one source: facts true from `since` on, first known on `known`."""

    source: UUID
    since: date
    known: date


@dataclass
class Deliveries:
    """What the sources have delivered, as of any day."""

    feeds: Mapping[str, list[Feed]]
    days: Mapping[UUID, list[tuple[date, date]]]
    """Source → (day, known on), in the order of days."""
    _silent: dict[tuple[UUID, date, date], date | None] = field(default_factory=dict)

    def sources(self, feed: str, day: date, known: date) -> list[UUID]:
        """Sources that had delivered a feed by a day."""
        return [found.source for found in self.feeds.get(feed, ()) if found.since <= day and found.known <= known]

    def are_shared(self, day: date, known: date) -> bool:
        """Whether a metric comes from more than one source, so that what was used on a day is a sum of rows."""
        return any(len(self.sources(feed, day, known)) > 1 for feed in self.feeds if feed.startswith("metric:"))

    def silent(self, source: UUID, day: date, known: date) -> date | None:
        """The last day of a source that is silent on a day, None while it speaks."""
        key = (source, day, known)
        if key not in self._silent:
            delivered = self.days.get(source, [])
            upto = bisect_right(delivered, (day, date.max))
            spoken = dict.fromkeys(on for on, at in delivered[max(0, upto - 400) : upto] if at <= known)
            self._silent[key] = silent_since(list(spoken), day)
        return self._silent[key]

    def end(self, feeds: Iterable[str], day: date, known: date, *, any_of: bool) -> date | None:
        """Where the windows of a leaf end because its sources are silent; None while they speak.

        A feed is silent when all its sources are. A leaf that needs every one of its feeds ends with the first to
        fall silent, one that takes `any_of` them with the last.
        """
        ends: list[date | None] = []
        for feed in feeds:
            if sources := self.sources(feed, day, known):
                quiet = [self.silent(source, day, known) for source in sources]
                ends.append(None if None in quiet else max(q for q in quiet if q))
        silent = [end for end in ends if end]
        if any_of:
            return max(silent) if silent and len(silent) == len(ends) else None
        return min(silent, default=None)


async def deliveries(session: AsyncSession, last: date) -> Deliveries:
    """Everything that sources have delivered up to a day."""
    feeds: dict[str, list[Feed]] = {}
    for row in await session.scalars(select(SourceFeed)):
        feeds.setdefault(row.feed, []).append(Feed(row.source_id, row.since, row.first_known_on))
    days: dict[UUID, list[tuple[date, date]]] = {}
    found = await session.execute(
        select(SourceDay.source_id, SourceDay.day, SourceDay.known_on)
        .where(SourceDay.day <= last)
        .order_by(SourceDay.day, SourceDay.known_on)
    )
    for source, day, known in found:
        days.setdefault(source, []).append((day, known))
    return Deliveries(feeds, days)


def feeds_of(measure: Measure) -> tuple[str, ...]:
    """Feeds of which one at least must exist for a leaf to have a source; silence is read from them too."""
    match measure:
        case ActiveShare():
            return (ACTIVE_MEMBERS,)
        case MeanSentiment():
            return ("tickets",)
        case OverdueDays():
            return ("invoices",)
        case MilestonesOnTime():
            return ("milestones",)
        case _:
            return tuple(f"metric:{key}" for key in metrics_of(measure))


def on(model: Model, delivered: Deliveries, day: date, known: date) -> Conditions:
    """The conditions of a day with what was known at the end of `known`."""
    fed = frozenset(
        feed.removeprefix("metric:")
        for feed in delivered.feeds
        if feed.startswith("metric:") and delivered.sources(feed, day, known)
    )
    connected, fallback, ends = [], set(), []
    for place, leaf in enumerate(model.leaves):
        feeds, any_of = feeds_of(leaf.measure), isinstance(leaf.measure, ActiveShare)
        if isinstance(leaf.measure, Regularity) and not any(delivered.sources(feed, day, known) for feed in feeds):
            fallback.add(place)
            feeds, any_of = tuple(f"metric:{key}" for key in sorted(fed)), True
        has_source = any(delivered.sources(feed, day, known) for feed in feeds)
        if isinstance(leaf.measure, ActiveShare):
            has_source = has_source and bool(delivered.sources("seats", day, known))
        connected.append(has_source)
        end = delivered.end(feeds, day, known, any_of=any_of)
        ends.append(end if end is not None and end < day else None)
    return Conditions(tuple(connected), frozenset(fallback), fed, tuple(ends))
