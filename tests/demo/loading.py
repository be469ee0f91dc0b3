"""A small demo, loaded once a process for all tests that look at one: every situation, and a twentieth of the rest."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from typing import Any

import orjson
import pytest

from backend.db.embedded import EmbeddedPostgres
from backend.db.engine import Database
from backend.demo.load import load
from backend.graphql.planner import Planner
from backend.graphql.schema import schema
from backend.permissions import ACCOUNT_SCOPES, STAFF_SCOPES
from backend.settings import Settings
from backend.viewer import Viewer
from tests.conftest import copy_of, settings_for

NAME = "waymark_test_demo"
SHARE = 0.05


class Demo:
    """A loaded demo, read through the API."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings = settings
        self.database = database
        self._planner = Planner(schema())

    async def ask(self, document: str, viewer: Viewer | None = None, **variables: Any) -> Any:
        """The data of a query, as staff with every permission unless another viewer is given."""
        whose = viewer or Viewer("staff", permissions=frozenset(STAFF_SCOPES))
        answer = await self._planner.execute(document, None, variables, whose, self.database.read)
        assert not answer.errors, answer.errors
        return orjson.loads(answer.data or b"null")

    async def account(self, name: str, fields: str) -> Any:
        """Fields of the account of a name."""
        document = "query($name: String!) { accounts(filter: {text: $name}, first: 1) { nodes { %s } } }"
        return (await self.ask(document % fields, name=name))["accounts"]["nodes"][0]

    async def member_of(self, name: str) -> Viewer:
        """A customer of the account of a name."""
        async with self.database.begin() as session:
            connection = await session.connection()
            found = await connection.exec_driver_sql(f"select id from accounts where name = '{name}'")
            return Viewer("member", account_id=found.scalar_one(), permissions=frozenset(ACCOUNT_SCOPES))


@pytest.fixture(scope="session")
async def loaded(postgres: EmbeddedPostgres, template: str, day: date) -> AsyncIterator[str]:
    """The name of a database with the demo, which nobody is connected to."""
    async with copy_of(postgres, template, NAME):
        # As `waymark init --demo` runs: a load needs no secret, and queues no mail.
        async with opened(replace(settings_for(postgres, NAME), secret="")) as demo:
            await load(demo.database, share=SHARE)
        yield NAME


@asynccontextmanager
async def copied(postgres: EmbeddedPostgres, original: str, name: str) -> AsyncIterator[Demo]:
    """A demo in a copy of a database, which is dropped at the end."""
    async with copy_of(postgres, original, name), opened(settings_for(postgres, name)) as demo:
        yield demo


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Demo]:
    """The demo of a database, while it is connected to."""
    database = Database(settings, ("system", "staff", "member"), reads=("system", "staff", "member"))
    await database.open()
    try:
        yield Demo(settings, database)
    finally:
        await database.close()
