"""Tickets as staff read them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Integer, Select, cast, func, select

from backend.graphql.planner import Decimal, column, row, sql
from backend.support.models import Ticket


def _seconds(since: Any, until: Any) -> Any:
    return cast(func.extract("epoch", until - since), Integer())


@row(Ticket)
class TicketType:
    """[staff] A conversation with support, as is believed now."""

    key: str = column(Ticket.external_id)
    """Its key in the helpdesk."""
    opened_at: datetime
    """When it was opened."""
    answered_at: datetime | None
    """When the customer was first answered."""
    resolved_at: datetime | None
    """When it was last resolved; null while it is open."""
    first_response_seconds: int | None = sql(Ticket, lambda t: _seconds(t.opened_at, t.answered_at))
    """From opening to the first answer."""
    resolution_seconds: int | None = sql(Ticket, lambda t: _seconds(t.opened_at, t.resolved_at))
    """From opening to the last resolution; null while it is open."""
    reopenings: int
    """How often it was opened again."""
    sentiment: Decimal | None
    """From -1 (angry) to 1 (delighted); null where nobody and nothing has judged it."""
    sentiment_is_estimated: bool
    """Whether Waymark estimated it from the customer's words; otherwise the helpdesk stated it."""
    rating: Decimal | None
    """The customer's rating, on its own scale."""
    rating_scale: int | None
    """The best rating of that scale."""


def tickets_of(internal: Any) -> Select[Ticket]:
    """What is believed now of its tickets."""
    return select(Ticket).where(Ticket.account_id == internal.account_id, Ticket.superseded_on.is_(None))
