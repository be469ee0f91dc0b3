"""What comes in: how much, how far it is counted, what was refused, and with which keys it is sent."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import strawberry
from sqlalchemy import Integer, Select, case, func, or_, select
from strawberry import UNSET

from backend.graphql.enums import describe
from backend.graphql.planner import (
    Connection,
    Node,
    column,
    given,
    in_order,
    key_of,
    newest_first,
    node,
    row,
    sql,
    to_many,
    to_one,
)
from backend.identity.models import Organization
from backend.ingest.messages import CONTENT, RANDOM
from backend.ingest.models import Event, EventMark, EventReject, RejectCode, UnresolvedEvent, WriteKey, WriteKeyKind
from backend.permissions import Permission
from backend.usage.graphql import SourceType

describe(
    WriteKeyKind,
    "Where a write key is used.",
    SERVER="A secret: it also says who people are and which account they belong to.",
    BROWSER="Public, and bound to origins: events alone.",
)
describe(
    RejectCode,
    "Why an item is no event.",
    NOT_AN_OBJECT="It is no JSON object.",
    UNKNOWN_TYPE="Its type is none of the six.",
    MISSING="A field that it needs is missing.",
    WRONG_TYPE="A field holds another kind of value.",
    TOO_LONG="A name is longer than 200 characters.",
    TOO_LARGE="It is larger than allowed; its beginning is kept.",
    TOO_DEEP="It has more than 32 levels.",
    UNSTORABLE="It holds the character U+0000.",
    TIME_UNREADABLE="A time cannot be read.",
    TIME_ABSURD="A time lies before 1970 or more than a day ahead.",
    CONTRADICTS="Its message id came before with another content.",
    NOT_ALLOWED="A key of a browser may not say it.",
)


@node(WriteKey, prefix="wkey", permission=Permission.SYSTEM_READ)
class WriteKeyType(Node):
    """A key with which events are sent. The secret is shown when it is made, and never again."""

    name: str
    """What it is for."""
    kind: WriteKeyKind
    """Where it is used."""
    prefix: str
    """Its first letters."""
    origins: list[str]
    """The pages that a browser's key counts from."""
    source: SourceType | None = to_one(WriteKey.source_id)
    """Where its events come from."""
    created_at: datetime
    """When it was made."""
    last_used_at: datetime | None
    """When it was last used, to the minute."""
    revoked_at: datetime | None
    """When it was ended."""


@node(EventReject, prefix="reject", permission=Permission.SYSTEM_READ)
class EventRejectType(Node):
    """An item that was sent and is no event."""

    code: RejectCode
    """Why."""
    field: str
    """Which field is wrong; empty: the item as a whole."""
    reason: str
    """What is wrong with it, in words."""
    message_id: str | None
    """Its message id, where it has a usable one."""
    body: str
    """What was sent, as JSON; of a large item the beginning."""
    source: SourceType | None = to_one(EventReject.source_id)
    """Where it came from."""
    received_at: datetime
    """When it came."""
    replayed_at: datetime | None
    """When it was taken in after all."""


def _message_id(event: type[UnresolvedEvent]) -> Any:
    made_here = or_(*(event.message_id.startswith(made) for made in (CONTENT, RANDOM)))
    return case((~made_here, event.message_id))


@node(UnresolvedEvent, prefix="unres", permission=Permission.SYSTEM_READ)
class UnresolvedEventType(Node):
    """An event whose account is not known yet. It becomes an event of that account once it is, within 60 days."""

    name: str
    """What happened, as the source calls it."""
    account_external_id: str | None = column(UnresolvedEvent.group_key)
    """How it names the account; empty where it names a person alone, who is in no account or in several."""
    message_id: str | None = sql(UnresolvedEvent, _message_id)
    """Its message id, where the source sent one."""
    source: SourceType | None = to_one(UnresolvedEvent.source_id)
    """Where it came from."""
    occurred_at: datetime
    """When it happened."""
    received_at: datetime
    """When it came."""


def _received(_system: Any) -> Any:
    since = func.waymark_now() - func.make_interval(0, 0, 0, 0, 0, 5)
    found = select(func.count() / 5).select_from(Event).where(Event.received_at > since)
    return func.coalesce(found.scalar_subquery(), 0, type_=Integer())


def _lag(_system: Any) -> Any:
    age = func.extract("epoch", func.waymark_now() - func.min(EventMark.received_at))
    return func.coalesce(select(func.ceil(age)).scalar_subquery(), 0, type_=Integer())


def _unresolved(_system: Any) -> Any:
    return func.coalesce(select(func.count()).select_from(UnresolvedEvent).scalar_subquery(), 0, type_=Integer())


def _rejects(
    _system: Any,
    code: Annotated[RejectCode | None, strawberry.argument(description="Only with this code.")] = UNSET,
    source_id: Annotated[strawberry.ID | None, strawberry.argument(description="Only of this source.")] = UNSET,
) -> Select[EventReject]:
    chosen = select(EventReject)
    if given(code):
        chosen = chosen.where(EventReject.code == code)
    if given(source_id):
        chosen = chosen.where(EventReject.source_id == key_of(source_id, "src"))
    return chosen


@row(Organization)
class IngestionType:
    """What comes in over /v1."""

    received_per_minute: int = sql(Organization, _received)
    """Events a minute, over the last five."""
    lag_seconds: int = sql(Organization, _lag)
    """Age of the oldest event that is not counted and scored yet; 0 when all are."""
    unresolved_events: int = sql(Organization, _unresolved)
    """How many events wait for their account."""
    unresolved: Connection[UnresolvedEventType] = to_many(
        lambda _system: select(UnresolvedEvent), order_by=newest_first(UnresolvedEvent.id)
    )
    """Events whose account is not known yet, newest first."""
    rejects: Connection[EventRejectType] = to_many(_rejects, order_by=newest_first(EventReject.id))
    """What was refused in the last 60 days, newest first."""
    write_keys: Connection[WriteKeyType] = to_many(lambda _system: select(WriteKey), order_by=in_order(WriteKey.name))
    """Keys with which events are sent, by name."""
