"""What can be imported: a kind of fact has fields, a key, and a function that stores rows which passed every check."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from backend.db.engine import WriteSession
from backend.ingest.fields import Field, Setting

BATCH = 5_000


@dataclass(frozen=True)
class RowCheck:
    """Something that only several fields together can break. `condition` is SQL over `v.<field>`, true when broken."""

    field: str
    condition: str
    reason: str


@dataclass
class Stored:
    """What came of the rows that passed: counts are of lines of the file."""

    taken: int = 0
    unchanged: int = 0
    first_day: date | None = None
    last_day: date | None = None


@dataclass
class Run:
    """One import while it runs, inside its one transaction. Rows that passed stand in the temporary table `ready`."""

    session: WriteSession
    driver: asyncpg.Connection[asyncpg.Record]
    source_id: UUID
    setting: Setting
    now: datetime
    refused: list[tuple[int, str, str]] = field(default_factory=list)
    """Lines that storing refused: line, field, reason."""

    async def batches(self, *columns: str) -> AsyncIterator[Sequence[asyncpg.Record]]:
        """The rows of `ready` in the order of the file, some thousand at a time."""
        cursor = await self.driver.cursor(f"select line, {', '.join(columns)} from ready order by line")
        while rows := await cursor.fetch(BATCH):
            yield rows

    async def days(self, column: str) -> tuple[date | None, date | None]:
        """First and last day of a column of `ready`."""
        row: Any = await self.driver.fetchrow(f"select min({column}), max({column}) from ready")
        return row[0], row[1]


@dataclass(frozen=True)
class Kind:
    """A kind of fact."""

    name: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    """Fields that name the fact; a file states each once."""
    dated_by: str
    """The field that says when the fact was true (a day or a moment)."""
    store: Callable[[Run], Awaitable[Stored]]
    checks: tuple[RowCheck, ...] = ()
    tells_whose: bool = False
    """Rows say which account there is or who belongs to it, for which events may wait."""
    may_be_known_before: bool = False
    """Contracts are known before they begin; what happened is not."""
    takes_extras: bool = False
    optional_amount: str | None = None
    """A row whose field of this name is empty states nothing, when it has several measures."""
