"""Taking rejects in again, once the reason for which they were refused is gone."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import orjson
from sqlalchemy import text

from backend.db.engine import Database
from backend.identity import tombstones
from backend.ingest.intake import Intake
from backend.ingest.messages import Arrival
from backend.ingest.models import WriteKeyKind
from backend.ingest.write_keys import Writer


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of taking rejects in again."""

    taken: int
    refused: int
    """Their reason still holds."""
    last: UUID | None = None
    """The newest that was looked at, where there may be more."""


MOST_REPLAYED = 10_000
OPEN = """
select r.id, r.body, r.sent_at, r.received_at, k.id as key_id, k.source_id, k.kind, k.origins
from event_rejects r join write_keys k on k.id = r.write_key_id join sources s on s.id = r.source_id
where r.replayed_at is null and r.is_whole and (cast(:source as text) is null or s.key = :source)
  and (cast(:code as text) is null or r.code = :code) and (cast(:after as uuid) is null or r.id > :after)
order by r.id limit :most
"""
HELD = "select id from event_rejects where id = :id and replayed_at is null and body = :body for update"
"""An item may have nothing by which it is known a second time: who takes it in holds its row, and notes that there, in
the same transaction."""
DONE = "update event_rejects set replayed_at = waymark_now() where id = :id"


async def replay(
    database: Database,
    *,
    most_bytes: int,
    source: str | None = None,
    code: str | None = None,
    after: UUID | None = None,
    most: int = MOST_REPLAYED,
) -> Replayed:
    """Take rejects in again, the oldest first and at most 10,000, each as if it came when it came, in a transaction of
    its own: limits, the program or Waymark itself may have changed since. With the rights that its key had.
    """
    intake = Intake(database, slots=1)
    async with database.begin() as session:
        rows = (await session.execute(text(OPEN), {"source": source, "code": code, "after": after, "most": most})).all()
    taken = refused = 0
    for row in rows:
        writer = Writer(row.key_id, row.source_id, WriteKeyKind(row.kind), frozenset(row.origins))
        arrival = Arrival(sent_at=row.sent_at, is_trusted=writer.is_trusted, most_bytes=most_bytes)
        items = [orjson.loads(row.body)]
        mood = await intake.mood(items)
        async with database.begin() as session:
            await tombstones.hold(session)
            if await session.scalar(text(HELD), {"id": row.id, "body": row.body}) is None:
                continue  # somebody else took it in meanwhile, or it was erased
            result, _ = await intake.take_within(session, writer, items, arrival, mood, row.received_at)
            if result.refused:
                refused += 1
            else:
                taken += 1
                await session.execute(text(DONE), {"id": row.id})
    return Replayed(taken, refused, rows[-1].id if len(rows) == most else None)
