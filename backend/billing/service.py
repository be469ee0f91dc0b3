"""Billing facts as revisions, and what follows from them for an account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import or_, text

from backend.accounts import service as accounts
from backend.accounts.service import TierTerm
from backend.billing.models import Invoice, Subscription
from backend.db import clock
from backend.db.engine import WriteSession
from backend.db.revisions import Replaced, replace, revise
from backend.usage.feeds import Span, deliver
from backend.usage.service import mark_accounts


@dataclass(frozen=True)
class Term:
    """One term of a subscription, whole: what is None is not there."""

    account_id: UUID
    external_id: str
    plan_key: str
    starts_on: date
    mrr_minor: int
    currency: str
    known_on: date
    ends_on: date | None = None
    is_add_on: bool = False
    status: str = "ACTIVE"
    seats: int | None = None
    limit_metric: str | None = None
    limit_quantity: int | None = None
    bill_period_months: int = 1
    contract_key: str | None = None
    product_key: str | None = None
    renews_on: date | None = None
    auto_renews: bool | None = None


@dataclass(frozen=True)
class InvoiceFacts:
    """An invoice, whole: `settled_on` and `settled_as` are None while it is open."""

    account_id: UUID
    external_id: str
    amount_minor: int
    currency: str
    issued_on: date
    due_on: date
    known_on: date
    settled_on: date | None = None
    settled_as: str | None = None


async def put_terms(session: WriteSession, source_id: UUID, terms: Sequence[Term]) -> set[str]:
    """Store terms, each external id once, and have accounts with news scored; the external ids with news.

    `derive` then brings the accounts up to date.
    """
    news = {row["external_id"] for row in await revise(session, Subscription, source_id, [asdict(t) for t in terms])}
    await _deliver_terms(session, source_id, terms, news)
    await mark_accounts(session, {term.account_id for term in terms if term.external_id in news})
    return news


async def replace_terms(session: WriteSession, source_id: UUID, contract_key: str, terms: Sequence[Term]) -> Replaced:
    """Make the terms of a contract exactly these, bring the accounts up to date and have them scored."""
    of_contract = or_(Subscription.contract_key == contract_key, Subscription.external_id == contract_key)
    done = await replace(session, Subscription, source_id, of_contract, [asdict(term) for term in terms])
    await _deliver_terms(session, source_id, terms, set(done.news))
    await derive(session, done.accounts)
    await mark_accounts(session, done.accounts)
    return done


async def _deliver_terms(session: WriteSession, source_id: UUID, terms: Sequence[Term], news: set[str]) -> None:
    today = await clock.today(session)
    feeds: dict[str, Span] = {}
    for term in terms:
        until = min(today, term.ends_on) if term.ends_on else today
        for feed, is_fed in (("seats", term.seats is not None), ("limits", term.limit_metric is not None)):
            if is_fed:
                _widen(feeds, feed, term.starts_on, max(term.starts_on, until), term.known_on)
    days = Counter((t.starts_on, t.known_on) for t in terms if t.external_id in news and t.starts_on <= today)
    await deliver(session, source_id, days, feeds)


async def put_invoices(session: WriteSession, source_id: UUID, invoices: Sequence[InvoiceFacts]) -> set[str]:
    """Store invoices, each external id once, and have accounts with news scored; the external ids with news."""
    news = {row["external_id"] for row in await revise(session, Invoice, source_id, [asdict(i) for i in invoices])}
    await _deliver_invoices(session, source_id, invoices, news)
    await mark_accounts(session, {invoice.account_id for invoice in invoices if invoice.external_id in news})
    return news


async def replace_invoice(
    session: WriteSession, source_id: UUID, external_id: str, invoice: InvoiceFacts | None
) -> Replaced:
    """Make an invoice be this, or withdraw it, and have its account scored."""
    facts = [] if invoice is None else [invoice]
    one = Invoice.external_id == external_id
    done = await replace(session, Invoice, source_id, one, [asdict(fact) for fact in facts])
    await _deliver_invoices(session, source_id, facts, set(done.news))
    await mark_accounts(session, done.accounts)
    return done


async def _deliver_invoices(
    session: WriteSession, source_id: UUID, invoices: Sequence[InvoiceFacts], news: set[str]
) -> None:
    feeds: dict[str, Span] = {}
    for invoice in invoices:
        _widen(feeds, "invoices", invoice.issued_on, invoice.settled_on or invoice.issued_on, invoice.known_on)
    days = Counter((i.issued_on, i.known_on) for i in invoices if i.external_id in news)
    await deliver(session, source_id, days, feeds)


def _widen(feeds: dict[str, Span], feed: str, since: date, until: date, known_on: date) -> None:
    until = max(since, until)
    known = feeds.get(feed)
    feeds[feed] = known.with_day(since, until, known_on) if known else Span(since, until, known_on)


# Recurring revenue counts terms in force today that are paid for: neither trials nor pauses. An account that pays in
# several currencies shows the one that it pays most terms in.
DERIVE = """
with touched as (select unnest((:accounts)::uuid[]) as account_id),
terms as (
    select s.*, s.starts_on <= waymark_today() and coalesce(s.ends_on, 'infinity') > waymark_today() as in_force,
           s.status in ('ACTIVE', 'PAST_DUE', 'CANCELLED') as is_paid
    from subscriptions s join touched using (account_id) where s.superseded_on is null
),
currencies as (
    select distinct on (account_id) account_id, currency
    from terms where in_force and is_paid group by account_id, currency order by account_id, count(*) desc, currency
),
facts as (
    select touched.account_id,
           coalesce(sum(t.mrr_minor) filter (where t.in_force and t.is_paid and t.currency = c.currency), 0) as mrr,
           max(c.currency) as currency,
           sum(t.seats) filter (where t.in_force) as seats,
           min(coalesce(t.ends_on, case when t.renews_on >= waymark_today() then t.renews_on end))
               filter (where t.in_force and not t.is_add_on and t.status <> 'CANCELLED') as renews_on,
           case when count(t.id) > 0
                 and count(t.id) filter (where coalesce(t.ends_on, 'infinity') > waymark_today()) = 0
                then max(t.ends_on) end as churned_on
    from touched left join terms t using (account_id) left join currencies c using (account_id)
    group by touched.account_id
)
update account_internals i
set mrr_minor = f.mrr, mrr_currency = coalesce(f.currency, i.mrr_currency), seats = f.seats,
    renews_on = f.renews_on, churned_on = f.churned_on
from facts f
where f.account_id = i.account_id
  and (i.mrr_minor, i.mrr_currency, i.seats, i.renews_on, i.churned_on) is distinct from
      (f.mrr, coalesce(f.currency, i.mrr_currency), f.seats, f.renews_on, f.churned_on)
"""

TIER_TERMS = """
select s.account_id, t.key, s.starts_on, s.ends_on, s.known_on
from subscriptions s join tiers t on not t.is_retired and (s.plan_key = any(t.plans) or s.product_key = any(t.plans))
where s.superseded_on is null and s.account_id = any((:accounts)::uuid[])
"""


async def derive(session: WriteSession, account_ids: Iterable[UUID]) -> None:
    """Derive revenue, seats, renewal, churn and tier of accounts from their subscriptions, as of today."""
    ids = sorted(set(account_ids))
    if not ids:
        return
    await session.execute(text(DERIVE), {"accounts": [str(account) for account in ids]})
    rows = await session.execute(text(TIER_TERMS), {"accounts": [str(account) for account in ids]})
    await accounts.derive_tiers(session, ids, [TierTerm(*row) for row in rows.all()])


async def derive_all(session: WriteSession) -> None:
    """Derive for every account that ever had a subscription: terms begin and end as days pass."""
    rows = await session.scalars(text("select distinct account_id from subscriptions order by 1"))
    await derive(session, rows.all())
