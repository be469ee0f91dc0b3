"""Tables of outgoing webhooks: where they go, and each that was or is to be sent."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.db.base import Base, Code, Erasure, Id, Json, Prose, RecordedAt, erased, one_of
from backend.events import DomainEventRow


class BodyForm(StrEnum):
    """How bodies are written."""

    STANDARD = "STANDARD"
    SLACK = "SLACK"


class PauseReason(StrEnum):
    """Why nothing is sent to an endpoint for now."""

    FAILING = "FAILING"
    GONE = "GONE"


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    PENDING = "PENDING"
    """It is to be sent; its work item says when it is tried next, or that it is parked."""
    HELD = "HELD"
    """Its endpoint is paused."""
    DELIVERED = "DELIVERED"
    """The endpoint answered with 2xx."""
    DROPPED = "DROPPED"
    """Its endpoint was removed before."""


class Failure(StrEnum):
    """What came of an attempt that did not succeed."""

    STATUS = "STATUS"
    TIMEOUT = "TIMEOUT"
    UNREACHABLE = "UNREACHABLE"
    FORBIDDEN_ADDRESS = "FORBIDDEN_ADDRESS"


class WebhookEndpoint(Base):
    """Where webhooks go. A removed one keeps neither address nor secrets."""

    __tablename__ = "webhook_endpoints"
    __table_args__ = (
        one_of("form", BodyForm),
        one_of("pause_reason", PauseReason),
        CheckConstraint("(paused_at is null) = (pause_reason is null)", name="pause_has_a_reason"),
        CheckConstraint(
            "(removed_at is not null) = (url is null) and (url is null) = (secret is null)", name="removed_stays_empty"
        ),
        CheckConstraint("(former_secret is null) = (former_secret_until is null)", name="former_secret_ends"),
        CheckConstraint("length(name) between 1 and 200", name="name_length"),
    )
    id: Mapped[Id]
    name: Mapped[Prose]
    host: Mapped[Code]
    """Host and port of the address, which is shown; the rest of an address may be a secret itself."""
    url: Mapped[bytes | None] = mapped_column(BYTEA)
    """Sealed under WAYMARK_SECRET, as the secrets are."""
    secret: Mapped[bytes | None] = mapped_column(BYTEA)
    former_secret: Mapped[bytes | None] = mapped_column(BYTEA)
    """Signs too until `former_secret_until`, so that receivers can change over."""
    former_secret_until: Mapped[datetime | None]
    events: Mapped[list[str]] = mapped_column(ARRAY(Text), info=erased(Erasure.NEVER_PERSONAL))
    """Types of events that it gets; empty: all."""
    form: Mapped[Code] = mapped_column(server_default=text("'STANDARD'"))
    failing_since: Mapped[datetime | None]
    """The first failure since something was delivered."""
    paused_at: Mapped[datetime | None]
    pause_reason: Mapped[Code | None]
    removed_at: Mapped[datetime | None]
    created_at: Mapped[RecordedAt]


class WebhookDelivery(Base):
    """One event for one endpoint, with what came of it."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        one_of("state", DeliveryState),
        one_of("failure", Failure),
        CheckConstraint("(state = 'DELIVERED') = (delivered_at is not null)", name="delivered_at_an_instant"),
        UniqueConstraint("endpoint_id", "event_id"),
        Index(None, "endpoint_id", "created_at", "id"),
        Index(None, "created_at", "id"),
    )
    id: Mapped[Id]
    """Makes the webhook-id, which is the same in every attempt and every replay."""
    endpoint_id: Mapped[UUID] = mapped_column(ForeignKey("webhook_endpoints.id"))
    event_id: Mapped[UUID | None] = mapped_column(ForeignKey(DomainEventRow.id))
    """What happened; empty for a test. An endpoint is told of it once."""
    type: Mapped[Code]
    body: Mapped[Json]
    """What is sent: ids, numbers, the account's name and the rule's words, nothing of persons."""
    state: Mapped[Code] = mapped_column(server_default=text("'PENDING'"))
    work_item_id: Mapped[UUID | None]
    """The work that sends it, with the time of the next attempt."""
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    response_code: Mapped[int | None]
    """What the endpoint answered last; its words are not kept."""
    failure: Mapped[Code | None]
    """Why the last attempt failed."""
    attempted_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    created_at: Mapped[RecordedAt]
