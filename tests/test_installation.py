"""Which data an installation shows: the demo at first, one's own once they are asked for, each in its own database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from backend.db.embedded import EmbeddedPostgres
from backend.installation import DATABASES, DEMO, OWN, Installation
from backend.settings import Settings
from tests.test_command_line import run


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    made = Installation(Settings(data_dir=tmp_path / "data", redis_url="redis://127.0.0.1:1/0"))
    made.start()
    yield made
    made.stop()
    assert made.postgres is not None
    made.postgres.remove()


async def remember(postgres: EmbeddedPostgres, data: str) -> None:
    connection = await asyncpg.connect(postgres.url(database=DATABASES[data]))
    await connection.execute("create table if not exists remembered ()")
    await connection.close()


async def remembers(postgres: EmbeddedPostgres, data: str) -> bool:
    connection = await asyncpg.connect(postgres.url(database=DATABASES[data]))
    found = await connection.fetchval("select to_regclass('remembered') is not null")
    await connection.close()
    return bool(found)


async def test_the_demo_is_left_and_loaded_anew_without_touching_ones_own_data(installation: Installation) -> None:
    postgres = installation.postgres
    assert postgres is not None
    installation.prepare()
    assert (installation.shown, installation.is_outdated) == (DEMO, False)
    await remember(postgres, DEMO)

    installation.data.show(OWN)
    assert installation.is_outdated
    installation.prepare()
    await remember(postgres, OWN)
    assert (installation.shown, installation.is_outdated) == (OWN, False)
    assert await remembers(postgres, DEMO)

    installation.data.show(DEMO, anew=True)
    assert installation.is_outdated
    installation.prepare()
    assert (installation.shown, installation.is_outdated) == (DEMO, False)
    assert [await remembers(postgres, data) for data in (DEMO, OWN)] == [False, True]


def test_an_installation_from_before_the_demo_keeps_showing_its_own_data(installation: Installation) -> None:
    assert installation.postgres is not None
    installation.postgres.ensure_database(DATABASES[OWN])

    installation.prepare()

    assert installation.shown == OWN


@pytest.mark.parametrize("command", [("leave",), ("reload", "--yes")])
def test_where_nothing_was_ever_run_there_is_nothing_to_leave(tmp_path: Path, command: tuple[str, ...]) -> None:
    refused = run("demo", *command, data_dir=tmp_path / "nothing")

    assert refused.returncode == 1
    assert refused.stderr.startswith("Only what `make run` keeps in its own PostgreSQL can be switched.")
