"""Many rows into a table at once. COPY does not reach a table under row security, so it fills a temporary one first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import text

from backend.db.engine import WriteSession, driver_of


async def put(
    session: WriteSession,
    table: str,
    columns: str,
    rows: Iterable[Sequence[Any]],
    *,
    everywhere: Mapping[str, Any] | None = None,
) -> None:
    """Insert rows, in their order.

    `columns` are the names of their columns, spaces between; `everywhere` has those of one value in all.
    """
    same, names_of_rows = dict(everywhere or {}), columns.split()
    listed = ", ".join(names_of_rows)
    incoming = f"incoming_{table}"
    await session.execute(text(f"create temporary table {incoming} as select {listed} from {table} with no data"))
    driver = await driver_of(session)
    await driver.copy_records_to_table(incoming, columns=names_of_rows, records=rows)
    names = "".join(f", {name}" for name in same)
    values = "".join(f", :{name}" for name in same)
    await session.execute(text(f"insert into {table} ({listed}{names}) select {listed}{values} from {incoming}"), same)
    await session.execute(text(f"drop table {incoming}"))
