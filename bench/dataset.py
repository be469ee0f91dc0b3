"""The rows that the benchmarks read: accounts with people, plans, usage and health, made by SQL in the database.

Every value follows from the account's number, so that each run reads the same data.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import asyncpg

from backend.db.engine import Database
from backend.identity import keys
from backend.permissions import ACCOUNT_SCOPES, STAFF_SCOPES
from backend.program.setup import initialise
from backend.settings import Settings

DEFAULT_ACCOUNTS = 2_000
MEMBERS = 10
USAGE_DAYS = 30
STAFF = 20

SOURCES = """
insert into sources (key, name, kind) values ('product', 'Product', 'PRODUCT'), ('billing', 'Billing', 'BILLING');
"""

PEOPLE = """
create temporary table made_staff as select n, uuidv7() as id, uuidv7() as person_id from generate_series(1, {staff}) n;
insert into persons (id, name, email, email_key)
select person_id, 'Success manager ' || n, 'manager' || n || '@example.org', 'manager' || n || '@example.org'
from made_staff;
insert into staff (id, person_id, role) select id, person_id, 'CSM' from made_staff;

create temporary table made as
select n, uuidv7() as id, (array['starter', 'professional', 'business'])[n % 3 + 1] as tier
from generate_series(1, {accounts}) n;
insert into accounts (id, external_id, name, tier_key, industry, customer_since, success_manager_id)
select a.id, 'account-' || a.n, 'Company ' || a.n || ' Ltd', a.tier, 'software', waymark_today() - 400 - a.n % 600, s.id
from made a join made_staff s on s.n = a.n % {staff} + 1;
insert into account_internals (account_id, mrr_minor, seats, renews_on)
select id, 1000 * (n * 7919 % 997), 5 + n % 40, waymark_today() + n % 365 from made;
insert into account_tiers (account_id, tier_key, valid_from, known_on)
select id, tier, waymark_today() - 400, waymark_today() - 400 from made;

create temporary table made_member as
select a.n, m, a.id as account_id, uuidv7() as id, uuidv7() as person_id
from made a cross join generate_series(1, {members}) m;
insert into persons (id, name, email, email_key)
select person_id, 'Person ' || n || '-' || m, 'person' || m || '@company' || n || '.example',
       'person' || m || '@company' || n || '.example'
from made_member;
insert into members (id, account_id, person_id, role, joined_on)
select id, account_id, person_id, case m when 1 then 'ADMIN' when 2 then 'BILLING' else 'MEMBER' end,
       waymark_today() - 300
from made_member;
"""

SUBSCRIPTIONS = """
insert into subscriptions (account_id, source_id, external_id, revision, plan_key, status, starts_on, mrr_minor,
                           currency, seats, known_on)
select a.id, s.id, 'sub-' || a.n, 1, a.tier, 'ACTIVE', waymark_today() - 400, 1000 * (a.n * 7919 % 997), 'USD',
       5 + a.n % 40, waymark_today() - 400
from made a cross join sources s where s.key = 'billing';
"""

USAGE = """
insert into usage_daily (account_id, day, metric_id, source_id, known_on, delta, users)
select a.id, waymark_today() - d, m.id, s.id, waymark_today() - d, (a.n * 31 + d * 17) % 200, (a.n + d) % 12
from made a cross join generate_series(1, {days}) d cross join metrics m cross join sources s
where s.key = 'product' and m.key in ('conversations', 'workflow_runs', 'logins');
"""

HEALTH = """
create temporary table measured as
select a.n, a.id, l.position, l.weight, l.is_customer_visible,
       1000 + (a.n::bigint * 7919 + l.position * 104729) % 99999 * 1000 as normalised,
       (a.n + l.position * 3) % 40 as numerator, 40::float8 as denominator,
       case when l.weight = 0 then 'N'
            when (a.n + l.position) % 29 = 0 then 'S' when (a.n + l.position) % 23 = 0 then 'Z' else 'M' end as status
from made a cross join health_leaves l where l.profile = 0;
create temporary table scored as
select n, id, sum(normalised * weight / 1000000)::int as score, string_agg(status, '' order by position) as statuses,
       array_agg(numerator::float8 order by position) as numerators,
       array_agg(denominator order by position) as denominators,
       array_agg(normalised::int order by position) as normalised, array_agg(weight order by position) as weights,
       array_agg((normalised * weight / 1000000)::int order by position) as contributions
from measured group by n, id;
create temporary table shown as
select n, id, sum(normalised * weight / 780000)::int as score, string_agg(status, '' order by position) as statuses,
       array_agg(numerator::float8 order by position) as numerators,
       array_agg(denominator order by position) as denominators,
       array_agg(normalised::int order by position) as normalised, array_agg(weight order by position) as weights,
       array_agg((normalised * weight / 780000)::int order by position) as contributions
from measured where is_customer_visible group by n, id;
insert into current_health (account_id, day, model_version, profile, score, sort_score, band, category, trend, change_7,
    change_30, coverage, statuses, numerators, denominators, normalised, weights, contributions)
select id, waymark_today(), 1, 0, score, score,
       case when score < 40000000 then 'RED' when score <= 70000000 then 'YELLOW' else 'GREEN' end,
       case when score < 40000000 then 'CRITICAL' when score < 55000000 then 'AT_RISK' when score <= 70000000
            then 'MONITOR' else 'SECURE' end,
       'STEADY', n % 9 - 4, n % 19 - 9, 1000000, statuses, numerators, denominators, normalised, weights, contributions
from scored;
insert into current_customer_health (account_id, day, model_version, profile, score, band, trend, coverage, statuses,
    numerators, denominators, normalised, weights, contributions)
select id, waymark_today(), 1, 0, score,
       case when score < 40000000 then 'RED' when score <= 70000000 then 'YELLOW' else 'GREEN' end,
       'STEADY', 1000000, statuses, numerators, denominators, normalised, weights, contributions
from shown;
"""


FOUND = """
select a.id as account, waymark_today() as today, (select count(*) from accounts) as accounts,
       (select count(*) from members m where m.account_id = a.id) as members
from accounts a where a.external_id = 'account-7'
"""


@dataclass(frozen=True)
class Dataset:
    """What was made, and keys to read it with."""

    settings: Settings
    accounts: int
    members: int
    """Of each account."""
    today: date
    """The database's day, the last of the data."""
    staff_key: str
    member_key: str
    member_account: UUID


async def fill(settings: Settings, accounts: int = DEFAULT_ACCOUNTS) -> Dataset:
    """Fill a freshly migrated database: accounts of ten members, health under the default program, 30 days of use.

    One that is filled already (`bench/scale.py`) stays as it is, and gets keys.
    """
    database = Database(settings)
    await database.open()
    connection = await asyncpg.connect(settings.migrate_url)
    try:
        if not await is_filled(connection):
            async with database.begin() as session:
                await initialise(session, name="Example organization")
            await _make_rows(connection, accounts)
        found = await connection.fetchrow(FOUND)
        assert found is not None, "a filled database has account-7"
        account, today = found["account"], found["today"]
        async with database.begin() as session:
            staff = await keys.create(session, name="benchmark", words=sorted(STAFF_SCOPES))
            member = await keys.create(session, name="benchmark", words=sorted(ACCOUNT_SCOPES), account_id=account)
    finally:
        await connection.close()
        await database.close()
    return Dataset(settings, found["accounts"], found["members"], today, staff.text, member.text, account)


async def is_filled(connection: asyncpg.Connection[asyncpg.Record]) -> bool:
    """Whether the database has accounts."""
    return bool(await connection.fetchval("select exists (select from accounts)"))


async def _make_rows(connection: asyncpg.Connection[asyncpg.Record], accounts: int) -> None:
    async with connection.transaction():
        for script in (SOURCES, PEOPLE, SUBSCRIPTIONS, USAGE, HEALTH):
            made = filled_in(script, accounts=accounts, members=MEMBERS, staff=STAFF, days=USAGE_DAYS)
            await connection.execute(made)
    await connection.execute("vacuum analyze")


def filled_in(script: str, **numbers: int) -> str:
    """The script with its named numbers; other braces are the database's own."""
    for name, number in numbers.items():
        script = script.replace("{" + name + "}", str(number))
    return script
