"""`waymark score`: score today, close days, repeat days as known then, or restate them with all that is known now."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import func, or_, select

from backend.accounts.models import Account
from backend.db.engine import Database
from backend.errors import NotFound
from backend.health import runs
from backend.health.models import ScoringRun
from backend.health.runs import Chunk, Knowledge
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
                last=days[1] or await runs.yesterday(session) if days[0] else None,
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
                await _watch(database, run, chunks, lambda done: bar.update(task, completed=done))
        async with database.begin() as session:
            done = (await session.scalars(select(ScoringRun).where(ScoringRun.id == run))).one()
            _tell(done, await runs.bands(session, run))
    finally:
        await database.close()
