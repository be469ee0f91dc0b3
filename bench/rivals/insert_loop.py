"""The best loop that we could write by hand: parsed batches, one INSERT … ON CONFLICT statement each, some at a time.

It de-duplicates as we do, into the same tables, and does nothing else: no HTTP, no checks, no people, no marks.
Accounts and persons are looked up in dictionaries that were filled before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from uuid import UUID

import asyncpg
import orjson

STORE = """
with claimed as (
    insert into event_keys (source_id, message_id, body_hash)
    select $1, message_id, body_hash from unnest($2::text[], $3::bytea[]) as s (message_id, body_hash)
    order by message_id
    on conflict (source_id, message_id) do nothing returning message_id
)
insert into events (account_id, source_id, message_id, person_id, name, occurred_at, known_at, properties)
select s.account_id, $1, s.message_id, s.person_id, s.name, s.occurred_at, now(), s.properties::jsonb
from unnest($2::text[], $4::text[], $5::timestamptz[], $6::uuid[], $7::uuid[], $8::text[])
    as s (message_id, name, occurred_at, person_id, account_id, properties)
join claimed using (message_id)
"""


async def insert_all(
    url: str, source: UUID, bodies: Sequence[bytes], accounts: dict[str, UUID], persons: dict[str, UUID], at_once: int
) -> None:
    """Store every event of the bodies."""
    waiting = iter(bodies)

    async def work() -> None:
        connection = await asyncpg.connect(url)
        for body in waiting:
            items = orjson.loads(body)["batch"]
            properties = [orjson.dumps(item["properties"]) for item in items]
            await connection.execute(
                STORE,
                source,
                [item["messageId"] for item in items],
                [
                    blake2b(f"{item['event']} {item['userId']} {item['timestamp']} {said!r}".encode()).digest()[:16]
                    for item, said in zip(items, properties, strict=True)
                ],
                [item["event"] for item in items],
                [datetime.fromisoformat(item["timestamp"]) for item in items],
                [persons[item["userId"]] for item in items],
                [accounts[item["context"]["groupId"]] for item in items],
                [said.decode() for said in properties],
            )
        await connection.close()

    await asyncio.gather(*(work() for _ in range(at_once)))
