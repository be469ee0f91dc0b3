"""`waymark work`, as a person runs it."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import select, text

from backend.db.engine import Database
from backend.settings import Settings
from backend.work import WorkItem, enqueue
from tests.command_line import waymark


async def test_parked_work_is_seen_and_run_again(database: Database, settings: Settings) -> None:
    empty = await waymark(settings, "work", "list")
    async with database.begin() as session:
        parked = await enqueue(session, "work.prune", key="a")
        await session.execute(
            text(
                "update work_items set attempts = 10, parked_at = waymark_now(), lease_until = waymark_now(),"
                " last_error = 'OSError: disk full'"
            )
        )
        await enqueue(session, "work.prune", key="b")

    counted = await waymark(settings, "work", "list")
    listed = await waymark(settings, "work", "list", "--state", "PARKED")
    rerun = await waymark(settings, "work", "rerun", str(parked))
    again = await waymark(settings, "work", "rerun", str(parked))
    async with database.begin() as session:
        row = (await session.execute(select(WorkItem).where(WorkItem.id == parked))).scalar_one()

    assert empty.stdout == "The work list is empty.\n"
    assert [line.split() for line in counted.stdout.splitlines()] == [
        ["work.prune", "DUE", "1"],
        ["work.prune", "PARKED", "1"],
    ]
    assert listed.stdout == f"{parked}  PARKED    work.prune  attempt 10/10  \n    OSError: disk full\n"
    assert (rerun.returncode, rerun.stdout) == (0, "It is due now.\n")
    assert (again.returncode, again.stderr) == (
        1,
        f"No parked work item has the id {parked}; `waymark work list --state PARKED` shows them.\n",
    )
    assert (row.parked_at, row.lease_until, row.attempts, row.parks_after) == (None, None, 10, 20)


async def test_all_parked_work_of_a_kind_is_run_again(database: Database, settings: Settings) -> None:
    async with database.begin() as session:
        for _ in range(3):
            await enqueue(session, "work.prune")
        await session.execute(text("update work_items set attempts = 10, parked_at = waymark_now()"))

    rerun = await waymark(settings, "work", "rerun", "--kind", "work.prune")
    both = await waymark(settings, "work", "rerun", str(uuid4()), "--kind", "work.prune")
    listed = await waymark(settings, "work", "list", "--kind", "work.prune", "--limit", "2")

    assert (rerun.returncode, rerun.stdout) == (0, "3 items are due now.\n")
    assert both.returncode == 2
    assert len(listed.stdout.splitlines()) == 3
    assert listed.stdout.splitlines()[2] == "… and more; --limit shows more than 2."
