"""A database with the tests' own tables, filled with rows that are the same in every run, and pools of two logins."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.schema import CreateIndex, CreateTable

from backend.db.embedded import EmbeddedPostgres
from backend.db.readers import Readers
from backend.graphql.planner import Assembled, Planner, assemble
from backend.viewer import Viewer
from tests.graphql.planner import sample
from tests.graphql.planner.data import Data, make_data
from tests.graphql.planner.models import MEMBER_RULES, OWN_ROWS, TABLES

PASSWORD = "planner-tests"
KINDS = ("staff", "member")
Pools = dict[str, Readers]


@pytest.fixture(scope="session")
def data() -> Data:
    return make_data()


@pytest.fixture(scope="session")
async def pools(postgres: EmbeddedPostgres, data: Data) -> AsyncIterator[Pools]:
    name = f"planner_{os.getpid()}"
    owner = await asyncpg.connect(postgres.url())
    try:
        await owner.execute(f"create database {name}")
        for kind in KINDS:
            await owner.execute(f"create role {name}_{kind} login password '{PASSWORD}'")
    finally:
        await owner.close()
    owner = await asyncpg.connect(postgres.url(database=name))
    try:
        await _fill(owner, name, data)
    finally:
        await owner.close()
    opened: Pools = {}
    for kind in KINDS:
        opened[kind] = Readers(2)
        await opened[kind].open(
            _url(postgres, name, kind),
            server_settings={"timezone": "UTC", "default_transaction_read_only": "on"},
        )
    yield opened
    for readers in opened.values():
        await readers.close()


class Transactions:
    """Transactions of the two logins with the viewer set, as mutations open them."""

    def __init__(self, engines: dict[str, AsyncEngine]) -> None:
        self._engines = engines

    @asynccontextmanager
    async def begin(self, kind: str, *, account_id: Any = None, person_id: Any = None) -> AsyncIterator[AsyncSession]:
        async with AsyncSession(self._engines[kind]) as session, session.begin():
            setting = text("select set_config('waymark.account_id', :account, true)")
            await session.execute(setting, {"account": str(account_id or "")})
            yield session


@pytest.fixture(scope="session")
async def transactions(postgres: EmbeddedPostgres, pools: Pools) -> AsyncIterator[Transactions]:
    name = f"planner_{os.getpid()}"
    engines = {
        kind: create_async_engine(_url(postgres, name, kind).replace("postgresql:", "postgresql+asyncpg:"))
        for kind in KINDS
    }
    yield Transactions(engines)
    for engine in engines.values():
        await engine.dispose()


@pytest.fixture(scope="session")
def assembled() -> Assembled:
    return assemble(sample)


@pytest.fixture(scope="session", params=["statement", "transaction"])
def planner(request: pytest.FixtureRequest, assembled: Assembled) -> Planner:
    return Planner(assembled, viewer_form=request.param)


@pytest.fixture
def staff() -> Viewer:
    return Viewer("staff", permissions=frozenset({"accounts:internal", "badges:read"}))


@pytest.fixture
def member(data: Data) -> Viewer:
    return Viewer("member", account_id=data.accounts[0]["id"], permissions=frozenset({"badges:read"}))


async def _fill(owner: Any, name: str, data: Data) -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    for model in TABLES:
        table: Any = model.__table__
        await owner.execute(str(CreateTable(table).compile(dialect=dialect)))
        for index in table.indexes:
            await owner.execute(str(CreateIndex(index).compile(dialect=dialect)))
        rows = data.rows(model)
        await owner.copy_records_to_table(
            table.name,
            columns=[c.name for c in table.columns],
            records=[tuple(r[c.key] for c in table.columns) for r in rows],
        )
        await owner.execute(f"alter table {table.name} enable row level security")
        await owner.execute(f"create policy staff on {table.name} to {name}_staff using (true)")
        rule = MEMBER_RULES.get(table.name, OWN_ROWS)
        await owner.execute(f"create policy member on {table.name} to {name}_member using ({rule})")
        for kind in KINDS:
            await owner.execute(f"grant select on {table.name} to {name}_{kind}")
    await owner.execute("analyze")


def _url(postgres: EmbeddedPostgres, name: str, kind: str) -> str:
    parts = urlsplit(postgres.url(database=name))
    _, _, place = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{name}_{kind}:{PASSWORD}@{place}"))
