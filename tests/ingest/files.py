"""Importing small files in tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import text

from backend.commands.imports import KINDS
from backend.db.engine import Database
from backend.ingest.imports import Summary, import_file
from backend.ingest.mapping import FileMapping, SourceMapping
from backend.ingest.rejects import RejectFile

USAGE = {"account": "account", "day": "day", "metric": "metric", "amount": "n"}


class Silent:
    """Progress that nobody watches."""

    def begin(self, path: Path, size: int) -> None:
        pass

    def read(self, position: int, rows: int, rejects: int) -> None:
        pass

    def phase(self, words: str) -> None:
        pass


@dataclass
class Importer:
    """Writes files and imports them into one database."""

    database: Database
    folder: Path
    source: str = "files"
    rejected: list[tuple[int, str, str]] = field(default_factory=list)
    """Line, field and reason of the last import's rejects."""

    async def __call__(
        self,
        content: str | bytes,
        kind: str = "usage",
        columns: dict[str, Any] | None = None,
        *,
        name: str = "data.csv",
        **mapping: Any,
    ) -> Summary:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        rejects = RejectFile(self.folder / "rejects.csv")
        try:
            summary = await import_file(
                self.database,
                KINDS[kind],
                path,
                FileMapping.model_validate(
                    {"kind": kind, "columns": columns if columns is not None else USAGE, **mapping}
                ),
                SourceMapping(key=self.source),
                rejects=rejects,
                progress=Silent(),
            )
        finally:
            rejects.close()
        self.rejected = [
            (row.line, row.field, row.reason)
            for row in await self.rows(
                "select line, field, reason from import_rejects where import_id = :id order by line, field",
                id=summary.import_id,
            )
        ]
        return summary

    async def rows(self, statement: str, **values: Any) -> Any:
        async with self.database.begin() as session:
            return (await session.execute(text(statement), values)).all()

    async def execute(self, statement: str, **values: Any) -> None:
        async with self.database.begin() as session:
            await session.execute(text(statement), values)

    async def value(self, statement: str, **values: Any) -> Any:
        return (await self.rows(statement, **values))[0][0]

    async def usage(self) -> list[tuple[Any, ...]]:
        """account, day, metric, known_on, delta, users of every rollup row."""
        return [
            tuple(row)
            for row in await self.rows(
                """select a.external_id, u.day::text, m.key, u.known_on::text, u.delta, u.users
                   from usage_daily u join accounts a on a.id = u.account_id join metrics m on m.id = u.metric_id
                   order by 1, 2, 3, 4"""
            )
        ]
