"""Domain events: what happened, typed and versioned. Their table is the timeline; `reactions.py` says what follows.

    @dataclass(frozen=True, kw_only=True)
    class BandChanged(DomainEvent):
        \"\"\"An account's health moved to another band.\"\"\"

        before: str
        after: str

    await emit(session, BandChanged(account_id=account.id, before="GREEN", after="YELLOW"))

An event holds ids, amounts, states and times, never names or free text, since the table is append-only and is kept
when a person is erased. A change of an event's fields that old rows do not have raises `version`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index, insert, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from backend.announcing import announce_event
from backend.db.base import Base, Code, Id, Json, RecordedAt
from backend.db.ids import uuid7
from backend.reactions import REACTIONS
from backend.work.asking import Argument, Ask, enqueue_all


class DomainEventRow(Base):
    """One thing that happened. Append-only; ids, amounts and states, never names."""

    __tablename__ = "domain_events"
    __table_args__ = (Index(None, "account_id", "occurred_at"),)
    id: Mapped[Id]
    type: Mapped[Code]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    account_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    body: Mapped[Json]
    occurred_at: Mapped[RecordedAt]


@dataclass(frozen=True, kw_only=True)
class DomainEvent:
    """Base of every event. A subclass is named in the past tense, and its name is stored as the type."""

    version: ClassVar[int] = 1
    account_id: UUID | None = None
    person_id: UUID | None = None

    @property
    def body(self) -> dict[str, Any]:
        """The subclass's own fields as JSON. Raises TypeError for a value that an event must not hold."""
        own = (f.name for f in fields(self) if f.name not in {"account_id", "person_id"})
        return {name: _plain(type(self).__name__, name, getattr(self, name)) for name in own}


async def emit(session: AsyncSession, event: DomainEvent) -> UUID:
    """Record that something happened, and ask for the work that follows, in the caller's transaction.

    Returns the event's id.
    """
    (event_id,) = await emit_all(session, [event])
    return event_id


async def emit_all(session: AsyncSession, events: Sequence[DomainEvent]) -> list[UUID]:
    """Record many things at once, as `emit` does; returns their ids in the same order."""
    if not events:
        return []
    ids = [uuid7() for _ in events]
    asks: dict[str, list[Ask]] = {}
    for event_id, event in zip(ids, events, strict=True):
        for reaction in REACTIONS.get(type(event).__name__, ()):
            args: dict[str, Argument] = {field: getattr(event, field) for field in reaction.args}
            key = None if reaction.key is None else str(getattr(event, reaction.key))
            if key is None:
                args["event_id"] = event_id
            asks.setdefault(reaction.kind, []).append(Ask(args, key, fair_key=str(event.account_id or "")))
    await session.execute(
        insert(DomainEventRow),
        [
            {
                "id": event_id,
                "type": type(event).__name__,
                "version": event.version,
                "account_id": event.account_id,
                "person_id": event.person_id,
                "body": event.body,
            }
            for event_id, event in zip(ids, events, strict=True)
        ],
    )
    for event in events:
        announce_event(session, event)
    for kind, wanted in asks.items():
        await enqueue_all(session, kind, wanted)
    return ids


def _plain(event: str, name: str, value: object) -> object:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{event}.{name} is a {type(value).__name__}; events hold ids, amounts, states and times.")
