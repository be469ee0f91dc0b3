"""Named reads of billing that more than one place uses."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.billing.models import BillingRules

TERMS = """(
    select account_id, starts_on as starts, coalesce(ends_on, date 'infinity') as ends,
           known_on as known, coalesce(superseded_on, date 'infinity') as superseded,
           coalesce(seats, 0) as seats, limit_metric, limit_quantity
    from subscriptions
    where not (status = 'CANCELLED' and ends_on is null))"""
"""Terms of subscriptions: in force on a day in [starts, ends), believed on a day in [known, superseded)."""

OPEN_INVOICES = """(
    select account_id, issued_on as issued, due_on as due, coalesce(settled_on, date 'infinity') as settled,
           known_on as known, coalesce(superseded_on, date 'infinity') as superseded
    from invoices)"""
"""Invoices: open on a day in [issued, settled), believed on a day in [known, superseded)."""


async def billing_rules(session: AsyncSession) -> BillingRules:
    """What `billing.yaml` of the program says; the defaults where no program was applied yet."""
    stored = await session.scalar(select(BillingRules))
    return stored or BillingRules(id=1, account_metadata="account_id", customer_trait="stripe_customer_id")
