"""The rows that the benchmarks read: accounts with people, plans, usage and health, made by SQL in the database.

Every value follows from the account's number, so that each run reads the same data.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import asyncpg

from backend.db.engine import Database
from backend.identity import keys
from backend.permissions import ACCOUNT_SCOPES, STAFF_SCOPES
from backend.settings import Settings

DEFAULT_ACCOUNTS = 2_000
MEMBERS = 10
USAGE_DAYS = 30
STAFF = 20

WORDS = """
create temporary table leaf (
    position int, key text, name text, group_key text, group_name text, weight int, poor float8, healthy float8,
    unit text, statement text, change_phrase text, is_customer_visible boolean
);
insert into leaf values
  (1, 'daily_active_rate', 'Active people', 'engagement', 'Engagement', 250000, .05, .4, 'share',
   '{numerator} of {denominator} people were active on a typical business day.', 'active people', true),
  (2, 'feature_adoption_depth', 'Features in use', 'engagement', 'Engagement', 200000, .1, .6, 'share',
   '{numerator} of {denominator} core features were used.', 'features in use', true),
  (3, 'api_usage_consistency', 'Steady use', 'engagement', 'Engagement', 150000, .2, .8, 'share',
   'Used on {numerator} of {denominator} business days.', 'steady use', true),
  (4, 'support_sentiment', 'Mood in support', 'relationship', 'Relationship', 150000, -.5, .5, 'points',
   'The mood of tickets was {value}.', 'mood in support', false),
  (5, 'feature_requests', 'Feature requests', 'relationship', 'Relationship', 100000, 0, 1, 'requests',
   '{numerator} requests from {denominator} active people.', 'feature requests', true),
  (6, 'community_participation', 'Community', 'relationship', 'Relationship', 50000, 0, .2, 'share',
   '{numerator} of {denominator} people took part in the community.', 'community', true),
  (7, 'payment_health', 'Payment', 'commercial', 'Commercial', 50000, 30, 0, 'days',
   'The oldest open invoice is {numerator} days overdue.', 'payment', false),
  (8, 'usage_trend', 'Trend of use', 'commercial', 'Commercial', 30000, .5, 1.1, 'ratio',
   '{numerator} uses after {denominator} in the four weeks before.', 'trend of use', true),
  (9, 'contract_utilization', 'Use of the plan', 'commercial', 'Commercial', 20000, .1, .7, 'share',
   '{numerator} of {denominator} included were used.', 'use of the plan', false);
insert into organizations (name) values ('Example organization') on conflict do nothing;
insert into tiers (key, name, rank, price_minor, price_currency, health_visibility, plans) values
  ('trial', 'Trial', 0, 0, 'USD', 'WORDS', '{}'), ('starter', 'Starter', 1, 2900, 'USD', 'WORDS', '{}'),
  ('professional', 'Professional', 2, 9900, 'USD', 'SCORE', '{}'),
  ('business', 'Business', 3, 49900, 'USD', 'SCORE', '{}');
insert into sources (key, name, kind) values ('product', 'Product', 'PRODUCT'), ('billing', 'Billing', 'BILLING');
insert into metrics (key, name, unit, is_core) values
  ('conversations', 'Conversations', 'conversations', true), ('workflow_runs', 'Workflows', 'runs', true),
  ('logins', 'Sign-ins', 'sign-ins', false);
insert into health_models (version, definition, fingerprint, applied_by) values (1, '{}', 'benchmark', 'benchmark');
insert into health_leaves (model_version, profile, position, key, name, group_key, group_name, weight, poor, healthy,
                           unit, statement, change_phrase, is_customer_visible)
select 1, 0, position, key, name, group_key, group_name, weight, poor, healthy, unit, statement, change_phrase,
       is_customer_visible
from leaf;
"""

PEOPLE = """
create temporary table made_staff as select n, uuidv7() as id, uuidv7() as person_id from generate_series(1, {staff}) n;
insert into persons (id, name, email, email_key)
select person_id, 'Success manager ' || n, 'manager' || n || '@example.org', 'manager' || n || '@example.org'
from made_staff;
insert into staff (id, person_id, role) select id, person_id, 'CSM' from made_staff;

create temporary table made as
select n, uuidv7() as id, (array['trial', 'starter', 'professional', 'business'])[n % 4 + 1] as tier
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

FACTS = """
insert into subscriptions (account_id, source_id, external_id, revision, plan_key, status, starts_on, mrr_minor,
                           currency, seats, known_on)
select a.id, s.id, 'sub-' || a.n, 1, a.tier, 'ACTIVE', waymark_today() - 400, 1000 * (a.n * 7919 % 997), 'USD',
       5 + a.n % 40, waymark_today() - 400
from made a cross join sources s where s.key = 'billing';
insert into usage_daily (account_id, day, metric_id, source_id, known_on, delta, users)
select a.id, waymark_today() - d, m.id, s.id, waymark_today() - d, (a.n * 31 + d * 17) % 200, (a.n + d) % 12
from made a cross join generate_series(1, {days}) d cross join metrics m cross join sources s where s.key = 'product';
"""

HEALTH = """
create temporary table measured as
select a.n, a.id, l.*, 1000 + (a.n::bigint * 7919 + l.position * 104729) % 99999 * 1000 as normalised,
       (a.n + l.position * 3) % 40 as numerator, 40::float8 as denominator,
       case when (a.n + l.position) % 29 = 0 then 'S' when (a.n + l.position) % 23 = 0 then 'Z' else 'M' end as status
from made a cross join leaf l;
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


@dataclass(frozen=True)
class Dataset:
    """What was made, and keys to read it with."""

    settings: Settings
    accounts: int
    staff_key: str
    member_key: str
    member_account: UUID


async def fill(settings: Settings, accounts: int = DEFAULT_ACCOUNTS) -> Dataset:
    """Fill a freshly migrated database: accounts of ten members, each with health of nine leaves and 30 days of use."""
    connection = await asyncpg.connect(settings.migrate_url)
    try:
        async with connection.transaction():
            for script in (WORDS, PEOPLE, FACTS, HEALTH):
                await connection.execute(
                    _with(script, accounts=accounts, members=MEMBERS, staff=STAFF, days=USAGE_DAYS)
                )
        await connection.execute("vacuum analyze")
        member_account = await connection.fetchval("select id from accounts where external_id = 'account-7'")
    finally:
        await connection.close()
    database = Database(settings)
    await database.open()
    try:
        async with database.begin() as session:
            staff = await keys.create(session, name="benchmark", words=sorted(STAFF_SCOPES))
            member = await keys.create(
                session, name="benchmark", words=sorted(ACCOUNT_SCOPES), account_id=member_account
            )
    finally:
        await database.close()
    return Dataset(settings, accounts, staff.text, member.text, member_account)


def _with(script: str, **numbers: int) -> str:
    """The script with its named numbers; other braces are the database's own."""
    for name, number in numbers.items():
        script = script.replace("{" + name + "}", str(number))
    return script
