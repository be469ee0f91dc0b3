"""Tables of alerts. Rules are written by `waymark program apply` alone."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.db.base import Base, Code, Id, Json, Prose, RecordedAt, one_of


class AlertSeverity(StrEnum):
    """How soon somebody should look."""

    INFO = "INFO"
    WARNING = "WARNING"
    URGENT = "URGENT"


class AlertState(StrEnum):
    """Where an alert stands."""

    OPEN = "OPEN"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    SNOOZED = "SNOOZED"
    RESOLVED = "RESOLVED"


class AlertResolution(StrEnum):
    """How an alert came to its end."""

    RECOVERED = "RECOVERED"
    BY_STAFF = "BY_STAFF"
    RULE_RETIRED = "RULE_RETIRED"


class AlertRule(Base):
    """A rule of the running program."""

    __tablename__ = "alert_rules"
    __table_args__ = (one_of("severity", AlertSeverity),)
    key: Mapped[Code] = mapped_column(primary_key=True)
    name: Mapped[Code]
    severity: Mapped[Code]
    definition: Mapped[Json]
    """The rule as `alerts.yaml` has it."""
    is_retired: Mapped[bool] = mapped_column(server_default=text("false"))
    in_force_since: Mapped[RecordedAt]
    """What occurred before is no reason for an alert."""


class Alert(Base):
    """One reason to look at an account. At most one of a rule is open at a time: the database sees to it."""

    __tablename__ = "alerts"
    __table_args__ = (
        one_of("state", AlertState),
        one_of("severity", AlertSeverity),
        one_of("resolution", AlertResolution),
        CheckConstraint("(state = 'RESOLVED') = (resolved_at is not null)", name="resolved_at_an_instant"),
        CheckConstraint("(state = 'SNOOZED') = (snoozed_until is not null)", name="snoozed_until_an_instant"),
        Index(
            "uq_alerts_one_open", "account_id", "rule_key", unique=True, postgresql_where=text("state <> 'RESOLVED'")
        ),
        Index(None, "account_id", "opened_at", "id"),
        Index("ix_alerts_open", "opened_at", "id", postgresql_where=text("state <> 'RESOLVED'")),
        Index("ix_alerts_snoozed", "snoozed_until", postgresql_where=text("state = 'SNOOZED'")),
        Index(None, "rule_key", "opened_at"),
    )
    id: Mapped[Id]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    rule_key: Mapped[Code] = mapped_column(ForeignKey("alert_rules.key"))
    severity: Mapped[Code]
    state: Mapped[Code] = mapped_column(server_default=text("'OPEN'"))
    facts: Mapped[Json]
    """Numbers that the sentence names: counts, sums, percentages; never names or free text."""
    opened_at: Mapped[RecordedAt]
    last_seen_at: Mapped[RecordedAt]
    """When its reason was last found."""
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id"))
    snoozed_until: Mapped[datetime | None]
    snooze_reason: Mapped[Prose | None]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id"))
    resolution: Mapped[Code | None]
    is_useful: Mapped[bool | None]
    """What staff said of it; the share of useful ones is shown per rule."""
    judged_by: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id"))


class AlertOccurrence(Base):
    """An occurrence that a rule has seen: a domain event, or an event of a source. Each counts once."""

    __tablename__ = "alert_occurrences"
    __table_args__ = (PrimaryKeyConstraint("rule_key", "occurrence_id"), Index(None, "alert_id", "occurred_at"))
    rule_key: Mapped[Code] = mapped_column(ForeignKey("alert_rules.key"))
    occurrence_id: Mapped[UUID]
    alert_id: Mapped[UUID] = mapped_column(ForeignKey("alerts.id", ondelete="CASCADE"))
    name: Mapped[Code]
    """What happened: the type of a domain event, or the name of a source's event."""
    occurred_at: Mapped[datetime]


class AlertHold(Base):
    """A rule that stays quiet about an account: somebody resolved its alert while the reason still stood.

    It goes when the reason is over; the next time the reason holds, there is a new alert.
    """

    __tablename__ = "alert_holds"
    __table_args__ = (PrimaryKeyConstraint("rule_key", "account_id"),)
    rule_key: Mapped[Code] = mapped_column(ForeignKey("alert_rules.key"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    held_at: Mapped[RecordedAt]
