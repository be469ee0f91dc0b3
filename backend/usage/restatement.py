"""Daily totals as a source states them. Said again, nothing happens; said differently, the difference is added.

A row known from today on corrects what was reported before, so that what was known earlier stays answerable.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

Execute = Callable[..., Awaitable[Any]]

FIRST_REPORTS = """
insert into usage_daily (account_id, day, metric_id, source_id, known_on, delta, users)
select account, day, metric, $1, known_on, amount, coalesce(users, 0) from {table}
order by account, day, metric
"""

# What the source has said of the same account, metric and day before; the primary key finds it.
CHANGES = """
create temporary table changes on commit drop as
select r.line, r.account as account_id, r.day, r.metric as metric_id,
       case when told.times = 0 then r.known_on else greatest($today$, r.known_on) end as known_on,
       r.amount - coalesce(told.value, 0)::bigint as delta,
       coalesce(r.users, 0) - coalesce(told.users, 0)::int as users
from {table} r
cross join lateral (
    select count(*) as times, sum(u.delta) as value, sum(u.users) as users from usage_daily u
    where u.account_id = r.account and u.day = r.day and u.metric_id = r.metric and u.source_id = '$source$'
) told
where told.times = 0 or told.value <> r.amount or told.users <> coalesce(r.users, 0)
"""

ADD_CHANGES = """
insert into usage_daily (account_id, day, metric_id, source_id, known_on, delta, users)
select account_id, day, metric_id, $1, known_on, delta, users from changes
order by account_id, day, metric_id
on conflict (account_id, day, metric_id, source_id, known_on)
do update set delta = usage_daily.delta + excluded.delta, users = usage_daily.users + excluded.users
"""

DELIVERED = """
insert into source_days (source_id, day, known_on, facts)
select $1, day, known_on, sum(facts) from delivered group by 2, 3 order by 2, 3
on conflict (source_id, day, known_on) do update set facts = source_days.facts + excluded.facts
"""

FEEDS = """
with fed as (
    select 'metric:' || m.key as feed, day, known_on from delivered join metrics m on m.id = delivered.metric
    union all select 'active_members', day, known_on from delivered where people
)
insert into source_feeds (source_id, feed, since, until, first_known_on)
select $1, feed, min(day), max(day), min(known_on) from fed group by feed order by feed
on conflict (source_id, feed) do update
set since = least(source_feeds.since, excluded.since), until = greatest(source_feeds.until, excluded.until),
    first_known_on = least(source_feeds.first_known_on, excluded.first_known_on)
"""


async def restate(driver: Any, source_id: UUID, today: Any, *, table: str) -> tuple[int, int]:
    """Store the daily totals of a temporary table; lines with news, and lines without.

    The table has line, account, metric, day, amount, users (may be null) and known_on, each (account, metric, day)
    once. The caller holds the source, so that no other restatement of it runs beside this one.
    """
    span = await driver.fetchrow(f"select min(day) as first, max(day) as last, count(*) as rows from {table}")
    if not span["rows"]:
        return 0, 0
    # Where the source has never spoken of these days there is nothing to compare with.
    is_known = await driver.fetchval(
        "select exists (select from source_feeds where source_id = $1 and feed like 'metric:%'"
        " and since <= $3 and until >= $2)",
        source_id,
        span["first"],
        span["last"],
    )
    if is_known:
        await driver.execute(
            CHANGES.format(table=table).replace("$source$", str(source_id)).replace("$today$", f"date '{today}'")
        )
        await driver.execute(ADD_CHANGES, source_id)
        origin = "changes", "metric_id"
    else:
        await driver.execute(FIRST_REPORTS.format(table=table), source_id)
        origin = table, "metric"
    await driver.execute(
        "create temporary table delivered on commit drop as"
        f" select day, known_on, {origin[1]} as metric, count(*) as facts, bool_or(users > 0) as people"
        f" from {origin[0]} group by 1, 2, 3"
    )
    await driver.execute(DELIVERED, source_id)
    await driver.execute(FEEDS, source_id)
    lines = await driver.fetchval(f"select count(distinct line) from {table}")
    changed = await driver.fetchval("select count(distinct line) from changes") if is_known else lines
    return changed, lines - changed
