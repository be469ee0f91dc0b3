"""Getting the rows of a file into PostgreSQL as text, with the number of the line on which each begins."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Protocol

import asyncpg

from backend.ingest.csv_file import CsvFile, Refusal
from backend.ingest.rejects import LONGEST_CELL

MOST_HELD = 10_000
"""Refusals that are held in memory."""
MOST_STAGED = 200
"""A file with more columns is staged with those that the mapping names alone: a row must fit a page."""


class Progress(Protocol):
    """Who wants to hear how far an import is."""

    def begin(self, path: Path, size: int) -> None:
        """A file of `size` bytes is opened."""

    def read(self, position: int, rows: int, rejects: int) -> None:
        """So many bytes, rows and rejects so far."""

    def phase(self, words: str) -> None:
        """Reading is done; this is what happens now."""


async def stage(
    driver: asyncpg.Connection[asyncpg.Record],
    file: CsvFile,
    wanted: Sequence[int],
    staged: Sequence[str],
    progress: Progress,
) -> int:
    """COPY the rows as text, with their lines, into the table `staged`; how many. What cannot be split is refused."""
    await driver.execute(
        f"create temporary table staged (line bigint, {', '.join(f'{name} text' for name in staged)}) on commit drop"
    )
    await driver.execute(
        "create temporary table refused (line bigint, field text, reason text, cells text[],"
        " is_structural boolean not null default false, primary key (line, field)) on commit drop"
    )
    rows = refused = 0
    refusals: list[Refusal] = []
    blocks = file.blocks(wanted)
    is_more = True

    async def payloads() -> AsyncIterator[bytes]:
        nonlocal rows, refused, is_more
        for block in blocks:
            rows += block.rows
            refused += len(block.refusals)
            refusals.extend(block.refusals)
            progress.read(file.position, rows, refused)
            if block.payload:
                yield block.payload
            if len(refusals) >= MOST_HELD:  # store them before reading on: COPY holds the connection
                return
        is_more = False

    while is_more:
        await driver.copy_to_table("staged", source=payloads(), schema_name="pg_temp")
        await driver.copy_records_to_table(
            "refused",
            schema_name="pg_temp",
            columns=["line", "field", "reason", "cells", "is_structural"],
            records=[(r.line, r.field, r.reason, _shown(r.cells), True) for r in refusals],
        )
        refusals.clear()
    await driver.execute("analyze staged")
    return rows


def _shown(cells: Sequence[str]) -> list[str]:
    """Cells as a reject may keep them: without NUL, without half letters, not endless."""
    return [
        (cell if len(cell) <= LONGEST_CELL else cell[:LONGEST_CELL] + "…")
        .replace("\x00", "␀")
        .encode("utf-8", "surrogateescape")
        .decode("utf-8", "replace")
        for cell in cells[:MOST_STAGED]
    ]
