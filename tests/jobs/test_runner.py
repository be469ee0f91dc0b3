from __future__ import annotations

from backend.db.engine import Database
from backend.work import enqueue
from jobs.runner import Runner
from tests.jobs import probe


async def test_work_is_done_with_its_effect_and_finished(database: Database, runner: Runner) -> None:
    async with database.begin() as session:
        await enqueue(session, "probe.hook", number=7)

    await runner.answer("probe.hook")

    assert await probe.effects(database) == [7]
