"""A world of two customers and the API over it, made once for all tests that only read."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import replace
from datetime import date

import asyncpg
import pytest
from redis.asyncio import Redis

from backend.db.embedded import EmbeddedPostgres, EmbeddedValkey
from backend.db.engine import Database
from backend.settings import Settings
from tests.conftest import copy_of, settings_for
from tests.graphql.daily_work import add_daily_work
from tests.graphql.outsiders import add_outsiders
from tests.graphql.world import World, make_world
from tests.serving import serve


@pytest.fixture(scope="session")
async def world(postgres: EmbeddedPostgres, template: str, valkey: EmbeddedValkey, day: date) -> AsyncIterator[World]:
    """Two customers with everything that the schema shows, and the API over them. Nothing may write to it."""
    name = f"test_{os.getpid()}_world"
    settings = replace(settings_for(postgres, name), redis_url=valkey.url())
    async with copy_of(postgres, template, name), served(settings, add_daily_work, add_outsiders) as made:
        yield made


@pytest.fixture(scope="session")
async def made_world(postgres: EmbeddedPostgres, template: str, day: date) -> AsyncIterator[World]:
    """Two customers in a database that nobody is connected to: what `own_world` is cloned from."""
    name = f"test_{os.getpid()}_made_world"
    async with copy_of(postgres, template, name):
        yield await _filled(settings_for(postgres, name))


@pytest.fixture
async def own_world(settings_with_valkey: Settings, made_world: World) -> AsyncIterator[World]:
    """A world of the test's own, to change: `settings` of a test that takes it are of a clone of `made_world`."""
    settings = settings_with_valkey
    async with Redis.from_url(settings.redis_url) as line:
        await line.flushall()  # ids are those of other tests' worlds, whose limits and marks are not this one's
    # Everybody has just signed in, as when the world was made: some minutes later, less is allowed.
    owner = await asyncpg.connect(settings.migrate_url)
    await owner.execute("update sessions set created_at = waymark_now()")
    await owner.close()
    world = replace(
        made_world,
        settings=settings,
        acme=deepcopy(made_world.acme),
        zenith=deepcopy(made_world.zenith),
        keys=dict(made_world.keys),
        people=dict(made_world.people),
        sessions=dict(made_world.sessions),
    )
    async with serve(settings) as client:
        world.client = client
        yield world


@asynccontextmanager
async def served(settings: Settings, *more: Callable[[Database, World], Awaitable[None]]) -> AsyncIterator[World]:
    """A world in the database of these settings, with more rows where something adds them, and the API over it."""
    made = await _filled(settings, *more)
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


async def _filled(settings: Settings, *more: Callable[[Database, World], Awaitable[None]]) -> World:
    database = Database(settings)
    await database.open()
    made = await make_world(database, settings)
    for add in more:
        await add(database, made)
    await database.close()
    return made
