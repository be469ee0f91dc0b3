"""Receiving webhooks: who signed it, and the event durable once, before anything is made of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

import structlog
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from backend.billing.models import StripeEvent, WebhookSecret
from backend.billing.queries import billing_rules
from backend.billing.stripe import events
from backend.billing.stripe.signature import Signature
from backend.db import clock
from backend.db.engine import WriteSession
from backend.db.ids import uuid7
from backend.errors import InvalidInput
from backend.sealing import seal, unseal
from backend.settings import Settings
from backend.usage.models import Source, SourceKind
from backend.work import Ask, enqueue_all

PURPOSE = "stripe webhook secret"
OVERLAP_HOURS = 24
"""How long the secret before may still sign, as in Stripe's own rotation."""
IGNORED_KEPT_DAYS = 60

log = structlog.get_logger("waymark.stripe")


class Verdict(Enum):
    """Whether a signature holds."""

    GENUINE = "genuine"
    FORGED = "forged"
    STALE = "stale"
    NOT_CONNECTED = "not connected"


@dataclass(frozen=True)
class Origin:
    """Where a request comes from, as far as its signature tells."""

    verdict: Verdict
    source_id: UUID | None = None


class Outcome(Enum):
    """What became of an event."""

    TAKEN = "taken"
    IGNORED = "ignored"
    UNUSABLE = "unusable"
    REPEATED = "repeated"
    CONTRADICTS = "contradicts"


async def set_secret(session: WriteSession, settings: Settings, *, source_key: str, secret: str) -> None:
    """Add a signing secret of a source; those before it hold for 24 hours more. Raises InvalidInput."""
    if not secret.startswith("whsec_") or not 16 <= len(secret) <= 200 or not secret.isascii() or " " in secret:
        raise InvalidInput(
            "That is no signing secret of Stripe: they begin with whsec_. Copy it from the endpoint's page."
        )
    made = upsert(Source).values(id=uuid7(), key=source_key, name="Stripe", kind=SourceKind.BILLING.value)
    await session.execute(made.on_conflict_do_nothing(index_elements=["key"]))
    source_id = await session.scalar(select(Source.id).where(Source.key == source_key))
    known = await session.execute(
        select(WebhookSecret.id, WebhookSecret.sealed).where(WebhookSecret.source_id == source_id)
    )
    if again := [one.id for one in known if unseal(settings, PURPOSE, one.sealed) == secret.encode()]:
        await session.execute(update(WebhookSecret).where(WebhookSecret.id.in_(again)).values(expires_at=None))
        return
    await session.execute(
        update(WebhookSecret)
        .where(WebhookSecret.source_id == source_id, WebhookSecret.expires_at.is_(None))
        .values(expires_at=func.waymark_now() + text(f"interval '{OVERLAP_HOURS} hours'"))
    )
    await session.execute(
        insert(WebhookSecret).values(id=uuid7(), source_id=source_id, sealed=seal(settings, PURPOSE, secret.encode()))
    )


async def verify(
    session: WriteSession, settings: Settings, *, source_key: str, signature: Signature, body: bytes
) -> Origin:
    """Whether one of the secrets of a source signed the body within five minutes of now."""
    rows = await session.execute(
        select(WebhookSecret.source_id, WebhookSecret.sealed)
        .join(Source, Source.id == WebhookSecret.source_id)
        .where(
            Source.key == source_key,
            WebhookSecret.expires_at.is_(None) | (WebhookSecret.expires_at > func.waymark_now()),
        )
    )
    secrets = {unseal(settings, PURPOSE, row.sealed): row.source_id for row in rows}
    if not secrets:
        return Origin(Verdict.NOT_CONNECTED)
    if not signature.is_of(body, secrets):
        return Origin(Verdict.FORGED)
    if not signature.is_fresh(await clock.now(session)):
        return Origin(Verdict.STALE)
    return Origin(Verdict.GENUINE, next(iter(secrets.values())))


async def receive(session: WriteSession, source_id: UUID, body: bytes) -> Outcome:
    """Keep an event and ask for its object's facts. Raises `events.NoEvent`.

    The same event again changes nothing. The same id with another body is counted and logged; the first stays.
    """
    rules = await billing_rules(session)
    event = events.read(body, rules.account_metadata)
    made = await session.scalar(
        upsert(StripeEvent)
        .values(
            source_id=source_id,
            event_id=event.event_id,
            type=event.type,
            api_version=event.api_version,
            created_at=event.created_at,
            state=event.state.value,
            reason=event.reason,
            target=event.target,
            body=dict(event.body),
            body_hash=event.body_hash,
        )
        .on_conflict_do_nothing()
        .returning(StripeEvent.event_id)
    )
    if made is None:
        of_event = (StripeEvent.source_id == source_id, StripeEvent.event_id == event.event_id)
        if await session.scalar(select(StripeEvent.body_hash).where(*of_event)) == event.body_hash:
            return Outcome.REPEATED
        await session.execute(
            update(StripeEvent).where(*of_event).values(contradictions=StripeEvent.contradictions + 1)
        )
        log.warning("came again with another body; the first stays", event_id=event.event_id, type=event.type)
        return Outcome.CONTRADICTS
    if event.target is not None:
        await ask(session, source_id, [event.target])
    return Outcome[event.state.name]


async def ask(session: WriteSession, source_id: UUID, objects: Iterable[str]) -> None:
    """Ask for the facts of objects to be derived anew from all their events."""
    asks = [
        Ask({"source_id": source_id, "object_id": one}, key=f"{source_id}:{one}", fair_key=str(source_id))
        for one in objects
    ]
    await enqueue_all(session, "billing.take_stripe_object", asks)


async def prune(session: WriteSession) -> int:
    """Forget ignored events after 60 days; how many. What facts follow from is kept."""
    gone = await session.execute(
        text(
            "delete from stripe_events where state <> 'TAKEN'"
            " and received_at < waymark_now() - make_interval(days => :days) returning 1"
        ),
        {"days": IGNORED_KEPT_DAYS},
    )
    return len(gone.all())


async def counts(session: WriteSession, source_id: UUID) -> Mapping[tuple[str, str], tuple[int, int, datetime]]:
    """(type, state) → events, contradictions, the newest receipt."""
    rows = await session.execute(
        select(
            StripeEvent.type,
            StripeEvent.state,
            func.count(),
            func.sum(StripeEvent.contradictions),
            func.max(StripeEvent.received_at),
        )
        .where(StripeEvent.source_id == source_id)
        .group_by(StripeEvent.type, StripeEvent.state)
        .order_by(StripeEvent.state.desc(), StripeEvent.type)
    )
    return {(row[0], row[1]): (row[2], row[3], row[4]) for row in rows}
