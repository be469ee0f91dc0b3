"""Tables of billing. A correction adds a revision; the one before says from when it is known to be wrong."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.db.base import Base, Code, Id, Long, RecordedAt, one_of


class SubscriptionStatus(StrEnum):
    """What a subscription is while it is in force."""

    TRIALING = "TRIALING"
    ACTIVE = "ACTIVE"
    PAST_DUE = "PAST_DUE"
    PAUSED = "PAUSED"
    CANCELLED = "CANCELLED"


class Subscription(Base):
    """One term of one subscription: a plan or an add-on, from a day to a day (exclusive)."""

    __tablename__ = "subscriptions"
    __table_args__ = (
        one_of("status", SubscriptionStatus),
        UniqueConstraint("source_id", "external_id", "revision"),
        CheckConstraint("ends_on is null or ends_on > starts_on", name="ends_after_start"),
        Index(None, "account_id", "starts_on"),
    )
    id: Mapped[Id]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    source_id: Mapped[UUID] = mapped_column(ForeignKey("sources.id"))
    external_id: Mapped[Code]
    revision: Mapped[int]
    plan_key: Mapped[Code]
    is_add_on: Mapped[bool] = mapped_column(server_default=text("false"))
    status: Mapped[Code]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    mrr_minor: Mapped[Long]
    """Monthly recurring revenue of this term after discount, minor units."""
    currency: Mapped[Code]
    seats: Mapped[int | None]
    """Seats that this term includes; empty where it sells none."""
    limit_metric: Mapped[Code | None]
    """Metric that this term limits, with the amount included per month in `limit_quantity`."""
    limit_quantity: Mapped[Long | None]
    bill_period_months: Mapped[int] = mapped_column(server_default=text("1"))
    known_on: Mapped[date]
    superseded_on: Mapped[date | None]
    recorded_at: Mapped[RecordedAt]


class Invoice(Base):
    """An invoice, as known from `known_on`."""

    __tablename__ = "invoices"
    __table_args__ = (
        UniqueConstraint("source_id", "external_id", "revision"),
        Index(None, "account_id", "due_on"),
    )
    id: Mapped[Id]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    source_id: Mapped[UUID] = mapped_column(ForeignKey("sources.id"))
    external_id: Mapped[Code]
    revision: Mapped[int]
    amount_minor: Mapped[Long]
    currency: Mapped[Code]
    issued_on: Mapped[date]
    due_on: Mapped[date]
    settled_on: Mapped[date | None]
    """The day it was paid or voided; empty while it is open."""
    known_on: Mapped[date]
    superseded_on: Mapped[date | None]
    recorded_at: Mapped[RecordedAt]
