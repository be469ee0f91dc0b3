"""Statements that run so often that building them anew, or a session around them, would cost more than they do."""

from __future__ import annotations

from typing import Any

import asyncpg
from sqlalchemy import SelectBase
from sqlalchemy.dialects.postgresql import asyncpg as dialect

from backend.db.readers import Readers

_DIALECT = dialect.dialect()  # type: ignore[no-untyped-call]


class DriverStatement:
    """A SELECT in SQLAlchemy's words, compiled once for the driver. Its parameters are named by `bindparam`."""

    def __init__(self, statement: SelectBase) -> None:
        compiled: Any = statement.compile(dialect=_DIALECT)
        self.sql = str(compiled)
        self._names: tuple[str, ...] = tuple(compiled.positiontup)
        self._constants: dict[str, Any] = compiled.params

    async def row(self, readers: Readers, **given: Any) -> asyncpg.Record | None:
        """The first row, in a transaction of the statement's own; None where there is none."""
        values = self._constants | given
        return await readers.fetchrow(self.sql, *(values[name] for name in self._names))
