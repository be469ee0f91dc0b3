"""What customers pay: terms of subscriptions, invoices, and what happened with their payments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import pairwise
from random import Random
from typing import Any

from backend.demo.company import DAYS, Calendar, Company, Term

BEFORE = {"starter": 1_500, "professional": 5_900, "business": 9_900}
AFTER = {"starter": 1_900, "professional": 4_900, "business": 9_900}
"""Prices of a seat and month, minor units: until spring, and since."""
TRIAL_DAYS = 14
CURRENCY = "USD"
DUE_DAYS = 14


def price(calendar: Calendar, tier: str, day: int) -> int:
    """What a seat costs for who signs or renews on a day."""
    return (BEFORE if day < calendar.spring else AFTER)[tier]


def ordinary_terms(rng: Random, calendar: Calendar, company: Company) -> list[Term]:
    """The terms of a customer to whom nothing special happens."""
    if company.is_trial:
        return [trial(company)]
    yearly = rng.random() < {"starter": 0.3, "professional": 0.55, "business": 1.0}[company.tier]
    grown = rng.randint(-400, -30) if rng.random() < 0.18 else None
    seats_before = max(1, round(company.seats * rng.choice((0.7, 0.8, 1.2))))
    terms: list[Term] = []
    last = company.ended if company.ended is not None else 1
    start = company.since
    while start < last:
        end = start + (365 if yearly else 1)
        if not yearly:  # goes on until the price changes, or it ends
            changes = [calendar.spring + 30] if start < calendar.spring else []
            end = next((day for day in changes if day > start), 10_000)
        paid_until = min(end, company.ended if company.ended is not None else 10_000)
        cuts = [start, *(day for day in (grown,) if day and start < day < paid_until), paid_until]
        for begin, until in pairwise(cuts):
            seats = seats_before if grown is not None and begin < grown else company.seats
            is_open = until == 10_000
            terms.append(
                Term(
                    start=begin,
                    end=None if is_open else until,
                    plan=f"{company.tier}_{'annual' if yearly else 'monthly'}",
                    seats=seats,
                    price=price(calendar, company.tier, start),
                    renews=next_month(calendar, company.since) if is_open else None,
                    months=12 if yearly else 1,
                )
            )
        start = end
    return terms


def trial(company: Company) -> Term:
    """The fourteen days before somebody pays."""
    return Term(
        company.since,
        company.since + TRIAL_DAYS,
        f"{company.tier}_monthly",
        company.seats,
        AFTER[company.tier],
        status="TRIALING",
    )


def next_month(calendar: Calendar, since: int) -> int:
    """The next monthly return of a day."""
    return since + ((-since) // 30 + 1) * 30


@dataclass(frozen=True)
class Bill:
    """An invoice: issued, due and settled on days."""

    number: str
    amount: int
    issued: int
    due: int
    settled: int | None
    failed: tuple[int, ...] = ()


def bills(rng: Random, company: Company) -> Iterator[Bill]:
    """The invoices of the window."""
    number = 0
    for term in company.terms:
        if term.status in {"TRIALING", "PAUSED"}:
            continue
        until = min(term.end if term.end is not None else 1, 1)
        days = 30 if term.months == 1 else 365
        for issued in range(term.start, until, days):
            number += 1
            if issued < -DAYS:
                continue
            share = 1.0 if term.end is None else min(1.0, (term.end - issued) / days)  # of a term cut short
            yield _bill(rng, company, f"{company.key}-i{number}", round(term.mrr * term.months * share), issued)


def _bill(rng: Random, company: Company, number: str, amount: int, issued: int) -> Bill:
    due = issued + DUE_DAYS
    if company.failed_payments and issued <= min(company.failed_payments) < issued + 30:
        return Bill(number, amount, issued, issued + 2, None, company.failed_payments)
    if rng.random() < company.pays_late:
        paid, failed = due + rng.randint(3, 26), due - 1
        return Bill(number, amount, issued, due, paid if paid < 0 else None, (failed,) if failed < 0 else ())
    paid = issued + rng.choice((0, 0, 0, 1, 2, 5))
    return Bill(number, amount, issued, due, paid if paid <= 0 else None)


def at(day: date, hour: int = 9, minute: int = 0) -> datetime:
    """An instant of a day."""
    return datetime.combine(day, time(hour, minute), tzinfo=UTC)


def term_rows(calendar: Calendar, company: Company) -> Iterator[tuple[Any, ...]]:
    """Rows of `subscriptions`, as `money.TERM_COLUMNS` names them."""
    day = calendar.day
    for place, term in enumerate(company.terms, 1):
        yield (
            company.account_id,
            f"{company.key}-t{place}",
            1,
            company.key,
            term.plan,
            term.status,
            day(term.start),
            None if term.end is None else day(term.end),
            None if term.renews is None else day(term.renews),
            term.status == "ACTIVE",
            term.mrr,
            CURRENCY,
            term.seats,
            term.months,
            day(term.start),
        )


TERM_COLUMNS = (
    "account_id external_id revision contract_key plan_key status starts_on ends_on renews_on auto_renews mrr_minor"
    " currency seats bill_period_months known_on"
)
INVOICE_COLUMNS = (
    "account_id external_id revision amount_minor currency issued_on due_on settled_on settled_as known_on"
    " superseded_on"
)
FACT_COLUMNS = "account_id external_id revision object_key kind occurred_at occurred_on amount_minor currency known_on"


def invoice_rows(calendar: Calendar, company: Company, bill: Bill) -> Iterator[tuple[Any, ...]]:
    """Rows of `invoices`: open when it was issued, and once more when it was paid."""
    day, issued = calendar.day, calendar.day(bill.issued)
    said = (company.account_id, bill.number)
    money = (bill.amount, CURRENCY, issued, day(bill.due))
    if bill.settled is None:
        yield (*said, 1, *money, None, None, issued, None)
    elif bill.settled == bill.issued:
        yield (*said, 1, *money, issued, "PAID", issued, None)
    else:
        settled = day(bill.settled)
        yield (*said, 1, *money, None, None, issued, settled)
        yield (*said, 2, *money, settled, "PAID", settled, None)


def fact_rows(calendar: Calendar, company: Company, bill: Bill) -> Iterator[tuple[Any, ...]]:
    """Rows of `billing_facts`: payments that failed, invoices that were overdue, and that were paid in the end."""

    def row(name: str, kind: str, offset: int, hour: int) -> tuple[Any, ...]:
        on = calendar.day(offset)
        key = f"{bill.number}/{name}"
        return (company.account_id, key, 1, bill.number, kind, at(on, hour), on, bill.amount, CURRENCY, on)

    for place, failed in enumerate(bill.failed, 1):
        yield row(f"failed-{place}", "PAYMENT_FAILED", failed, 9)
    if bill.due < 0 and (bill.settled is None or bill.settled > bill.due):
        yield row("overdue", "INVOICE_OVERDUE", bill.due + 1, 0)
    if bill.failed and bill.settled is not None:
        yield row("paid", "INVOICE_PAID", bill.settled, 10)


def told_of(calendar: Calendar, bill: Bill, since: int) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Domain events of a bill since a day: day, type, body."""
    base = {"invoice_key": bill.number, "amount_minor": bill.amount, "currency": CURRENCY}
    for attempt, failed in enumerate(bill.failed, 1):
        on = {"occurred_on": calendar.day(failed).isoformat()}
        if failed >= since:
            yield failed, "PaymentFailed", {**base, **on, "attempt": attempt}
            if attempt == 2:
                yield failed, "SecondPaymentFailed", {**base, **on}
    if bill.due < 0 and bill.settled is None and bill.due + 1 >= since:
        yield bill.due + 1, "InvoiceOverdue", {**base, "due_on": calendar.day(bill.due).isoformat()}
    if bill.settled is not None and bill.settled >= since and (bill.failed or bill.settled > bill.due):
        settled = calendar.day(bill.settled).isoformat()
        yield bill.settled, "PaymentRecovered", {**base, "occurred_on": settled}
