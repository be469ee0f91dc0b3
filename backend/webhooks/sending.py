"""Sending a delivery: signed, to the address that was looked at, within a time, without following redirects."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

import httpx
import structlog
from sqlalchemy import func, select, update

from backend.db import clock
from backend.db.engine import SETTINGS, WriteSession
from backend.outgoing import trust
from backend.sealing import unseal
from backend.settings import Settings
from backend.webhooks.addresses import ForbiddenAddress, resolve
from backend.webhooks.bodies import written
from backend.webhooks.models import (
    BodyForm,
    DeliveryState,
    Failure,
    PauseReason,
    WebhookDelivery,
    WebhookEndpoint,
)
from backend.webhooks.service import PURPOSE
from backend.webhooks.signing import signature

log = structlog.get_logger("waymark.webhooks")
SECONDS = 15.0
"""For an attempt: less than the minute for which a worker may keep an item between two transactions."""
FAILING_FOR = timedelta(days=3)
"""After so long without a success an endpoint is paused."""
GONE = 410
"""By Standard Webhooks: the receiver wants nothing any more."""


class NotDelivered(Exception):
    """The endpoint did not take a delivery. It is tried again."""


class Lease(Protocol):
    """What a worker holds of an item of work (`jobs/actor.py`)."""

    def begin(self) -> AbstractAsyncContextManager[WriteSession]:
        """A transaction that makes sure that the item is still this worker's."""


@dataclass(frozen=True)
class Attempt:
    """What is sent, and where. What is secret is in no text that this is shown as."""

    host: str
    url: str = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Outcome:
    """What came of an attempt."""

    code: int | None = None
    failure: Failure | None = None


async def send(lease: Lease, delivery_id: UUID) -> None:
    """Send a delivery that is to be sent; raises NotDelivered to have it tried again.

    One transaction before and one after the endpoint is spoken to, none meanwhile. A worker that dies between the
    answer and the second leaves a delivery that is sent again, under the same webhook-id.
    """
    async with lease.begin() as session:
        settings: Settings = session.info[SETTINGS]
        attempt = await _begun(session, settings, delivery_id)
    if attempt is None:
        return
    outcome = await post(settings, attempt)
    async with lease.begin() as session:
        is_held = await _settle(session, delivery_id, outcome)
    log.info("attempted", delivery=str(delivery_id), host=attempt.host, code=outcome.code, failure=outcome.failure)
    if outcome.failure is not None and not is_held:
        said = f"answered {outcome.code}" if outcome.code else f"was not reached ({outcome.failure.value})"
        raise NotDelivered(f"{attempt.host} {said}.")


async def _begun(session: WriteSession, settings: Settings, delivery_id: UUID) -> Attempt | None:
    """Count an attempt; None where there is nothing to send, or nowhere to send it."""
    row = await session.scalar(
        select(WebhookDelivery)
        .where(WebhookDelivery.id == delivery_id, WebhookDelivery.state == DeliveryState.PENDING.value)
        .with_for_update()
    )
    if row is None:
        return None
    endpoint = await session.get_one(WebhookEndpoint, row.endpoint_id)
    if endpoint.url is None or endpoint.secret is None:
        row.state = DeliveryState.DROPPED.value
        return None
    if endpoint.paused_at is not None:
        row.state = DeliveryState.HELD.value
        return None
    now = await clock.now(session)
    row.attempts, row.attempted_at = row.attempts + 1, now
    secrets = [endpoint.secret]
    if endpoint.former_secret is not None and endpoint.former_secret_until and endpoint.former_secret_until > now:
        secrets.append(endpoint.former_secret)
    body, message_id, seconds = written(BodyForm(endpoint.form), row.body), f"msg_{row.id.hex}", int(now.timestamp())
    return Attempt(
        endpoint.host,
        unseal(settings, PURPOSE, endpoint.url).decode(),
        {
            "content-type": "application/json",
            "user-agent": "Waymark-Webhooks",
            "webhook-id": message_id,
            "webhook-timestamp": str(seconds),
            "webhook-signature": signature(
                message_id, seconds, body, [unseal(settings, PURPOSE, secret).decode() for secret in secrets]
            ),
        },
        body,
    )


async def post(settings: Settings, attempt: Attempt) -> Outcome:
    """Make one attempt. The answer's body is not read, however long it is."""
    try:
        async with asyncio.timeout(SECONDS):
            target = await resolve(settings, attempt.url)
            async with httpx.AsyncClient(verify=trust(), trust_env=False, timeout=SECONDS) as client:
                request = client.build_request(
                    "POST",
                    target.url,
                    content=attempt.body,
                    headers={**attempt.headers, "host": target.authority},
                    extensions={"sni_hostname": target.name},
                )
                answer = await client.send(request, stream=True)
                await answer.aclose()
    except ForbiddenAddress:
        return Outcome(failure=Failure.FORBIDDEN_ADDRESS)
    except (TimeoutError, httpx.TimeoutException):
        return Outcome(failure=Failure.TIMEOUT)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError):  # UnicodeError: of a name that is none
        return Outcome(failure=Failure.UNREACHABLE)
    return Outcome(answer.status_code, None if answer.is_success else Failure.STATUS)


async def _settle(session: WriteSession, delivery_id: UUID, outcome: Outcome) -> bool:
    """Note what came of an attempt, of the endpoint too; whether the delivery waits for a paused endpoint now."""
    row = await session.get_one(WebhookDelivery, delivery_id, with_for_update=True)
    now = await clock.now(session)
    row.response_code, row.failure = outcome.code, outcome.failure and outcome.failure.value
    if outcome.failure is None:
        row.state, row.delivered_at = DeliveryState.DELIVERED.value, now
        await _note(session, row.endpoint_id, WebhookEndpoint.failing_since.is_not(None), failing_since=None)
        return False
    await _note(session, row.endpoint_id, WebhookEndpoint.failing_since.is_(None), failing_since=now)
    since = await session.scalar(select(WebhookEndpoint.failing_since).where(WebhookEndpoint.id == row.endpoint_id))
    reason = None
    if outcome.code == GONE:
        reason = PauseReason.GONE
    elif since is not None and now - since >= FAILING_FOR:
        reason = PauseReason.FAILING
    if reason is None:
        return False
    is_open = WebhookEndpoint.paused_at.is_(None)
    await _note(session, row.endpoint_id, is_open, paused_at=func.waymark_now(), pause_reason=reason.value)
    row.state = DeliveryState.HELD.value
    log.warning("paused", endpoint=str(row.endpoint_id), reason=reason.value)
    return True


async def _note(session: WriteSession, endpoint_id: UUID, only_where: Any, **values: Any) -> None:
    await session.execute(
        update(WebhookEndpoint)
        .where(WebhookEndpoint.id == endpoint_id, only_where)
        .values(values)
        .execution_options(synchronize_session=False)
    )
