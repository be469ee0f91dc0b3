"""Kinds `subscriptions` and `invoices` of imports."""

from __future__ import annotations

from fractions import Fraction
from uuid import UUID

import asyncpg

from backend.billing.models import Settlement, SubscriptionStatus
from backend.billing.service import InvoiceFacts, Term, derive, put_invoices, put_terms
from backend.ingest.fields import Field, Type
from backend.ingest.kinds import Kind, RowCheck, Run, Stored


async def _store_subscriptions(run: Run) -> Stored:
    stored = Stored()
    touched: set[UUID] = set()
    columns = (
        "account, external_id, plan, starts_on, ends_on, mrr, price, quantity, currency, is_add_on, status, seats,"
        " (select key from metrics where id = limit_metric) as limit_metric, limit_quantity, bill_period_months,"
        " contract, product, renews_on, auto_renews, known_on"
    )
    async for rows in run.batches(columns):
        terms = [
            Term(
                account_id=row["account"],
                external_id=row["external_id"],
                plan_key=row["plan"],
                starts_on=row["starts_on"],
                ends_on=row["ends_on"],
                mrr_minor=_monthly(row),
                currency=row["currency"],
                is_add_on=row["is_add_on"] or False,
                status=row["status"] or SubscriptionStatus.ACTIVE.value,
                seats=row["seats"],
                limit_metric=row["limit_metric"],
                limit_quantity=row["limit_quantity"],
                bill_period_months=row["bill_period_months"] or 1,
                contract_key=row["contract"],
                product_key=row["product"],
                renews_on=row["renews_on"],
                auto_renews=row["auto_renews"],
                known_on=row["known_on"],
            )
            for row in rows
        ]
        news = await put_terms(run.session, run.source_id, terms)
        touched |= {term.account_id for term in terms}
        stored.taken += len(news)
        stored.unchanged += len(terms) - len(news)
    await derive(run.session, touched)
    stored.first_day, stored.last_day = await run.days("starts_on")
    return stored


def _monthly(row: asyncpg.Record) -> int:
    """Monthly revenue: stated, else the price of a unit and period × quantity ÷ months, rounded half to even."""
    if row["mrr"] is not None:
        return int(row["mrr"])
    units = 1 if row["quantity"] is None else row["quantity"]
    return round(Fraction(row["price"] * units, row["bill_period_months"] or 1))


async def _store_invoices(run: Run) -> Stored:
    stored = Stored()
    columns = "account, external_id, amount, currency, issued_on, due_on, settled_on, settled_as, known_on"
    async for rows in run.batches(columns):
        news = await put_invoices(
            run.session,
            run.source_id,
            [
                InvoiceFacts(
                    account_id=row["account"],
                    external_id=row["external_id"],
                    amount_minor=row["amount"],
                    currency=row["currency"],
                    issued_on=row["issued_on"],
                    due_on=row["due_on"] or row["issued_on"],
                    settled_on=row["settled_on"],
                    settled_as=None if row["settled_on"] is None else row["settled_as"] or Settlement.PAID.value,
                    known_on=row["known_on"],
                )
                for row in rows
            ],
        )
        stored.taken += len(news)
        stored.unchanged += len(rows) - len(news)
    stored.first_day, stored.last_day = await run.days("issued_on")
    return stored


SUBSCRIPTIONS = Kind(
    name="subscriptions",
    fields=(
        Field("account", Type.ACCOUNT, required=True),
        Field("external_id", Type.TEXT, required=True, longest=300),
        Field("plan", Type.TEXT, required=True, longest=200),
        Field("starts_on", Type.DAY, required=True, may_lie_ahead=True),
        Field("ends_on", Type.DAY, may_lie_ahead=True),
        Field("mrr", Type.MONEY),
        Field("price", Type.MONEY),
        Field("quantity", Type.WHOLE, most=2**31 - 1),
        Field("currency", Type.CURRENCY),
        Field("is_add_on", Type.TRUTH),
        Field("status", Type.CHOICE, choices=tuple(SubscriptionStatus)),
        Field("seats", Type.WHOLE, most=2**31 - 1),
        Field("limit_metric", Type.METRIC),
        Field("limit_quantity", Type.WHOLE),
        Field("bill_period_months", Type.WHOLE, least=1, most=120),
        Field("contract", Type.TEXT, longest=300),
        Field("product", Type.TEXT, longest=200),
        Field("renews_on", Type.DAY, may_lie_ahead=True),
        Field("auto_renews", Type.TRUTH),
    ),
    key=("external_id",),
    dated_by="starts_on",
    store=_store_subscriptions,
    checks=(
        RowCheck("mrr", "v.mrr_text is null and v.price_text is null", "is empty, and so is price"),
        RowCheck("ends_on", "v.ends_on <= v.starts_on", "does not lie after starts_on"),
        RowCheck("renews_on", "v.renews_on <= v.starts_on", "does not lie after starts_on"),
        RowCheck(
            "ends_on", "v.status = 'CANCELLED' and v.ends_on_text is null", "is empty, and a cancelled term has an end"
        ),
        RowCheck(
            "limit_quantity",
            "(v.limit_metric_text is null) <> (v.limit_quantity_text is null)",
            "limit_metric and limit_quantity go together",
        ),
    ),
    may_be_known_before=True,
)

INVOICES = Kind(
    name="invoices",
    fields=(
        Field("account", Type.ACCOUNT, required=True),
        Field("external_id", Type.TEXT, required=True, longest=300),
        Field("amount", Type.MONEY, required=True),
        Field("currency", Type.CURRENCY),
        Field("issued_on", Type.DAY, required=True),
        Field("due_on", Type.DAY, may_lie_ahead=True),
        Field("settled_on", Type.DAY),
        Field("settled_as", Type.CHOICE, choices=tuple(Settlement)),
    ),
    key=("external_id",),
    dated_by="issued_on",
    store=_store_invoices,
    checks=(
        RowCheck("due_on", "v.due_on < v.issued_on", "lies before issued_on"),
        RowCheck("settled_as", "v.settled_as is not null and v.settled_on_text is null", "is given, and no settled_on"),
    ),
)
