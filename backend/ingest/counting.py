"""From events to daily counts: by marks as they come, or all events of a source anew (`rebuild.py`)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from backend.db.engine import Database, WriteSession
from backend.usage.service import LARGEST, ZONE, mark_accounts, roll_up

NUMBER = r"[0-9]{1,30}(\.[0-9]{1,30})?([eE][-+]?[0-9]{1,2})?"
LOCK = 7_296_102
"""Of the transaction that counts marks. One at a time: two that score the same account side by side would each miss
what the other counts."""
MARKS_A_PASS = 10_000


def uses_of(events: str) -> str:
    """SELECT of what events count for, as `usage.service.roll_up` takes it; `events` is a relation like the table.

    An event that the program maps to several metrics counts in each, one that it does not name in none. A property
    that holds the amount must hold a finite number from 0 to 2^53 - 1 in the metric's stored scale, as a number or as
    its text; finer decimals are rounded, halves away from zero. Without such a number the event does not count.
    """
    return f"""
select e.account_id, e.source_id, case when amounts.amount is not null then m.metric_id end as metric_id,
       amounts.amount, case when m.counts_as_active then e.person_id end as person_id, days.day,
       greatest((e.known_at at time zone zone.name)::date, days.day) as known_on
from {events} e
left join event_mappings m on m.event_name = e.name
left join metrics x on x.id = m.metric_id,
     {ZONE} zone,
     lateral (select (e.occurred_at at time zone zone.name)::date as day) days,
     lateral (
        select case
            when m.metric_id is null then null
            when m.amount_property is null then 10 ^ x.scale
            when jsonb_typeof(e.properties -> m.amount_property) in ('number', 'string')
                 and e.properties ->> m.amount_property ~ '^({NUMBER})$'
            then (e.properties ->> m.amount_property)::numeric * 10::numeric ^ x.scale end as exact
     ) exacts,
     lateral (select case when exact <= {LARGEST} then round(exact::numeric)::bigint end as amount) amounts
"""


# Fair: each account's first mark comes before anybody's second. Marks of accounts are few at any time, since what is
# marked is counted within seconds; a long queue is sorted once a pass.
TAKEN = f"""
picked as (
    select ctid from (
        select ctid, row_number() over (partition by account_id order by event_id) as turn from event_marks) m
    order by turn limit {MARKS_A_PASS}
),
taken as (
    delete from event_marks m
    where m.ctid = any(array(select l.ctid from event_marks l where l.ctid = any(array(select ctid from picked))
                             for update skip locked))
    returning m.account_id, m.source_id, m.received_at, m.event_id
),
heard as (
    update sources s set last_received_at = h.at from (
        select s.id, u.at from sources s
        join (select source_id, max(received_at) as at from taken group by 1) u on u.source_id = s.id
        where s.last_received_at is null or s.last_received_at < u.at
        for no key update of s skip locked
    ) h where s.id = h.id
),
"""
# `offset 0` keeps the look-up of each event in its index, whatever the planner guesses of the marks.
COUNT = roll_up(
    uses_of(
        """(select e.* from taken t, lateral (
            select * from events e where e.account_id = t.account_id and e.received_at = t.received_at
            and e.id = t.event_id offset 0) e)"""
    ),
    after=TAKEN,
)


@dataclass(frozen=True)
class Counted:
    """The accounts whose marks one pass took."""

    accounts: tuple[UUID, ...]
    """All of them."""
    counted: tuple[UUID, ...]
    """Those in which something was counted, so that their scores may have moved."""
    of_past: tuple[UUID, ...]
    """Those in which something of a day that is over was counted."""


async def count_marks(session: WriteSession) -> Counted | None:
    """Count marked events, each once; empty when no mark is left, None while another transaction counts."""
    if not await session.scalar(text("select pg_try_advisory_xact_lock(:lock)"), {"lock": LOCK}):
        return None
    rows = (await session.execute(text(COUNT))).all()
    return Counted(
        tuple(sorted(row.account_id for row in rows)),
        tuple(sorted(row.account_id for row in rows if row.is_counted)),
        tuple(sorted(row.account_id for row in rows if row.is_of_past)),
    )


async def count_all(database: Database) -> None:
    """Count marked events in transactions of their own until none is left, or until somebody else counts."""
    while True:
        async with database.begin() as session:
            found = await count_marks(session)
            if not found or not found.accounts:
                return
            await mark_accounts(session, found.counted)
