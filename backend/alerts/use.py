"""Use of the last whole days against as many before them, account by account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from backend.alerts.program import UseFalls
from backend.db.engine import WriteSession
from backend.usage.queries import source_states

# Days that are over, so that the time of day does not matter. Amounts are in units of each metric.
USE = text(
    """
with days as (select waymark_today() as today, (:days)::int as length)
select u.account_id,
       sum(u.delta / power(10, m.scale)) filter (where u.day < d.today - d.length) as before,
       coalesce(sum(u.delta / power(10, m.scale)) filter (where u.day >= d.today - d.length), 0) as recent,
       array_agg(distinct u.source_id) as sources
from days d, usage_daily u join metrics m on m.id = u.metric_id
where u.day >= d.today - 2 * d.length and u.day < d.today
    and case when cardinality((:metrics)::text[]) > 0 then m.key = any((:metrics)::text[]) else m.is_core end
    and ((:accounts)::uuid[] is null or u.account_id = any((:accounts)::uuid[]))
group by u.account_id
"""
)


@dataclass(frozen=True)
class Use:
    """What an account used, in units of the metrics summed."""

    account_id: UUID
    before: float
    recent: float

    @property
    def fall(self) -> float:
        """By how many percent use is lower than before; negative where it is higher, 0 where there was none."""
        return 0.0 if self.before <= 0 else 100.0 * (1 - self.recent / self.before)

    def facts(self, days: int) -> dict[str, int]:
        """What the sentence may name."""
        return {"percent": round(self.fall), "before": round(self.before), "recent": round(self.recent), "days": days}


async def falls(
    session: WriteSession, reason: UseFalls, accounts: Sequence[UUID] | None
) -> tuple[list[Use], list[UUID]]:
    """Accounts whose use has fallen as the rule says, and accounts where it has not or has recovered.

    An account in neither list is left as it is: it fell too little to open and too much to close, or it was fed by a
    source that is silent now, whose silence says nothing about use.
    """
    if accounts is not None and not accounts:
        return [], []
    rows = await session.execute(
        USE,
        {
            "days": reason.days,
            "metrics": list(reason.metrics),
            "accounts": None if accounts is None else list(accounts),
        },
    )
    fallen: list[tuple[Use, list[UUID]]] = []
    recovered: list[UUID] = []
    for row in rows:
        use = Use(row.account_id, float(row.before or 0), float(row.recent))
        if use.before >= max(reason.least_before, 1e-9) and use.fall >= reason.percent:
            fallen.append((use, row.sources))
        elif use.recent > 0 and use.fall < reason.recovered_at:
            recovered.append(use.account_id)
    if not fallen:
        return [], recovered
    silent = {source.id for source in await source_states(session) if source.silent_since is not None}
    return [use for use, sources in fallen if silent.isdisjoint(sources)], recovered
