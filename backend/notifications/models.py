"""The table of notifications. Each is seen by its person alone: as staff, or as a member of the account it is of."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.db.base import Base, Code, Erasure, Id, Json, RecordedAt, erased, one_of


class Matter(StrEnum):
    """What somebody is told about."""

    URGENT_ALERT = "URGENT_ALERT"
    ALERT = "ALERT"
    ALERT_REOPENED = "ALERT_REOPENED"
    ALERT_RESOLVED = "ALERT_RESOLVED"
    TASK_ASSIGNED = "TASK_ASSIGNED"
    PAYMENT_FAILED = "PAYMENT_FAILED"
    LIMIT_REACHED = "LIMIT_REACHED"
    LIMIT_NEAR = "LIMIT_NEAR"
    STANDING_CHANGED = "STANDING_CHANGED"
    TEAMMATE_JOINED = "TEAMMATE_JOINED"


class MailWhen(StrEnum):
    """Whether and when something is mailed."""

    AT_ONCE = "AT_ONCE"
    DAILY = "DAILY"
    OFF = "OFF"


class Notification(Base):
    """Something that a person is told. Its words are read from what it is about."""

    __tablename__ = "notifications"
    __table_args__ = (
        one_of("matter", Matter),
        one_of("mail", MailWhen),
        CheckConstraint("num_nonnulls(alert_id, task_id, facts) = 1", name="about_one_thing"),
        CheckConstraint("facts is null or account_id is not null", name="members_are_told_of_an_account"),
        UniqueConstraint("person_id", "event_id"),
        Index(None, "person_id", "created_at", "id"),
        Index("ix_notifications_unread", "person_id", postgresql_where=text("read_at is null")),
        Index("ix_notifications_to_mail", "person_id", postgresql_where=text("mail = 'DAILY' and mailed_at is null")),
        Index(None, "created_at"),
        {"info": erased(Erasure.ROW_DELETED)},
    )
    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"))
    matter: Mapped[Code]
    event_id: Mapped[UUID] = mapped_column(ForeignKey("domain_events.id"))
    """What happened. A person is told of it once, however often the work is done."""
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    alert_id: Mapped[UUID | None] = mapped_column(ForeignKey("alerts.id", ondelete="CASCADE"))
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"))
    facts: Mapped[Json | None]
    """What a member is told: ids, amounts, days. Empty for staff."""
    in_app: Mapped[bool] = mapped_column(server_default=text("true"))
    """Whether it stands in the inbox, or is mailed alone."""
    mail: Mapped[Code] = mapped_column(server_default=text("'OFF'"))
    """How its person wanted it mailed when they were told."""
    mailed_at: Mapped[datetime | None]
    """When its mail was queued."""
    created_at: Mapped[RecordedAt]
    read_at: Mapped[datetime | None]


class NotificationPreference(Base):
    """How a person wants to be told of a matter; without a row, as `preferences.py` has it."""

    __tablename__ = "notification_preferences"
    __table_args__ = (
        PrimaryKeyConstraint("person_id", "matter"),
        one_of("matter", Matter),
        one_of("mail", MailWhen),
        {"info": erased(Erasure.ROW_DELETED)},
    )
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"))
    matter: Mapped[Code]
    in_app: Mapped[bool]
    mail: Mapped[Code]
