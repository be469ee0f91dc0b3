"""What a message of `/v1` says: one parsed item becomes an event, with what it states about people, or a refusal.

The six kinds of message are those of Segment's specification, which RudderStack's clients speak too. Nothing here
reads or writes anything; the fields that are not named here are of no use to Waymark and are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

import orjson

from backend.db.ids import token
from backend.ingest.conversations import TURNS, Mood, estimate, without_words, words_of
from backend.ingest.models import RejectCode
from backend.ingest.service import LONGEST_KEY, Incoming

DEEPEST = 32
"""Levels of objects and lists in properties and traits."""
LARGEST_SKEW = timedelta(minutes=1)
"""A sender's clock that differs by less is taken as right: so much may be the way, too."""
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST_AHEAD = timedelta(days=1)
CONTENT, RANDOM = "content:", "random:"
"""How message ids begin that were made here, since the source sent none."""
ANONYMOUS = "anonymous:"
"""Before the keys of people who have not said who they are, so that no user id is one of them."""
NOTHING: Mapping[str, Any] = {}


@dataclass(slots=True)
class Refusal:
    """An item that is no event: which of its fields is wrong, and what to write instead."""

    code: RejectCode
    field: str
    reason: str
    message_id: str | None = None


@dataclass(slots=True)
class Statement:
    """What a message of `identify`, `group` or `alias` states about people and accounts."""

    kind: str
    said_at: datetime
    user: str | None
    anonymous: str | None
    group: str | None
    previous: str | None
    traits: Mapping[str, Any]


@dataclass(slots=True)
class Message:
    """An item that can be stored."""

    event: Incoming
    statement: Statement | None = None


@dataclass(frozen=True)
class Arrival:
    """How a request came."""

    sent_at: datetime | None = None
    """When, by the sender's clock."""
    is_trusted: bool = True
    """It came with the key of a server: what it states about people counts."""
    context: Mapping[str, Any] = field(default_factory=dict)
    """The context that all its items share."""
    most_bytes: int = 32 * 1024
    """Of one item."""
    may_be_large: bool = True
    """Some item may be longer than that, as the body is."""
    may_hold_nul: bool = True
    """Some text may hold the character that PostgreSQL cannot store."""

    def corrected(self, stated: datetime, now: datetime) -> datetime | None:
        """A time of the sender's clock by ours, where they differ by more than the way takes; None outside of time."""
        skew = now - self.sent_at if self.sent_at else timedelta()
        try:
            return stated + skew if abs(skew) > LARGEST_SKEW else stated
        except OverflowError:
            return None


class _Refused(Exception):
    def __init__(self, code: RejectCode, at: str, reason: str) -> None:
        super().__init__(reason)
        self.code, self.at, self.reason = code, at, reason


def words_in(items: Sequence[Any]) -> set[str]:
    """What customers wrote in items of conversations, to be judged before `judge` is called on an event loop."""
    found = set()
    for item in items:
        if type(item) is dict and item.get("type") == "track" and type(name := item.get("event")) is str:
            said = item.get("properties")
            if (name := name.strip()) in TURNS and type(said) is dict:
                found.add(words_of(name, said))
    return found - {""}


def judge(items: Sequence[Any], arrival: Arrival, now: datetime, mood: Mood = estimate) -> list[Message | Refusal]:
    """What each item says that came `now`, in order. `mood` has to judge what `words_in` finds in them."""
    return [_judged(item, arrival, now, mood) for item in items]


def _judged(item: Any, arrival: Arrival, now: datetime, mood: Mood) -> Message | Refusal:
    try:
        return _message(item, arrival, now, mood)
    except _Refused as refused:
        message_id = item.get("messageId") if isinstance(item, dict) else None
        known = message_id if isinstance(message_id, str) and len(message_id) <= LONGEST_KEY else None
        known = None if known is None or "\0" in known else known
        return Refusal(refused.code, refused.at, refused.reason, known)


def _message(item: Any, arrival: Arrival, now: datetime, mood: Mood) -> Message:
    if type(item) is not dict:
        raise _Refused(RejectCode.NOT_AN_OBJECT, "", "is no object")
    if arrival.may_be_large and (size := _size(item)) > arrival.most_bytes:
        raise _Refused(
            RejectCode.TOO_LARGE, "", f"has {size:,} bytes where {arrival.most_bytes:,} are allowed; send less with it"
        )
    if arrival.may_hold_nul and _holds_nul(item):
        raise _Refused(RejectCode.UNSTORABLE, "", "holds the character U+0000, which no text may hold; leave it out")
    kind = item.get("type")
    if type(kind) is not str or kind not in KINDS:
        raise _Refused(RejectCode.UNKNOWN_TYPE, "type", f"is none of {', '.join(KINDS)}")
    context = item.get("context")
    if type(context) is not dict:
        context = NOTHING
    user, anonymous = _key(item, "userId"), _key(item, "anonymousId")
    group = _key(item, "groupId")
    if kind != "group":
        group = _key(context, "groupId", "context.groupId") or group or _key(arrival.context, "groupId")
    if user is None and anonymous is None and (group is None or kind in ABOUT_PEOPLE):
        raise _Refused(RejectCode.MISSING, "userId", "is missing, and so is anonymousId; say whose event it is")
    if user is not None and user.startswith(ANONYMOUS):
        raise _Refused(RejectCode.WRONG_TYPE, "userId", f"begins with {ANONYMOUS}, which no user id may")
    previous = _key(item, "previousId") if kind == "alias" else None
    name, said = _name_and_properties(kind, item, context)
    if kind in ABOUT_PEOPLE:
        _check_statement(kind, user, group, previous, arrival)
    stated = _time(item, "timestamp", "originalTimestamp")
    occurred_at = now if stated is None else arrival.corrected(stated, now)
    if occurred_at is None or not EARLIEST <= occurred_at <= now + LATEST_AHEAD:
        raise _Refused(
            RejectCode.TIME_ABSURD, "timestamp", "lies before 1970 or more than a day ahead; mend the sender's clock"
        )
    if not CONTAINERS.isdisjoint(map(type, said.values())) and not _is_flat(said, DEEPEST):
        raise _Refused(RejectCode.TOO_DEEP, "properties", f"has more than {DEEPEST} levels; flatten it")
    properties = orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
    moment = "" if stated is None else str(round(stated.timestamp() * 1000))
    body = "\0".join((kind, name, user or "", anonymous or "", group or "", previous or "", moment))
    mark = blake2b(body.encode() + b"\0" + properties, digest_size=16)
    if name in TURNS:
        properties = orjson.dumps(without_words(name, said, mood), option=orjson.OPT_SORT_KEYS)
    event = Incoming(
        message_id=_key(item, "messageId") or (f"{CONTENT}{mark.hexdigest()}" if stated else f"{RANDOM}{token()}"),
        name=name,
        occurred_at=occurred_at,
        body_hash=mark.digest(),
        properties=properties.decode(),
        person_key=user or (anonymous and ANONYMOUS + anonymous),
        group_key=group,
    )
    if kind not in ABOUT_PEOPLE:
        return Message(event)
    return Message(event, Statement(kind, occurred_at, user, anonymous, group, previous, said))


def _size(item: Any) -> int:
    """Bytes of an item. More levels can be read than written again, and no use is known for so many."""
    try:
        return len(orjson.dumps(item))
    except orjson.JSONEncodeError:
        raise _Refused(RejectCode.TOO_DEEP, "", f"has far more than {DEEPEST} levels; flatten it") from None


KINDS = ("track", "identify", "group", "page", "screen", "alias")
ABOUT_PEOPLE = frozenset({"identify", "group", "alias"})
CONTAINERS = frozenset({dict, list})


def _name_and_properties(kind: str, item: Mapping[str, Any], context: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The name under which the program counts the event, and what is kept with it."""
    if kind == "track":
        name = item.get("event")
        if type(name) is not str or not (name := name.strip()):
            raise _Refused(RejectCode.MISSING, "event", "is no text; say what happened")
        if len(name) > LONGEST_KEY:
            raise _Refused(RejectCode.TOO_LONG, "event", f"is longer than {LONGEST_KEY} characters")
        return name, _object(item, "properties")
    if kind in ABOUT_PEOPLE:
        if item.get("traits") is None and kind == "identify":  # RudderStack's clients put them into the context
            return kind, _object(context, "traits")
        return kind, _object(item, "traits")
    said = dict(_object(item, "properties"))
    for key in ("name", "category"):
        if type(value := item.get(key)) is str:
            said.setdefault(key, value)
    return kind, said


def _check_statement(kind: str, user: str | None, group: str | None, previous: str | None, arrival: Arrival) -> None:
    if kind == "group" and group is None:
        raise _Refused(RejectCode.MISSING, "groupId", "is missing; say which account it is about")
    if kind == "alias":
        if not arrival.is_trusted:
            raise _Refused(RejectCode.NOT_ALLOWED, "type", "needs the key of a server; a page may not say who is who")
        if user is None or previous is None:
            raise _Refused(RejectCode.MISSING, "previousId", "or userId is missing; an alias links the two")


def _object(item: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = item.get(name)
    if value is None:
        return {}
    if type(value) is not dict:
        raise _Refused(RejectCode.WRONG_TYPE, name, "is no object")
    return value


def _key(item: Mapping[str, Any], name: str, path: str = "") -> str | None:
    """A text that names something; whole numbers are taken as their text, as clients in several languages send them."""
    value = item.get(name)
    if type(value) is not str:
        if value is None:
            return None
        if type(value) is not int:
            raise _Refused(RejectCode.WRONG_TYPE, path or name, "is neither text nor a whole number")
        value = str(value)
    if len(value) > LONGEST_KEY:
        raise _Refused(RejectCode.TOO_LONG, path or name, f"is longer than {LONGEST_KEY} characters")
    return value or None


def _time(item: Mapping[str, Any], *names: str) -> datetime | None:
    for name in names:
        value = item.get(name)
        if value is not None:
            return read_time(value, name)
    return None


def read_time(value: Any, name: str) -> datetime:
    """A time as ISO 8601 writes it; one without a zone is UTC. Raises a refusal that names the field."""
    try:
        found = datetime.fromisoformat(value)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found
        if not 1 < found.year < 9999:  # so that no zone and no skew leads out of the calendar
            raise _Refused(RejectCode.TIME_ABSURD, name, "is no time of this era")
    except (TypeError, ValueError):
        raise _Refused(
            RejectCode.TIME_UNREADABLE, name, "is no time; write it as 2026-01-31T10:00:00.000Z (ISO 8601)"
        ) from None
    return found


def sender_time(value: Any) -> datetime | None:
    """When a request was sent, by the sender's clock; None where it does not say so in a way that can be read."""
    try:
        return None if value is None else read_time(value, "sentAt")
    except _Refused:
        return None


def _is_flat(value: Any, levels: int) -> bool:
    """Whether a value has at most so many levels."""
    if type(value) not in CONTAINERS:
        return True
    inside: Iterable[Any] = value.values() if type(value) is dict else value
    return levels > 0 and all(_is_flat(each, levels - 1) for each in inside)


def _holds_nul(value: Any) -> bool:
    """Whether any text in a value holds U+0000. Values come from a parser that bounds their depth."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if type(each) is str:
            if "\0" in each:
                return True
        elif type(each) is dict:
            waiting += each.keys()
            waiting += each.values()
        elif type(each) is list:
            waiting += each
    return False
