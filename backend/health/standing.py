"""Where an account stands as its customers see it, and that it closed a day elsewhere than the day before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text

from backend.db import clock
from backend.db.engine import WriteSession
from backend.events import DomainEvent, emit_all
from backend.health.scoring import Accounts


@dataclass(frozen=True, kw_only=True)
class CustomerStandingChanged(DomainEvent):
    """The band of an account's customers, of the factors that they see alone, closed a day as another than before."""

    before: str
    after: str
    model_version: int
    """The version of the health model of both days: what follows from another model is no news of the account."""
    occurred_on: date


# The newest knowledge of either day. What was told of the day before is in the timeline, so that a day that is closed
# again tells nothing twice; the lock keeps two that close it at once from both finding nothing there.
ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtextextended('waymark customer standing', 0))")
CLOSED = """(select s.band, s.model_version from customer_health_snapshots s
    where s.account_id = a.id and s.day = {day} order by s.revision desc limit 1)"""
MOVED = text(
    f"""
select a.id as account_id, was.band as before, closed.band as after, closed.model_version
from accounts a left join tiers t on t.key = a.tier_key
cross join lateral {CLOSED.format(day="(:day)::date")} closed
cross join lateral {CLOSED.format(day="(:day)::date - 1")} was
where a.id between :first and :last and coalesce(t.health_visibility, 'WORDS') <> 'HIDDEN'
    and was.band <> closed.band and 'INSUFFICIENT_DATA' not in (was.band, closed.band)
    and was.model_version = closed.model_version
    and not exists (select from domain_events e where e.account_id = a.id and e.type = 'CustomerStandingChanged'
        and e.occurred_at > waymark_now() - interval '3 days' and e.body ->> 'occurred_on' = (:day)::date::text)
order by a.id
"""
)


async def note(session: WriteSession, day: date, accounts: Accounts) -> int:
    """Note which of the accounts stand elsewhere since a day that was closed; how many. Only yesterday is news."""
    if (await clock.today(session) - day).days != 1:
        return 0
    await session.execute(ONE_AT_A_TIME)
    rows = (await session.execute(MOVED, {"day": day, "first": accounts.first, "last": accounts.last})).all()
    await emit_all(
        session,
        [
            CustomerStandingChanged(
                account_id=row.account_id,
                before=row.before,
                after=row.after,
                model_version=row.model_version,
                occurred_on=day,
            )
            for row in rows
        ],
    )
    return len(rows)
