from __future__ import annotations

from collections.abc import Iterator

import pytest

from backend.db.engine import Database
from backend.settings import Settings
from jobs.runner import Runner
from tests.jobs import probe


@pytest.fixture
async def effects_table(settings: Settings) -> None:
    await probe.make_tables(settings)


@pytest.fixture
def runner(effects_table: None, database: Database) -> Runner:
    return Runner(database)


@pytest.fixture(autouse=True)
def _hooks() -> Iterator[None]:
    yield
    probe.HOOKS.clear()
    probe.LONG_HOOKS.clear()
