from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text

from backend.db.engine import Database, WriteSession
from backend.settings import Settings
from backend.work import Ask, WorkItem, enqueue, enqueue_all
from tests.jobs import probe

assert probe.queue

SOMEBODY = UUID("019b0000-0000-7000-8000-000000000001")


async def test_an_ask_is_a_row_of_the_callers_transaction(session: WriteSession) -> None:
    made = await enqueue(
        session, "probe.count_bulk", key="k", fair_key="a", account_id=SOMEBODY, day=date(2026, 11, 1), number=3
    )

    row = (await session.execute(select(WorkItem).where(WorkItem.id == made))).scalar_one()
    assert row.args == {"account_id": str(SOMEBODY), "day": "2026-11-01", "number": 3}
    assert (row.queue, row.dedupe_key, row.fair_key, row.attempts, row.parks_after) == ("bulk", "k", "a", 0, 10)


async def test_many_asks_keep_their_order(session: WriteSession) -> None:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    asks = [Ask({"number": 0}), Ask({"number": 1}, run_at=at), Ask({"number": 2})]

    ids = await enqueue_all(session, "probe.count_default", asks)

    rows = {row.id: row for row in (await session.scalars(select(WorkItem).where(WorkItem.id.in_(ids)))).all()}
    assert [rows[made].args["number"] for made in ids] == [0, 1, 2]
    assert rows[ids[1]].run_at == at


@pytest.mark.parametrize(
    "value, error, message",
    [
        (1.5, TypeError, "argument number is a float"),
        (True, TypeError, "argument number is a bool"),
        (None, TypeError, "argument number is a NoneType"),
        (datetime(2026, 1, 1, tzinfo=UTC), TypeError, "argument number is a datetime"),
        ("x" * 201, ValueError, "argument number has 201 characters; store it and pass its id"),
    ],
)
async def test_an_argument_that_is_no_plain_key_is_refused(
    session: WriteSession, value: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        await enqueue(session, "probe.count_default", number=value)


async def test_an_unknown_kind_is_refused(session: WriteSession) -> None:
    with pytest.raises(LookupError, match=r"'health\.scor' is no kind of work"):
        await enqueue(session, "health.scor")


async def test_a_time_without_a_zone_is_refused(session: WriteSession) -> None:
    with pytest.raises(ValueError, match=r"run_at of probe\.count_default has no time zone"):
        await enqueue(session, "probe.count_default", run_at=datetime(2026, 1, 1), number=1)  # noqa: DTZ001


async def test_bells_ring_after_the_commit_and_never_after_a_rollback(settings: Settings) -> None:
    rung: list[set[str]] = []
    database = Database(settings, ring=lambda kinds: rung.append(set(kinds)))
    await database.open()

    async with database.begin() as session:
        await enqueue(session, "probe.count_default", number=1)
        async with session.begin_nested():
            await enqueue(session, "probe.count_bulk", number=1)
        before = list(rung)
    async with database.begin() as session:
        await session.execute(text("select 1"))
    with pytest.raises(RuntimeError):
        await _ask_and_fail(database)
    async with database.begin() as session:
        count = await session.scalar(select(func.count()).select_from(WorkItem))
    await database.close()

    assert before == []
    assert rung == [{"probe.count_default", "probe.count_bulk"}]
    assert count == 2


async def _ask_and_fail(database: Database) -> None:
    async with database.begin() as session:
        await enqueue(session, "probe.count_critical", number=1)
        raise RuntimeError
