"""Receiving events: each message of a source once, counted by the program's mapping, in the caller's transaction."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from backend.db.engine import WriteSession
from backend.ingest.models import EventMapping
from backend.usage import service as usage
from backend.usage.models import Metric

KEPT_FOR_DAYS = 60
"""How long the message ids of a live source are remembered; those of files are kept, so that re-runs stay safe."""
MONTHS_AHEAD = 2
LARGEST = Decimal(2**53 - 1)
NUMBER = re.compile(r"[0-9]{1,30}(\.[0-9]{1,30})?([eE][-+]?[0-9]{1,2})?")


@dataclass(frozen=True)
class Incoming:
    """An event as a source sends it."""

    account_id: UUID
    message_id: str
    name: str
    occurred_at: datetime
    """With its zone."""
    person_id: UUID | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    known_at: datetime | None = None
    """When Waymark could have used it; now when empty."""

    def body_hash(self) -> bytes:
        """What makes two messages with the same id the same."""
        body = [
            str(self.account_id),
            self.name,
            self.occurred_at.astimezone(UTC).isoformat(),
            str(self.person_id or ""),
            dict(self.properties),
        ]
        return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).digest()


class Outcome(Enum):
    """What became of an event."""

    STORED = "stored"
    REPEATED = "repeated"
    """The source sent the same message before."""
    CONTRADICTS = "contradicts"
    """The source sent another message with this id before."""


CLAIM = """
insert into event_keys (source_id, message_id, body_hash)
select :source_id, k.message_id, decode(k.body_hash, 'hex')
from jsonb_to_recordset((:keys)::jsonb) as k (message_id text, body_hash text) order by k.message_id
on conflict (source_id, message_id) do nothing
returning message_id
"""

STORE = """
insert into events (account_id, source_id, message_id, person_id, name, occurred_at, known_at, properties)
select e.account_id, :source_id, e.message_id, e.person_id, e.name, e.occurred_at,
       coalesce(e.known_at, waymark_now()),
       case when e.person_id in (select id from persons where erased_at is not null)
            then waymark_counted_properties(e.name, e.properties) else e.properties end
from jsonb_to_recordset((:events)::jsonb) as e (
    account_id uuid, message_id text, person_id uuid, name text, occurred_at timestamptz, known_at timestamptz,
    properties jsonb)
"""


async def receive(session: WriteSession, source_id: UUID, events: Sequence[Incoming]) -> list[Outcome]:
    """Store and count events; what became of each, in the same order. Partitions must exist (`make_partitions`)."""
    if not events:
        return []
    hashes = [event.body_hash() for event in events]
    first: dict[str, int] = {}
    for place, event in enumerate(events):
        first.setdefault(event.message_id, place)
    keys = [{"message_id": key, "body_hash": hashes[place].hex()} for key, place in first.items()]
    claimed = set((await session.scalars(text(CLAIM), {"source_id": source_id, "keys": json.dumps(keys)})).all())
    others = [key for key in first if key not in claimed]
    stored: dict[str, bytes] = {}
    if others:
        rows = await session.execute(
            text("select message_id, body_hash from event_keys where source_id = :s and message_id = any(:ids)"),
            {"s": source_id, "ids": others},
        )
        stored = {key: bytes(value) for key, value in rows.all()}
    outcomes = []
    for place, event in enumerate(events):
        known = hashes[first[event.message_id]] if event.message_id in claimed else stored.get(event.message_id)
        if event.message_id in claimed and first[event.message_id] == place:
            outcomes.append(Outcome.STORED)
        else:
            outcomes.append(Outcome.REPEATED if known == hashes[place] else Outcome.CONTRADICTS)
    taken = [event for event, outcome in zip(events, outcomes, strict=True) if outcome is Outcome.STORED]
    if taken:
        await session.execute(text(STORE), {"source_id": source_id, "events": json.dumps([_row(e) for e in taken])})
        await count(session, source_id, taken)
    return outcomes


def _row(event: Incoming) -> dict[str, Any]:
    return {
        "account_id": str(event.account_id),
        "message_id": event.message_id,
        "person_id": str(event.person_id) if event.person_id else None,
        "name": event.name,
        "occurred_at": event.occurred_at.isoformat(),
        "known_at": event.known_at.isoformat() if event.known_at else None,
        "properties": dict(event.properties),
    }


async def count(session: WriteSession, source_id: UUID, events: Sequence[Incoming]) -> None:
    """Count stored events in the metrics that the program maps them to."""
    rows = await session.execute(
        select(EventMapping, Metric.scale)
        .join(Metric, Metric.id == EventMapping.metric_id)
        .where(EventMapping.event_name.in_({event.name for event in events}))
    )
    mappings: dict[str, list[tuple[EventMapping, int]]] = {}
    for mapping, scale in rows:
        mappings.setdefault(mapping.event_name, []).append((mapping, scale))
    uses = []
    for event in events:
        for mapping, scale in mappings.get(event.name, ()):
            amount = amount_of(event.properties, mapping.amount_property, scale)
            if amount is not None:
                uses.append(
                    usage.Use(
                        event.account_id,
                        mapping.metric_id,
                        event.occurred_at,
                        amount,
                        event.person_id if mapping.counts_as_active else None,
                        event.known_at,
                    )
                )
    await usage.record_all(session, source_id, uses)


def amount_of(properties: Mapping[str, Any], name: str | None, scale: int) -> int | None:
    """What an event adds to a metric, in its stored scale; None where the property holds no usable number.

    Usable: a finite number from 0 to 2^53 - 1 in the stored scale, written as a number or as its text; finer decimals
    are rounded, halves away from zero. `rebuild.py` has the same rule in SQL.
    """
    if name is None:
        return int(10**scale)
    value = properties.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float | str) or not NUMBER.fullmatch(str(value)):
        return None
    number = Decimal(str(value)).scaleb(scale)
    return int(number.quantize(Decimal(1), ROUND_HALF_UP)) if number <= LARGEST else None


async def make_partitions(session: WriteSession) -> None:
    """Make the partitions of this month and the next two, where they are missing."""
    await session.execute(
        text(
            "select waymark_make_event_partition((date_trunc('month', waymark_now() at time zone 'UTC')"
            " + make_interval(months => m))::date) from generate_series(0, :ahead) as m"
        ),
        {"ahead": MONTHS_AHEAD},
    )


async def drop_partitions(session: WriteSession, months: int) -> None:
    """Drop the partitions of months that ended more than `months` months ago; rollups keep what was counted."""
    await session.execute(
        text(
            "select waymark_drop_event_partition(to_date(substr(c.relname, 8), 'YYYY_MM'))"
            " from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'events'::regclass"
            " and to_date(substr(c.relname, 8), 'YYYY_MM') + make_interval(months => :months + 1)"
            " <= date_trunc('month', waymark_now() at time zone 'UTC')"
        ),
        {"months": months},
    )


async def prune_event_keys(session: WriteSession) -> int:
    """Forget message ids of live sources after 60 days; how many. Ids of files stay."""
    gone = await session.execute(
        text(
            "delete from event_keys k using sources s where s.id = k.source_id and s.kind <> 'CSV'"
            " and k.received_at < waymark_now() - make_interval(days => :days) returning 1"
        ),
        {"days": KEPT_FOR_DAYS},
    )
    return len(gone.all())
