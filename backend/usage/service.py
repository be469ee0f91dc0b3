"""Counting. Rollups are additive: what was counted late, or is corrected, adds a row known from that day on."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
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


LARGEST = 2**53 - 1
"""Of one event's amount, and of a day's sum of them: a sum that overflowed would fail the count of everybody."""


def roll_up(uses: str, *, after: str = "") -> str:
    """SQL that counts uses, and gives each account among them with whether anything of it counted (`is_counted`), and
    whether any of that is of a day that is over (`is_of_past`).

    `uses` is a SELECT of account_id, source_id, metric_id (null: the source delivered, but nothing counts), amount,
    person_id, day, known_on. `after` are CTEs that it builds on, each with its comma. Rows are stored in the order of
    their keys, so that two transactions that count the same never wait for each other crosswise.
    """
    return f"""
with {after} uses as materialized ({uses}),
counted as (
    insert into usage_daily (account_id, day, metric_id, source_id, known_on, delta)
    select account_id, day, metric_id, source_id, known_on, least(sum(amount), {LARGEST}) from uses
    where metric_id is not null group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
    on conflict (account_id, day, metric_id, source_id, known_on)
    do update set delta = least(usage_daily.delta + excluded.delta, {LARGEST})
),
seen as (
    insert into member_days (account_id, day, metric_id, person_id, known_on)
    select account_id, day, metric_id, person_id, min(known_on) from uses
    where person_id is not null and metric_id is not null group by 1, 2, 3, 4 order by 1, 2, 3, 4
    on conflict (account_id, day, metric_id, person_id)
    do update set known_on = excluded.known_on where excluded.known_on < member_days.known_on
),
delivered as (
    insert into source_days (source_id, day, known_on, facts)
    select source_id, day, known_on, count(*) from uses group by 1, 2, 3 order by 1, 2, 3
    on conflict (source_id, day, known_on) do update set facts = source_days.facts + excluded.facts
),
fed as (
    insert into source_feeds (source_id, feed, since, until, first_known_on)
    select source_id, feed, min(day), max(day), min(known_on)
    from (select u.source_id, 'metric:' || m.key as feed, day, known_on from uses u join metrics m on m.id = u.metric_id
        union all
        select source_id, 'active_members', day, known_on from uses
        where person_id is not null and metric_id is not null) f
    group by source_id, feed order by source_id, feed
    on conflict (source_id, feed) do update
    set since = least(source_feeds.since, excluded.since), until = greatest(source_feeds.until, excluded.until),
        first_known_on = least(source_feeds.first_known_on, excluded.first_known_on)
    where (source_feeds.since, source_feeds.until, source_feeds.first_known_on)
        is distinct from (least(source_feeds.since, excluded.since), greatest(source_feeds.until, excluded.until),
                          least(source_feeds.first_known_on, excluded.first_known_on))
)
select account_id, bool_or(metric_id is not null) as is_counted,
       bool_or(metric_id is not null and day < (select waymark_today())) as is_of_past
from uses group by account_id
"""


ZONE = "(select coalesce((select time_zone from organizations), 'UTC') as name)"
"""The organization's zone as a relation: days are its calendar days."""

SAID = f"""
select u.account_id, cast(:source_id as uuid) as source_id, u.metric_id, u.amount, u.person_id, d.day,
       greatest((coalesce(u.known_at, waymark_now()) at time zone zone.name)::date, d.day) as known_on
from jsonb_to_recordset((:uses)::jsonb) as u (
        account_id uuid, metric_id int, amount bigint, person_id uuid, occurred_at timestamptz, known_at timestamptz),
     {ZONE} as zone, lateral (select (u.occurred_at at time zone zone.name)::date as day) d
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
    await session.execute(text(roll_up(SAID)), {"uses": json.dumps(rows), "source_id": source_id})


async def mark_accounts(session: WriteSession, accounts: Collection[UUID]) -> None:
    """Have accounts scored anew within seconds, since something that scores read of them has changed."""
    if accounts:
        await session.execute(
            text("insert into account_marks (account_id) select unnest(cast(:accounts as uuid[]))"),
            {"accounts": [str(account) for account in sorted(accounts)]},
        )


MARKS_A_PASS = 5_000


async def take_account_marks(session: WriteSession) -> set[UUID]:
    """Take marks of accounts, the oldest first; the accounts, which the caller scores in this transaction."""
    taken = text(
        """delete from account_marks where ctid = any(array(
            select ctid from account_marks order by id limit :most for update skip locked)) returning account_id"""
    )
    return set((await session.scalars(taken, {"most": MARKS_A_PASS})).all())
