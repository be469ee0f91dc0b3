"""What happened with tickets, for whoever reacts: alerts, playbooks, the timeline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from backend.events import DomainEvent


@dataclass(frozen=True, kw_only=True)
class TicketOpened(DomainEvent):
    """A customer opened a ticket."""

    ticket_key: str
    opened_on: date
    happened_at: datetime
    """What is told here may be news of long ago."""


@dataclass(frozen=True, kw_only=True)
class TicketResolved(DomainEvent):
    """A ticket was resolved."""

    ticket_key: str
    opened_on: date
    happened_at: datetime


@dataclass(frozen=True, kw_only=True)
class NegativeTicket(DomainEvent):
    """A ticket's sentiment is negative, and was not, or had become calm."""

    ticket_key: str
    opened_on: date
    happened_at: datetime
    """When the last was told of it."""
    sentiment_thousandths: int
    """From -1000 to 1000."""
    is_estimated: bool
