"""The table of mail."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, text
from sqlalchemy.dialects.postgresql import BYTEA
from sqlalchemy.orm import Mapped, mapped_column

from backend.db.base import Base, Code, Id, RecordedAt, Secret, one_of


class MailState(StrEnum):
    """Where a mail stands."""

    QUEUED = "QUEUED"
    """It is to be sent; its work item says when it is tried next, or that it is parked."""
    SENT = "SENT"
    """A mail server has taken it over."""
    KEPT = "KEPT"
    """In development without a mail server: it is shown at `/dev/mail` instead."""
    REFUSED = "REFUSED"
    """The mail server refused the address or the mail for good."""
    EXPIRED = "EXPIRED"
    """It was not sent in time, and what it says holds no longer."""


class Mail(Base):
    """A mail to a person. What it says is sealed, and deleted once it is settled, of a refused one, which can be sent
    again, a week later; the row goes with the person."""

    __tablename__ = "mails"
    __table_args__ = (
        one_of("state", MailState),
        CheckConstraint(
            "(content is not null) = (state in ('QUEUED', 'KEPT')) or state = 'REFUSED'",
            name="content_goes_when_settled",
        ),
        CheckConstraint("(settled_at is null) = (state = 'QUEUED')", name="settled_at_an_instant"),
    )
    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"), index=True)
    recipient: Mapped[Secret]
    message_id: Mapped[Code] = mapped_column(unique=True)
    """The same in every attempt, so that a mail server or a reader sees a repetition as one."""
    state: Mapped[Code] = mapped_column(server_default=text("'QUEUED'"))
    content: Mapped[bytes | None] = mapped_column(BYTEA)
    """Subject and bodies, sealed under WAYMARK_SECRET."""
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    reply_code: Mapped[int | None]
    """What the mail server answered last (RFC 5321); its words, which repeat addresses, are not kept."""
    send_before: Mapped[datetime | None]
    """When it is of no use any more."""
    created_at: Mapped[RecordedAt] = mapped_column(index=True)
    settled_at: Mapped[datetime | None]
