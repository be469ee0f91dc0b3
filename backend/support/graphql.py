"""Tickets as staff read them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Integer, Select, Text, case, cast, func, select

from backend.graphql.planner import Decimal, column, node, sql
from backend.graphql.timeline import TimelineEntryType, word
from backend.permissions import Permission
from backend.support.models import Ticket


def _seconds(since: Any, until: Any) -> Any:
    return cast(func.extract("epoch", until - since), Integer())


def _sentence(ticket: Any) -> Any:
    came_to = case((ticket.resolved_at.is_(None), word(" is open.")), else_=word(" was opened, and resolved since."))
    return func.concat(word("Ticket "), ticket.external_id, came_to, type_=Text())


@node(Ticket, prefix="tick", permission=Permission.ACCOUNTS_INTERNAL)
class TicketType(TimelineEntryType):
    """[staff] A conversation with support, as is believed now."""

    happened_at: datetime = column(Ticket.opened_at)
    """When it was opened, as of every entry of the time line."""
    sentence: str = sql(Ticket, _sentence)
    """What became of it."""

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
