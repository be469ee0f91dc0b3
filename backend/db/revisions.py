"""Facts with revisions: said again, nothing happens; said differently, a revision is added and the one before is kept.

The tables have source_id, external_id, revision, known_on and superseded_on: subscriptions, invoices, tickets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

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
        select(table).where(
            table.c.source_id == source_id,
            table.c.external_id.in_([fact["external_id"] for fact in facts]),
            table.c.superseded_on.is_(None),
        )
    )
    stored = {row["external_id"]: row for row in rows.mappings()}
    news: list[Mapping[str, Any]] = []
    added: list[dict[str, Any]] = []
    superseded: list[UUID] = []
    for fact in facts:
        before = stored.get(fact["external_id"])
        if before is not None and all(before[name] == value for name, value in fact.items() if name != "known_on"):
            continue
        revision, known = 1, fact["known_on"]
        if before is not None:
            revision, known = before["revision"] + 1, max(today, before["known_on"])
            superseded.append(before["id"])
        added.append({**fact, "id": uuid7(), "source_id": source_id, "revision": revision, "known_on": known})
        news.append(fact)
    if superseded:
        await session.execute(update(table).where(table.c.id.in_(superseded)).values(superseded_on=today))
    if added:
        await session.execute(insert(table), added)
    return news
