"""Receiving events: each message of a source once, to the account that it tells, in the caller's transaction.

What is stored is marked, and counted by its marks within seconds (`counting.py`); who sends never waits for that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from hashlib import blake2b
from typing import TypeVar
from uuid import UUID

import asyncpg
import orjson

from backend.db.engine import WriteSession, driver_of
from backend.ingest.conversations import TURNS
from backend.work import enqueue

T = TypeVar("T")

LONGEST_KEY = 200
"""Characters of the names of things: events, messages, persons, accounts."""


@dataclass(slots=True)
class Incoming:
    """An event as a source sends it."""

    message_id: str
    name: str
    occurred_at: datetime
    """With its zone."""
    body_hash: bytes
    """What makes two messages with the same id the same: `digest` of all that the source said."""
    properties: str = "{}"
    """A JSON object."""
    person_key: str | None = None
    """How the source names the person, where `person_id` does not say it."""
    group_key: str | None = None
    """The account's external id, where `account_id` does not say it."""
    account_id: UUID | None = None
    person_id: UUID | None = None
    known_at: datetime | None = None
    """When Waymark could have used it; now when empty."""


class Outcome(Enum):
    """What became of an event."""

    STORED = "stored"
    UNRESOLVED = "unresolved"
    """Kept until it is known which account it belongs to."""
    REPEATED = "repeated"
    """The source sent the same message before."""
    CONTRADICTS = "contradicts"
    """The source sent another message with this id before."""


def digest(*said: object) -> bytes:
    """16 bytes that are the same for the same values, in whichever order their objects' fields came."""
    return blake2b(orjson.dumps(said, option=orjson.OPT_SORT_KEYS), digest_size=16).digest()


# An account is what the event names, else the only one that its person is in. Look-ups are subselects so that each
# goes through its index; keys are stored in the order of message ids, so that two requests with the same messages
# never wait for each other crosswise.
PROPERTIES = """
case when s.person_id in (select id from persons where erased_at is not null)
     then waymark_counted_properties(s.name, s.properties::jsonb) else s.properties::jsonb end
"""
"""What is kept of an event: of one of an erased person the numbers that count, and nothing else."""
ACCOUNT = """
case when s.group_key is not null then (select a.id from accounts a where a.external_id = s.group_key)
     else (select case when count(*) = 1 then (array_agg(m.account_id))[1] end
           from (select m.account_id from members m where m.person_id = p.id and m.state <> 'LEFT' limit 2) m) end
"""
PERSON = (
    "(select i.person_id from person_identities i where i.source_id = s.source_id and i.external_id = s.person_key)"
)

MARK = """
insert into event_marks (event_id, account_id, source_id, received_at)
select id, account_id, source_id, received_at from stored
"""
"""A row an event that was stored, by which `counting` counts it."""

CONVERSED = f"""
conversed as (
    insert into conversation_marks (account_id, received_at, event_id)
    select account_id, received_at, id from stored where name in ({", ".join(f"'{name}'" for name in TURNS)})
)
"""
"""CTE that marks what was stored of conversations, from which `support` makes tickets."""

STORE = f"""
with said as materialized (
    select s.*, coalesce(s.given_person, p.id) as person_id,
           coalesce(s.given_account, {ACCOUNT}) as account_id
    from unnest($2::text[], $3::text[], $4::timestamptz[], $5::bytea[], $6::text[], $7::text[], $8::text[],
                $9::uuid[], $10::uuid[], $11::timestamptz[])
         as s (message_id, name, occurred_at, body_hash, properties, person_key, group_key,
               given_account, given_person, known_at)
    cross join lateral (select {PERSON.replace("s.source_id", "$1")}) as p (id)
),
claimed as (
    insert into event_keys (source_id, message_id, body_hash)
    select $1, message_id, body_hash from said order by message_id
    on conflict (source_id, message_id) do nothing returning message_id
),
stored as (
    insert into events (account_id, source_id, message_id, person_id, name, occurred_at, known_at, properties)
    select s.account_id, $1, s.message_id, s.person_id, s.name, s.occurred_at, coalesce(s.known_at, waymark_now()),
           {PROPERTIES}
    from said s join claimed using (message_id) where s.account_id is not null
    returning account_id, source_id, received_at, id, name
),
marked as (
    {MARK}
),
{CONVERSED},
waiting as (
    insert into unresolved_events
        (source_id, message_id, person_id, person_key, group_key, name, occurred_at, properties, is_trusted)
    select $1, s.message_id, s.person_id, s.person_key, s.group_key, s.name, s.occurred_at, {PROPERTIES}, $12
    from said s join claimed using (message_id) where s.account_id is null
    returning message_id
)
select array(select message_id from said except all select message_id from claimed) as others,
       array(select message_id from waiting) as waiting
"""


async def ask_for_tickets(session: WriteSession) -> None:
    """Ask for the tickets of marked events of conversations."""
    await enqueue(session, "support.take_events", key="all")


async def receive(
    session: WriteSession, source_id: UUID, events: Sequence[Incoming], *, is_trusted: bool = True
) -> list[Outcome]:
    """Store events and mark them; what became of each, in the same order.

    `is_trusted`: who sent them may also speak about people, so that a person may be an account where people are.
    Partitions must exist (`upkeep.make_partitions`).
    """
    if is_conversation(events):
        await ask_for_tickets(session)
    return await store(await driver_of(session), source_id, events, is_trusted=is_trusted)


def is_conversation(events: Sequence[Incoming]) -> bool:
    """Whether tickets may come of any of the events."""
    return any(event.name in TURNS for event in events)


async def store(
    driver: asyncpg.Connection[asyncpg.Record], source_id: UUID, events: Sequence[Incoming], *, is_trusted: bool
) -> list[Outcome]:
    """`receive` in a transaction of the driver alone, where no event is of a conversation."""
    if not events:
        return []
    first: dict[str, int] = {}
    for place, event in enumerate(events):
        first.setdefault(event.message_id, place)
    chosen = events if len(first) == len(events) else [events[place] for place in first.values()]
    row = await driver.fetchrow(
        STORE,
        source_id,
        [e.message_id for e in chosen],
        [e.name for e in chosen],
        [e.occurred_at for e in chosen],
        [e.body_hash for e in chosen],
        [e.properties for e in chosen],
        [e.person_key for e in chosen],
        [e.group_key for e in chosen],
        _unless_empty([e.account_id for e in chosen]),
        _unless_empty([e.person_id for e in chosen]),
        _unless_empty([e.known_at for e in chosen]),
        is_trusted,
    )
    assert row is not None  # noqa: S101 - a select without FROM has a row
    if not row["others"] and not row["waiting"] and chosen is events:
        return [Outcome.STORED] * len(events)
    others = dict.fromkeys(row["others"], b"")
    if others:
        stored = await driver.fetch(
            "select message_id, body_hash from event_keys where source_id = $1 and message_id = any($2)",
            source_id,
            list(others),
        )
        others = {key["message_id"]: key["body_hash"] for key in stored}
    waiting = set(row["waiting"])
    outcomes = []
    for place, event in enumerate(events):
        key = event.message_id
        if key not in others and first[key] == place:
            outcomes.append(Outcome.UNRESOLVED if key in waiting else Outcome.STORED)
        else:
            known = others.get(key, events[first[key]].body_hash)
            outcomes.append(Outcome.REPEATED if known == event.body_hash else Outcome.CONTRADICTS)
    return outcomes


def _unless_empty(values: list[T]) -> list[T]:
    """Values, or none where there is not one among them: `unnest` fills up shorter arrays with nulls."""
    return values if any(value is not None for value in values) else []
