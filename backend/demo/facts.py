"""Writes what the customers of the demo did into the tables of the features, as taking it in would have left it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text

from backend.db.engine import WriteSession
from backend.db.ids import uuid7
from backend.demo import care, money
from backend.demo.care import SILENT_SINCE, Care, Ticket
from backend.demo.company import DAYS, Calendar, Company
from backend.demo.money import at
from backend.demo.staffing import Colleague
from backend.demo.tables import put
from backend.demo.use import Use
from backend.ingest.service import digest
from backend.ingest.upkeep import make_partitions
from backend.usage.feeds import Span, deliver

SOURCES = {"product": "PRODUCT", "billing": "BILLING", "helpdesk": "HELPDESK"}
SINGLE_EVENT_DAYS = 3
"""So many days have single events beside their counts; before, the counts say it all."""
METRIC_OF = {"signed_in": "logins", "conversation_started": "conversations"}

DomainRow = tuple[UUID, str, int, UUID, str, datetime]


class Facts:
    """The sources of a demo, and the facts that were written so far."""

    def __init__(self, session: WriteSession, calendar: Calendar, companies: Sequence[Company], seed: int) -> None:
        self._session = session
        self._seed = seed
        self._calendar = calendar
        self._companies = companies
        self._sources: dict[str, UUID] = {}
        self._told: list[DomainRow] = []

    def source(self, key: str) -> UUID:
        """The id of a source."""
        return self._sources[key]

    async def sources(self, now: datetime) -> None:
        """Make the sources, connected since before the first fact."""
        self._sources = {key: uuid7() for key in SOURCES}
        last = {"helpdesk": at(self._calendar.day(SILENT_SINCE), 17)}
        rows = [
            (source, key, key.capitalize(), SOURCES[key], at(self._calendar.day(-DAYS - 30)), last.get(key, now))
            for key, source in self._sources.items()
        ]
        await put(self._session, "sources", "id key name kind connected_at last_received_at", rows)

    async def staff(self, staff: Sequence[Colleague]) -> None:
        """The people who work here."""
        people = [(one.person_id, one.name, one.email, one.email, "en") for one in staff]
        await put(self._session, "persons", "id name email email_key locale", people)
        rows = [(one.staff_id, one.person_id, one.role) for one in staff]
        await put(self._session, "staff", "id person_id role", rows)

    async def customers(self, staff: Sequence[Colleague]) -> None:
        """Accounts, with what staff know of them, and their people."""
        day, ids = self._calendar.day, {one.email: one.staff_id for one in staff}
        sponsors = [one.staff_id for one in staff if one.role in {"EXECUTIVE", "MANAGER"}]
        parents = {company.key: company.account_id for company in self._companies}
        # A parent is there before its children.
        ordered = sorted(self._companies, key=lambda one: one.parent is not None)
        accounts = [
            (
                c.account_id,
                c.key,
                c.name,
                parents[c.parent] if c.parent else None,
                c.industry,
                c.use_case,
                day(c.since),
                ids[c.manager],
                at(day(c.since)),
            )
            for c in ordered
        ]
        columns = "id external_id name parent_id industry use_case customer_since success_manager_id created_at"
        await put(self._session, "accounts", columns, accounts)
        internals = [(c.account_id, c.reason, list(c.tags), orjson.dumps(c.traits).decode()) for c in ordered]
        await put(self._session, "account_internals", "account_id churn_reason tags traits", internals)
        owners = [
            (c.account_id, "executive_sponsor", sponsors[place % len(sponsors)])
            for place, c in enumerate(ordered)
            if c.tier == "business"
        ]
        await put(self._session, "account_owners", "account_id role_key staff_id", owners)
        await self._people()

    async def _people(self) -> None:
        day, product = self._calendar.day, self.source("product")
        people = [(company, human) for company in self._companies for human in company.people]
        rows: list[tuple[Any, ...]] = [
            (h.person_id, h.name, h.email, h.email, "en", at(day(h.joined))) for _, h in people
        ]
        names = "id name email email_key locale created_at"
        await put(self._session, "persons", names, rows)
        rows = [(uuid7(), product, f"u-{n}", h.person_id) for n, (_, h) in enumerate(people, 1)]
        await put(self._session, "person_identities", "id source_id external_id person_id", rows)
        rows = [
            (
                uuid7(),
                c.account_id,
                h.person_id,
                h.role,
                "ACTIVE" if h.left is None else "LEFT",
                h.title,
                h.is_champion,
                day(h.joined),
                None if h.left is None else day(h.left),
                at(day(h.joined)),
            )
            for c, h in people
        ]
        columns = "id account_id person_id role state title is_champion joined_on left_on known_at"
        await put(self._session, "members", columns, rows)

    def _chance(self, what: str, company: Company) -> Random:
        """Chance of one company's own: how many others there are changes nothing of it."""
        return Random(f"{self._seed}/{what}/{company.key}")

    async def money(self) -> None:
        """Subscriptions, invoices, and what happened with payments."""
        calendar, source = self._calendar, {"source_id": self.source("billing")}
        terms = [row for company in self._companies for row in money.term_rows(calendar, company)]
        invoices: list[tuple[Any, ...]] = []
        happened: list[tuple[Any, ...]] = []
        for company in self._companies:
            for bill in money.bills(self._chance("money", company), company):
                invoices += money.invoice_rows(calendar, company, bill)
                happened += money.fact_rows(calendar, company, bill)
                for day, kind, body in money.told_of(calendar, bill, care.TOLD_SINCE):
                    self._tell(company, at(calendar.day(day), 9), kind, body)
        await put(self._session, "subscriptions", money.TERM_COLUMNS, terms, everywhere=source)
        await put(self._session, "invoices", money.INVOICE_COLUMNS, invoices, everywhere=source)
        await put(self._session, "billing_facts", money.FACT_COLUMNS, happened, everywhere=source)
        starts, issues = money.TERM_COLUMNS.split().index("starts_on"), money.INVOICE_COLUMNS.split().index("issued_on")
        on = Counter(row[starts] for row in terms)
        on.update(row[issues] for row in invoices)
        days = {(one, one): count for one, count in on.items()}
        first = Span(min(on), calendar.today, min(on))
        await deliver(self._session, self.source("billing"), days, {"seats": first, "invoices": first})

    async def usage(self, metrics: Mapping[str, int]) -> None:
        """Rollups, days of people, and single events of the last days."""
        calendar, source = self._calendar, self.source("product")
        use = Use(calendar)
        for company in self._companies:
            use.add(self._chance("use", company), company)
        for company in self._companies:
            for day, name in company.events:
                if name in METRIC_OF:
                    use.rollups[day + DAYS].append((company.account_id, day, METRIC_OF[name], 1))
        dates = [calendar.day(offset - DAYS) for offset in range(DAYS + 1)]
        merged = [self._merged(rows) for rows in use.rollups]
        await put(
            self._session,
            "usage_daily",
            "account_id day metric_id known_on delta",
            (
                (account, on, metrics[metric], on, amount)
                for on, rows in zip(dates, merged, strict=True)
                for (account, metric), amount in rows.items()
            ),
            everywhere={"source_id": source},
        )
        await put(
            self._session,
            "member_days",
            "account_id day metric_id person_id known_on",
            (
                (account, on, metrics[metric], person, on)
                for on, rows in zip(dates, use.presences, strict=True)
                for account, _, metric, person in rows
            ),
        )
        days = {(on, on): len(rows) for on, rows in zip(dates, merged, strict=True) if rows}
        span = Span(dates[0], dates[-1], dates[0])
        feeds = {f"metric:{key}": span for key in {metric for rows in merged for _, metric in rows}}
        await deliver(self._session, source, days, {**feeds, "active_members": span})
        await self._events(Random(self._seed), use)

    @staticmethod
    def _merged(rows: Sequence[tuple[UUID, int, str, int]]) -> dict[tuple[UUID, str], int]:
        found: dict[tuple[UUID, str], int] = {}
        for account, _, metric, amount in rows:
            found[account, metric] = found.get((account, metric), 0) + amount
        return found

    async def _events(self, rng: Random, use: Use) -> None:
        """Single events: sign-ins of the last days, and what the situations tell of."""
        said: list[tuple[UUID, date, str, UUID | None]] = []
        for offset in range(-SINGLE_EVENT_DAYS, 0):
            on = self._calendar.day(offset)
            said += [(a, on, "signed_in", p) for a, _, m, p in use.presences[offset + DAYS] if m == "logins"]
        for company in self._companies:
            said += [(company.account_id, self._calendar.day(day), name, None) for day, name in company.events]
        rows: list[tuple[Any, ...]] = []
        keys: list[tuple[Any, ...]] = []
        for number, (account, on, name, person) in enumerate(said, 1):
            when = at(on, rng.randint(7, 18), rng.randint(0, 59)) + timedelta(seconds=rng.randint(0, 59))
            rows.append((account, when, f"demo-{number}", person, name, when, when))
            keys.append((f"demo-{number}", digest("demo", number), when))
        months = {when.replace(day=1).date() for _, when, *_ in rows}
        for month in sorted(months):
            await self._session.execute(text("select waymark_make_event_partition(:month)"), {"month": month})
        await make_partitions(self._session)
        same = {"source_id": self.source("product")}
        columns = "account_id received_at message_id person_id name occurred_at known_at"
        await put(self._session, "events", columns, rows, everywhere=same)
        await put(self._session, "event_keys", "message_id body_hash received_at", keys, everywhere=same)

    async def conversations(self, staff: Sequence[Colleague]) -> None:
        """Conversations with support, and what staff did."""
        calendar, ids = self._calendar, {one.email: one.staff_id for one in staff}
        done = Care(calendar)
        asked: list[tuple[Company, Ticket]] = []
        for company in self._companies:
            rng = self._chance("care", company)
            asked += [(company, ticket) for ticket in care.tickets(rng, calendar, company)]
            done.add(rng, company, ids[company.manager])
        for company, ticket in asked:
            for when, kind, body in ticket.told(calendar):
                self._tell(company, when, kind, body)
        rows = [ticket.row(calendar, company) for company, ticket in asked]
        source = self.source("helpdesk")
        await put(self._session, "tickets", care.TICKET_COLUMNS, rows, everywhere={"source_id": source})
        # Answers deliver as well, so that the helpdesk spoke on every day until it fell silent.
        spoke = Counter(calendar.day(offset) for offset in range(-DAYS, care.SILENT_SINCE + 1))
        spoke.update(calendar.day(ticket.day) for _, ticket in asked)
        span = Span(min(spoke), max(spoke), min(spoke))
        await deliver(self._session, source, {(one, one): count for one, count in spoke.items()}, {"tickets": span})
        for table, columns, written in (
            ("touchpoints", care.TOUCH_COLUMNS, done.touches),
            ("notes", care.NOTE_COLUMNS, done.notes),
            ("pulses", care.PULSE_COLUMNS, done.pulses),
            ("tasks", care.TASK_COLUMNS, done.tasks),
        ):
            await put(self._session, table, columns, written)
        await self._session.execute(text(LAST_TOUCHES))

    def _tell(self, company: Company, when: datetime, kind: str, body: Mapping[str, Any]) -> None:
        self._told.append((uuid7(), kind, 1, company.account_id, orjson.dumps(body).decode(), when))

    async def timeline(self) -> list[tuple[UUID, str, datetime]]:
        """Write the domain events that were told of in passing; id, type and instant of each, the oldest first."""
        rows = sorted(self._told, key=lambda row: row[5])
        columns = "id type version account_id body occurred_at"
        await put(self._session, "domain_events", columns, rows)
        return [(row[0], row[1], row[5]) for row in rows]


LAST_TOUCHES = """
update account_internals i set last_touch_at = t.last
from (select account_id, max(occurred_at) as last from touchpoints group by 1) t where t.account_id = i.account_id
"""
