"""A world of two customers and the API over it, made once for all tests that only read."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import asyncpg
import pytest

from backend.db.embedded import EmbeddedPostgres, EmbeddedValkey
from backend.db.engine import Database
from backend.settings import Settings
from tests.conftest import settings_for
from tests.graphql.daily_work import add_daily_work
from tests.graphql.outsiders import add_outsiders
from tests.graphql.world import World, make_world
from tests.serving import serve


@pytest.fixture(scope="session")
async def world(postgres: EmbeddedPostgres, template: str, valkey: EmbeddedValkey) -> AsyncIterator[World]:
    """Two customers with everything that the schema shows, and the API over them. Nothing may write to it."""
    name = f"test_{os.getpid()}_world"
    administrator = await asyncpg.connect(postgres.url())
    await administrator.execute(f"create database {name} template {template} strategy file_copy")
    await administrator.close()
    async with served(
        replace(settings_for(postgres, name), redis_url=valkey.url()), add_daily_work, add_outsiders
    ) as made:
        yield made


@pytest.fixture
async def own_world(settings_with_valkey: Settings) -> AsyncIterator[World]:
    """A world of the test's own, to change."""
    async with served(settings_with_valkey) as made:
        yield made


@asynccontextmanager
async def served(settings: Settings, *more: Callable[[Database, World], Awaitable[None]]) -> AsyncIterator[World]:
    """A world in the database of these settings, with more rows where something adds them, and the API over it."""
    database = Database(settings)
    await database.open()
    made = await make_world(database, settings)
    for add in more:
        await add(database, made)
    await database.close()
    async with serve(settings) as client:
        made.client = client
        yield made


@asynccontextmanager
async def served_again(world: World) -> AsyncIterator[World]:
    """A further API process over the same world."""
    async with serve(world.settings) as client:
        other = replace(world)
        other.client = client
        yield other
