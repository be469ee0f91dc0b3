"""Taking in a request of `/v1`: one transaction in which each item becomes an event or a kept reject."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from backend.db.engine import CUT, Database, WriteSession
from backend.identity import tombstones
from backend.identity.live import names_as_stored, persons_of
from backend.identity.service import PersonFacts, put_persons
from backend.ingest.conversations import Mood, estimates
from backend.ingest.messages import ANONYMOUS, Arrival, Message, Refusal, judge, words_in
from backend.ingest.models import RejectCode
from backend.ingest.people import address_of, make_personal_accounts, state
from backend.ingest.refusals import Refused, keep
from backend.ingest.resolution import resolve_named
from backend.ingest.service import Outcome, is_conversation, receive, store
from backend.ingest.upkeep import make_partitions
from backend.ingest.write_keys import Writer

log = structlog.get_logger("waymark.ingest")

KNOWN_AT_MOST = 200_000
ATTEMPTS = 3
AGAIN = frozenset({"40001", "40P01"})
"""Deadlocks and the like: the same transaction may well pass the next time."""
NO_PARTITION = "23514"
STATE = (
    "select waymark_now() as now, coalesce((select person_as_account from ingest_rules), false) as personal,"
    " (select count(*) from person_erasures) as erasures"
)
NAMES = "select external_id from person_identities where source_id = $1 and external_id = any($2)"
NOBODY = (ANONYMOUS, tombstones.START)
Known = dict[tuple[UUID, str, bool], str]
"""Source, name of a person, and whether they are an account → the name as it is stored."""
CONTRADICTS = Refusal(RejectCode.CONTRADICTS, "messageId", "was sent before with another content; give each its own")


class _AnotherCase(Exception):
    """It is not the common one; the transaction is rolled back."""


@dataclass
class Taken:
    """What became of the items of a request."""

    stored: int = 0
    unresolved: int = 0
    repeated: int = 0
    refused: list[Refused] = field(default_factory=list)


class Intake:
    """Takes requests in, some at a time, and remembers which names of persons are known."""

    def __init__(self, database: Database, *, slots: int) -> None:
        self._database = database
        self._slots = asyncio.Semaphore(slots)
        self._known: OrderedDict[tuple[UUID, str, bool], str] = OrderedDict()
        self._erasures = 0
        self._judging = asyncio.Lock()
        """One thread judges at a time, so that the event loop has its share of the processor."""
        self.waiting = 0
        """Requests that have a body and no slot yet."""

    async def take(self, writer: Writer, items: Sequence[Any], arrival: Arrival) -> Taken:
        """Take items in. Raises what the database raises; then nothing of the request is stored."""
        self.waiting += 1
        try:
            mood = await self.mood(items)
            async with self._slots:
                return await self._with_attempts(writer, items, arrival, mood)
        finally:
            self.waiting -= 1

    async def mood(self, items: Sequence[Any]) -> Mood:
        """Judge what customers wrote in items, beside the event loop and before there is a transaction."""
        moods: dict[str, float | None] = {}
        if words := words_in(items):
            async with self._judging:
                moods = await asyncio.to_thread(estimates, words)
        return moods.get

    async def _with_attempts(self, writer: Writer, items: Sequence[Any], arrival: Arrival, mood: Mood) -> Taken:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                taken = await self._common(writer, items, arrival, mood)
                return taken or await self._once(writer, items, arrival, mood)
            except (DBAPIError, asyncpg.PostgresError, *CUT) as error:
                found = _state_of(error)
                if attempt == ATTEMPTS or not (found in {*AGAIN, NO_PARTITION} or _is_cut(error)):
                    raise
                log.info("once more", state=found)
                if found == NO_PARTITION:  # a month has begun, and no clock was there to see it come
                    async with self._database.begin() as session:
                        await make_partitions(session)
        raise AssertionError("unreachable")

    async def _common(self, writer: Writer, items: Sequence[Any], arrival: Arrival, mood: Mood) -> Taken | None:
        """The most common case at a third of the price: events alone, of known people, with nothing to refuse.

        None where it is another case; then nothing is stored.
        """
        try:
            async with self._database.driver(first=tombstones.HOLD) as driver:
                at = await driver.fetchrow(STATE)
                assert at is not None  # noqa: S101 - a select without FROM has a row
                if at["erasures"] != self._erasures or at["personal"]:
                    return None
                judged = judge(items, arrival, at["now"], mood)
                if any(isinstance(one, Refusal) or one.statement for one in judged):
                    return None
                events = [one.event for one in judged if isinstance(one, Message)]
                if is_conversation(events):
                    return None
                source = writer.source_id
                keys = {event.person_key for event in events if event.person_key}
                names = self._recalled(source, keys)
                if new := list(keys - names.keys()):
                    if len(await driver.fetch(NAMES, source, new)) < len(new):
                        return None
                    names |= {key: key for key in new}
                    self._remember({(source, key, False): key for key in new})
                for event in events:
                    if event.person_key:
                        event.person_key = names[event.person_key]
                outcomes = await store(driver, writer.source_id, events, is_trusted=writer.is_trusted)
                if Outcome.CONTRADICTS in outcomes:
                    raise _AnotherCase
        except _AnotherCase:
            return None
        return _counted(outcomes)

    async def _once(self, writer: Writer, items: Sequence[Any], arrival: Arrival, mood: Mood) -> Taken:
        async with self._database.begin() as session:
            taken, known = await self.take_within(session, writer, items, arrival, mood)
            erasures = self._erasures
        if self._erasures == erasures:  # else somebody was erased since, whose name would be known again
            self._remember(known)
        return taken

    async def take_within(
        self,
        session: WriteSession,
        writer: Writer,
        items: Sequence[Any],
        arrival: Arrival,
        mood: Mood,
        received_at: datetime | None = None,
    ) -> tuple[Taken, Known]:
        """Take items in, as if they came at that time; `mood` is of them. What is known once the caller commits."""
        await tombstones.hold(session)
        at = (await session.execute(text(STATE))).one()
        if at.erasures != self._erasures:  # names that led to somebody are hashes by now
            self._known.clear()
            self._erasures = at.erasures
        judged = judge(items, arrival, received_at or at.now, mood)
        messages = [(place, one) for place, one in enumerate(judged) if isinstance(one, Message)]
        refused = [Refused(n, items[n], one) for n, one in enumerate(judged) if isinstance(one, Refusal)]
        known = await self._know(session, writer, [one for _, one in messages], is_personal=at.personal)
        events = [one.event for _, one in messages]
        outcomes = await receive(session, writer.source_id, events, is_trusted=writer.is_trusted)
        taken = _counted(outcomes)
        news = [
            one.statement
            for (_, one), outcome in zip(messages, outcomes, strict=True)
            if one.statement and outcome in {Outcome.STORED, Outcome.UNRESOLVED}
        ]
        if news and writer.is_trusted:
            touched = await state(session, writer.source_id, news)
            resolved = set(await resolve_named(session, writer.source_id, touched))
            at_once = sum(one.event.message_id in resolved for _, one in messages)
            taken.unresolved, taken.stored = taken.unresolved - at_once, taken.stored + at_once
        if Outcome.CONTRADICTS in outcomes:
            for (place, one), outcome in zip(messages, outcomes, strict=True):
                if outcome is Outcome.CONTRADICTS:
                    refusal = replace(CONTRADICTS, message_id=one.event.message_id)
                    refused.append(Refused(place, items[place], refusal))
        taken.refused = sorted(refused, key=lambda each: each.place)
        await keep(session, writer, taken.refused, arrival)
        return taken, known

    async def _know(
        self, session: WriteSession, writer: Writer, messages: Sequence[Message], *, is_personal: bool
    ) -> Known:
        """See to it that user ids lead to persons, and where people are accounts, to these; what is known now.

        Names of erased persons become what is stored of them, in the messages too.
        """
        source = writer.source_id
        keys = {one.event.person_key for one in messages if one.event.person_key}
        names = self._recalled(source, keys)
        found: Known = {}
        if new := sorted(keys - names.keys()):
            users = {key for key in new if not key.startswith(ANONYMOUS)}
            unknown = sorted(users - (await persons_of(session, source, sorted(users))).keys())
            addresses = _addresses(messages) if writer.is_trusted else {}
            if unknown:
                await put_persons(session, source, [PersonFacts(user, addresses.get(user)) for user in unknown])
            stored = await names_as_stored(session, source, new)
            names |= {key: stored.get(key, key) for key in new}
            found = {(source, key, False): names[key] for key in new}
        for one in messages:
            if one.event.person_key:
                one.event.person_key = names[one.event.person_key]
                if one.statement and one.statement.user:
                    one.statement.user = one.event.person_key
        if is_personal and writer.is_trusted:
            since: dict[str, datetime] = {}
            for one in messages:
                key, at = one.event.person_key, one.event.occurred_at
                if not key or one.event.group_key is not None or key.startswith(NOBODY):
                    continue
                if (source, key, True) not in self._known:
                    since[key] = min(since.get(key, at), at)
            if since:
                await make_personal_accounts(session, source, since)
            found |= {(source, user, True): user for user in since}
        return found

    def _recalled(self, source: UUID, keys: Iterable[str]) -> dict[str, str]:
        """Those of these names of persons that are known, as they are stored: a copy, since others remember and forget
        meanwhile."""
        found: dict[str, str] = {}
        for key in keys:
            place = source, key, False
            if (name := self._known.get(place)) is not None:
                self._known.move_to_end(place)
                found[key] = name
        return found

    def _remember(self, found: Known) -> None:
        """Only after the commit: what was rolled back is not known."""
        self._known.update(found)
        while len(self._known) > KNOWN_AT_MOST:
            self._known.popitem(last=False)


def _counted(outcomes: Sequence[Outcome]) -> Taken:
    return Taken(outcomes.count(Outcome.STORED), outcomes.count(Outcome.UNRESOLVED), outcomes.count(Outcome.REPEATED))


def _addresses(messages: Sequence[Message]) -> dict[str, str]:
    """What identify says of addresses: user id → address."""
    found: dict[str, str] = {}
    for one in messages:
        said = one.statement
        if said and said.kind == "identify" and said.user and (address := address_of(said)) is not None:
            found[said.user] = address
    return found


def _state_of(error: Exception) -> str | None:
    cause: Any = error.orig if isinstance(error, DBAPIError) else error
    return getattr(cause, "sqlstate", None)


def _is_cut(error: Exception) -> bool:
    """Whether the connection was lost, perhaps long ago. Even if the commit went through before: sent again, a message
    is stored once."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated
    return isinstance(error, CUT)
