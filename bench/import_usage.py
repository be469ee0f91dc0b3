"""Importing a file of daily usage against loading it with nothing but COPY and one INSERT … ON CONFLICT.

The file is events_daily.csv.gz of the data set churnsim_crm5_b2b where that lies beside the project, else one of the
same shape that is made here. Ours judges every cell, names rejects, compares with what was reported before and notes
what the source delivered; the rival trusts the file. Ours also stores the file's second number (value_sum).
"""

from __future__ import annotations

import csv
import gzip
import random
import statistics
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import asyncpg

from backend.commands.imports import KINDS
from backend.commands.mapping_file import read_mapping
from backend.db.engine import Database
from backend.ingest.imports import Summary, import_file
from backend.ingest.rejects import RejectFile
from backend.settings import Settings
from bench.harness import Result, Servers

ROUNDS = 3
BAR = 2.5
ROOT = Path(__file__).resolve().parents[1]
OUTSIDE = ROOT.parent / "shared" / "data" / "churnsim_crm5_b2b" / "events_daily.csv.gz"
ACCOUNTS, ROWS = 754, 748_988

OURS = "array(select id from sources where key in ('churnsim', 'rival'))"
RIVAL = """
insert into usage_daily (account_id, day, metric_id, source_id, known_on, delta, users)
select a.id, s.date::date, m.id, $1, s.date::date, s.n_events::bigint, s.n_users::int
from staged s join accounts a on a.external_id = s.account_id join metrics m on m.key = s.event
on conflict (account_id, day, metric_id, source_id, known_on)
do update set delta = excluded.delta, users = excluded.users
"""


class Unwatched:
    """Progress that nobody sees."""

    def begin(self, path: Path, size: int) -> None:
        """Nothing."""

    def read(self, position: int, rows: int, rejects: int) -> None:
        """Nothing."""

    def phase(self, words: str) -> None:
        """Nothing."""


async def measure(servers: Servers) -> list[Result]:
    """Median of three imports and of three plain loads, in turns, each into tables without the others' rows."""
    settings = await servers.settings("bench_import")
    with tempfile.TemporaryDirectory() as folder:
        path = OUTSIDE if OUTSIDE.is_file() else _made(Path(folder) / "events_daily.csv.gz")
        await _prepare(settings, path)
        database = Database(settings)
        await database.open()
        ours, theirs, again = [], [], []
        try:
            for number in range(ROUNDS):
                for side in ("ours", "theirs") if number % 2 == 0 else ("theirs", "ours"):
                    await _empty(settings)
                    start = time.perf_counter()
                    if side == "ours":
                        summary = await _import(database, path)
                        ours.append(time.perf_counter() - start)
                        assert summary.rows_rejected == 0
                        start = time.perf_counter()
                        assert (await _import(database, path)).rows_taken == 0
                        again.append(time.perf_counter() - start)
                    else:
                        await _load(settings, path)
                        theirs.append(time.perf_counter() - start)
        finally:
            await database.close()
    mine, rival = statistics.median(ours), statistics.median(theirs)
    detail = f"{summary.rows_read:,} rows: {mine:.1f} s against {rival:.1f} s; again, with nothing new: "
    detail += f"{statistics.median(again):.1f} s"
    return [Result("import of daily usage ÷ COPY + INSERT … ON CONFLICT", mine / rival, "×", BAR, "lower", detail)]


async def _prepare(settings: Settings, path: Path) -> None:
    owner = await asyncpg.connect(settings.migrate_url)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        seen = {(row[0], row[2]) for row in rows}
    accounts, kinds = {account for account, _ in seen}, {kind for _, kind in seen}
    await owner.executemany(
        "insert into accounts (external_id, name, customer_since) values ($1, $1, '2022-01-01') on conflict do nothing",
        [(account,) for account in sorted(accounts)],
    )
    await owner.executemany(
        "insert into metrics (key, name, scale) values ($1, $1, $2) on conflict do nothing",
        [(f"{kind}{end}", scale) for kind in sorted(kinds) for end, scale in (("", 0), ("_value", 2))],
    )
    await owner.execute("insert into sources (key, name, kind) values ('rival', 'Rival', 'CSV')")
    await owner.execute("vacuum analyze")
    await owner.close()


async def _empty(settings: Settings) -> None:
    owner = await asyncpg.connect(settings.migrate_url)
    for table in ("usage_daily", "source_days", "source_feeds"):
        await owner.execute(f"delete from {table} where source_id = any({OURS})")
        await owner.execute(f"vacuum {table}")
    await owner.execute("checkpoint")
    await owner.close()


async def _import(database: Database, path: Path) -> Summary:
    mapping = read_mapping(ROOT / "examples" / "mappings" / "churnsim.yaml")
    section = mapping.section("usage", path.name)
    rejects = RejectFile(path.parent / "rejects.csv")  # never made: there are none
    return await import_file(
        database, KINDS["usage"], path, section, mapping.source, rejects=rejects, progress=Unwatched()
    )


async def _load(settings: Settings, path: Path) -> None:
    connection = await asyncpg.connect(settings.system_url)
    async with connection.transaction():
        await connection.execute(
            "create temporary table staged (account_id text, date text, event text, n_events text, n_users text,"
            " value_sum text) on commit drop"
        )
        with gzip.open(path) as file:
            await connection.copy_to_table(
                "staged",
                source=file,  # type: ignore[arg-type]  # any binary file will do
                format="csv",
                header=True,
            )
        source = await connection.fetchval("select id from sources where key = 'rival'")
        await connection.execute(RIVAL, source)
    await connection.close()


def _made(path: Path) -> Path:
    """A file of the same shape: some 750,000 rows of 754 accounts over two years and 25 kinds."""
    draw = random.Random(7)
    first = date(2022, 1, 1)
    with gzip.open(path, "wt", compresslevel=1, encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["account_id", "date", "event", "n_events", "n_users", "value_sum"])
        rows = 0
        for account in range(ACCOUNTS):
            for number in range(731):
                for kind in range(25):
                    if draw.random() < ROWS / (ACCOUNTS * 731 * 25) and rows < ROWS:
                        rows += 1
                        value = f"{draw.uniform(10, 90_000):.2f}" if kind == 0 else ""
                        day = first + timedelta(days=number)
                        writer.writerow(
                            [account, day, f"kind_{kind}", draw.randrange(1, 90), draw.randrange(1, 40), value]
                        )
    return path
