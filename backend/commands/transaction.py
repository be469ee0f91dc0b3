"""Running one function of a command in one transaction of the system login."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from backend.db.engine import Database, WriteSession
from backend.settings import Settings, settings

T = TypeVar("T")


def in_transaction(work: Callable[[WriteSession], Awaitable[T]], chosen: Settings | None = None) -> T:
    """Call `work` in a transaction: returning commits, raising rolls back. Settings are the process's, unless given."""

    async def run() -> T:
        database = Database(chosen or settings())
        try:
            await database.open()
            async with database.begin() as session:
                return await work(session)
        finally:
            await database.close()

    return asyncio.run(run())
