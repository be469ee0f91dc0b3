"""`waymark import` and `waymark sources`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn

from backend import tables
from backend.billing.files import INVOICES, SUBSCRIPTIONS
from backend.commands.mapping_file import read_mapping
from backend.commands.transaction import in_transaction
from backend.db.engine import Database
from backend.health.coverage import coverage
from backend.health.scoring import versions
from backend.ingest.account_files import ACCOUNTS
from backend.ingest.errors import UnusableFile
from backend.ingest.event_files import EVENTS
from backend.ingest.imports import Summary, import_file
from backend.ingest.kinds import Kind
from backend.ingest.mapping import FileMapping, Mapping
from backend.ingest.member_files import MEMBERS
from backend.ingest.rebuild import rebuild
from backend.ingest.rejects import RejectFile
from backend.ingest.usage_files import USAGE
from backend.settings import Settings, settings
from backend.support.files import TICKETS
from backend.usage.queries import source_states

KINDS: dict[str, Kind] = {
    kind.name: kind for kind in (ACCOUNTS, MEMBERS, SUBSCRIPTIONS, INVOICES, TICKETS, EVENTS, USAGE)
}

_ = tables.metadata  # the tables of every feature, which foreign keys name


class Bar:
    """Shows how far an import is: bytes read, rows a second, rejects."""

    def __init__(self) -> None:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            DownloadColumn(),
            TextColumn("{task.fields[rows]:,} rows, {task.fields[rate]:,.0f}/s, {task.fields[rejects]:,} refused"),
        )
        console = Console(stderr=True)
        self.progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task: TaskID | None = None
        self._name = ""
        self._begun = 0.0

    def begin(self, path: Path, size: int) -> None:
        """A file of `size` bytes is opened."""
        self._name, self._begun = path.name, time.monotonic()
        self._task = self.progress.add_task(self._name, total=size, rows=0, rate=0.0, rejects=0)

    def read(self, position: int, rows: int, rejects: int) -> None:
        """So many bytes, rows and rejects so far."""
        if self._task is not None:
            rate = rows / max(time.monotonic() - self._begun, 1e-6)
            self.progress.update(self._task, completed=position, rows=rows, rate=rate, rejects=rejects)

    def phase(self, words: str) -> None:
        """Reading is done; this is what happens now."""
        if self._task is not None:
            self.progress.update(self._task, description=f"{self._name}: {words}")


@click.command("import")
@click.argument("kind", required=False, type=click.Choice(sorted(KINDS)))
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), help="Import every file of the mapping.")
@click.option("--mapping", "mapping_path", required=True, type=click.Path(path_type=Path), help="What column is what.")
@click.option("--source", help="Key of the source, instead of the mapping's.")
@click.option(
    "--rejects",
    default=Path("waymark-rejects.csv"),
    show_default=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where refused rows are written, with line, field and reason.",
)
def import_command(
    kind: str | None, file: Path | None, folder: Path | None, mapping_path: Path, source: str | None, rejects: Path
) -> None:
    """Import CSV files (plain or .gz): accounts, members, subscriptions, invoices, tickets, events, usage.

    Either KIND FILE, or --folder DIR for all files that the mapping names. Running it again adds nothing twice;
    an import that was interrupted has stored nothing and is run again. docs/import.md says how to map columns.
    """
    mapping = read_mapping(mapping_path)
    if source is not None:
        mapping = Mapping.model_validate(
            mapping.model_dump(by_alias=True) | {"source": mapping.source.model_dump() | {"key": source}}
        )
    if folder is not None and kind is None:
        files = [(folder / (section.file or ""), section) for section in mapping.files]
        if nameless := [section.kind for section in mapping.files if section.file is None]:
            raise click.UsageError(f"{mapping_path} does not name the file of its section {nameless[0]}.")
    elif kind is not None and file is not None and folder is None:
        files = [(file, mapping.section(kind, file.name))]
    else:
        raise click.UsageError("Give KIND and FILE, or --folder DIR.")
    missing = [str(path) for path, _ in files if not path.is_file()]
    if missing:
        raise UnusableFile(f"There is no file {', '.join(missing)}; nothing was imported.")
    asyncio.run(_import(settings(), files, mapping, rejects))


async def _import(chosen: Settings, files: Sequence[tuple[Path, FileMapping]], mapping: Mapping, rejects: Path) -> None:
    database = Database(chosen)
    await database.open()
    reject_file = RejectFile(rejects)
    try:
        for path, section in files:
            bar = Bar()
            with bar.progress:
                summary = await import_file(
                    database, KINDS[section.kind], path, section, mapping.source, rejects=reject_file, progress=bar
                )
            for line in lines_of(summary):
                click.echo(line)
        async with database.begin() as session:
            if await versions(session):
                click.echo(f"Health is fed for {(await coverage(session)).sentence()}")
    finally:
        reject_file.close()
        await database.close()


def lines_of(summary: Summary) -> list[str]:
    """What an import says when it is done."""
    days = f", {summary.first_day} to {summary.last_day}" if summary.first_day else ""
    lines = [
        f"{summary.file.name}: {summary.rows_read:,} rows of {summary.kind}{days}: {summary.rows_taken:,} taken, "
        f"{summary.rows_unchanged:,} unchanged, {summary.rows_rejected:,} rejected."
    ]
    if summary.rows_rejected:
        lines.append(f"  Rejected rows with line, field and reason: {summary.rejects}")
    if summary.ignored_columns:
        lines.append(f"  Ignored columns: {', '.join(summary.ignored_columns)}")
    return lines


@click.command("recount")
def recount_command() -> None:
    """Count all stored events anew by the running program's mapping, after it has changed or to check the counts."""
    rows = in_transaction(rebuild)
    click.echo(f"Counted all stored events anew: {rows:,} daily counts.")


@click.command("sources")
def sources_command() -> None:
    """Show every source: what it feeds, from when to when, its gaps, and whether it is silent."""
    asyncio.run(_sources(settings()))


async def _sources(chosen: Settings) -> None:
    database = Database(chosen)
    await database.open()
    try:
        async with database.begin() as session:
            states = await source_states(session)
    finally:
        await database.close()
    if not states:
        click.echo("No source has delivered anything yet; see docs/import.md.")
    for state in states:
        received = f"{state.last_received_at:%Y-%m-%d %H:%M} UTC" if state.last_received_at else "never"
        silent = f"silent, last delivery of {state.silent_since}" if state.silent_since else "not silent"
        click.echo(f"{state.key} ({state.kind}): last received {received}; {silent}")
        for feed in state.feeds:
            click.echo(f"  {feed.feed:40} {feed.since} to {feed.until}")
        for first, last in state.gaps:
            click.echo(f"  nothing from {first} to {last}")
