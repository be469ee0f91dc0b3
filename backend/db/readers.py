"""Connections that read, and which of them a statement goes to.

Each connection of PostgreSQL has prepared statements of its own. One that it meets for the first time has to be parsed
and planned, which costs several times what most statements take to run. So a statement goes to a connection that has it
already, wherever such a one is free.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from backend.lru import Lru

STATEMENTS = 1_000
"""Prepared statements that a connection keeps."""


class Reader:
    """One connection: made when it is first needed, and again when it was lost."""

    def __init__(self) -> None:
        self.is_free = True
        self.prepared: Lru[str, bool] = Lru(STATEMENTS, STATEMENTS)
        """The statements that the connection has."""
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None

    async def open(self, url: str, *, is_needed: bool, **options: Any) -> None:
        """Be ready to connect, with options of the driver's pool; at once, and always again, where it `is_needed`."""
        self._pool = await asyncpg.create_pool(
            url,
            min_size=int(is_needed),
            max_size=1,
            init=self._begin,
            statement_cache_size=STATEMENTS,
            max_cacheable_statement_size=0,
            **options,
        )

    @property
    def pool(self) -> asyncpg.Pool[asyncpg.Record]:
        """The driver's pool of this one connection, which tends it."""
        assert self._pool is not None  # noqa: S101 - it was opened
        return self._pool

    @property
    def is_made(self) -> bool:
        """Whether the connection is there now; one that nobody needed for some minutes is closed."""
        return self.pool.get_size() > 0

    async def _begin(self, _connection: asyncpg.Connection[asyncpg.Record]) -> None:
        self.prepared = Lru(STATEMENTS, STATEMENTS)


class Readers:
    """The read connections of one login: some at most, of which as many are made as are needed at a time."""

    def __init__(self, most: int) -> None:
        self._all = [Reader() for _ in range(most)]
        self._room = asyncio.Semaphore(most)

    async def open(self, url: str, **options: Any) -> None:
        """Make one connection, and be ready to make the others, with options of the driver's pool."""
        for reader in self._all:
            await reader.open(url, is_needed=reader is self._all[0], **options)

    async def close(self) -> None:
        """Close every connection, once it is no longer used."""
        for reader in self._all:
            await reader.pool.close()

    @asynccontextmanager
    async def acquire(self, statement: str) -> AsyncIterator[asyncpg.pool.PoolConnectionProxy[asyncpg.Record]]:
        """A connection for a statement; waits for one where all are in use."""
        async with self._room:
            reader = self._chosen(statement)
            reader.is_free = False
            try:
                async with reader.pool.acquire() as connection:
                    reader.prepared.put(statement, True)
                    yield connection
            finally:
                reader.is_free = True

    async def fetch(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        """All rows, in a transaction of the statement's own."""
        async with self.acquire(statement) as connection:
            return await connection.fetch(statement, *arguments)

    async def fetchval(self, statement: str, *arguments: Any) -> Any:
        """The first value of the first row, in a transaction of the statement's own; None where there is none."""
        async with self.acquire(statement) as connection:
            return await connection.fetchval(statement, *arguments)

    async def fetchrow(self, statement: str, *arguments: Any) -> asyncpg.Record | None:
        """The first row, in a transaction of the statement's own; None where there is none."""
        async with self.acquire(statement) as connection:
            return await connection.fetchrow(statement, *arguments)

    def _chosen(self, statement: str) -> Reader:
        """Of the free connections the first that has the statement; else, of those that are made, the one that has
        fewest, so that statements spread over them."""
        free = [reader for reader in self._all if reader.is_free]
        for reader in free:
            if statement in reader.prepared and reader.is_made:
                return reader
        made = [reader for reader in free if reader.is_made]
        return min(made or free, key=lambda reader: len(reader.prepared))
