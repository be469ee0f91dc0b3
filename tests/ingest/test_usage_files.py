"""Daily totals: safe to say again, corrected by an added row, all or nothing."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import UTC, date, datetime, time

from backend.settings import Settings
from tests.ingest.files import Importer
from tests.jobs.clockwork import move_to

HEAD = "account,day,metric,n\n"
TWO_IN_A_ROW = [
    {"metric": "metric", "amount": "n", "users": "people"},
    {"metric": {"constant": "revenue"}, "amount": "worth"},
]


async def move_clock(load: Importer, settings: Settings, to: date) -> None:
    """Set the clock of the database to noon of a day."""
    await move_to(settings, datetime.combine(to, time(12), UTC))


async def test_the_same_file_again_adds_nothing(load: Importer) -> None:
    content = HEAD + "acme,2024-03-01,logins,5\nacme,2024-03-02,logins,0\nzeta,2024-03-01,revenue,12.345\n"
    first = await load(content)
    stored = await load.usage()

    again = await load(content)

    assert (first.rows_taken, first.rows_unchanged) == (3, 0)
    assert (again.rows_taken, again.rows_unchanged) == (0, 3)
    assert (
        await load.usage()
        == stored
        == [
            ("acme", "2024-03-01", "logins", "2024-03-01", 5, 0),
            ("acme", "2024-03-02", "logins", "2024-03-02", 0, 0),
            ("zeta", "2024-03-01", "revenue", "2024-03-01", 1235, 0),
        ]
    )


async def test_a_corrected_value_adds_a_row_that_is_known_from_today(load: Importer, settings: Settings) -> None:
    await load(HEAD + "acme,2024-03-01,logins,5\nzeta,2024-03-01,logins,6\n")
    await move_clock(load, settings, date(2025, 6, 15))

    for value in (9, 9, 8):
        summary = await load(HEAD + f"acme,2024-03-01,logins,{value}\nzeta,2024-03-01,logins,6\n")

    assert (summary.rows_taken, summary.rows_unchanged) == (1, 1)
    assert await load.usage() == [
        ("acme", "2024-03-01", "logins", "2024-03-01", 5, 0),
        ("acme", "2024-03-01", "logins", "2025-06-15", 3, 0),
        ("zeta", "2024-03-01", "logins", "2024-03-01", 6, 0),
    ]


async def test_two_sources_of_one_metric_add_up(load: Importer) -> None:
    await load(HEAD + "acme,2024-03-01,logins,5\n")
    load.source = "other"
    await load(HEAD + "acme,2024-03-01,logins,5\n")

    assert [row[4] for row in await load.usage()] == [5, 5]


async def test_known_may_be_a_column_or_now(load: Importer, settings: Settings) -> None:
    await move_clock(load, settings, date(2025, 6, 15))
    head = "account,day,metric,n,seen\n"

    await load(
        head + "acme,2024-03-01,logins,5,2024-03-04\nzeta,2024-03-02,logins,5,2024-03-01\n", known={"column": "seen"}
    )
    assert load.rejected == [(3, "known", "says that it was known before it happened")]
    await load(HEAD + "acme,2024-04-01,logins,6\n", known="now")

    assert [(row[1], row[3]) for row in await load.usage()] == [
        ("2024-03-01", "2024-03-04"),
        ("2024-04-01", "2025-06-15"),
    ]


async def test_a_row_may_state_several_numbers_and_is_refused_as_a_whole(load: Importer) -> None:
    head = "account,day,metric,n,people,worth\n"
    rows = "acme,2024-03-01,logins,5,3,9.50\nacme,2024-03-02,logins,4,2,\nacme,2024-03-03,logins,4,2,much\n"

    summary = await load(head + rows, columns={"account": "account", "day": "day"}, measures=TWO_IN_A_ROW)

    assert load.rejected == [(4, "amount", "is not a number: much")]
    assert summary.rows_taken == 2
    assert await load.usage() == [
        ("acme", "2024-03-01", "logins", "2024-03-01", 5, 3),
        ("acme", "2024-03-01", "revenue", "2024-03-01", 950, 0),
        ("acme", "2024-03-02", "logins", "2024-03-02", 4, 2),
    ]


async def test_an_import_says_what_its_source_delivered(load: Importer) -> None:
    await load(HEAD + "acme,2024-03-01,logins,5\nzeta,2024-03-01,logins,5\nacme,2024-03-05,revenue,1\n")
    await load(HEAD + "acme,2024-03-01,logins,5\nacme,2024-03-09,logins,5\n")

    assert await load.rows("select feed, since::text, until::text from source_feeds order by 1") == [
        ("metric:logins", "2024-03-01", "2024-03-09"),
        ("metric:revenue", "2024-03-05", "2024-03-05"),
    ]
    assert await load.rows("select day::text, facts from source_days order by 1") == [
        ("2024-03-01", 2),
        ("2024-03-05", 1),
        ("2024-03-09", 1),
    ]


async def test_dates_in_other_forms(load: Importer) -> None:
    for form, text in (
        ("DD.MM.YYYY", "5.3.2024"),
        ("MM/DD/YYYY", "03/05/2024"),
        ("YYYYMMDD", "20240305"),
        ("DD/MM/YYYY HH:MI", "05/03/2024 23:59"),
        ("unix", "1709640000"),
        ("unix_ms", "1709640000000"),
        (None, "2024-03-05T12:00:00+00:00"),
    ):
        columns = {"account": "account", "metric": "metric", "amount": "n", "day": {"column": "day", "format": form}}
        await load(HEAD + f"acme,{text},logins,5\n", columns=columns)
        assert load.rejected == [], form

    assert [row[1] for row in await load.usage()] == ["2024-03-05"]


INTERRUPTED = """
import asyncio, os, signal, sys
from pathlib import Path
from backend.commands.imports import KINDS
from backend.db.engine import Database
from backend.ingest import imports
from backend.ingest.mapping import FileMapping, SourceMapping
from backend.ingest.rejects import RejectFile
from backend.settings import settings
from tests.ingest.files import USAGE, Silent


async def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)


async def main():
    database = Database(settings())
    await database.open()
    imports._finish = die  # everything is stored by then, and nothing is committed
    mapping = FileMapping.model_validate({"kind": "usage", "columns": USAGE})
    await imports.import_file(database, KINDS["usage"], Path(sys.argv[1]), mapping, SourceMapping(key="files"),
                              rejects=RejectFile(Path(sys.argv[1] + ".rejects")), progress=Silent())

asyncio.run(main())
"""


async def test_a_killed_import_has_stored_nothing_and_a_re_run_completes_it(load: Importer, settings: Settings) -> None:
    content = HEAD + "".join(
        f"acme,2024-{month:02}-{day:02},logins,5\n" for month in range(1, 13) for day in range(1, 29)
    )
    path = load.folder / "killed.csv"
    path.write_text(content)

    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        INTERRUPTED,
        str(path),
        env={"PATH": os.environ["PATH"], "WAYMARK_SYSTEM_URL": settings.system_url},
    )
    assert await process.wait() == -signal.SIGKILL
    assert await load.rows("select state from imports") == [("RUNNING",)]
    assert await load.usage() == []
    summary = await load(content)

    assert summary.rows_taken == 12 * 28
    assert await load.rows("select state, error from imports order by id") == [
        ("FAILED", "interrupted; nothing of it was stored"),
        ("FINISHED", None),
    ]


async def test_two_imports_of_one_source_at_once_count_once(load: Importer) -> None:
    content = HEAD + "".join(f"acme,2024-01-{day:02},logins,5\n" for day in range(1, 29))
    second = Importer(load.database, load.folder / "second")
    second.folder.mkdir()

    summaries = await asyncio.gather(load(content), second(content))

    assert sorted(summary.rows_taken for summary in summaries) == [0, 28]
    assert [row[4] for row in await load.usage()] == [5] * 28


async def test_people_counted_by_a_later_measure_alone_count(load: Importer) -> None:
    await load(
        "account,day,n,worth,people\nacme,2024-03-01,5,2.5,3\n",
        measures=[
            {"metric": {"constant": "revenue"}, "amount": "worth"},
            {"metric": {"constant": "logins"}, "amount": "n", "users": "people"},
        ],
        columns={"account": "account", "day": "day"},
    )

    assert sorted((row[2], row[4], row[5]) for row in await load.usage()) == [("logins", 5, 3), ("revenue", 250, 0)]
