"""Tables of engagement. Staff alone read and write them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import BYTEA
from sqlalchemy.orm import Mapped, mapped_column

from backend.db.base import Base, Code, Id, Prose, RecordedAt, one_of


class TouchpointKind(StrEnum):
    """By which way staff and a customer were in contact."""

    CALL = "CALL"
    MEETING = "MEETING"
    EMAIL = "EMAIL"
    CHAT = "CHAT"
    OTHER = "OTHER"


class Touchpoint(Base):
    """A contact between staff and an account."""

    __tablename__ = "touchpoints"
    __table_args__ = (
        one_of("kind", TouchpointKind),
        CheckConstraint("length(summary) between 1 and 10000", name="summary_length"),
        Index(None, "account_id", "occurred_at", "id"),
    )
    id: Mapped[Id]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    kind: Mapped[Code]
    occurred_at: Mapped[datetime]
    summary: Mapped[Prose]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id"), index=True)
    """With whom, where it was one person."""
    logged_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    """Empty: an API key."""
    created_at: Mapped[RecordedAt]


class Note(Base):
    """Something that staff write down about an account."""

    __tablename__ = "notes"
    __table_args__ = (
        CheckConstraint("length(body) between 1 and 10000", name="body_length"),
        Index(None, "account_id", "created_at", "id"),
        Index("ix_notes_deleted", "deleted_at", postgresql_where=text("deleted_at is not null")),
    )
    id: Mapped[Id]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    body: Mapped[Prose]
    written_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    """Empty: an API key."""
    created_at: Mapped[RecordedAt]
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    """Deleted notes can be restored for 30 days; then their rows go."""


class PulseMood(StrEnum):
    """How staff feel about an account."""

    GREEN = "GREEN"
    YELLOW = "YELLOW"
    RED = "RED"


class Pulse(Base):
    """How staff felt about an account on a day, and until when that counts. Never changed; the newest one counts."""

    __tablename__ = "pulses"
    __table_args__ = (
        one_of("mood", PulseMood),
        CheckConstraint("length(reason) between 1 and 2000", name="reason_length"),
        Index(None, "account_id", "created_at", "id"),
    )
    id: Mapped[Id]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    mood: Mapped[Code]
    reason: Mapped[Prose | None]
    expires_on: Mapped[date]
    """The first day on which it does not count any more."""
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    """Empty: an API key."""
    created_at: Mapped[RecordedAt]
    withdrawn_at: Mapped[datetime | None]


class InboundState(StrEnum):
    """Where a mail that came in stands."""

    RECEIVED = "RECEIVED"
    LOGGED = "LOGGED"
    REJECTED = "REJECTED"
    IGNORED = "IGNORED"
    DISMISSED = "DISMISSED"


class InboundReason(StrEnum):
    """Why a mail became no touchpoint by itself."""

    UNKNOWN_SENDER = "UNKNOWN_SENDER"
    NO_ACCOUNT = "NO_ACCOUNT"
    AMBIGUOUS = "AMBIGUOUS"
    UNVERIFIED = "UNVERIFIED"
    EMPTY = "EMPTY"
    UNREADABLE = "UNREADABLE"
    AUTOMATIC = "AUTOMATIC"


class InboundMail(Base):
    """A mail to the organization's own address. What it says stays only while staff have to decide about it."""

    __tablename__ = "inbound_mails"
    __table_args__ = (
        one_of("state", InboundState),
        one_of("reason", InboundReason),
        CheckConstraint(
            "(content is not null) <= (state in ('RECEIVED', 'REJECTED'))", name="content_goes_when_settled"
        ),
        CheckConstraint("(touchpoint_id is not null) = (state = 'LOGGED')", name="logged_as_a_touchpoint"),
        CheckConstraint("octet_length(message_hash) = 32", name="hash_length"),
        Index(None, "state", "received_at", "id"),
    )
    id: Mapped[Id]
    message_hash: Mapped[bytes] = mapped_column(BYTEA, unique=True)
    """SHA-256 of its Message-ID, or of the whole where it has none: what comes twice is one mail."""
    state: Mapped[Code] = mapped_column(server_default=text("'RECEIVED'"))
    reason: Mapped[Code | None]
    content: Mapped[bytes | None] = mapped_column(BYTEA)
    """The mail as it came, sealed under WAYMARK_SECRET, until it has been read."""
    sender: Mapped[Prose | None]
    recipients: Mapped[Prose | None]
    subject: Mapped[Prose | None]
    body: Mapped[Prose | None]
    occurred_at: Mapped[datetime | None]
    """When it was written, as it says itself, where that can be."""
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id"), index=True)
    """The member whom it is from or to, where it is one."""
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    touchpoint_id: Mapped[UUID | None] = mapped_column(ForeignKey("touchpoints.id"), index=True)
    received_at: Mapped[RecordedAt]
    settled_at: Mapped[datetime | None]
