"""Outgoing webhooks as staff see and change them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import strawberry
from sqlalchemy import DateTime, Select, Text, and_, case, literal_column, select
from strawberry import UNSET

from backend.graphql.enums import describe
from backend.graphql.mutation import Info, idempotency_key, key_in, mutation, mutation_payload, payload
from backend.graphql.planner import JSON, Connection, Node, given, newest_first, node, sql, to_many, to_one
from backend.identity import audit
from backend.permissions import Permission
from backend.webhooks import service
from backend.webhooks.models import (
    BodyForm,
    Failure,
    PauseReason,
    WebhookDelivery,
    WebhookEndpoint,
)
from backend.work import WorkItem

describe(
    BodyForm,
    "How bodies of webhooks are written.",
    STANDARD="An event, as docs/webhooks.md has it.",
    SLACK="A message that Slack, and what takes its incoming webhooks, shows.",
)
describe(
    PauseReason,
    "Why nothing is sent to an endpoint for now.",
    FAILING="It has failed for three days.",
    GONE="It answered 410: it wants nothing any more.",
)
describe(
    Failure,
    "What came of an attempt that did not succeed.",
    STATUS="The endpoint answered with another status than 2xx.",
    TIMEOUT="It did not answer in time.",
    UNREACHABLE="It could not be reached, or its certificate is not valid.",
    FORBIDDEN_ADDRESS="Its name leads to an address that webhooks may not go to.",
)


class WebhookDeliveryState(StrEnum):
    """Where a delivery stands."""

    PENDING = "PENDING"
    PARKED = "PARKED"
    HELD = "HELD"
    DELIVERED = "DELIVERED"
    DROPPED = "DROPPED"


describe(
    WebhookDeliveryState,
    "Where a delivery stands.",
    PENDING="To be sent, or to be tried again.",
    PARKED="Given up after its retries; `replayDelivery` has it tried again.",
    HELD="Its endpoint is paused; it is sent when the endpoint is resumed.",
    DELIVERED="The endpoint has taken it.",
    DROPPED="Its endpoint was removed before.",
)


def _item(delivery: Any, what: Any) -> Any:
    return select(what).where(WorkItem.id == delivery.work_item_id).scalar_subquery()


def _state(delivery: Any) -> Any:
    is_parked = and_(
        delivery.state == literal_column("'PENDING'"),
        _item(delivery, WorkItem.parked_at).is_not(None),
    )
    return case((is_parked, literal_column("'PARKED'", Text())), else_=delivery.state)


def _next_try(delivery: Any) -> Any:
    due = case((WorkItem.parked_at.is_(None), WorkItem.run_at))
    is_pending = delivery.state == literal_column("'PENDING'")
    return case((is_pending, _item(delivery, due)), else_=literal_column("null", DateTime(timezone=True)))


@node(WebhookDelivery, prefix="dlv", permission=Permission.SYSTEM_READ)
class WebhookDeliveryType(Node):
    """One event for one endpoint, with what came of it."""

    type: str
    """The type of the event, such as alert.opened."""
    body: JSON
    """The event as it is sent in the standard form."""
    state: WebhookDeliveryState = sql(WebhookDelivery, _state)
    """Where it stands."""
    attempts: int
    """How often it was tried."""
    response_code: int | None
    """What the endpoint answered last."""
    failure: Failure | None
    """Why the last attempt failed; null where it did not."""
    next_try_at: datetime | None = sql(WebhookDelivery, _next_try)
    """When it is tried next."""
    attempted_at: datetime | None
    """When it was last tried."""
    delivered_at: datetime | None
    """When the endpoint took it."""
    created_at: datetime
    """When it was to be sent."""
    endpoint: WebhookEndpointType | None = to_one(WebhookDelivery.endpoint_id)
    """Where it goes."""


def _deliveries(
    endpoint: Any,
    state: Annotated[WebhookDeliveryState | None, strawberry.argument(description="Only in this state.")] = UNSET,
) -> Select[WebhookDelivery]:
    chosen = select(WebhookDelivery).where(WebhookDelivery.endpoint_id == endpoint.id)
    return chosen.where(_state(WebhookDelivery) == literal_column(f"'{state.value}'")) if given(state) else chosen


@node(WebhookEndpoint, prefix="hook", permission=Permission.SYSTEM_READ)
class WebhookEndpointType(Node):
    """Where events are sent. The address and the secret are shown to nobody."""

    name: str
    """What it is for."""
    host: str
    """Host and port of the address."""
    events: list[str]
    """Types of events that are sent there; empty: all."""
    form: BodyForm
    """How bodies are written."""
    failing_since: datetime | None
    """The first failure since something was delivered."""
    paused_at: datetime | None
    """Since when nothing is sent there; `resumeWebhookEndpoint` goes on."""
    pause_reason: PauseReason | None
    """Why."""
    former_secret_until: datetime | None
    """Until when the former secret signs as well."""
    removed_at: datetime | None
    """When it was removed; its log stays for 30 days."""
    created_at: datetime
    """When it was made."""
    deliveries: Connection[WebhookDeliveryType] = to_many(
        _deliveries, order_by=newest_first(WebhookDelivery.created_at)
    )
    """What was sent there and is to be, newest first; kept for 30 days."""


def every_endpoint(_system: Any) -> Select[WebhookEndpoint]:
    """Every endpoint, removed ones while they have a log."""
    return select(WebhookEndpoint)


@strawberry.input(description="Where events are to be sent.")
class CreateWebhookEndpointInput:
    """Where events are to be sent."""

    name: str = strawberry.field(description="What it is for; 1 to 200 characters.")
    url: str = strawberry.field(description="An https address. It is stored encrypted and shown to nobody.")
    events: list[str] = strawberry.field(
        default_factory=list, description="Types of events, such as alert.opened; empty: all."
    )
    form: BodyForm = strawberry.field(default=BodyForm.STANDARD, description="How bodies are written.")
    idempotency_key: str | None = idempotency_key()


@mutation_payload
class CreateWebhookEndpointPayload:
    """What came of adding an endpoint."""

    webhook_endpoint: WebhookEndpointType | None
    """The endpoint."""
    secret: str | None
    """What signs its webhooks (whsec_…), shown this once. Null where an idempotencyKey repeats the request."""


@strawberry.input(description="Which endpoint.")
class RotateWebhookSecretInput:
    """Which endpoint."""

    webhook_endpoint_id: strawberry.ID = strawberry.field(description="The endpoint.")
    idempotency_key: str | None = idempotency_key()


@mutation_payload
class RotateWebhookSecretPayload:
    """What came of giving an endpoint a new secret."""

    webhook_endpoint: WebhookEndpointType | None
    """The endpoint."""
    secret: str | None
    """The new secret, shown this once. Null where an idempotencyKey repeats the request."""


@strawberry.input(description="Which endpoint.")
class TestWebhookEndpointInput:
    """Which endpoint."""

    webhook_endpoint_id: strawberry.ID = strawberry.field(description="One that is not paused.")
    idempotency_key: str | None = idempotency_key()


@mutation_payload
class TestWebhookEndpointPayload:
    """What came of testing an endpoint."""

    delivery: WebhookDeliveryType | None
    """The made-up event that is on its way; its state says whether it arrived."""


@strawberry.input(description="Which endpoint.")
class ResumeWebhookEndpointInput:
    """Which endpoint."""

    webhook_endpoint_id: strawberry.ID = strawberry.field(description="One that is paused.")


@mutation_payload
class ResumeWebhookEndpointPayload:
    """What came of resuming an endpoint."""

    webhook_endpoint: WebhookEndpointType | None
    """The endpoint."""


@strawberry.input(description="Which endpoint.")
class RemoveWebhookEndpointInput:
    """Which endpoint."""

    webhook_endpoint_id: strawberry.ID = strawberry.field(description="The endpoint.")


@mutation_payload
class RemoveWebhookEndpointPayload:
    """What came of removing an endpoint."""

    webhook_endpoint: WebhookEndpointType | None
    """The endpoint, without address and secret."""


@strawberry.input(description="Which delivery.")
class ReplayDeliveryInput:
    """Which delivery."""

    delivery_id: strawberry.ID = strawberry.field(description="One that is not being tried.")


@mutation_payload
class ReplayDeliveryPayload:
    """What came of sending a delivery again."""

    delivery: WebhookDeliveryType | None
    """The delivery, which is to be sent."""


@mutation(permission=Permission.SYSTEM_WRITE)
async def create_webhook_endpoint(
    info: Info,
    input: CreateWebhookEndpointInput,  # noqa: A002 - its name in the schema
) -> CreateWebhookEndpointPayload:
    """[staff] Have events sent to an address. Needs system:write."""
    async with info.context.begin() as session:
        made = await service.add(session, name=input.name, url=input.url, events=input.events, form=input.form)
        await _record(info, session, "webhook_endpoint.created", made.endpoint_id)
        return await payload(CreateWebhookEndpointPayload, info, webhook_endpoint=made.endpoint_id, secret=made.secret)


@mutation(permission=Permission.SYSTEM_WRITE)
async def rotate_webhook_secret(
    info: Info,
    input: RotateWebhookSecretInput,  # noqa: A002 - its name in the schema
) -> RotateWebhookSecretPayload:
    """[staff] Give an endpoint a new secret; for a day the former signs as well. Needs system:write."""
    # The former secret moves within the row, and the login of staff may not read it.
    async with info.context.begin(kind="system") as session:
        made = await service.rotate(session, key_in(input.webhook_endpoint_id, "hook", field="webhookEndpointId"))
        await _record(info, session, "webhook_endpoint.rotated", made.endpoint_id)
        return await payload(RotateWebhookSecretPayload, info, webhook_endpoint=made.endpoint_id, secret=made.secret)


@mutation(permission=Permission.SYSTEM_WRITE)
async def test_webhook_endpoint(
    info: Info,
    input: TestWebhookEndpointInput,  # noqa: A002 - its name in the schema
) -> TestWebhookEndpointPayload:
    """[staff] Have a made-up event of the type webhook.test sent to an endpoint. Needs system:write."""
    async with info.context.begin(kind="system") as session:  # what is sent is no viewer's to write
        found = key_in(input.webhook_endpoint_id, "hook", field="webhookEndpointId")
        made = await service.test(session, found)
        await _record(info, session, "webhook_endpoint.tested", found)
        return await payload(TestWebhookEndpointPayload, info, delivery=made)


@mutation(permission=Permission.SYSTEM_WRITE)
async def resume_webhook_endpoint(
    info: Info,
    input: ResumeWebhookEndpointInput,  # noqa: A002 - its name in the schema
) -> ResumeWebhookEndpointPayload:
    """[staff] Send to a paused endpoint again, and what was held meanwhile. Needs system:write."""
    async with info.context.begin() as session:
        found = key_in(input.webhook_endpoint_id, "hook", field="webhookEndpointId")
        await service.resume(session, found)
        await _record(info, session, "webhook_endpoint.resumed", found)
        return await payload(ResumeWebhookEndpointPayload, info, webhook_endpoint=found)


@mutation(permission=Permission.SYSTEM_WRITE)
async def remove_webhook_endpoint(
    info: Info,
    input: RemoveWebhookEndpointInput,  # noqa: A002 - its name in the schema
) -> RemoveWebhookEndpointPayload:
    """[staff] Send nothing to an endpoint any more, and forget its address and secret. Needs system:write."""
    async with info.context.begin() as session:
        found = key_in(input.webhook_endpoint_id, "hook", field="webhookEndpointId")
        await service.remove(session, found)
        await _record(info, session, "webhook_endpoint.removed", found)
        return await payload(RemoveWebhookEndpointPayload, info, webhook_endpoint=found)


@mutation(permission=Permission.SYSTEM_WRITE)
async def replay_delivery(info: Info, input: ReplayDeliveryInput) -> ReplayDeliveryPayload:  # noqa: A002 - its name in the schema
    """[staff] Send a webhook again at once, under the same webhook-id. Needs system:write."""
    async with info.context.begin() as session:
        found = await service.replay(session, key_in(input.delivery_id, "dlv", field="deliveryId"))
        subject = f"webhook_delivery:{found}"
        await audit.record_of(session, info.context.viewer, "webhook_delivery.replayed", subject=subject)
        return await payload(ReplayDeliveryPayload, info, delivery=found)


async def _record(info: Info, session: Any, action: str, endpoint_id: Any) -> None:
    await audit.record_of(session, info.context.viewer, action, subject=f"webhook_endpoint:{endpoint_id}")
