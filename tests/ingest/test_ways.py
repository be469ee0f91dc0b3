"""The short way into the database, which most requests take, stores what the long one does."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import text

from backend.db.engine import Database, WriteSession
from backend.identity import tombstones
from backend.identity.live import names_as_stored
from backend.ingest import intake as intake_module
from backend.ingest import write_keys
from backend.ingest.conversations import estimate
from backend.ingest.intake import Intake
from backend.ingest.messages import Arrival
from backend.ingest.models import WriteKeyKind
from backend.ingest.upkeep import make_partitions
from backend.ingest.write_keys import Writer
from backend.settings import Settings
from tests.jobs import probe

STORED = {
    "events": """select e.message_id, a.external_id, i.external_id, e.name, e.occurred_at, e.properties
        from events e join accounts a on a.id = e.account_id
        left join person_identities i on i.person_id = e.person_id and i.source_id = e.source_id
        where e.source_id = :s order by 1""",
    "unresolved": """select message_id, person_key, group_key, name, occurred_at, properties, is_trusted
        from unresolved_events where source_id = :s order by 1""",
    "keys": "select message_id, body_hash from event_keys where source_id = :s order by 1",
    "marked": """select count(*) from event_marks m join events e on e.id = m.event_id
        where m.source_id = :s and e.source_id = m.source_id
        and e.account_id = m.account_id and e.received_at = m.received_at""",
}
START = "2026-01-01T00:00:00Z"


def batch(chance: random.Random, number: int) -> list[dict[str, Any]]:
    """Events of known people, some of them twice, some of an account that nobody knows."""
    made: list[dict[str, Any]] = [
        {
            "type": chance.choice(["track", "page", "screen"]),
            "event": "signed_in",
            "name": "Home",
            "userId": f"u{chance.randrange(4)}",
            "messageId": f"{number} {place}",
            "timestamp": (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(9_999))).isoformat(),
            "properties": {"n": place, "nested": {"a": [1, None, "é"]}},
            "context": chance.choice([{}, {"groupId": "acme"}, {"groupId": "beta"}, {"groupId": "nobody"}]),
        }
        for place in range(20)
    ]
    return made + chance.sample(made, 5)


async def writers_of(database: Database, *sources: str) -> dict[str, Writer]:
    async with database.begin() as session:
        await make_partitions(session)
        for source in sources:
            await write_keys.create(session, name=source, source_key=source, kind=WriteKeyKind.SERVER)
        rows = await session.execute(
            text("select s.key, k.id, s.id as source from write_keys k join sources s on s.id = k.source_id")
        )
        return {row.key: Writer(row.id, row.source, WriteKeyKind.SERVER, frozenset()) for row in rows}


def seen(*people: str) -> list[dict[str, Any]]:
    return [{"type": "track", "event": "seen", "userId": person} for person in people]


async def test_both_ways_store_the_same_and_answer_alike(database: Database) -> None:
    chance, intake = random.Random(11), Intake(database, slots=1)  # noqa: S311 - what is sent
    writers = await writers_of(database, "short", "long")
    joined: list[dict[str, Any]] = [
        {
            "type": "group",
            "userId": f"u{n}",
            "groupId": ("acme", "beta")[n % 2],
            "messageId": f"u{n}",
            "timestamp": START,
        }
        for n in range(4)
    ]
    for writer in writers.values():
        await intake.take(writer, joined, Arrival())

    for number in range(4):
        sent = batch(chance, number)
        short = await intake._common(writers["short"], sent, Arrival(), estimate)
        long = await intake._once(writers["long"], sent, Arrival(), estimate)
        again = await intake._common(writers["short"], sent, Arrival(), estimate)

        assert short is not None
        assert again is not None
        assert short == long
        assert (short.repeated, again.repeated) == (5, 25)

    async def stored(source: UUID) -> dict[str, list[Any]]:
        async with database.begin() as session:
            return {
                name: [tuple(row) for row in await session.execute(text(statement), {"s": source})]
                for name, statement in STORED.items()
            }

    by_short, by_long = await stored(writers["short"].source_id), await stored(writers["long"].source_id)
    assert len(by_short["events"]) + len(by_short["unresolved"]) == 4 * 20 + 4
    assert by_short == by_long


async def test_more_people_than_are_remembered_are_taken_in(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake_module, "KNOWN_AT_MOST", 2)
    intake, writer = Intake(database, slots=1), (await writers_of(database, "product"))["product"]

    taken = [
        (await intake.take(writer, seen(*people), Arrival())).unresolved
        for people in (["u1"], ["u1", "u2", "u3"], ["u3", "u2", "u1"], ["u1", "u2", "u3", "u4"], ["u4"], ["u4", "u3"])
    ]

    assert taken == [1, 3, 3, 4, 1, 2]


async def test_who_is_used_again_is_remembered_longer(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake_module, "KNOWN_AT_MOST", 2)
    intake, writer = Intake(database, slots=1), (await writers_of(database, "product"))["product"]

    for person in ("u1", "u2", "u1", "u3"):
        await intake.take(writer, seen(person), Arrival())

    assert [key for _, key, _ in intake._known] == ["u1", "u3"]


async def test_whom_another_request_forgets_meanwhile_is_taken_in(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake, writer = Intake(database, slots=1), (await writers_of(database, "product"))["product"]
    await intake.take(writer, seen("u1"), Arrival())

    async def find_and_forget(session: WriteSession, source_id: UUID, keys: Collection[str]) -> dict[str, str]:
        intake._known.clear()  # as a request does that is the first to come after an erasure
        return await names_as_stored(session, source_id, keys)

    monkeypatch.setattr(intake_module, "names_as_stored", find_and_forget)

    taken = await intake.take(writer, seen("u1", "u2"), Arrival())

    assert taken.unresolved == 2


@pytest.mark.parametrize("ended_by", ["server", "client"])
async def test_a_wait_for_an_erasure_that_is_given_up_costs_no_connection(
    settings: Settings, database: Database, ended_by: str
) -> None:
    small = Database(replace(settings, write_pool_size=1))
    await small.open()
    owner = await asyncpg.connect(settings.migrate_url)
    waits = "select pid from pg_locks where locktype = 'advisory' and not granted"

    async def stand_still() -> None:
        async with small.driver(first=tombstones.HOLD):
            pass

    async def is_waiting() -> bool:
        return await owner.fetchval(waits) is not None

    async with owner.transaction():
        await owner.execute(f"select pg_advisory_xact_lock({tombstones.LOCK})")
        waiting = asyncio.create_task(stand_still())
        await probe.until(is_waiting, "the short way waits")
        if ended_by == "server":
            await owner.execute(f"select pg_cancel_backend(({waits}))")
        else:
            waiting.cancel()
        [outcome] = await asyncio.gather(waiting, return_exceptions=True)
    async with small.begin() as session:
        found = await session.scalar(text("select 1"))
    await stand_still()
    await owner.close()
    await small.close()

    assert isinstance(outcome, asyncpg.QueryCanceledError if ended_by == "server" else asyncio.CancelledError)
    assert found == 1
