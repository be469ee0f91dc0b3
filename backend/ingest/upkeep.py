"""Upkeep of what was taken in: partitions ahead of time, and what is forgotten when."""

from __future__ import annotations

from sqlalchemy import text

from backend.db.engine import WriteSession

KEPT_FOR_DAYS = 60
"""How long message ids of live sources are remembered, and rejects and unresolved events kept. The ids of files stay,
so that re-runs are safe."""
MONTHS_AHEAD = 2


async def make_partitions(session: WriteSession) -> None:
    """Make the partitions of this month and the next two, where they are missing."""
    await session.execute(
        text(
            "select waymark_make_event_partition((date_trunc('month', waymark_now() at time zone 'UTC')"
            " + make_interval(months => m))::date) from generate_series(0, :ahead) as m"
        ),
        {"ahead": MONTHS_AHEAD},
    )


async def drop_partitions(session: WriteSession, months: int) -> None:
    """Drop the partitions of months that ended more than `months` months ago; rollups keep what was counted."""
    await session.execute(
        text(
            "select waymark_drop_event_partition(to_date(substr(c.relname, 8), 'YYYY_MM'))"
            " from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'events'::regclass"
            " and to_date(substr(c.relname, 8), 'YYYY_MM') + make_interval(months => :months + 1)"
            " <= date_trunc('month', waymark_now() at time zone 'UTC')"
        ),
        {"months": months},
    )


async def prune_event_keys(session: WriteSession) -> int:
    """Forget message ids of live sources after 60 days; how many. Ids of files stay."""
    gone = await session.execute(
        text(
            "delete from event_keys k using sources s where s.id = k.source_id and s.kind <> 'CSV'"
            " and k.received_at < waymark_now() - make_interval(days => :days) returning 1"
        ),
        {"days": KEPT_FOR_DAYS},
    )
    return len(gone.all())


async def prune_waiting(session: WriteSession) -> None:
    """Forget rejects and unresolved events after 60 days: by then their message ids are forgotten, too."""
    for table in ("event_rejects", "unresolved_events"):
        await session.execute(
            text(f"delete from {table} where received_at < waymark_now() - make_interval(days => :days)"),
            {"days": KEPT_FOR_DAYS},
        )
