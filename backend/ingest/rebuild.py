"""Counting all events anew: the check on, and the repair of, what was counted as they came."""

from __future__ import annotations

from sqlalchemy import text

from backend.db.engine import WriteSession
from backend.errors import Conflict
from backend.ingest.counting import LOCK, uses_of
from backend.usage.service import LARGEST

MIXED = """
select s.key from sources s where exists (select from events e where e.source_id = s.id)
  and exists (select from imports i where i.source_id = s.id and i.kind = 'usage' and i.rows_taken > 0) order by 1
"""

FORGET = "delete from usage_daily u where u.source_id in (select distinct source_id from events)"

# What is marked is still to be counted by whoever counts marks.
COUNTED = uses_of("(select * from events where id not in (select event_id from event_marks))")

COUNT = f"""
insert into usage_daily (account_id, day, metric_id, source_id, known_on, delta)
select account_id, day, metric_id, source_id, known_on, least(sum(amount), {LARGEST}) from ({COUNTED}) c
where metric_id is not null group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
"""

SEEN = f"""
insert into member_days (account_id, day, metric_id, person_id, known_on)
select account_id, day, metric_id, person_id, min(known_on) from ({COUNTED}) c
where person_id is not null and metric_id is not null group by 1, 2, 3, 4 order by 1, 2, 3, 4
on conflict (account_id, day, metric_id, person_id)
do update set known_on = excluded.known_on where excluded.known_on < member_days.known_on
"""


async def rebuild(session: WriteSession) -> int:
    """Count the stored events of every source anew by the running mapping; how many rollup rows there are then.

    Raises Conflict for a source that sent both events and daily totals: what is whose cannot be told apart. Days whose
    events were dropped by retention are lost to it, so run it within WAYMARK_EVENT_MONTHS. Days on which members were
    active are completed, never taken away, since other features note them too.
    """
    mixed = (await session.scalars(text(MIXED))).all()
    if mixed:
        raise Conflict(
            f"{', '.join(mixed)} sent both events and daily totals, which cannot be told apart. "
            "Give them sources of their own."
        )
    await session.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    await session.execute(text("lock table usage_daily in share row exclusive mode"))
    await session.execute(text(FORGET))
    rows = (await session.execute(text(f"with made as ({COUNT} returning 1) select count(*) from made"))).scalar_one()
    await session.execute(text(SEEN))
    return int(rows)
