"""Scoring many accounts: a run is split into chunks of accounts, each one work item and one transaction.

A chunk that was cut off is done again from its start; what it stored before is never stored twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Update, delete, func, select, text, update

from backend.db import clock
from backend.db.engine import WriteSession
from backend.errors import InvalidInput, NotFound
from backend.health import live, scoring, standing
from backend.health.models import ScoringRun
from backend.health.scoring import Accounts, Stored
from backend.work import Ask, enqueue_all

CHUNK_ROWS = 90_000
"""About so many days of accounts are one transaction of a few seconds."""
CHUNK_ACCOUNTS = 100_000
LONGEST_DAYS = 7_320
KEPT = timedelta(days=7)
STUCK = timedelta(hours=2)


class Knowledge(StrEnum):
    """What a run knows."""

    LIVE = "LIVE"
    """Today's live scores."""
    AS_OF = "AS_OF"
    """As known at the close of each day."""
    RESTATED = "RESTATED"
    """With all that is known now."""


@dataclass(frozen=True)
class Chunk:
    """Accounts from one id to another, both included."""

    first: UUID
    last: UUID


async def request(
    session: WriteSession,
    *,
    knowledge: Knowledge,
    first: date | None = None,
    last: date | None = None,
    step: int = 1,
    account: UUID | None = None,
    enqueued: bool = True,
) -> tuple[UUID, list[Chunk]]:
    """Make a run and ask for its chunks; returns its id and them. A run over no accounts is finished at once.

    A live run takes no days; the last day of another is yesterday where none is given. `enqueued` false leaves the
    chunks to the caller. Raises InvalidInput for days that are not over, in the wrong order or too many.
    """
    today = await clock.today(session)
    first, last = first or today, last or (today - timedelta(days=1) if first else today)
    if knowledge is not Knowledge.LIVE:
        _check(first, last, step, today)
        scoring.in_force(await scoring.versions(session), last)
    days = (last - first).days // step + 1
    size = max(1, min(CHUNK_ACCOUNTS, CHUNK_ROWS // days)) if knowledge is not Knowledge.LIVE else CHUNK_ACCOUNTS
    chunks = [Chunk(account, account)] if account else await _chunks(session, last, size)
    run = ScoringRun(first_day=first, last_day=last, step_days=step, knowledge=knowledge.value, chunks=len(chunks))
    session.add(run)
    await session.flush()
    if not chunks:
        await session.execute(_of(run.id).values(finished_at=func.waymark_now()))
    elif enqueued:
        await enqueue_all(
            session,
            "health.score_chunk",
            [
                Ask({"run_id": run.id, "first_account": chunk.first, "last_account": chunk.last}, fair_key=str(run.id))
                for chunk in chunks
            ],
        )
    return run.id, chunks


def _check(first: date, last: date, step: int, today: date) -> None:
    if last >= today:
        raise InvalidInput(f"{last} is not over. Closings are of days before today, {today}; `--today` scores live.")
    if first > last:
        raise InvalidInput(f"{first} is after {last}. Give the earlier day first.")
    if step < 1:
        raise InvalidInput("The step must be one day or more.")
    if (last - first).days // step >= LONGEST_DAYS:
        raise InvalidInput(f"That is more than {LONGEST_DAYS} days. Give a shorter range, or a larger step.")


async def _chunks(session: WriteSession, last: date, size: int) -> list[Chunk]:
    """Chunks of accounts in the order of their ids, all as large. The whole is one without ends: nothing to compare."""
    found = await session.execute(
        text(
            """select (array_agg(id order by id))[1] as first, (array_agg(id order by id desc))[1] as last
            from (select id, ntile(chunks::int) over (order by id) as chunk from accounts cross join (
                    select ceil(count(*)::numeric / :size) as chunks from accounts where customer_since <= :last) c
                where customer_since <= :last) a
            group by chunk order by chunk"""
        ),
        {"size": size, "last": last},
    )
    chunks = [Chunk(row.first, row.last) for row in found]
    return [Chunk(scoring.EVERY_ACCOUNT.first, scoring.EVERY_ACCOUNT.last)] if len(chunks) == 1 else chunks


def _of(run: UUID) -> Update:
    return update(ScoringRun).where(ScoringRun.id == run)


async def score_chunk(session: WriteSession, run_id: UUID, chunk: Chunk) -> None:
    """Score one chunk of a run and count it as done. Raises NotFound for an unknown run."""
    run = await session.scalar(select(ScoringRun).where(ScoringRun.id == run_id))
    if run is None:
        raise NotFound(f"There is no scoring run {run_id}.")
    accounts = Accounts(first=chunk.first, last=chunk.last)
    if run.knowledge == Knowledge.LIVE:
        stored = Stored(new=await live.score(session, accounts))
    else:
        # The work item is done in this transaction too: what a crash takes back is work again, so no need to wait.
        await session.execute(text("set local synchronous_commit = off"))
        count = (run.last_day - run.first_day).days // run.step_days + 1
        days = [run.first_day + timedelta(days=n * run.step_days) for n in range(count)]
        stored = await scoring.score_days(session, days, accounts, restated=run.knowledge == Knowledge.RESTATED)
        if run.knowledge == Knowledge.AS_OF:
            await standing.note(session, days[-1], accounts)
        await scoring.refresh_trends(session, accounts, since=days[-1])
    done = ScoringRun.chunks_done + 1
    await session.execute(
        _of(run_id).values(
            chunks_done=done,
            snapshots=ScoringRun.snapshots + stored.new,
            unchanged=ScoringRun.unchanged + stored.unchanged,
            differing=ScoringRun.differing + stored.differing,
            finished_at=text("case when chunks_done + 1 >= chunks then waymark_now() end"),
        )
    )


async def close_day(session: WriteSession, day: date) -> UUID:
    """Ask for the closing snapshots of a day that is over."""
    run, _ = await request(session, knowledge=Knowledge.AS_OF, first=day, last=day)
    return run


async def sweep(session: WriteSession) -> UUID | None:
    """Ask for today's live scores of every account; None while the last sweep is still being worked on.

    Live runs are forgotten a week after they were asked for.
    """
    of_live = ScoringRun.knowledge == Knowledge.LIVE.value
    await session.execute(delete(ScoringRun).where(of_live, ScoringRun.requested_at < func.waymark_now() - KEPT))
    unfinished = select(ScoringRun.id).where(
        of_live, ScoringRun.finished_at.is_(None), ScoringRun.requested_at > func.waymark_now() - STUCK
    )
    if await session.scalar(unfinished.limit(1)):
        return None
    run, _ = await request(session, knowledge=Knowledge.LIVE)
    return run


async def bands(session: WriteSession, run_id: UUID, account: UUID | None = None) -> Mapping[str, int]:
    """Accounts by band: live, or on the last day of the run; all of them, or one."""
    found = await session.execute(
        text(
            """select band, count(*) as accounts from scoring_runs r join lateral (
                select account_id, band from current_health where r.knowledge = 'LIVE'
                union all
                select account_id, band from (select distinct on (account_id) account_id, band from health_snapshots s
                    where r.knowledge <> 'LIVE' and s.day = (r.first_day
                        + (r.last_day - r.first_day) / r.step_days * r.step_days)
                    order by account_id, revision desc) s) b on true
            where r.id = :run and (cast(:account as uuid) is null or b.account_id = :account)
            group by band order by band"""
        ),
        {"run": run_id, "account": account},
    )
    return {row.band: row.accounts for row in found}
