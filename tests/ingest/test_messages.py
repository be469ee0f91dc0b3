"""What single items say: types, names, times, depth."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.ingest.messages import ANONYMOUS, Arrival, Message, Refusal, judge
from backend.ingest.models import RejectCode
from backend.ingest.pace import BURST_SECONDS, Pace

pytestmark = pytest.mark.unit
NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
TRACK: dict[str, Any] = {"type": "track", "event": "e", "userId": "u", "messageId": "m"}


def one(item: Any, **arrival: Any) -> Message | Refusal:
    (found,) = judge([item], Arrival(**arrival), NOW)
    return found


def event_of(item: Any, **arrival: Any) -> Any:
    found = one(item, **arrival)
    assert isinstance(found, Message), found
    return found.event


@pytest.mark.parametrize(
    "change, code, field",
    [
        ({"type": "nope"}, RejectCode.UNKNOWN_TYPE, "type"),
        ({"type": ["track"]}, RejectCode.UNKNOWN_TYPE, "type"),
        ({"event": None}, RejectCode.MISSING, "event"),
        ({"event": "  "}, RejectCode.MISSING, "event"),
        ({"event": "e" * 201}, RejectCode.TOO_LONG, "event"),
        ({"userId": None}, RejectCode.MISSING, "userId"),
        ({"userId": ""}, RejectCode.MISSING, "userId"),
        ({"userId": True}, RejectCode.WRONG_TYPE, "userId"),
        ({"userId": 1.5}, RejectCode.WRONG_TYPE, "userId"),
        ({"userId": "u" * 201}, RejectCode.TOO_LONG, "userId"),
        ({"userId": "anonymous:u"}, RejectCode.WRONG_TYPE, "userId"),
        ({"anonymousId": []}, RejectCode.WRONG_TYPE, "anonymousId"),
        ({"context": {"groupId": {}}}, RejectCode.WRONG_TYPE, "context.groupId"),
        ({"messageId": []}, RejectCode.WRONG_TYPE, "messageId"),
        ({"properties": []}, RejectCode.WRONG_TYPE, "properties"),
        ({"properties": {"a": "\0"}}, RejectCode.UNSTORABLE, ""),
        ({"properties": {"\0": 1}}, RejectCode.UNSTORABLE, ""),
        ({"properties": {"a": "x" * 33_000}}, RejectCode.TOO_LARGE, ""),
        ({"timestamp": "yesterday"}, RejectCode.TIME_UNREADABLE, "timestamp"),
        ({"timestamp": 1_700_000_000}, RejectCode.TIME_UNREADABLE, "timestamp"),
        ({"timestamp": "1969-12-31T23:59:59Z"}, RejectCode.TIME_ABSURD, "timestamp"),
        ({"timestamp": "0001-01-01T00:00:00Z"}, RejectCode.TIME_ABSURD, "timestamp"),
        ({"timestamp": "9999-12-31T23:59:59Z"}, RejectCode.TIME_ABSURD, "timestamp"),
        ({"timestamp": "2026-02-01T12:00:01Z"}, RejectCode.TIME_ABSURD, "timestamp"),
        ({"type": "group"}, RejectCode.MISSING, "groupId"),
        ({"type": "alias"}, RejectCode.MISSING, "previousId"),
        ({"type": "identify", "traits": 5}, RejectCode.WRONG_TYPE, "traits"),
    ],
)
def test_an_item_that_is_no_event_says_where_and_why(change: dict[str, Any], code: RejectCode, field: str) -> None:
    found = one({**TRACK, **change})

    assert isinstance(found, Refusal)
    assert (found.code, found.field) == (code, field)


def test_properties_have_at_most_thirty_two_levels() -> None:
    deep: Any = {}
    for _ in range(31):
        deep = {"a": deep}

    assert isinstance(one({**TRACK, "properties": {"a": deep, "b": [[]]}}), Refusal)
    assert isinstance(one({**TRACK, "properties": deep}), Message)


def test_whose_event_it_is_comes_from_the_context_first() -> None:
    said = {**TRACK, "groupId": "g", "anonymousId": "a"}

    assert event_of(said).group_key == "g"
    assert event_of({**said, "context": {"groupId": "c"}}).group_key == "c"
    assert event_of(TRACK, context={"groupId": "shared"}).group_key == "shared"
    assert event_of({**said, "type": "group", "context": {"groupId": "c"}}).group_key == "g"
    assert event_of(said).person_key == "u"
    assert event_of({**said, "userId": None}).person_key == ANONYMOUS + "a"
    assert event_of({**said, "userId": None, "anonymousId": None}).person_key is None
    assert event_of({**TRACK, "userId": 42}).person_key == "42"


def test_a_page_may_not_say_who_is_who() -> None:
    alias = {"type": "alias", "userId": "u", "previousId": "p"}

    assert isinstance(one(alias), Message)
    refused = one(alias, is_trusted=False)
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.field) == (RejectCode.NOT_ALLOWED, "type")


@pytest.mark.parametrize(
    "sent, stated, occurred",
    [
        (None, "2026-01-31T11:00:00Z", "2026-01-31T11:00:00Z"),
        (None, "2026-01-31T11:00:00", "2026-01-31T11:00:00Z"),
        (None, "2026-01-31T13:00:00+02:00", "2026-01-31T11:00:00Z"),
        (NOW - timedelta(seconds=60), "2026-01-31T11:00:00Z", "2026-01-31T11:00:00Z"),  # that may be the way
        (NOW - timedelta(minutes=30), "2026-01-31T11:00:00Z", "2026-01-31T11:30:00Z"),  # the sender's clock is late
        (NOW + timedelta(days=400), "2027-03-07T11:00:00Z", "2026-01-31T11:00:00Z"),  # … or a year ahead
    ],
)
def test_the_clock_of_the_sender_is_corrected(sent: datetime | None, stated: str, occurred: str) -> None:
    event = event_of({**TRACK, "timestamp": stated}, sent_at=sent)

    assert event.occurred_at == datetime.fromisoformat(occurred)


def test_a_skew_that_leads_out_of_the_calendar_is_absurd() -> None:
    found = one({**TRACK, "timestamp": "9990-01-01T00:00:00Z"}, sent_at=datetime(2, 1, 1, tzinfo=UTC))

    assert isinstance(found, Refusal)
    assert found.code is RejectCode.TIME_ABSURD


def test_without_an_id_a_message_is_what_it_says_and_when() -> None:
    dated = {**TRACK, "messageId": None, "timestamp": "2026-01-31T11:00:00Z"}
    undated = {**TRACK, "messageId": None}

    assert event_of(dated).message_id == event_of(dict(reversed(dated.items()))).message_id
    assert event_of(dated).message_id != event_of({**dated, "event": "f"}).message_id
    assert event_of(undated).message_id != event_of(undated).message_id


def test_clients_may_differ_in_what_is_of_no_use_here() -> None:
    said = {**TRACK, "timestamp": "2026-01-31T11:00:00.123Z", "properties": {"a": 1, "b": 2}}
    same = {
        **TRACK,
        "originalTimestamp": "2026-01-31T11:00:00.123456+00:00",
        "properties": {"b": 2, "a": 1},
        "context": {"library": {"name": "another"}},
        "integrations": {"All": True},
    }

    assert event_of(said).body_hash == event_of(same).body_hash
    assert event_of(said).body_hash != event_of({**said, "properties": {"a": 1}}).body_hash
    assert event_of(said).body_hash != event_of({**said, "userId": "v"}).body_hash


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from(
    [
        "type",
        "event",
        "userId",
        "anonymousId",
        "groupId",
        "previousId",
        "messageId",
        "timestamp",
        "context",
        "properties",
        "traits",
        "name",
        "category",
        "originalTimestamp",
        "sentAt",
    ]
)
ITEMS = JSON | st.dictionaries(
    FIELDS, JSON | st.sampled_from(["track", "identify", "group", "page", "alias", "2026-01-31T11:00:00Z", "u"])
)


@given(items=st.lists(ITEMS, max_size=4), trusted=st.booleans())
def test_whatever_comes_is_a_message_or_a_refusal(items: list[Any], trusted: bool) -> None:
    found = judge(items, Arrival(is_trusted=trusted), NOW)

    assert len(found) == len(items)
    assert all(isinstance(each, Message | Refusal) for each in found)


def test_a_bucket_fills_at_its_rate_and_may_be_left_in_debt() -> None:
    at = 0.0
    pace = Pace(10, lambda: at)

    assert [pace.wait("a", 25), pace.wait("a", 25), pace.wait("a", 1)] == [0, 0, 1]
    assert pace.wait("b", 10_000) == 0
    assert pace.wait("b", 1) == 1_000 - BURST_SECONDS
    at = 1.0
    assert [pace.wait("a", 1), pace.wait("b", 1)] == [0, 999 - BURST_SECONDS]
