"""Rows that were refused: all of them in a CSV file, the first of them in the database."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import asyncpg

MOST_REJECTS = 10_000
"""Rejects an import keeps in the database; the reject file has all."""
LONGEST_CELL = 1_000
"""Characters of a cell that a reject shows."""


@dataclass
class RejectFile:
    """A CSV file of refused rows, made when the first is written; several imports may share it."""

    path: Path
    written: int = 0
    _rows: Any = field(default=None, repr=False)
    _handle: Any = field(default=None, repr=False)

    def write(self, file: Path, line: int, where: str, reason: str, row: Sequence[str]) -> None:
        """Add one refusal."""
        if self._handle is None:
            self._handle = self.path.open("w", encoding="utf-8", newline="")
            self._rows = csv.writer(self._handle)
            self._rows.writerow(("file", "line", "field", "reason", "row"))
        shown = io.StringIO()
        csv.writer(shown, lineterminator="").writerow(row)
        self._rows.writerow((file.name, line, where, reason, shown.getvalue()))
        self.written += 1

    def close(self) -> None:
        """Write what is left."""
        if self._handle is not None:
            self._handle.close()


REFUSED_ROWS: Callable[[str], str] = """
select r.line, r.field, r.reason, coalesce(r.cells, array[{}]) as cells
from refused r left join staged s on s.line = r.line order by r.line, r.field
""".format


async def report(
    driver: asyncpg.Connection[asyncpg.Record],
    import_id: UUID,
    header: Sequence[str],
    staged: Sequence[str],
    path: Path,
    rejects: RejectFile,
) -> int:
    """Write every refusal to the reject file and the first of them to the database; the number of refused lines."""
    cells = ", ".join(f"left(s.{name}, {LONGEST_CELL})" for name in staged)
    cursor = await driver.cursor(REFUSED_ROWS(cells))
    kept: list[tuple[UUID, int, str, str, str]] = []
    while rows := await cursor.fetch(1_000):
        for row in rows:
            values = [cell or "" for cell in row["cells"]]
            rejects.write(path, row["line"], row["field"], row["reason"], values)
            if len(kept) < MOST_REJECTS:
                named = dict(zip(header, values, strict=False)) if len(values) == len(header) else {"": values}
                kept.append((import_id, row["line"], row["field"], row["reason"], json.dumps(named)))
    await driver.executemany(
        "insert into import_rejects (import_id, line, field, reason, row) values ($1, $2, $3, $4, $5::text::jsonb)",
        kept,
    )
    return cast("int", await driver.fetchval("select count(distinct line) from refused"))
