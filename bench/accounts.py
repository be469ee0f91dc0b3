"""Accounts with everything that scoring reads, made in SQL: rollups in the order of arrival, day by day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import asyncpg

from backend.db.engine import Database
from backend.program.setup import initialise
from backend.settings import Settings
from bench.dataset import is_filled

LAST = date(2026, 6, 30)

ACCOUNTS = """
insert into accounts (id, name, customer_since, tier_key)
select uuidv7(), 'Account ' || n, date '2025-01-01' + n % 300, (array['starter', 'professional', 'business'])[1 + n % 3]
from generate_series(1, {accounts}) n;
insert into account_internals (account_id) select id from accounts;
insert into account_tiers (account_id, tier_key, valid_from, known_on)
select id, tier_key, customer_since, customer_since from accounts;
insert into sources (key, name, kind) values ('product', 'Product', 'CSV');
insert into subscriptions (account_id, source_id, external_id, revision, plan_key, status, starts_on, mrr_minor,
    currency, seats, known_on)
select a.id, s.id, a.id::text, 0, a.tier_key, 'ACTIVE', a.customer_since, 4900, 'USD', 5 + hashtext(a.id::text) % 5,
    a.customer_since from accounts a, sources s;
"""

FACTS = """
insert into source_feeds (source_id, feed, since, until, first_known_on)
select s.id, feed, date '2025-01-01', {last}, date '2025-01-01' from sources s, unnest(
    (select array_agg('metric:' || key) from metrics) || array['active_members', 'seats', 'tickets', 'invoices']) feed;
insert into source_days (source_id, day, known_on, facts)
select s.id, day::date, day::date, 1 from sources s, generate_series(date '2025-01-01', {last}, interval '1 day') day;
insert into tickets (account_id, source_id, external_id, revision, opened_on, opened_at, sentiment, known_on)
select a.id, s.id, a.id::text, 0, d, d, (hashtext(a.id::text) % 100) / 100.0, d
from accounts a, sources s, lateral (select {last} - 80 + abs(hashtext(a.id::text)) % 80 as d) day
where s.key = 'product';
insert into invoices (account_id, source_id, external_id, revision, amount_minor, currency, issued_on, due_on,
    settled_on, settled_as, known_on)
select a.id, s.id, a.id::text, 0, 4900, 'USD', {last} - 40, {last} - 20,
    case when hashtext(a.id::text) % 10 <> 0 then {last} - 25 end,
    case when hashtext(a.id::text) % 10 <> 0 then 'PAID' end, {last} - 40 from accounts a, sources s
where s.key = 'product';
"""

USAGE = """
insert into usage_daily (account_id, day, metric_id, source_id, known_on, delta, users)
select a.id, d.day, m.id, s.id, d.day, 1 + x.h % 40, x.h % 6
from (select $1::date as day) d cross join (select id, hashtext(id::text) as h from accounts) a
cross join (select id, row_number() over (order by id) as n from metrics
    where key in ('conversations', 'saved_replies', 'api_calls', 'logins', 'workflow_runs', 'report_views')) m
cross join sources s
cross join lateral (select abs(hashint8(a.h::bigint + m.n * 7919 + (d.day - date '2025-01-01') * 104729)) as h) x
where s.key = 'product' and x.h % 100 < 55 and (extract(isodow from d.day) < 6 or x.h % 5 = 0)
"""


FOUND = """
select (select count(*) from accounts) as accounts, (select count(*) from usage_daily) as rollups,
       (select max(until) from source_feeds) as last
"""


@dataclass(frozen=True)
class Made:
    """What there is to score."""

    accounts: int
    rollups: int
    last: date
    """The last day with rollups."""

    def span(self, days: int) -> tuple[date, date]:
        """First and last of the last `days` days."""
        return self.last - timedelta(days=days - 1), self.last


async def make(settings: Settings, *, accounts: int, days: int) -> Made:
    """Fill a fresh database with accounts and `days` days of rollups up to LAST.

    One that is filled already (`bench/scale.py`) stays as it is.
    """
    connection = await asyncpg.connect(settings.migrate_url)
    try:
        if not await is_filled(connection):
            database = Database(settings)
            await database.open()
            async with database.begin() as session:
                await initialise(session, name="Bench", time_zone="UTC", currency="USD", applied_by="bench")
            await database.close()
            await connection.execute(ACCOUNTS.format(accounts=accounts))
            await make_facts(connection, LAST, days)
            await connection.execute("vacuum analyze")
        found = await connection.fetchrow(FOUND)
        assert found is not None, "a statement of one row"
        return Made(found["accounts"], found["rollups"], found["last"])
    finally:
        await connection.close()


async def make_facts(connection: asyncpg.Connection[asyncpg.Record], last: date, days: int) -> None:
    """What scoring reads of accounts that are there: feeds, tickets, invoices, and `days` days of rollups."""
    await connection.execute(FACTS.format(last=f"date '{last}'"))
    # The key is made after the rows, so that they lie in the order of arrival without an hour of waiting.
    await connection.execute("alter table usage_daily drop constraint pk_usage_daily")
    for n in range(days - 1, -1, -1):
        await connection.execute(USAGE, last - timedelta(days=n))
    await connection.execute(
        "alter table usage_daily add constraint pk_usage_daily"
        " primary key (account_id, day, metric_id, source_id, known_on)"
    )
