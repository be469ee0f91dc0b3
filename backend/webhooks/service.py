"""Endpoints, what is told to them, and telling it again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import any_, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from backend.db import clock
from backend.db.engine import SETTINGS, WriteSession
from backend.db.ids import uuid7
from backend.errors import Conflict, InvalidInput, LimitReached, NotFound
from backend.sealing import seal
from backend.settings import Settings
from backend.texts import line
from backend.webhooks.addresses import check_url
from backend.webhooks.bodies import event_body
from backend.webhooks.models import BodyForm, DeliveryState, WebhookDelivery, WebhookEndpoint
from backend.webhooks.signing import new_secret
from backend.work import WorkItem
from backend.work import service as work
from backend.work.asking import Ask, enqueue_all

PURPOSE = "webhook endpoints"
SEND = "webhooks.send"
TEST = "webhook.test"
TYPES = ("alert.opened", "alert.acknowledged", "alert.snoozed", "alert.reopened", "alert.resolved")
"""Types of events that an endpoint can choose from."""
MOST_ENDPOINTS = 50
CHANGEOVER = timedelta(days=1)
"""For how long a former secret signs as well."""
KEPT = timedelta(days=30)


@dataclass(frozen=True)
class NewSecret:
    """An endpoint with a secret that was just made: the only copy that is shown."""

    endpoint_id: UUID
    secret: str


async def add(
    session: WriteSession, *, name: str, url: str, events: Collection[str] = (), form: BodyForm = BodyForm.STANDARD
) -> NewSecret:
    """Have events of some types, or all, sent to a URL. Raises InvalidInput, and LimitReached after 50 endpoints."""
    settings: Settings = session.info[SETTINGS]
    named, host = line(name, field="name"), check_url(settings, url)
    for type_ in events:
        if type_ not in TYPES:
            raise InvalidInput(f"{type_!r} is no type of event; there are {', '.join(TYPES)}.", field=["events"])
    count = select(func.count()).select_from(WebhookEndpoint).where(WebhookEndpoint.removed_at.is_(None))
    if (await session.scalar(count) or 0) >= MOST_ENDPOINTS:
        raise LimitReached(f"There are {MOST_ENDPOINTS} endpoints. Remove one first.", params={"most": MOST_ENDPOINTS})
    made, secret = uuid7(), new_secret()
    await session.execute(
        insert(WebhookEndpoint).values(
            id=made,
            name=named,
            host=host,
            url=seal(settings, PURPOSE, url.encode()),
            secret=seal(settings, PURPOSE, secret.encode()),
            events=sorted(set(events)),
            form=form.value,
        )
    )
    return NewSecret(made, secret)


async def rotate(session: WriteSession, endpoint_id: UUID) -> NewSecret:
    """Give an endpoint a new secret. For a day the one before signs as well. Raises NotFound."""
    settings: Settings = session.info[SETTINGS]
    secret = new_secret()
    await _change(
        session,
        endpoint_id,
        former_secret=WebhookEndpoint.secret,
        former_secret_until=func.waymark_now() + CHANGEOVER,
        secret=seal(settings, PURPOSE, secret.encode()),
    )
    return NewSecret(endpoint_id, secret)


async def remove(session: WriteSession, endpoint_id: UUID) -> None:
    """Send nothing there any more, and forget address and secrets; the log stays for 30 days. Raises NotFound."""
    await _change(
        session,
        endpoint_id,
        removed_at=func.waymark_now(),
        url=None,
        secret=None,
        former_secret=None,
        former_secret_until=None,
    )


async def resume(session: WriteSession, endpoint_id: UUID) -> int:
    """Send to a paused endpoint again, and what was held meanwhile; how much that is. Raises NotFound, Conflict."""
    paused = select(WebhookEndpoint.paused_at).where(WebhookEndpoint.id == endpoint_id)
    if await session.scalar(paused.with_for_update()) is None:
        await require(session, endpoint_id)
        raise Conflict("The endpoint is not paused.", field=["webhookEndpointId"])
    await _change(session, endpoint_id, paused_at=None, pause_reason=None, failing_since=None)
    held = WebhookDelivery.endpoint_id == endpoint_id, WebhookDelivery.state == DeliveryState.HELD.value
    ids = (await session.scalars(select(WebhookDelivery.id).where(*held).order_by(WebhookDelivery.id))).all()
    await _ask(session, endpoint_id, ids)
    return len(ids)


async def require(session: WriteSession, endpoint_id: UUID) -> None:
    """Raise NotFound unless there is such an endpoint, and it was not removed."""
    found = select(WebhookEndpoint.id).where(WebhookEndpoint.id == endpoint_id, WebhookEndpoint.removed_at.is_(None))
    if await session.scalar(found) is None:
        raise NotFound("There is no such endpoint.", field=["webhookEndpointId"])


async def test(session: WriteSession, endpoint_id: UUID) -> UUID:
    """Have a made-up event sent to an endpoint; the delivery's id. Raises NotFound, and Conflict while it is paused."""
    await require(session, endpoint_id)
    if await session.scalar(select(WebhookEndpoint.paused_at).where(WebhookEndpoint.id == endpoint_id)):
        raise Conflict("The endpoint is paused. Resume it first.", field=["webhookEndpointId"])
    made = uuid7()
    body = event_body(TEST, await clock.now(session), {"sentence": "If you can read this, webhooks arrive."})
    await session.execute(insert(WebhookDelivery).values(id=made, endpoint_id=endpoint_id, type=TEST, body=body))
    await _ask(session, endpoint_id, [made])
    return made


async def publish(
    session: WriteSession, type_: str, data: Mapping[str, Any], *, event_id: UUID, at: datetime
) -> list[UUID]:
    """Tell every endpoint that wants this type of event, in the caller's transaction; ids of the deliveries made.

    An endpoint that was told of this event before is not told again.
    """
    chosen = select(WebhookEndpoint.id, WebhookEndpoint.paused_at).where(
        WebhookEndpoint.removed_at.is_(None),
        (func.cardinality(WebhookEndpoint.events) == 0) | (literal(type_) == any_(WebhookEndpoint.events)),
    )
    made = []
    for row in await session.execute(chosen.order_by(WebhookEndpoint.id)):
        state = DeliveryState.PENDING if row.paused_at is None else DeliveryState.HELD
        delivery_id = await session.scalar(
            insert(WebhookDelivery)
            .values(
                id=uuid7(),
                endpoint_id=row.id,
                event_id=event_id,
                type=type_,
                body=event_body(type_, at, data),
                state=state.value,
            )
            .on_conflict_do_nothing()
            .returning(WebhookDelivery.id)
        )
        if delivery_id is not None:
            made.append(delivery_id)
            if state is DeliveryState.PENDING:
                await _ask(session, row.id, [delivery_id])
    return made


async def replay(session: WriteSession, delivery_id: UUID) -> UUID:
    """Send a delivery again at once, whatever became of it, under the same webhook-id.

    Raises NotFound, and Conflict while it is on its way or its endpoint is paused or removed.
    """
    row = await session.scalar(select(WebhookDelivery).where(WebhookDelivery.id == delivery_id).with_for_update())
    if row is None:
        raise NotFound("There is no such delivery.", field=["deliveryId"])
    await require(session, row.endpoint_id)
    if await session.scalar(select(WebhookEndpoint.paused_at).where(WebhookEndpoint.id == row.endpoint_id)):
        raise Conflict("The endpoint is paused. Resume it: what it has missed is sent then.", field=["deliveryId"])
    if row.state != DeliveryState.PENDING:
        await _ask(session, row.endpoint_id, [delivery_id])
    elif row.work_item_id is not None and await session.scalar(_is_parked(row.work_item_id)):
        await work.rerun(session, row.work_item_id)
    else:
        raise Conflict("It is still being tried.", field=["deliveryId"])
    return delivery_id


async def prune(session: WriteSession) -> None:
    """Forget what is 30 days old, and removed endpoints that have nothing left."""
    await session.execute(delete(WebhookDelivery).where(WebhookDelivery.created_at < func.waymark_now() - KEPT))
    left = select(WebhookDelivery.id).where(WebhookDelivery.endpoint_id == WebhookEndpoint.id).exists()
    await session.execute(delete(WebhookEndpoint).where(WebhookEndpoint.removed_at.is_not(None), ~left))


async def _change(session: WriteSession, endpoint_id: UUID, **values: Any) -> None:
    """Change an endpoint that was not removed. Raises NotFound."""
    await require(session, endpoint_id)
    await session.execute(
        update(WebhookEndpoint)
        .where(WebhookEndpoint.id == endpoint_id)
        .values(values)
        .execution_options(synchronize_session=False)
    )


def _is_parked(work_item_id: UUID | None) -> Any:
    return select(WorkItem.parked_at.is_not(None)).where(WorkItem.id == work_item_id)


async def _ask(session: WriteSession, endpoint_id: UUID, ids: Sequence[UUID]) -> None:
    """Ask for deliveries to be sent. Endpoints take turns, so that a slow one keeps no other waiting."""
    asks = [Ask({"delivery_id": one}, fair_key=str(endpoint_id)) for one in ids]
    await enqueue_all(session, SEND, asks)
    if ids:
        values = {"state": DeliveryState.PENDING.value, "delivered_at": None}
        await session.execute(
            update(WebhookDelivery),
            [{"id": one, "work_item_id": ask.id, **values} for one, ask in zip(ids, asks, strict=True)],
        )
