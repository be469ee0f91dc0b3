"""The demo for the tests of this folder."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from backend.db.embedded import EmbeddedPostgres
from tests.demo.loading import NAME, Demo, copied


@pytest.fixture(scope="session")
async def demo(postgres: EmbeddedPostgres, loaded: str) -> AsyncIterator[Demo]:
    """A demo that tests only look at."""
    async with copied(postgres, loaded, f"{NAME}_seen") as made:
        yield made


@pytest.fixture(scope="module")
async def living(postgres: EmbeddedPostgres, loaded: str) -> AsyncIterator[Demo]:
    """A demo to which a module's tests make things happen."""
    async with copied(postgres, loaded, f"{NAME}_living") as made:
        yield made
