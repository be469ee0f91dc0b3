"""What comes in, as the API changes it: write keys, and rejects that are taken in after all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import strawberry

from backend.db.engine import SETTINGS
from backend.graphql.mutation import Info, idempotency_key, key_in, mutation, mutation_payload, payload
from backend.identity import audit
from backend.ingest import replaying, write_keys
from backend.ingest.models import RejectCode, WriteKeyKind
from backend.permissions import Permission

if TYPE_CHECKING:
    from backend.ingest.graphql import EventRejectType, WriteKeyType

MOST_AT_ONCE = 200
"""Rejects that one request takes in again; each is a transaction of its own."""


@strawberry.input(description="A key with which events are sent.")
class CreateWriteKeyInput:
    """A key with which events are sent."""

    name: str = strawberry.field(description="What it is for; 1 to 200 characters.")
    source_key: str = strawberry.field(description="The source that its events come from; made where it is new.")
    kind: WriteKeyKind = strawberry.field(default=WriteKeyKind.SERVER, description="Where it is used.")
    origins: list[str] = strawberry.field(
        default_factory=list, description="Of a browser's key: the pages that it counts from."
    )
    idempotency_key: str | None = idempotency_key()


@mutation_payload
class CreateWriteKeyPayload:
    """What came of making a write key."""

    write_key: WriteKeyType | None
    """The key."""
    secret: str | None
    """The key itself, shown this once. Null where an idempotencyKey repeats the request."""


@mutation(permission=Permission.SYSTEM_WRITE)
async def create_write_key(info: Info, input: CreateWriteKeyInput) -> CreateWriteKeyPayload:  # noqa: A002 - its name in the schema
    """[staff] Make a key with which events are sent. Needs system:write."""
    async with info.context.begin("system") as session:  # secrets of keys are no viewer's to write
        made = await write_keys.create(
            session,
            name=input.name,
            source_key=input.source_key,
            kind=input.kind,
            origins=input.origins,
            actor=info.context.viewer,
        )
        return await payload(CreateWriteKeyPayload, info, write_key=made.id, secret=made.text)


@strawberry.input(description="Which write key.")
class RevokeWriteKeyInput:
    """Which write key."""

    write_key_id: strawberry.ID = strawberry.field(description="The key.")


@mutation_payload
class RevokeWriteKeyPayload:
    """What came of ending a write key."""

    write_key: WriteKeyType | None
    """The key."""


@mutation(permission=Permission.SYSTEM_WRITE)
async def revoke_write_key(info: Info, input: RevokeWriteKeyInput) -> RevokeWriteKeyPayload:  # noqa: A002 - its name in the schema
    """[staff] End a write key, for good; it is refused within 5 seconds. Needs system:write."""
    async with info.context.begin("system") as session:  # as above
        prefix = await write_keys.prefix_with(session, key_in(input.write_key_id, "wkey", field="writeKeyId"))
        ended = await write_keys.revoke(session, prefix=prefix, actor=info.context.viewer)
        return await payload(RevokeWriteKeyPayload, info, write_key=ended)


@strawberry.input(description="Which rejects; all that are open by default.")
class ReplayRejectsInput:
    """Which rejects; all that are open by default."""

    source_key: str | None = strawberry.field(default=None, description="Only those of this source.")
    code: RejectCode | None = strawberry.field(default=None, description="Only with this code.")
    after: strawberry.ID | None = strawberry.field(
        default=None, description="Only those that came after this reject, so that those refused again are passed over."
    )


@mutation_payload
class ReplayRejectsPayload:
    """What came of taking rejects in again."""

    taken_count: int | None
    """How many were taken in."""
    refused_count: int | None
    """How many were refused again: their reason still holds."""
    last_reject: EventRejectType | None
    """The newest that was looked at, to go on after; null where there were no more."""


@mutation(permission=Permission.SYSTEM_WRITE)
async def replay_rejects(info: Info, input: ReplayRejectsInput) -> ReplayRejectsPayload:  # noqa: A002 - its name in the schema
    """[staff] Take rejects in again, the oldest 200 at a time, each as if it came when it came. One that is refused
    again stays a reject. Needs system:write."""
    viewer, context = info.context.viewer, info.context
    async with context.begin("system") as session:  # so is what /v1 receives
        done = await replaying.replay(
            context.database,
            most_bytes=session.info[SETTINGS].ingest_event_bytes,
            source=input.source_key,
            code=input.code.value if input.code else None,
            after=key_in(input.after, "reject", field="after") if input.after else None,
            most=MOST_AT_ONCE,
        )
        after = {"taken": done.taken, "refused": done.refused}
        await audit.record_of(session, viewer, "rejects.replayed", subject="rejects:open", after=after)
        return await payload(
            ReplayRejectsPayload, info, taken_count=done.taken, refused_count=done.refused, last_reject=done.last
        )
