"""What inputs of mutations have in common."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar
from uuid import UUID

import strawberry

from backend.errors import NotFound
from backend.graphql.planner import decode_id

T = TypeVar("T")


def idempotency_key() -> Any:
    """The field `idempotencyKey` of an input: `idempotency_key: str | None = idempotency_key()`."""
    return strawberry.field(
        description="Any text of 1 to 200 characters that this change alone has, such as a UUID. Whoever sends the "
        "same input with it again, within a day, gets the first answer and no second effect.",
    )


def absent_or(maybe: strawberry.Some[T] | None) -> tuple[T] | None:
    """A `strawberry.Maybe` as services take what may be emptied: None left out, `(value,)` given, `(None,)` emptied."""
    return None if maybe is None else (maybe.value,)


def key_in(public_id: str, prefix: str, *, field: str) -> UUID:
    """The key in a public id of an input. Raises NotFound for what is no such id, as for one that is unknown."""
    found = decode_id(public_id, prefix)
    if found is None:
        raise NotFound("There is no such object, or you may not see it.", field=[field])
    return found


def absent_or_key(
    maybe: strawberry.Some[strawberry.ID | None] | None, prefix: str, *, field: str
) -> tuple[UUID | None] | None:
    """The same of a public id, as its key. Raises NotFound for what is no such id."""
    if maybe is None:
        return None
    return (key_in(maybe.value, prefix, field=field) if maybe.value is not None else None,)


def keys_in(public_ids: Iterable[str], prefix: str, *, field: str) -> list[UUID]:
    """The keys in a list of public ids, each once and in their order. Raises NotFound, naming the place."""
    found: dict[UUID, None] = {}
    for place, public_id in enumerate(public_ids):
        key = decode_id(public_id, prefix)
        if key is None:
            raise NotFound("There is no such object, or you may not see it.", field=[field, str(place)])
        found[key] = None
    return list(found)
