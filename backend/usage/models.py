"""Tables of usage. Rollups are additive rows: a late or corrected fact adds one, none is ever rewritten."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Identity, Index, PrimaryKeyConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.db.base import Base, Code, Id, Long, RecordedAt, one_of


class SourceKind(StrEnum):
    """What kind of system a source is."""

    CSV = "CSV"
    API = "API"
    BILLING = "BILLING"
    HELPDESK = "HELPDESK"
    COMMUNITY = "COMMUNITY"
    PRODUCT = "PRODUCT"


class Metric(Base):
    """Something counted per account and day. Its key and words come from the program files."""

    __tablename__ = "metrics"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    key: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Code]
    unit: Mapped[Code] = mapped_column(server_default=text("''"))
    description: Mapped[Code] = mapped_column(server_default=text("''"))
    scale: Mapped[int] = mapped_column(server_default=text("0"))
    """Decimal places: a stored 1234 with scale 2 means 12.34."""
    is_core: Mapped[bool] = mapped_column(server_default=text("false"))
    is_customer_visible: Mapped[bool] = mapped_column(server_default=text("true"))
    is_retired: Mapped[bool] = mapped_column(server_default=text("false"))
    """No longer in the program; kept because usage was recorded in it."""
    created_at: Mapped[RecordedAt]


class Source(Base):
    """A system that facts come from."""

    __tablename__ = "sources"
    __table_args__ = (one_of("kind", SourceKind),)
    id: Mapped[Id]
    key: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Code]
    kind: Mapped[Code]
    connected_at: Mapped[RecordedAt]
    last_received_at: Mapped[datetime | None]


class SourceFeed(Base):
    """What a source has ever delivered: `metric:<key>`, `seats`, `limits`, `invoices`, `tickets`, `members`, and
    `active_members` where it tells persons apart or counts them.

    `since` and `until` are the first and last day that a delivered fact is true of.
    """

    __tablename__ = "source_feeds"
    __table_args__ = (PrimaryKeyConstraint("source_id", "feed"),)
    source_id: Mapped[UUID] = mapped_column(ForeignKey("sources.id"))
    feed: Mapped[Code]
    since: Mapped[date]
    until: Mapped[date]
    first_known_on: Mapped[date]


class SourceDay(Base):
    """A day on which a source delivered anything, as known from `known_on`; silence is read from the gaps."""

    __tablename__ = "source_days"
    __table_args__ = (PrimaryKeyConstraint("source_id", "day", "known_on"),)
    source_id: Mapped[UUID] = mapped_column(ForeignKey("sources.id"))
    day: Mapped[date]
    known_on: Mapped[date]
    facts: Mapped[Long]


class UsageDaily(Base):
    """What is added to a metric of an account on a day, by one source, known from `known_on`.

    The value of (account, metric, day) as known on K is the sum of `delta` over rows with known_on <= K. `users` adds
    up the same way to the number of distinct members that the source counted, 0 where it sends none.
    """

    __tablename__ = "usage_daily"
    __table_args__ = (
        PrimaryKeyConstraint("account_id", "day", "metric_id", "source_id", "known_on"),
        Index("ix_usage_daily_late", "account_id", "day", "known_on", postgresql_where=text("known_on > day")),
        # Rows lie in the order in which days arrived, so that a window of all accounts is a part of the table.
        Index(None, "day", postgresql_using="brin", postgresql_with={"autosummarize": "on", "pages_per_range": "32"}),
    )
    account_id: Mapped[UUID]
    day: Mapped[date]
    metric_id: Mapped[int]
    source_id: Mapped[UUID]
    known_on: Mapped[date]
    delta: Mapped[Long]
    users: Mapped[int] = mapped_column(server_default=text("0"))


class MemberDay(Base):
    """A member was active in a metric on a day, first known on `known_on`: what cannot be summed."""

    __tablename__ = "member_days"
    __table_args__ = (PrimaryKeyConstraint("account_id", "day", "metric_id", "person_id"),)
    account_id: Mapped[UUID]
    day: Mapped[date]
    metric_id: Mapped[int]
    person_id: Mapped[UUID]
    known_on: Mapped[date]


class AccountMark(Base):
    """The facts of an account have changed since it was scored. Append-only; drained in sets by `health.live`."""

    __tablename__ = "account_marks"
    __table_args__ = (
        PrimaryKeyConstraint("account_id", "id"),
        {"postgresql_with": {"autovacuum_vacuum_scale_factor": "0", "autovacuum_vacuum_threshold": "20000"}},
    )
    account_id: Mapped[UUID]
    id: Mapped[UUID] = mapped_column(server_default=text("uuidv7()"))
    marked_at: Mapped[RecordedAt]
