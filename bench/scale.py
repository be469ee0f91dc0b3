"""`make bench-scale`: the benchmarks on one database of 10,000 accounts, 1 M members and 20 M events.

Usage: python -m bench.scale [ACCOUNTS] [NAME …]

The database is filled once, every benchmark then runs on it in turn (those that change most come last), and after each
the table so far goes to bench/results/scale.json. `fill` and `make` of the benchmarks leave a filled database as it is.
"""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from pathlib import Path

import asyncpg

from backend.db.embedded import EmbeddedPostgres, EmbeddedValkey
from backend.db.engine import Database
from backend.program.setup import initialise
from backend.settings import Settings
from bench import accounts, ingest
from bench.dataset import HEALTH, PEOPLE, SOURCES, STAFF, SUBSCRIPTIONS, filled_in
from bench.harness import Result, Servers
from bench.report import print_table, write

Say = Callable[[str], None]
"""Tells how far it is."""
BENCHMARKS = (
    "staff_list",
    "member_home",
    "documents",
    "score_history",
    "score_day",
    "mutation",
    "ingest",
    "live",
    "subscriptions",
    "footprint",
    "row_security",
    "import_usage",
)
FULL, FEWEST = 10_000, 1_000
"""Accounts. The benchmark of live scores keeps a thousand of them busy."""
MEMBERS = 100
EVENTS = 2_000
USAGE_DAYS, EVENT_DAYS = 180, 60
BYTES = 3_200_000
"""Disk for an account with all that it has, twice: the benchmark of row security works on a copy as well."""

# A table that is emptied in the transaction that fills it needs no WAL at this level.
OPTIONS = {"wal_level": "minimal", "max_wal_senders": "0"}
GENEROUS = """
set work_mem = '512MB'; set maintenance_work_mem = '1GB'; set max_parallel_maintenance_workers = 2;
"""
KEYS = """
select format('alter table %s drop constraint %I', conrelid::regclass, conname) as drop,
       format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as make
from pg_constraint where conrelid = any($1::regclass[]) and contype = 'p'
union all
select format('drop index %s', indexrelid::regclass), replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ')
from pg_index where indrelid = any($1::regclass[]) and not indisprimary
"""
EVENTS_OF_A_DAY = """
with drawn as (
    select $1::date + i * interval '1 day' / {events} as at, abs(hashint8extended(i, $2::int)) as h
    from generate_series(0, {events} - 1) i
), made as materialized (
    select w.account_id, w.person_id, d.at, gen_random_uuid()::text as message_id,
           (array['conversation_started', 'signed_in', 'api_called', 'report_viewed'])[1 + d.h / 1000003 % 4] as name
    from drawn d join made_member w on w.n = 1 + d.h % {accounts} and w.m = 1 + d.h / 7919 % {members}
    order by d.at
), kept as (
    insert into event_keys (source_id, message_id, body_hash, received_at)
    select s.id, message_id, decode(md5(message_id), 'hex'), at from made, sources s where s.key = 'product'
)
insert into events (account_id, received_at, source_id, message_id, person_id, name, occurred_at, known_at, properties)
select account_id, at, s.id, message_id, person_id, made.name, at - interval '2 seconds', at,
       '{"plan": "pro", "value": 12.5, "path": "/inbox/3/edit", "feature": "export", "ok": true}'
from made, sources s where s.key = 'product'
"""


@dataclass(frozen=True)
class Filled(Servers):
    """Servers that have one database, which is filled, and copies of it."""

    database: Settings

    async def settings(self, name: str) -> Settings:
        """Settings of the filled database, whatever a benchmark calls it."""
        return self.database

    async def copy(self, name: str, original: str) -> Settings:
        """Settings of a copy of the filled database, which nobody is connected to."""
        return await super().copy(name, "scale")


def main() -> int:
    """Run what is named, or everything. Exit code 1 when a bar is missed or a benchmark breaks."""
    size, names = _ordered(sys.argv[1:])
    # Either signal cancels what runs, so that the servers are stopped and the folder is deleted.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        return _with_servers(size, names)
    except KeyboardInterrupt:
        return 130


def _with_servers(size: int, names: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="waymark-bench-scale-") as folder:
        free, needed = shutil.disk_usage(folder).free, size * BYTES
        if free < needed:
            print(
                f"{size:,} accounts need {needed / 1e9:.0f} GB of disk, {folder} has {free / 1e9:.0f}:"
                " set TMPDIR to another place, or name fewer accounts.",
                file=sys.stderr,
            )
            return 2
        base = Path(folder)
        base.chmod(0o711)  # as bench/__main__.py
        with (
            EmbeddedPostgres(base / "pg", options=OPTIONS) as postgres,
            EmbeddedValkey(base / "valkey") as valkey,
        ):
            return _run(Servers(postgres, valkey), size, names)


def _ordered(words: list[str]) -> tuple[int, list[str]]:
    """The number of accounts and the benchmarks to run."""
    size = int(words[0]) if words and words[0].isdecimal() else FULL
    names = [word for word in words if not word.isdecimal()]
    unknown = set(names) - set(BENCHMARKS)
    if unknown or size < FEWEST:
        print(f"ACCOUNTS begin at {FEWEST}; benchmarks at scale are {', '.join(BENCHMARKS)}.", file=sys.stderr)
        sys.exit(2)
    return size, [name for name in BENCHMARKS if name in (names or BENCHMARKS)]


def _run(servers: Servers, size: int, names: list[str]) -> int:
    began = time.monotonic()

    def say(words: str) -> None:
        print(f"{(time.monotonic() - began) / 60:5.1f} min  {words}", file=sys.stderr, flush=True)

    settings = asyncio.run(servers.settings("scale"))
    title = asyncio.run(fill(settings, size, say))
    results: list[Result] = []
    broken = []
    for name in names:
        say(name)
        try:
            filled = Filled(servers.postgres, servers.valkey, settings)
            results += asyncio.run(import_module(f"bench.{name}").measure(filled))
        except Exception:  # noqa: BLE001 - half an hour's results are not lost for one of them
            traceback.print_exc()
            broken.append(name)
        write("scale.json", results)
    say("done")
    print_table(f"Waymark benchmarks: {title}", results)
    if broken:
        print(f"Broken: {', '.join(broken)}.", file=sys.stderr)
    return 0 if not broken and all(result.is_met for result in results) else 1


async def fill(settings: Settings, size: int, say: Say) -> str:
    """Fill a freshly migrated database; how much there is in it, in words."""
    database = Database(settings)
    await database.open()
    async with database.begin() as session:
        await initialise(session, name="Example organization")
    await database.close()
    connection = await asyncpg.connect(settings.migrate_url)
    try:
        await connection.execute(GENEROUS)
        say("making people")
        for script in (SOURCES, PEOPLE, SUBSCRIPTIONS, HEALTH):
            await connection.execute(filled_in(script, accounts=size, members=MEMBERS, staff=STAFF))
        await connection.execute(ingest.NAMES)
        await connection.execute("analyze")
        say("making usage")
        today = await connection.fetchval("select waymark_today()")
        await accounts.make_facts(connection, today - timedelta(days=1), USAGE_DAYS)
        await _make_events(connection, size, say)
        say("vacuum analyze")
        await connection.execute("vacuum analyze")
        counted = await connection.fetchrow(
            "select (select count(*) from members), (select count(*) from events),"
            " pg_database_size(current_database()) / 1e9::float8"
        )
    finally:
        await connection.close()
    assert counted is not None, "a statement of one row"
    members, events, disk = counted
    title = f"{size:,} accounts, {members:,} members, {events:,} events, {disk:.1f} GB"
    say(title)
    return title


async def _make_events(connection: asyncpg.Connection[asyncpg.Record], size: int, say: Say) -> None:
    """Events of the last days and their message ids, in order of arrival; keys and indexes after the rows."""
    statement = filled_in(EVENTS_OF_A_DAY, events=-(-size * EVENTS // EVENT_DAYS), accounts=size, members=MEMBERS)
    async with connection.transaction():
        first = await connection.fetchval("select waymark_today() - $1::int", EVENT_DAYS)
        await connection.execute(
            "select waymark_make_event_partition(month::date) from generate_series(date_trunc('month', $1::date),"
            " waymark_today(), interval '1 month') month",
            first,
        )
        await connection.execute("truncate events, event_keys")
        keys = await connection.fetch(KEYS, ["events", "event_keys"])
        for key in keys:
            await connection.execute(key["drop"])
        for number in range(EVENT_DAYS):
            if number % 10 == 0:
                say(f"making events, day {number} of {EVENT_DAYS}")
            await connection.execute(statement, first + timedelta(days=number), number)
        for key in keys:
            say(f"making {key['make'].split()[5 if 'constraint' in key['make'] else 2]}")
            await connection.execute(key["make"])


if __name__ == "__main__":
    sys.exit(main())
