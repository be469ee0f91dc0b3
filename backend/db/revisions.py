"""Facts with revisions: said again, nothing happens; said differently, a revision is added and the one before is kept.

The tables have source_id, external_id, revision, known_on and superseded_on: subscriptions, invoices, billing facts,
tickets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.dialects.postgresql import distinct_on

from backend.db import clock
from backend.db.base import Base
from backend.db.engine import WriteSession
from backend.db.ids import uuid7


async def revise(
    session: WriteSession, model: type[Base], source_id: UUID, facts: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Store facts, each `external_id` once; those that were new or different.

    A fact holds every column but id, source_id, revision, superseded_on and recorded_at. Its `known_on` counts for the
    first revision; a later one is known from today. The caller sees to it that one transaction at a time speaks for a
    source (it locks the row of `sources`); otherwise the unique key refuses the second.
    """
    if not facts:
        return []
    table: Any = model.__table__
    today = await clock.today(session)
    rows = await session.execute(
        select(table)
        .ext(distinct_on(table.c.external_id))
        .where(table.c.source_id == source_id, table.c.external_id.in_([fact["external_id"] for fact in facts]))
        .order_by(table.c.external_id, table.c.revision.desc())
    )
    stored = {row["external_id"]: row for row in rows.mappings()}
    news: list[Mapping[str, Any]] = []
    added: list[dict[str, Any]] = []
    superseded: list[UUID] = []
    for fact in facts:
        before = stored.get(fact["external_id"])
        is_believed = before is not None and before["superseded_on"] is None
        if before is not None and is_believed and _says_the_same(before, fact):
            continue
        revision, known = 1, fact["known_on"]
        if before is not None:
            revision, known = before["revision"] + 1, max(today, before["known_on"])
            if is_believed:
                superseded.append(before["id"])
        added.append({**fact, "id": uuid7(), "source_id": source_id, "revision": revision, "known_on": known})
        news.append(fact)
    if superseded:
        await session.execute(update(table).where(table.c.id.in_(superseded)).values(superseded_on=today))
    if added:
        await session.execute(insert(table), added)
    return news


def _says_the_same(before: Mapping[Any, Any], fact: Mapping[str, Any]) -> bool:
    return all(before[name] == value for name, value in fact.items() if name != "known_on")


@dataclass(frozen=True)
class Replaced:
    """What became of a group of facts."""

    news: tuple[str, ...]
    """External ids that are new or say something else."""
    first_told: frozenset[str]
    """Those of them that were never told before."""
    accounts: frozenset[UUID]
    """Accounts that have gained or lost a fact."""


async def replace(
    session: WriteSession,
    model: type[Base],
    source_id: UUID,
    group: ColumnElement[bool],
    facts: Sequence[Mapping[str, Any]],
) -> Replaced:
    """Make the facts of a group, which a condition on the table names, exactly these; what else it had is withdrawn.

    A withdrawn fact keeps its row, which is known to be wrong from today. The caller holds the source, as for `revise`.
    """
    table: Any = model.__table__
    rows = await session.execute(
        select(table.c.id, table.c.external_id, table.c.account_id, table.c.superseded_on).where(
            table.c.source_id == source_id, group
        )
    )
    known = rows.all()
    told = {row.external_id for row in known}
    wanted = {fact["external_id"] for fact in facts}
    gone = [row for row in known if row.superseded_on is None and row.external_id not in wanted]
    if gone:
        today = await clock.today(session)
        await session.execute(update(table).where(table.c.id.in_([row.id for row in gone])).values(superseded_on=today))
    news = await revise(session, model, source_id, facts)
    changed = {fact["external_id"] for fact in news}
    held = {row.account_id for row in known if row.superseded_on is None and row.external_id in changed}
    return Replaced(
        news=tuple(fact["external_id"] for fact in news),
        first_told=frozenset(changed - told),
        accounts=frozenset({fact["account_id"] for fact in news} | held | {row.account_id for row in gone}),
    )
