"""Real PostgreSQL and Valkey for every test that needs them, and databases cloned from one migrated template.

A test that opens its own transactions (HTTP, workers, isolation) takes `database`, a clone of its own. A test of a
service or a rule takes `session`: one transaction of the system login with savepoints, rolled back at the end.
"""

from __future__ import annotations

import gc
import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import asyncpg
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy.ext.asyncio import create_async_engine

from backend.db.access import LOGINS
from backend.db.embedded import EmbeddedPostgres, EmbeddedValkey
from backend.db.engine import SETTINGS, Database, WriteSession, sqlalchemy_url
from backend.db.migrate import migrate
from backend.settings import MOST_POINTS, Settings
from tests.patience import PATIENCE_SECONDS

if TYPE_CHECKING:
    from tests.graphql.world import World

pytest_plugins = ["tests.graphql.worlds", "tests.demo.loading"]
SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
MEMORY = Path("/dev/shm")  # noqa: S108 - a file system, and the folder in it is of mkdtemp
ROOM = 4 * 2**30
_numbers = itertools.count(1)
# How long an example takes says something of the machine, not of the code.
hypothesis_settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def unhurried() -> Iterator[None]:
    """The API waits for its database as long as a test waits: ten seconds say something of the machine, not of the
    code. A test of such a deadline sets it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("backend.db.engine.CONNECT_SECONDS", PATIENCE_SECONDS)
        patch.setattr("backend.graphql.http.executing.OPERATION_SECONDS", PATIENCE_SECONDS)
        yield


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    with _in_memory(tmp_path_factory) as folder, EmbeddedPostgres(folder / "pg", durable=False) as server:
        yield server


@contextmanager
def _in_memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in memory where there is room: a clone is some 800 small files, which cost a disk half a second."""
    if not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < ROOM:
        yield tmp_path_factory.mktemp("pg")
        return
    with tempfile.TemporaryDirectory(prefix="waymark-test-", dir=MEMORY) as name:
        folder = Path(name)
        folder.chmod(0o711)  # started by root, the server's own account has to get in
        yield folder


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedValkey]:
    with EmbeddedValkey(tmp_path_factory.mktemp("valkey"), durable=False) as server:
        yield server


@pytest.fixture(scope="session")
def day() -> date:
    """The day (UTC) on which what takes this was made: it is made anew for the first test of the next."""
    return datetime.now(UTC).date()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Worlds and demos have dates relative to the day they were made on, and a run may see midnight."""
    for made in item.session._fixturemanager.getfixturedefs("day", item) or ():
        if made.cached_result and made.cached_result[0] != datetime.now(UTC).date():
            made.finish(item._request)  # type: ignore[attr-defined]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--require-data", action="store_true", help="a skipped test is a failure (.ci/run)")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where the outside data sets are present, nothing has a reason to be skipped.

    A report is made without the garbage collector: what it finds may be told with a traceback, and in CPython before
    3.11.8 to parse its lines while those of the report are parsed ends the whole run (python/cpython#106905).
    """
    gc.disable()
    try:
        report = yield
    finally:
        gc.enable()
    if report.skipped and item.config.getoption("--require-data"):
        report.outcome = "failed"
    return report


NO_PORTAL = Path("portal/none")
"""Tests of the API are the same whether somebody built the portal."""


def settings_for(postgres: EmbeddedPostgres, name: str) -> Settings:
    """Settings whose logins are those of one database of the test cluster."""
    return Settings(
        env="development",
        secret="a-secret-that-only-tests-use-0123456789",
        migrate_url=postgres.url(database=name),
        system_url=postgres.url(LOGINS["system"], name),
        staff_url=postgres.url(LOGINS["staff"], name),
        member_url=postgres.url(LOGINS["member"], name),
        portal_dir=NO_PORTAL,
        allow_clock=True,
        read_pool_size=3,
        write_pool_size=3,
        statement_timeout_ms=int(PATIENCE_SECONDS * 1000),
        member_points_per_second=MOST_POINTS,
        staff_points_per_second=MOST_POINTS,
    )


@pytest.fixture(scope="session")
async def template(postgres: EmbeddedPostgres) -> str:
    """Name of a database that was made by running the migrations; nothing ever writes to it."""
    await administer(postgres, "create database waymark_template")
    await migrate(settings_for(postgres, "waymark_template"))
    return "waymark_template"


@pytest.fixture
def original(request: pytest.FixtureRequest, template: str) -> str:
    """What the database of a test is cloned from: the template, or for a test of `own_world` one that holds a world."""
    if "own_world" not in request.fixturenames:
        return template
    world: World = request.getfixturevalue("made_world")
    return urlsplit(world.settings.system_url).path.removeprefix("/")


@pytest.fixture
async def settings(postgres: EmbeddedPostgres, original: str) -> AsyncIterator[Settings]:
    """Settings of a fresh clone, dropped after the test."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    async with copy_of(postgres, original, name):
        yield settings_for(postgres, name)


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    """Pools of every kind of viewer on a fresh clone."""
    opened = Database(settings, ("system", "staff", "member"), reads=("system", "staff", "member"))
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def settings_with_valkey(settings: Settings, valkey: EmbeddedValkey) -> Settings:
    """Settings of a fresh clone with a Valkey beside it."""
    return replace(settings, redis_url=valkey.url())


@pytest.fixture(scope="session")
async def shared_database(postgres: EmbeddedPostgres, template: str) -> AsyncIterator[str]:
    """A clone that tests of `session` share, since they roll back."""
    name = f"test_{os.getpid()}_shared"
    async with copy_of(postgres, template, name):
        yield name


@pytest.fixture
async def session(postgres: EmbeddedPostgres, shared_database: str) -> AsyncIterator[WriteSession]:
    """A session of the system login in one transaction that is rolled back after the test."""
    engine = create_async_engine(sqlalchemy_url(postgres.url(LOGINS["system"], shared_database)))
    async with engine.connect() as connection:
        transaction = await connection.begin()
        async with WriteSession(
            bind=connection,
            join_transaction_mode="create_savepoint",
            expire_on_commit=False,
            info={SETTINGS: settings_for(postgres, shared_database)},
        ) as made:
            yield made
        await transaction.rollback()
    await engine.dispose()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of outside data sets; the test skips where it is absent (a user's clone)."""
    if not SHARED_DATA.is_dir():
        pytest.skip("needs ../shared/data, which only the project's own machines have")
    return SHARED_DATA


@asynccontextmanager
async def copy_of(postgres: EmbeddedPostgres, original: str, name: str) -> AsyncIterator[None]:
    """A copy of a database that nobody is connected to; dropped at the end."""
    await administer(postgres, f"create database {name} template {original} strategy file_copy")
    try:
        yield
    finally:
        await administer(postgres, f"drop database {name} with (force)")


async def administer(postgres: EmbeddedPostgres, statement: str) -> None:
    """Run a statement as the server's owner, outside a transaction."""
    connection = await asyncpg.connect(postgres.url())
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
