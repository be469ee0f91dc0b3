"""Which pass scored an event and whether it changed the score, noted by triggers of the benchmark's own.

An event whose pass left the score as it was is told to nobody. For the others it has to be known which pass it was,
since another event of the same account may be told of at any time.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

import asyncpg

NOTES = """
create unlogged table bench_taken (pass xid8, event_id uuid);
create unlogged table bench_changed (pass xid8, account_id uuid, at timestamptz);
create function bench_take() returns trigger language plpgsql security definer as $$
begin
    insert into bench_taken select pg_current_xact_id(), old.event_id;
    return null;
end $$;
create function bench_change() returns trigger language plpgsql security definer as $$
begin
    insert into bench_changed values (pg_current_xact_id(), new.account_id, clock_timestamp());
    return null;
end $$;
create trigger bench_take after delete on event_marks for each row execute function bench_take();
create trigger bench_change after update on current_health for each row
    when ((old.score, old.band) is distinct from (new.score, new.band)) execute function bench_change();
"""
CHANGES = """
select e.message_id, c.account_id, extract(epoch from c.at)::float8
from events e join bench_taken t on t.event_id = e.id
join bench_changed c on c.pass = t.pass and c.account_id = e.account_id
where e.message_id = any($1)
"""


async def note_passes(owner: asyncpg.Connection[asyncpg.Record]) -> None:
    """Have passes noted from now on."""
    await owner.execute(NOTES)


async def delivered(
    owner: asyncpg.Connection[asyncpg.Record],
    sent: Mapping[str, float],
    accounts: Collection[UUID],
    told: Sequence[Sequence[float]],
) -> list[float]:
    """Seconds from when an event was sent until its account's subscriber was told, of each event that changed a score;
    infinite where nothing came. `told` has the times of each account's subscriber, by the monotonic clock.
    """
    ahead = time.time() - time.monotonic()  # the database has the other clock of the same machine
    times = dict(zip(accounts, told, strict=True))
    took = []
    for message, account, at in await owner.fetch(CHANGES, list(sent)):
        of_account = times[account]
        place = bisect_left(of_account, at - ahead)
        took.append((of_account[place] if place < len(of_account) else float("inf")) - sent[message])
    return took
