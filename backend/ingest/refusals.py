"""Items of `/v1` that are no events: kept with the reason, listed, and taken in again once the reason is gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import text

from backend.db.engine import WriteSession
from backend.ingest.messages import DEEPEST, Arrival, Refusal
from backend.ingest.service import digest
from backend.ingest.write_keys import Writer

SHOWN_CHARACTERS = 1_000
"""Of an item that is too long to be kept whole."""

KEEP = """
insert into event_rejects
    (source_id, write_key_id, code, field, reason, message_id, body, is_whole, digest, sent_at)
select :source_id, :key_id, r.code, r.field, r.reason, r.message_id, r.body, r.is_whole, decode(r.digest, 'hex'),
       :sent_at
from jsonb_to_recordset(cast(:rejects as jsonb)) as r
    (code text, field text, reason text, message_id text, body text, is_whole boolean, digest text)
order by r.digest
on conflict (source_id, digest) do nothing
"""


@dataclass(frozen=True, slots=True)
class Refused:
    """An item of a request that is no event."""

    place: int
    """From 0."""
    item: Any
    refusal: Refusal


async def keep(session: WriteSession, writer: Writer, refused: Sequence[Refused], arrival: Arrival) -> None:
    """Keep refused items, each once however often it is sent and refused."""
    if not refused:
        return
    rows = []
    for each in refused:
        # U+0000 stands in JSON as an escape, which is plain text here: what cannot be an event can be kept.
        body, is_whole = _written(_with_context(each.item, arrival.context))
        is_whole = is_whole and len(body) <= arrival.most_bytes
        rows.append(
            {
                "code": each.refusal.code.value,
                "field": each.refusal.field,
                "reason": each.refusal.reason,
                "message_id": each.refusal.message_id,
                "body": body if is_whole else body[:SHOWN_CHARACTERS],
                "is_whole": is_whole,
                "digest": digest(each.refusal.code.value, body).hex(),
            }
        )
    values = {
        "source_id": writer.source_id,
        "key_id": writer.key_id,
        "sent_at": arrival.sent_at,
        "rejects": orjson.dumps(rows).decode(),
    }
    await session.execute(text(KEEP), values)


def _written(item: Any) -> tuple[str, bool]:
    """An item as JSON, and whether that is all of it: more levels can be read than written again."""
    try:
        return orjson.dumps(item).decode(), True
    except orjson.JSONEncodeError:
        return orjson.dumps(_shallow(item, DEEPEST)).decode(), False


def _shallow(value: Any, levels: int) -> Any:
    """The value with an ellipsis for what lies deeper than so many levels."""
    if not isinstance(value, dict | list):
        return value
    if not levels:
        return "…"
    if isinstance(value, dict):
        return {key: _shallow(each, levels - 1) for key, each in value.items()}
    return [_shallow(each, levels - 1) for each in value]


def _with_context(item: Any, shared: Mapping[str, Any]) -> Any:
    """An item that can stand without the rest of its batch."""
    if not shared or not isinstance(item, dict):
        return item
    own = item.get("context")
    return {**item, "context": {**shared, **(own if isinstance(own, dict) else {})}}
