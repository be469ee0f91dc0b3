"""Kind `events`: single things that happened."""

from __future__ import annotations

import orjson

from backend.identity.service import PersonFacts, put_persons
from backend.ingest.conversations import without_words
from backend.ingest.fields import Field, Type
from backend.ingest.kinds import Kind, Run, Stored
from backend.ingest.service import Incoming, Outcome, digest, receive
from backend.ingest.upkeep import make_partitions


async def _store(run: Run) -> Stored:
    await make_partitions(run.session)
    stored = Stored()
    async for rows in run.batches("account, message_id, name, occurred_at, person, email, extras, known_at"):
        named = [row for row in rows if row["person"] or row["email"]]
        found, _ = await put_persons(
            run.session, run.source_id, [PersonFacts(row["person"], row["email"]) for row in named]
        )
        persons = {row["line"]: person for row, person in zip(named, found, strict=True)}
        outcomes = await receive(
            run.session,
            run.source_id,
            [
                Incoming(
                    account_id=row["account"],
                    message_id=row["message_id"],
                    name=row["name"],
                    occurred_at=row["occurred_at"],
                    body_hash=digest(
                        str(row["account"]), row["name"], row["occurred_at"], row["person"], row["email"], row["extras"]
                    ),
                    person_id=persons.get(row["line"]),
                    properties=orjson.dumps(without_words(row["name"], row["extras"] or {})).decode(),
                    known_at=row["known_at"],
                )
                for row in rows
            ],
        )
        for row, outcome in zip(rows, outcomes, strict=True):
            if outcome is Outcome.CONTRADICTS:
                reason = f"the source has sent {row['message_id'][:60]} before, with other values"
                run.refused.append((row["line"], "message_id", reason))
        stored.taken += outcomes.count(Outcome.STORED)
        stored.unchanged += outcomes.count(Outcome.REPEATED)
    stored.first_day, stored.last_day = await run.days(f"(occurred_at at time zone '{run.setting.zone}')::date")
    return stored


EVENTS = Kind(
    name="events",
    fields=(
        Field("account", Type.ACCOUNT, required=True),
        Field("name", Type.TEXT, required=True, longest=200),
        Field("occurred_at", Type.MOMENT, required=True),
        Field(
            "message_id",
            Type.TEXT,
            longest=200,
            # Without an id of its own, an event is what its row says: the same row again is the same event.
            otherwise="md5(row(r.account, r.name, r.occurred_at, r.person, r.email, r.extras)::text)",
        ),
        Field("person", Type.TEXT, longest=200),
        Field("email", Type.EMAIL),
    ),
    key=("message_id",),
    dated_by="occurred_at",
    store=_store,
    takes_extras=True,
)
