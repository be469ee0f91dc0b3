"""Tickets as revisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from backend.db.engine import WriteSession
from backend.db.revisions import revise
from backend.support.models import Ticket
from backend.usage.feeds import Span, deliver


@dataclass(frozen=True)
class TicketFacts:
    """A conversation with support, whole."""

    account_id: UUID
    external_id: str
    opened_at: datetime
    opened_on: date
    """The calendar day of `opened_at` in the organization's time zone."""
    known_on: date
    answered_at: datetime | None = None
    resolved_at: datetime | None = None
    reopenings: int = 0
    sentiment: float | None = None
    """From -1 to 1."""
    sentiment_is_estimated: bool = False
    rating: float | None = None
    rating_scale: int | None = None


async def put_tickets(session: WriteSession, source_id: UUID, tickets: Sequence[TicketFacts]) -> set[str]:
    """Store tickets, each external id once; the external ids with news."""
    if not tickets:
        return set()
    news = {row["external_id"] for row in await revise(session, Ticket, source_id, [asdict(t) for t in tickets])}
    span = Span(min(t.opened_on for t in tickets), max(t.opened_on for t in tickets), min(t.known_on for t in tickets))
    days = Counter((t.opened_on, t.known_on) for t in tickets if t.external_id in news)
    await deliver(session, source_id, days, {"tickets": span})
    return news
