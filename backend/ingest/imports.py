"""Importing one file: stage, judge, store, report. One transaction holds all that is stored.

An import that is interrupted, even by SIGKILL, has therefore stored nothing, and running it again does the whole work.
The row in `imports` is committed before, so that an interrupted import can be seen; the next import of the same source
marks it FAILED.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db import clock
from backend.db.engine import Database, WriteSession, driver_of
from backend.db.ids import uuid7
from backend.identity.queries import home_currency, time_zone
from backend.ingest.checking import REFUSE_PROBLEMS, ready_statement, refuse_contradictions, refuse_unknown_fields
from backend.ingest.counting import count_all
from backend.ingest.csv_file import CsvFile
from backend.ingest.fields import Setting
from backend.ingest.kinds import Kind, Run, Stored
from backend.ingest.mapping import FileMapping, SourceMapping
from backend.ingest.models import Import, ImportState, UnresolvedEvent
from backend.ingest.rejects import RejectFile, report
from backend.ingest.staging import MOST_STAGED, Progress, stage
from backend.usage.models import Source
from backend.work.asking import enqueue


@dataclass(frozen=True)
class Summary:
    """What came of an import."""

    import_id: UUID
    kind: str
    file: Path
    rows_read: int
    rows_taken: int
    rows_unchanged: int
    rows_rejected: int
    first_day: date | None
    last_day: date | None
    ignored_columns: tuple[str, ...]
    rejects: Path | None


async def import_file(
    database: Database,
    kind: Kind,
    path: Path,
    mapping: FileMapping,
    source: SourceMapping,
    *,
    rejects: RejectFile,
    progress: Progress,
) -> Summary:
    """Import one file. Raises UnusableFile or UnusableMapping before anything of it is stored."""
    refuse_unknown_fields(kind, mapping)
    with CsvFile(path, encoding=mapping.encoding, delimiter=mapping.delimiter) as file:
        file.missing(mapping.needs())
        progress.begin(path, file.size)
        import_id = await _announce(database, kind, path, mapping, source)
        try:
            async with database.begin() as session:
                summary = await _import(session, import_id, kind, file, mapping, rejects, progress)
        except Exception as error:
            async with database.begin() as session:
                await session.execute(
                    update(Import)
                    .where(Import.id == import_id)
                    .values(state=ImportState.FAILED, error=str(error)[:2_000], finished_at=func.waymark_now())
                )
            raise
    progress.phase("counting")
    await count_all(database)
    return summary


async def _announce(database: Database, kind: Kind, path: Path, mapping: FileMapping, source: SourceMapping) -> UUID:
    """Make the source if it is new, mark interrupted imports of it, and say that this one runs."""
    with path.open("rb") as raw:
        digest = hashlib.file_digest(raw, "sha256").digest()
    async with database.begin() as session:
        made = insert(Source).values(id=uuid7(), key=source.key, name=source.name or source.key, kind=source.kind.value)
        await session.execute(made.on_conflict_do_nothing(index_elements=["key"]))
        source_id = await session.scalar(select(Source.id).where(Source.key == source.key))
        running = select(Import.id).where(Import.source_id == source_id, Import.state == ImportState.RUNNING)
        for stale in (await session.scalars(running)).all():
            if await session.scalar(_lock(stale)):  # the process that ran it is gone: its transaction held this lock
                await session.execute(
                    update(Import)
                    .where(Import.id == stale, Import.state == ImportState.RUNNING)
                    .values(
                        state=ImportState.FAILED,
                        error="interrupted; nothing of it was stored",
                        finished_at=func.waymark_now(),
                    )
                )
        row = Import(
            id=uuid7(),
            source_id=source_id,
            kind=kind.name,
            file_name=path.name,
            file_hash=digest,
            mapping=mapping.model_dump(mode="json", by_alias=True, exclude_defaults=True),
            state=ImportState.RUNNING,
        )
        session.add(row)
        return row.id


def _lock(import_id: UUID) -> Any:
    return select(func.pg_try_advisory_xact_lock(func.hashtextextended(f"import {import_id}", 0)))


async def _import(
    session: WriteSession,
    import_id: UUID,
    kind: Kind,
    file: CsvFile,
    mapping: FileMapping,
    rejects: RejectFile,
    progress: Progress,
) -> Summary:
    await session.execute(_lock(import_id))
    await session.execute(text("set local work_mem = '128MB'"))
    # Two imports of one source would both add the difference to the same earlier value: one after the other.
    source_id = await session.scalar(
        select(Source.id)
        .where(Source.id == select(Import.source_id).where(Import.id == import_id).scalar_subquery())
        .with_for_update(key_share=True)
    )
    assert source_id is not None  # noqa: S101 - the import's foreign key
    driver = await driver_of(session)
    setting = Setting(await clock.today(session), await time_zone(session), await home_currency(session))
    needs = mapping.needs()
    wanted = [file.header.index(name) for name in needs]
    if len(file.header) <= MOST_STAGED:
        wanted = list(range(len(file.header)))
    staged = [f"c{place}" for place in range(len(wanted))]
    column = {name: staged[wanted.index(file.header.index(name))] for name in needs}

    rows_read = await stage(driver, file, wanted, staged, progress)
    progress.phase("checking")
    await driver.execute(ready_statement(kind, mapping, column, setting))
    counts = await driver.fetchrow(
        "select count(*) filter (where problem is not null) as bad, count(*) filter (where place > 1) as again"
        " from ready"
    )
    assert counts is not None  # noqa: S101 - an aggregate has a row
    if counts["bad"]:
        await driver.execute(REFUSE_PROBLEMS)
    if counts["again"]:
        await driver.execute(refuse_contradictions(kind))
    repeated = 0
    if counts["bad"] or counts["again"] or await driver.fetchval("select exists (select from refused)"):
        repeated = await driver.fetchval(
            "select count(distinct line) from ready where place > 1 and line not in (select line from refused)"
        )
        await driver.execute(
            "delete from ready where problem is not null or place > 1 or line in (select line from refused)"
        )
    progress.phase("storing")
    run = Run(session, driver, source_id, setting, await clock.now(session))
    stored = await kind.store(run)
    if kind.tells_whose and stored.taken and await session.scalar(select(exists().select_from(UnresolvedEvent))):
        await enqueue(session, "ingest.resolve", key="import")
    if run.refused:
        await driver.executemany(
            "insert into refused (line, field, reason) values ($1, $2, $3) on conflict do nothing", run.refused
        )
    rejected = await report(driver, import_id, [file.header[place] for place in wanted], staged, file.path, rejects)
    structural = await driver.fetchval("select count(*) from refused where is_structural")
    summary = Summary(
        import_id,
        kind.name,
        file.path,
        rows_read + structural,
        stored.taken,
        stored.unchanged + repeated,
        rejected,
        stored.first_day,
        stored.last_day,
        tuple(name for name in file.header if name not in needs),
        rejects.path if rejected else None,
    )
    await _finish(session, source_id, summary, stored)
    return summary


async def _finish(session: AsyncSession, source_id: UUID, summary: Summary, stored: Stored) -> None:
    await session.execute(
        update(Import)
        .where(Import.id == summary.import_id)
        .values(
            state=ImportState.FINISHED,
            rows_read=summary.rows_read,
            rows_taken=summary.rows_taken,
            rows_unchanged=summary.rows_unchanged,
            rows_rejected=summary.rows_rejected,
            first_day=stored.first_day,
            last_day=stored.last_day,
            finished_at=func.waymark_now(),
        )
    )
    await session.execute(update(Source).where(Source.id == source_id).values(last_received_at=func.waymark_now()))
