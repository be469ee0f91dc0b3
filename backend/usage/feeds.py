"""What sources have delivered, day by day: the ground of coverage and of the rule about silent sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text

from backend.db.engine import WriteSession

DAYS = """
insert into source_days (source_id, day, known_on, facts)
select :source_id, day, known_on, facts
from unnest((:days)::date[], (:known)::date[], (:facts)::bigint[]) as d (day, known_on, facts)
order by day, known_on
on conflict (source_id, day, known_on) do update set facts = source_days.facts + excluded.facts
"""

FEED = """
insert into source_feeds (source_id, feed, since, until, first_known_on)
values (:source_id, :feed, :since, :until, :known_on)
on conflict (source_id, feed) do update
set since = least(source_feeds.since, excluded.since), until = greatest(source_feeds.until, excluded.until),
    first_known_on = least(source_feeds.first_known_on, excluded.first_known_on)
"""


@dataclass(frozen=True)
class Span:
    """First and last day that delivered facts are true of, and when the first of them was known."""

    since: date
    until: date
    known_on: date

    def with_day(self, since: date, until: date, known_on: date) -> Span:
        """The span widened."""
        return Span(min(self.since, since), max(self.until, until), min(self.known_on, known_on))


async def deliver(
    session: WriteSession, source_id: UUID, days: Mapping[tuple[date, date], int], feeds: Mapping[str, Span]
) -> None:
    """Note what a source delivered: (day, known on) → number of new facts, and feed → its span."""
    if days:
        keys = sorted(days)
        await session.execute(
            text(DAYS),
            {
                "source_id": source_id,
                "days": [day for day, _ in keys],
                "known": [known for _, known in keys],
                "facts": [days[key] for key in keys],
            },
        )
    for feed, span in sorted(feeds.items()):
        await session.execute(
            text(FEED),
            {
                "source_id": source_id,
                "feed": feed,
                "since": span.since,
                "until": span.until,
                "known_on": span.known_on,
            },
        )
