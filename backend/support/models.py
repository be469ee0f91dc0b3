"""Tables of support."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.db.base import Base, Code, Id, RecordedAt, one_of
from backend.ingest.conversations import Turn

ON_ITS_SCALE = "(rating is null) = (rating_scale is null) and rating between 0 and rating_scale"


class Ticket(Base):
    """A conversation with support, as known from `known_on`."""

    __tablename__ = "tickets"
    __table_args__ = (
        UniqueConstraint("source_id", "external_id", "revision"),
        CheckConstraint("sentiment between -1 and 1", name="sentiment_range"),
        CheckConstraint(ON_ITS_SCALE, name="rating_on_its_scale"),
        Index(None, "account_id", "opened_on"),
        Index(None, "account_id", "opened_at", "id"),
    )
    id: Mapped[Id]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    source_id: Mapped[UUID] = mapped_column(ForeignKey("sources.id"))
    external_id: Mapped[Code]
    revision: Mapped[int]
    opened_on: Mapped[date]
    opened_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    """When the customer was first answered."""
    resolved_at: Mapped[datetime | None]
    """When it was last resolved; empty while it is open."""
    reopenings: Mapped[int] = mapped_column(server_default=text("0"))
    """How often it was opened again."""
    sentiment: Mapped[float | None]
    """From -1 (angry) to 1 (delighted); empty when nobody and nothing has judged it."""
    sentiment_is_estimated: Mapped[bool] = mapped_column(server_default=text("false"))
    """Computed from the words of the customer's messages; otherwise the source stated it."""
    rating: Mapped[float | None]
    """The customer's own rating, on the scale that it was given on."""
    rating_scale: Mapped[int | None]
    """The best rating of that scale."""
    known_on: Mapped[date]
    superseded_on: Mapped[date | None]
    recorded_at: Mapped[RecordedAt]


class TicketEvent(Base):
    """An event of a ticket, once a message of its source. A ticket follows from all of its events, in any order."""

    __tablename__ = "ticket_events"
    __table_args__ = (
        one_of("kind", Turn),
        PrimaryKeyConstraint("source_id", "message_id"),
        CheckConstraint("sentiment between -1 and 1", name="sentiment_range"),
        CheckConstraint(ON_ITS_SCALE, name="rating_on_its_scale"),
        Index(None, "source_id", "ticket_key"),
        Index(None, "account_id"),
    )
    source_id: Mapped[UUID] = mapped_column(ForeignKey("sources.id"))
    message_id: Mapped[Code]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    ticket_key: Mapped[Code]
    """The ticket, as its source names it."""
    kind: Mapped[Code]
    occurred_at: Mapped[datetime]
    sentiment: Mapped[float | None]
    sentiment_is_estimated: Mapped[bool] = mapped_column(server_default=text("false"))
    rating: Mapped[float | None]
    rating_scale: Mapped[int | None]
    recorded_at: Mapped[RecordedAt]
