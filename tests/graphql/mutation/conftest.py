"""The rows of a world's database, to tell whether anything was changed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest

from tests.graphql.world import World

FINGERPRINT = """
select string_agg(format($$select %L as t, md5(coalesce(string_agg(row, ' ' order by row), '')) as rows
    from (select (to_jsonb(r) - 'last_used_at')::text as row from %I r) as each$$, relname, relname), ' union all ')
from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
"""

Rows = Callable[[], Awaitable[dict[str, str]]]


@pytest.fixture
async def rows(own_world: World) -> AsyncIterator[Rows]:
    """A digest of the rows of each table."""
    connection = await asyncpg.connect(own_world.settings.migrate_url)
    statement = await connection.fetchval(FINGERPRINT)

    async def read() -> dict[str, str]:
        return {row["t"]: row["rows"] for row in await connection.fetch(statement)}

    yield read
    await connection.close()
