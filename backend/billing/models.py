"""Tables of billing. A correction adds a revision; the one before says from when it is known to be wrong."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.db.base import Base, Code, Erasure, Id, Json, Long, RecordedAt, erased, one_of


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
        Index(None, "source_id", "contract_key"),
    )
    id: Mapped[Id]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    source_id: Mapped[UUID] = mapped_column(ForeignKey("sources.id"))
    external_id: Mapped[Code]
    revision: Mapped[int]
    contract_key: Mapped[Code | None]
    """The contract or subscription that this is a term of, as its source names it."""
    plan_key: Mapped[Code]
    product_key: Mapped[Code | None]
    """What is sold, where the plan is only one of its prices; tiers may name either."""
    is_add_on: Mapped[bool] = mapped_column(server_default=text("false"))
    status: Mapped[Code]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    renews_on: Mapped[date | None]
    """The next renewal of a term without a known end; a term with one is up for renewal when it ends."""
    auto_renews: Mapped[bool | None]
    """Whether it goes on by itself; empty where nobody said."""
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


class Settlement(StrEnum):
    """How an invoice was closed."""

    PAID = "PAID"
    VOIDED = "VOIDED"
    WRITTEN_OFF = "WRITTEN_OFF"


class Invoice(Base):
    """An invoice, as known from `known_on`."""

    __tablename__ = "invoices"
    __table_args__ = (
        one_of("settled_as", Settlement),
        CheckConstraint("(settled_as is null) = (settled_on is null)", name="settled_somehow"),
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
    """The day it was paid, voided or written off; empty while it is open."""
    settled_as: Mapped[Code | None]
    known_on: Mapped[date]
    superseded_on: Mapped[date | None]
    recorded_at: Mapped[RecordedAt]


class BillingFactKind(StrEnum):
    """What happened with an account's money."""

    PAYMENT_FAILED = "PAYMENT_FAILED"
    INVOICE_OVERDUE = "INVOICE_OVERDUE"
    INVOICE_PAID = "INVOICE_PAID"
    REFUNDED = "REFUNDED"
    REFUND_FAILED = "REFUND_FAILED"
    DISPUTE_OPENED = "DISPUTE_OPENED"
    DISPUTE_WON = "DISPUTE_WON"
    DISPUTE_LOST = "DISPUTE_LOST"
    CANCELLATION_SCHEDULED = "CANCELLATION_SCHEDULED"
    CANCELLATION_WITHDRAWN = "CANCELLATION_WITHDRAWN"
    SUBSCRIPTION_ENDED = "SUBSCRIPTION_ENDED"


class BillingFact(Base):
    """Something that happened with an account's money at one moment, as known from `known_on`."""

    __tablename__ = "billing_facts"
    __table_args__ = (
        one_of("kind", BillingFactKind),
        UniqueConstraint("source_id", "external_id", "revision"),
        Index(None, "account_id", "occurred_at", "id"),
        Index(None, "source_id", "object_key"),
    )
    id: Mapped[Id]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    source_id: Mapped[UUID] = mapped_column(ForeignKey("sources.id"))
    external_id: Mapped[Code]
    revision: Mapped[int]
    object_key: Mapped[Code]
    """The invoice, charge or subscription that it is about, as its source names it."""
    kind: Mapped[Code]
    occurred_at: Mapped[datetime]
    occurred_on: Mapped[date]
    """The day of `occurred_at` in the organization's time zone."""
    amount_minor: Mapped[Long | None]
    currency: Mapped[Code | None]
    effective_on: Mapped[date | None]
    """For a scheduled cancellation: the first day no longer in force."""
    known_on: Mapped[date]
    superseded_on: Mapped[date | None]
    recorded_at: Mapped[RecordedAt]


class WebhookSecret(Base):
    """A secret that a source signs its webhooks with; several at a time while one is being replaced."""

    __tablename__ = "webhook_secrets"
    __table_args__ = (Index(None, "source_id"),)
    id: Mapped[Id]
    source_id: Mapped[UUID] = mapped_column(ForeignKey("sources.id"))
    sealed: Mapped[bytes] = mapped_column(BYTEA)
    created_at: Mapped[RecordedAt]
    expires_at: Mapped[datetime | None]


class StripeEventState(StrEnum):
    """What was made of an event of Stripe."""

    TAKEN = "TAKEN"
    IGNORED = "IGNORED"
    UNUSABLE = "UNUSABLE"


class StripeEvent(Base):
    """An event of Stripe, once. Of its body only what Waymark uses is kept: ids, amounts, states and times."""

    __tablename__ = "stripe_events"
    __table_args__ = (
        one_of("state", StripeEventState),
        PrimaryKeyConstraint("source_id", "event_id"),
        Index(None, "source_id", "target"),
        Index(None, "state", "received_at"),
    )
    source_id: Mapped[UUID] = mapped_column(ForeignKey("sources.id"))
    event_id: Mapped[Code]
    type: Mapped[Code]
    api_version: Mapped[Code | None]
    created_at: Mapped[datetime]
    """When it happened, by Stripe's clock, to the second."""
    received_at: Mapped[RecordedAt]
    state: Mapped[Code]
    reason: Mapped[Code | None]
    """Why it is unusable."""
    target: Mapped[Code | None]
    """The object whose facts follow from it, such as `sub_…`."""
    body: Mapped[Json]
    body_hash: Mapped[bytes] = mapped_column(BYTEA)
    contradictions: Mapped[int] = mapped_column(server_default=text("0"))
    """How often the same id came with another body; the first stays."""


class StripeObject(Base):
    """A customer, subscription, invoice or charge of Stripe, with the account that its facts belong to."""

    __tablename__ = "stripe_objects"
    __table_args__ = (
        PrimaryKeyConstraint("source_id", "object_id"),
        Index(None, "source_id", "customer_id"),
        Index(None, "source_id", "awaits"),
        Index("ix_stripe_objects_unresolved", "source_id", postgresql_where=text("account_id is null")),
    )
    source_id: Mapped[UUID] = mapped_column(ForeignKey("sources.id"))
    object_id: Mapped[Code]
    customer_id: Mapped[Code | None]
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    """Empty while nobody knows whose it is; its events are kept and taken when that changes."""
    named_account: Mapped[Code | None]
    """The account's external id that its metadata state."""
    is_linked_by_hand: Mapped[bool] = mapped_column(server_default=text("false"))
    """Customers only: staff said whose it is, which outranks everything else."""
    awaits: Mapped[Code | None]
    """An object, such as a coupon, without which its amounts are not whole."""
    remark: Mapped[Code | None]
    """What its amounts leave out, in a sentence."""
    derived_at: Mapped[RecordedAt]


class BillingRules(Base):
    """What `billing.yaml` says. At most one row, written by `waymark program apply` alone."""

    __tablename__ = "billing_rules"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, server_default=text("1"))
    account_metadata: Mapped[Code]
    customer_trait: Mapped[Code]
    seat_plans: Mapped[list[str] | None] = mapped_column(ARRAY(Text), info=erased(Erasure.NEVER_PERSONAL))
