"""Storing what happened with an account's money, and telling of it once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, select, text

from backend.billing import events
from backend.billing.models import BillingFact, Invoice
from backend.billing.models import BillingFactKind as Kind
from backend.db import clock
from backend.db.engine import WriteSession
from backend.db.revisions import Replaced, replace
from backend.events import DomainEvent, emit

SECOND = 2


@dataclass(frozen=True)
class Fact:
    """Something that happened, whole."""

    account_id: UUID
    external_id: str
    object_key: str
    kind: str
    occurred_at: datetime
    occurred_on: date
    known_on: date
    amount_minor: int | None = None
    currency: str | None = None
    effective_on: date | None = None


async def replace_facts(session: WriteSession, source_id: UUID, object_key: str, facts: Sequence[Fact]) -> Replaced:
    """Make the facts of an object exactly these, and emit an event for each that is told for the first time.

    That an invoice is overdue follows from the calendar, see `note_overdue`.
    """
    of_object = and_(BillingFact.object_key == object_key, BillingFact.kind != Kind.INVOICE_OVERDUE.value)
    done = await replace(session, BillingFact, source_id, of_object, [asdict(fact) for fact in facts])
    failures = 0
    for fact in sorted(facts, key=lambda one: (one.occurred_at, one.external_id)):
        failures += fact.kind == Kind.PAYMENT_FAILED
        if fact.external_id in done.first_told:
            for event in await _news(session, source_id, fact, failures):
                await emit(session, event)
    return done


async def _news(session: WriteSession, source_id: UUID, fact: Fact, failures: int) -> list[DomainEvent]:
    """What is told of a fact; nothing where it is no news for anybody any more."""
    amount, currency = fact.amount_minor or 0, fact.currency or ""
    match fact.kind:
        case Kind.PAYMENT_FAILED if await _is_open(session, source_id, fact.object_key):
            found: list[DomainEvent] = [
                events.PaymentFailed(
                    account_id=fact.account_id,
                    invoice_key=fact.object_key,
                    amount_minor=amount,
                    currency=currency,
                    attempt=failures,
                    occurred_on=fact.occurred_on,
                )
            ]
            if failures == SECOND:
                found.append(
                    events.SecondPaymentFailed(
                        account_id=fact.account_id,
                        invoice_key=fact.object_key,
                        amount_minor=amount,
                        currency=currency,
                        occurred_on=fact.occurred_on,
                    )
                )
            return found
        case Kind.INVOICE_PAID if failures or await _was_late(session, source_id, fact.object_key):
            return [
                events.PaymentRecovered(
                    account_id=fact.account_id,
                    invoice_key=fact.object_key,
                    amount_minor=amount,
                    currency=currency,
                    occurred_on=fact.occurred_on,
                )
            ]
        case Kind.DISPUTE_OPENED:
            return [
                events.PaymentDisputed(
                    account_id=fact.account_id,
                    charge_key=fact.object_key,
                    amount_minor=amount,
                    currency=currency,
                    occurred_on=fact.occurred_on,
                )
            ]
        case Kind.CANCELLATION_SCHEDULED if fact.effective_on and fact.effective_on > await clock.today(session):
            return [
                events.SubscriptionCancellationScheduled(
                    account_id=fact.account_id, subscription_key=fact.object_key, ends_on=fact.effective_on
                )
            ]
        case Kind.CANCELLATION_WITHDRAWN:
            return [
                events.SubscriptionCancellationWithdrawn(
                    account_id=fact.account_id, subscription_key=fact.object_key, occurred_on=fact.occurred_on
                )
            ]
        case Kind.SUBSCRIPTION_ENDED:
            return [
                events.SubscriptionChurned(
                    account_id=fact.account_id, subscription_key=fact.object_key, occurred_on=fact.occurred_on
                )
            ]
    return []


async def _is_open(session: WriteSession, source_id: UUID, invoice_key: str) -> bool:
    settled = await session.execute(
        select(Invoice.settled_on).where(
            Invoice.source_id == source_id, Invoice.external_id == invoice_key, Invoice.superseded_on.is_(None)
        )
    )
    found = settled.first()
    return found is not None and found.settled_on is None


async def _was_late(session: WriteSession, source_id: UUID, invoice_key: str) -> bool:
    overdue = select(BillingFact.id).where(
        BillingFact.source_id == source_id,
        BillingFact.object_key == invoice_key,
        BillingFact.kind == Kind.INVOICE_OVERDUE.value,
        BillingFact.superseded_on.is_(None),
    )
    return await session.scalar(overdue.limit(1)) is not None


# An invoice was overdue when it was open after the day on which it was due, also where it has been paid since. What
# was taken back by a correction is superseded; what it says now is told under a new revision.
NOTE_OVERDUE = """
with late as (
    select i.source_id, i.external_id, i.account_id, i.amount_minor, i.currency, i.due_on, i.settled_on,
           i.due_on + 1 as late_on
    from invoices i
    where i.superseded_on is null and i.amount_minor > 0 and i.due_on < waymark_today()
      and coalesce(i.settled_on, 'infinity') > i.due_on
),
told as (
    select * from billing_facts where kind = 'INVOICE_OVERDUE' and superseded_on is null
),
untold as (
    select * from late l where not exists (
        select from told t where t.source_id = l.source_id and t.object_key = l.external_id
          and l.account_id = t.account_id and l.late_on = t.occurred_on and l.amount_minor = t.amount_minor)
),
withdrawn as (
    update billing_facts f set superseded_on = waymark_today()
    from told t where f.id = t.id and not exists (
        select from late l where l.source_id = t.source_id and l.external_id = t.object_key
          and l.account_id = t.account_id and l.late_on = t.occurred_on and l.amount_minor = t.amount_minor)
),
added as (
    insert into billing_facts (account_id, source_id, external_id, revision, object_key, kind, occurred_at,
                               occurred_on, amount_minor, currency, known_on)
    select u.account_id, u.source_id, u.external_id || '/overdue',
           coalesce((select max(revision) from billing_facts f
                     where f.source_id = u.source_id and f.external_id = u.external_id || '/overdue'), 0) + 1,
           u.external_id, 'INVOICE_OVERDUE',
           u.late_on::timestamp at time zone coalesce((select time_zone from organizations), 'UTC'), u.late_on,
           u.amount_minor, u.currency, waymark_today()
    from untold u order by u.source_id, u.external_id
)
select account_id, external_id, amount_minor, currency, due_on, settled_on is null as is_open from untold
order by source_id, external_id
"""


async def note_overdue(session: WriteSession) -> int:
    """Note every invoice that became overdue, whatever its source; how many. Tells of those that are still open."""
    await session.execute(text("select pg_advisory_xact_lock(hashtextextended('waymark overdue invoices', 0))"))
    rows = (await session.execute(text(NOTE_OVERDUE))).all()
    for row in rows:
        if row.is_open:
            await emit(
                session,
                events.InvoiceOverdue(
                    account_id=row.account_id,
                    invoice_key=row.external_id,
                    amount_minor=row.amount_minor,
                    currency=row.currency,
                    due_on=row.due_on,
                ),
            )
    return len(rows)
