"""A world of two customers and the API over it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from backend.db.engine import Database
from backend.settings import Settings
from tests.graphql.world import World, make_world
from tests.serving import serve


@pytest.fixture
async def world(settings_with_valkey: Settings, database: Database) -> AsyncIterator[World]:
    """Two customers with everything that the schema shows, and the API over them."""
    made = await make_world(database, settings_with_valkey)
    async with serve(settings_with_valkey) as client:
        made.client = client
        yield made
