"""What a deployment's state is, read from PostgreSQL: for `/metrics` and for `waymark doctor`.

Everything here is true of the whole deployment, whichever process asks. Ages are seconds by the one clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db.access import LOGINS

MOST_KINDS = 200
WORK = text(
    f"""select kind,
            count(*) filter (where parked_at is not null) as parked,
            count(*) filter (where parked_at is null and run_at <= waymark_now()
                and (lease_until is null or lease_until <= waymark_now())) as due,
            count(*) filter (where parked_at is null and lease_until > waymark_now()) as running,
            count(*) filter (where parked_at is null and run_at > waymark_now() and lease_until is null) as waiting,
            coalesce(extract(epoch from waymark_now() - min(run_at) filter (where parked_at is null
                and run_at <= waymark_now() and (lease_until is null or lease_until <= waymark_now()))), 0)::float8
                as oldest_due
        from work_items where finished_at is null group by kind order by kind limit {MOST_KINDS}"""
)
SCHEDULES = text(
    "select schedule, extract(epoch from waymark_now() - max(slot))::float8 as age from schedule_slots"
    " group by schedule order by schedule"
)
SOURCES = text(
    "select key, extract(epoch from waymark_now() - last_received_at)::float8 as age from sources"
    " where last_received_at is not null order by last_received_at desc limit 100"
)
HEALTH = text("select extract(epoch from waymark_now() - min(computed_at))::float8 from current_health")
LAG = text(
    "select coalesce(extract(epoch from waymark_now() - least((select min(received_at) from event_marks),"
    " (select min(marked_at) from account_marks))), 0)::float8"
)
# The statistics view hides what other logins do, but not who is connected.
CONNECTIONS = text(
    "select usename, count(*)::int from pg_stat_activity where datname = current_database() and usename in :logins"
    " group by usename"
).bindparams(bindparam("logins", expanding=True))
ROOM = text(
    """select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
            - current_setting('reserved_connections')::int as most,
        (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as taken,
        pg_database_size(current_database())::float8 as bytes"""
)


@dataclass(frozen=True)
class Work:
    """Open items of one kind of work, counted."""

    kind: str
    parked: int
    due: int
    running: int
    waiting: int
    oldest_due: float
    """For how many seconds the item that waits longest has been due; 0 where none is."""


@dataclass(frozen=True)
class Vitals:
    """The state of a deployment."""

    work: Sequence[Work]
    schedules: Mapping[str, float]
    """Schedule → seconds since its newest slot that was taken."""
    sources: Mapping[str, float]
    """Source → seconds since it last delivered; the hundred that delivered last."""
    ingest_lag: float
    """For how many seconds the facts that wait longest have not been counted and scored; 0 where none wait."""
    oldest_score: float | None
    """Seconds since the live score that was computed longest ago; None where nothing is scored."""
    connections: Mapping[str, int]
    """Login → its connections to this database."""
    most_connections: int
    """Connections that the server leaves to logins that are not superusers."""
    taken_connections: int
    """Connections to the whole server."""
    database_bytes: float


async def read(session: AsyncSession) -> Vitals:
    """The state now, by some statements that read indexes and statistics."""
    room = (await session.execute(ROOM)).one()
    connections = dict.fromkeys(LOGINS.values(), 0)
    for login, count in await session.execute(CONNECTIONS, {"logins": list(LOGINS.values())}):
        connections[login] = count
    return Vitals(
        work=[Work(**row._mapping) for row in await session.execute(WORK)],
        schedules={row.schedule: row.age for row in await session.execute(SCHEDULES)},
        sources={row.key: row.age for row in await session.execute(SOURCES)},
        ingest_lag=await session.scalar(LAG) or 0.0,
        oldest_score=await session.scalar(HEALTH),
        connections=connections,
        most_connections=room.most,
        taken_connections=room.taken,
        database_bytes=room.bytes,
    )
