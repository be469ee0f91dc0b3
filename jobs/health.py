"""Scoring as work: chunks of runs, the closing of days, the hourly sweep."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from backend.db.engine import WriteSession
from backend.health import runs
from backend.health.runs import Chunk
from jobs.actor import actor


@actor("health.score_chunk")
async def score_chunk(session: WriteSession, run_id: UUID, first_account: UUID, last_account: UUID) -> None:
    """Score the accounts from one id to another for a run."""
    await runs.score_chunk(session, run_id, Chunk(first_account, last_account))


@actor("health.close_day")
async def close_day(session: WriteSession, day: date) -> None:
    """Ask for the closing snapshots of a day that is over."""
    await runs.close_day(session, day)


@actor("health.sweep")
async def sweep(session: WriteSession) -> None:
    """Ask for today's live scores of every account."""
    await runs.sweep(session)
