"""Tables of accounts. What only staff may see stands in `account_internals`, behind the one gate `internal`."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.db.base import Base, Code, Erasure, Id, Json, Long, Prose, ProseJson, RecordedAt, erased, one_of


class Account(Base):
    """A company that is a customer."""

    __tablename__ = "accounts"
    __table_args__ = (
        Index(None, "name", "id"),
        # What `search` looks for: any part of the name, by the letters that stand beside each other (pg_trgm).
        Index("ix_accounts_name_trigrams", text("lower(name)"), postgresql_using="gin"),
        Index(None, "parent_id"),
        Index(None, "success_manager_id"),
    )
    id: Mapped[Id]
    external_id: Mapped[Code | None] = mapped_column(unique=True)
    """The account's key in the organization's own systems."""
    name: Mapped[Code]
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    tier_key: Mapped[Code | None] = mapped_column(index=True)
    """The tier as of now; `account_tiers` has its history."""
    industry: Mapped[Code | None]
    use_case: Mapped[Code | None]
    customer_since: Mapped[date]
    success_manager_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[RecordedAt]


class AccountInternal(Base):
    """What staff know of an account and its members never see. One row an account, made with it."""

    __tablename__ = "account_internals"
    __table_args__ = (Index(None, "mrr_minor", "account_id"), Index(None, "renews_on", "account_id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    mrr_minor: Mapped[Long] = mapped_column(server_default=text("0"))
    """Monthly recurring revenue in force today, in minor units of `mrr_currency`; derived from subscriptions."""
    mrr_currency: Mapped[Code] = mapped_column(server_default=text("'USD'"))
    seats: Mapped[int | None]
    renews_on: Mapped[date | None]
    churned_on: Mapped[date | None]
    churn_reason: Mapped[Prose | None]
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"), info=erased(Erasure.REDACTED))
    traits: Mapped[dict[str, object]] = mapped_column(JSONB, server_default=text("'{}'"), info=erased(Erasure.REDACTED))
    last_touch_at: Mapped[datetime | None]
    """The newest of its touchpoints."""


class AccountTier(Base):
    """The tier of an account from a day to a day (exclusive), as known from `known_on`."""

    __tablename__ = "account_tiers"
    __table_args__ = (Index(None, "account_id", "valid_from"),)
    id: Mapped[Id]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    tier_key: Mapped[Code]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    known_on: Mapped[date]
    superseded_on: Mapped[date | None]
    """The day from which this row is known to be wrong; a later row says what is right."""
    is_derived: Mapped[bool] = mapped_column(server_default=text("false"))
    """It follows from a subscription's plan; otherwise it was stated."""
    recorded_at: Mapped[RecordedAt]


class HealthVisibility(StrEnum):
    """What the customers of a tier see of their health."""

    HIDDEN = "HIDDEN"
    WORDS = "WORDS"
    SCORE = "SCORE"


class Tier(Base):
    """A service tier, as the running program names it. Rows are written by `waymark program apply` alone."""

    __tablename__ = "tiers"
    __table_args__ = (one_of("health_visibility", HealthVisibility),)
    key: Mapped[Code] = mapped_column(primary_key=True)
    name: Mapped[Code]
    rank: Mapped[int]
    price_minor: Mapped[Long | None]
    price_currency: Mapped[Code | None]
    health_visibility: Mapped[Code]
    plans: Mapped[list[str]] = mapped_column(ARRAY(Text), info=erased(Erasure.NEVER_PERSONAL))
    """Plan keys of billing systems that put an account into this tier."""
    limits: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    """Metric → quantity included in a month."""
    is_retired: Mapped[bool] = mapped_column(server_default=text("false"))
    """No longer in the program; kept because accounts were in it."""


class Stage(Base):
    """A stage in the life of a customer, as the running program declares it. Written by `waymark program apply` alone.

    An account is in the first stage, by position, whose conditions hold.
    """

    __tablename__ = "stages"
    __table_args__ = (CheckConstraint("from_day >= 0 and below_day > from_day", name="days_in_order"),)
    key: Mapped[Code] = mapped_column(primary_key=True)
    name: Mapped[Code]
    description: Mapped[Code] = mapped_column(server_default=text("''"))
    position: Mapped[int]
    is_trial: Mapped[bool] = mapped_column(server_default=text("false"))
    """It is for accounts whose plan is on trial; the others are for all."""
    from_day: Mapped[int] = mapped_column(server_default=text("0"))
    """From so many days after the first day as a customer."""
    below_day: Mapped[int | None]
    """Until before so many days after it; empty: without an end."""
    is_retired: Mapped[bool] = mapped_column(server_default=text("false"))
    """No longer in the program."""


class TraitKind(StrEnum):
    """What the values of a trait are."""

    TEXT = "TEXT"
    NUMBER = "NUMBER"
    BOOLEAN = "BOOLEAN"
    DATE = "DATE"
    CHOICE = "CHOICE"


class Trait(Base):
    """A trait that accounts may have, as the running program declares it. Written by `waymark program apply` alone."""

    __tablename__ = "traits"
    __table_args__ = (one_of("kind", TraitKind),)
    key: Mapped[Code] = mapped_column(primary_key=True)
    name: Mapped[Code]
    kind: Mapped[Code]
    choices: Mapped[list[str]] = mapped_column(ARRAY(Text), info=erased(Erasure.NEVER_PERSONAL))
    """What a CHOICE may be; empty for every other kind."""
    position: Mapped[int]
    is_retired: Mapped[bool] = mapped_column(server_default=text("false"))
    """No longer in the program; kept because accounts may have it."""


class OwnerRole(Base):
    """A role in which staff look after accounts beside the success manager, as the running program declares it."""

    __tablename__ = "owner_roles"
    key: Mapped[Code] = mapped_column(primary_key=True)
    name: Mapped[Code]
    position: Mapped[int]
    is_retired: Mapped[bool] = mapped_column(server_default=text("false"))


class AccountOwner(Base):
    """Who of the staff has a role for an account."""

    __tablename__ = "account_owners"
    __table_args__ = (PrimaryKeyConstraint("account_id", "role_key"), Index(None, "staff_id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    role_key: Mapped[Code] = mapped_column(ForeignKey("owner_roles.key"))
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    since: Mapped[RecordedAt]


class SavedView(Base):
    """What somebody's list of accounts shows, by a name."""

    __tablename__ = "saved_views"
    __table_args__ = (
        CheckConstraint("length(name) between 1 and 100", name="name_length"),
        Index(None, "owner_id", "name", "id"),
        Index("ix_saved_views_shared", "name", "id", postgresql_where=text("is_shared and deleted_at is null")),
    )
    id: Mapped[Id]
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    name: Mapped[Prose]
    is_shared: Mapped[bool] = mapped_column(server_default=text("false"))
    filter: Mapped[ProseJson]
    """A value of AccountFilter, as a client of the API writes it."""
    ordering: Mapped[dict[str, str] | None] = mapped_column(
        JSONB(none_as_null=True), info=erased(Erasure.NEVER_PERSONAL)
    )
    """A value of AccountOrder; empty: by name."""
    columns: Mapped[list[str]] = mapped_column(ARRAY(Text), info=erased(Erasure.NEVER_PERSONAL))
    created_at: Mapped[RecordedAt]
    changed_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    """Deleted views can be restored for 30 days; after that the next deletion of the owner's takes the row."""


class DefaultView(Base):
    """The view with which somebody's list of accounts begins."""

    __tablename__ = "default_views"
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    view_id: Mapped[UUID] = mapped_column(ForeignKey("saved_views.id", ondelete="CASCADE"), index=True)
