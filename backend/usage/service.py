"""Counting. Rollups are additive: what was counted late, or is corrected, adds a row known from that day on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from backend.db.engine import WriteSession


@dataclass(frozen=True)
class Use:
    """An account used a metric, and perhaps a person of it did."""

    account_id: UUID
    metric_id: int
    occurred_at: datetime
    amount: int = 1
    """In the metric's stored scale: 1234 is 12.34 where the scale is 2."""
    person_id: UUID | None = None
    known_at: datetime | None = None
    """When Waymark could have used it; now when empty."""


# Rows are stored in the order of their keys, so that two transactions that count the same never wait for each other
# crosswise.
ROLL_UP = """
with uses as materialized (
    select u.account_id, u.metric_id, u.amount, u.person_id,
           (u.occurred_at at time zone zone.name)::date as day,
           greatest((coalesce(u.known_at, waymark_now()) at time zone zone.name)::date,
                    (u.occurred_at at time zone zone.name)::date) as known_on
    from jsonb_to_recordset((:uses)::jsonb) as u (
        account_id uuid, metric_id int, amount bigint, person_id uuid, occurred_at timestamptz, known_at timestamptz),
      (select coalesce((select time_zone from organizations), 'UTC') as name) as zone
),
counted as (
    insert into usage_daily (account_id, day, metric_id, source_id, known_on, delta)
    select account_id, day, metric_id, :source_id, known_on, sum(amount) from uses
    group by 1, 2, 3, 5 order by 1, 2, 3, 5
    on conflict (account_id, day, metric_id, source_id, known_on)
    do update set delta = usage_daily.delta + excluded.delta
),
seen as (
    insert into member_days (account_id, day, metric_id, person_id, known_on)
    select account_id, day, metric_id, person_id, min(known_on) from uses
    where person_id is not null group by 1, 2, 3, 4 order by 1, 2, 3, 4
    on conflict (account_id, day, metric_id, person_id)
    do update set known_on = excluded.known_on where excluded.known_on < member_days.known_on
),
delivered as (
    insert into source_days (source_id, day, known_on, facts)
    select :source_id, day, known_on, count(*) from uses group by 2, 3 order by 2, 3
    on conflict (source_id, day, known_on) do update set facts = source_days.facts + excluded.facts
)
insert into source_feeds (source_id, feed, since, until, first_known_on)
select :source_id, feed, min(day), max(day), min(known_on)
from (select 'metric:' || m.key as feed, day, known_on from uses join metrics m on m.id = uses.metric_id
    union all select 'active_members', day, known_on from uses where person_id is not null) fed
group by feed order by feed
on conflict (source_id, feed) do update
set since = least(source_feeds.since, excluded.since), until = greatest(source_feeds.until, excluded.until),
    first_known_on = least(source_feeds.first_known_on, excluded.first_known_on)
where (source_feeds.since, source_feeds.until, source_feeds.first_known_on)
    is distinct from (least(source_feeds.since, excluded.since), greatest(source_feeds.until, excluded.until),
                      least(source_feeds.first_known_on, excluded.first_known_on))
"""


async def record(
    session: WriteSession,
    *,
    source_id: UUID,
    account_id: UUID,
    metric_id: int,
    occurred_at: datetime,
    amount: int = 1,
    person_id: UUID | None = None,
    known_at: datetime | None = None,
) -> None:
    """Count one use of a metric. Who repeats the call counts twice: repeating safely is its caller's to settle."""
    await record_all(session, source_id, [Use(account_id, metric_id, occurred_at, amount, person_id, known_at)])


async def record_all(session: WriteSession, source_id: UUID, uses: Sequence[Use]) -> None:
    """Count uses of any accounts, metrics and days in one statement; days are the organization's calendar days."""
    if not uses:
        return
    rows = [
        {
            "account_id": str(use.account_id),
            "metric_id": use.metric_id,
            "amount": use.amount,
            "person_id": str(use.person_id) if use.person_id else None,
            "occurred_at": use.occurred_at.isoformat(),
            "known_at": use.known_at.isoformat() if use.known_at else None,
        }
        for use in uses
    ]
    await session.execute(text(ROLL_UP), {"uses": json.dumps(rows), "source_id": source_id})
