"""Asking for work: a row of the caller's transaction, so that work exists exactly when what asked for it does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db.engine import RUNG
from backend.db.ids import uuid7
from backend.work.kinds import kind_of
from backend.work.models import WorkItem

Argument: TypeAlias = UUID | str | int | date

LONGEST_TEXT = 200  # arguments are keys: data belongs in tables, where erasure finds it


@dataclass(frozen=True)
class Ask:
    """One item of `enqueue_all`."""

    args: Mapping[str, Argument] = field(default_factory=dict)
    key: str | None = None
    fair_key: str = ""
    run_at: datetime | None = None
    id: UUID = field(default_factory=uuid7)


async def enqueue(
    session: AsyncSession,
    kind: str,
    *,
    key: str | None = None,
    fair_key: str = "",
    run_at: datetime | None = None,
    **args: Argument,
) -> UUID:
    """Ask for one item of work; returns its id. It is done after the caller's commit, and never if that fails.

    `key` says that all asks with it mean the same work: one run answers every ask that was committed before it
    began. An ask never waits for a worker nor for another ask. `fair_key`, usually an account's id, shares the
    workers: keys take turns. `run_at` is the earliest time (with a zone); default now. Arguments are ids, days,
    numbers, or texts of 200 characters at most; they reach the actor under the same names.

    Raises LookupError for an unknown kind, TypeError or ValueError for an argument that is not a plain key.
    """
    ids = await enqueue_all(session, kind, [Ask(args, key, fair_key, run_at)])
    return ids[0]


async def enqueue_all(session: AsyncSession, kind: str, asks: Iterable[Ask]) -> list[UUID]:
    """Ask for many items of one kind at once, as `enqueue` does; returns their ids in the same order."""
    spec = kind_of(kind)
    rows: list[dict[str, Any]] = []
    for ask in asks:
        row = {
            "id": ask.id,
            "kind": kind,
            "queue": spec.queue.value,
            "parks_after": spec.attempts,
            "args": {name: _plain(kind, name, value) for name, value in ask.args.items()},
            "dedupe_key": ask.key,
            "fair_key": ask.fair_key,
        }
        if ask.run_at is not None:
            if ask.run_at.tzinfo is None:
                raise ValueError(f"run_at of {kind} has no time zone.")
            row["run_at"] = ask.run_at
        rows.append(row)
    # Rows with and without run_at have different columns; each group is one statement.
    for group in ([r for r in rows if "run_at" not in r], [r for r in rows if "run_at" in r]):
        if group:
            await session.execute(insert(WorkItem), group)
    if rows:
        ring_after_commit(session, kind)
    return [row["id"] for row in rows]


def ring_after_commit(session: AsyncSession, kind: str) -> None:
    """Have the kind's doorbell rung by whoever commits the session (`Database.begin`)."""
    session.info.setdefault(RUNG, set()).add(kind)


def _plain(kind: str, name: str, value: Argument) -> str | int:
    if isinstance(value, bool | datetime) or not isinstance(value, UUID | str | int | date):
        raise TypeError(f"{kind}: argument {name} is a {type(value).__name__}; pass ids, days, numbers or short texts.")
    if isinstance(value, int):
        return value
    written = value.isoformat() if isinstance(value, date) else str(value)
    if len(written) > LONGEST_TEXT:
        raise ValueError(f"{kind}: argument {name} has {len(written)} characters; store it and pass its id.")
    return written
