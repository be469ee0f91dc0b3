"""`waymark score`: score today, close days, repeat days as known then, or restate them with all that is known now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import date, datetime
from uuid import UUID

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import or_, select

from backend.accounts.models import Account
from backend.db.engine import Database, WriteSession
from backend.errors import NotFound
from backend.health import runs
from backend.health.models import ScoringRun
from backend.health.runs import Knowledge
from backend.operation import OperationError
from backend.settings import settings
from backend.work import WorkItem

POLL_SECONDS = 0.3
NOBODY_SECONDS = 20
WORDS = {"GREEN": "green", "YELLOW": "yellow", "RED": "red", "INSUFFICIENT_DATA": "insufficient data"}

DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.option("--today", "live", is_flag=True, help="Today's live scores (the default).")
@click.option("--as-of", type=DAY, help="One day, as known at its end; compared where it is stored.")
@click.option("--from", "first", type=DAY, help="First day of a range, as known at the end of each day.")
@click.option("--to", "last", type=DAY, help="Last day of the range; default: yesterday.")
@click.option("--every", type=click.IntRange(1, 366), default=1, show_default=True, metavar="DAYS", help="Step.")
@click.option("--restated", is_flag=True, help="With all that is known now; adds a revision where a day differs.")
@click.option("--account", metavar="KEY", help="Only this account: its key in your systems, or its id.")
@click.option("--here", is_flag=True, help="Score in this process; needs neither workers nor Valkey.")
def score(
    live: bool,
    as_of: datetime | None,
    first: datetime | None,
    last: datetime | None,
    every: int,
    restated: bool,
    account: str | None,
    here: bool,
) -> None:
    """Score every account, or one, and show how many are in each band."""
    if sum((live, as_of is not None, first is not None)) > 1:
        raise click.UsageError("Give one of --today, --as-of and --from.")
    if first is None and (last is not None or every != 1):
        raise click.UsageError("--to and --every belong to --from.")
    if restated and first is None:
        raise click.UsageError("--restated belongs to --from: it repeats stored days with what is known now.")
    begin, end = as_of or first, as_of or last
    knowledge = Knowledge.LIVE if begin is None else Knowledge.RESTATED if restated else Knowledge.AS_OF
    days = (begin.date() if begin else None, end.date() if end else None)
    asyncio.run(_score(knowledge, days, every, account, here))


async def _score(
    knowledge: Knowledge, days: tuple[date | None, date | None], step: int, account: str | None, here: bool
) -> None:
    database = Database(settings())
    try:
        await database.open()
        async with database.begin() as session:
            only = await _account(session, account) if account else None
            run, chunks = await runs.request(
                session,
                knowledge=knowledge,
                first=days[0],
                last=days[1],
                step=step,
                account=only,
                enqueued=not here,
            )
        with _bar() as bar:
            task = bar.add_task("Scoring", total=len(chunks))
            if here:
                for chunk in chunks:
                    async with database.begin() as session:
                        await runs.score_chunk(session, run, chunk)
                    bar.advance(task)
            else:
                await _watch(database, run, lambda done: bar.update(task, completed=done))
        async with database.begin() as session:
            done = (await session.scalars(select(ScoringRun).where(ScoringRun.id == run))).one()
            _tell(done, await runs.bands(session, run, only))
    finally:
        await database.close()


async def _account(session: WriteSession, key: str) -> UUID:
    """The account of a key or an id. Raises NotFound."""
    try:
        same = Account.id == UUID(key)
    except ValueError:
        same = Account.external_id == key
    found = await session.scalar(select(Account.id).where(or_(same, Account.external_id == key)))
    if found is None:
        raise NotFound(f"There is no account {key}. Give its key in your systems, or its id.")
    return found


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("chunks"))
    return Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True))


async def _watch(database: Database, run: UUID, show: Callable[[int], None]) -> None:
    """Wait until a run is finished. Raises OperationError when nobody works on it, or a chunk was parked."""
    waited = 0.0
    while True:
        async with database.begin() as session:
            state = (await session.scalars(select(ScoringRun).where(ScoringRun.id == run))).one()
            items = select(WorkItem).where(
                WorkItem.kind == "health.score_chunk", WorkItem.args["run_id"].astext == str(run)
            )
            parked = await session.scalar(items.where(WorkItem.parked_at.is_not(None)).limit(1))
            taken = await session.scalar(items.where(WorkItem.attempts > 0).limit(1))
        show(state.chunks_done)
        if state.finished_at is not None:
            return
        if parked is not None:
            raise OperationError(
                f"A chunk failed {parked.attempts} times: {parked.last_error}\n"
                f"`waymark work rerun {parked.id}` tries it again."
            )
        if taken is None and waited > NOBODY_SECONDS:
            raise OperationError(
                f"No worker has taken the work for {NOBODY_SECONDS} seconds. Start Waymark (`make run`) and it will "
                "be done; or score in this process with --here, which needs neither workers nor Valkey."
            )
        await asyncio.sleep(POLL_SECONDS)
        waited += POLL_SECONDS


def _tell(run: ScoringRun, bands: Mapping[str, int]) -> None:
    if run.knowledge != Knowledge.LIVE:
        days = f"{run.first_day}" if run.first_day == run.last_day else f"{run.first_day} to {run.last_day}"
        what = "revisions" if run.knowledge == Knowledge.RESTATED else "closing snapshots"
        click.echo(
            f"{days}: {run.snapshots:,} {what} stored, {run.unchanged:,} as stored before, {run.differing:,} different."
        )
    counts = ", ".join(f"{bands[band]:,} {word}" for band, word in WORDS.items() if band in bands)
    scored = sum(bands.values())
    click.echo(f"{scored:,} account{'' if scored == 1 else 's'} scored" + (f": {counts}." if counts else "."))
