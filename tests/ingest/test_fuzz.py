"""Whatever is sent to /v1: never a 5xx, and a 200 accounts for every item, in its answer and in the database."""

from __future__ import annotations

import gzip
import json
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import text

from backend.db.engine import Database
from backend.ingest.conversations import TURNS
from backend.program.assemble import DEFAULT, load
from backend.program.service import apply
from jobs.actors import ACTORS
from jobs.live import follow_once
from tests.billing.stripe_events import do_all_work
from tests.factories import make_account
from tests.ingest.sending import Sender

KINDS = [kind for kind in ACTORS if kind.startswith(("alerts.hear", "alerts.tell", "support.", "ingest.resolve"))]

ROUTES = st.sampled_from(["batch", "track", "identify", "group", "page", "screen", "alias"])
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
DEEP = st.integers(1, 1_000).map(lambda levels: json.loads('{"a":' * levels + "1" + "}" * levels))
WORDS = st.sampled_from(["u1", "u2", "g1", "ada@example.com", "m1", "\0", "anonymous:x", "erased:x", "", "é" * 200])
TIMES = st.sampled_from(["2026-01-31T11:00:00Z", "0001-01-01", "9999-12-31T23:59:59Z", "2026-02-30", "12:00"])
FIELDS = {
    "type": st.sampled_from(["track", "identify", "group", "page", "screen", "alias", "nope"]),
    "event": WORDS | st.sampled_from(["signed_in", "api_called"]),
    "userId": WORDS | st.integers(-(2**63), 2**64 - 1),
    "anonymousId": WORDS,
    "groupId": WORDS,
    "previousId": WORDS,
    "messageId": WORDS,
    "timestamp": TIMES,
    "originalTimestamp": TIMES,
    "sentAt": TIMES,
    "context": st.fixed_dictionaries(
        {}, optional={"groupId": WORDS, "traits": st.dictionaries(WORDS, JSON, max_size=2)}
    ),
    "properties": st.dictionaries(WORDS, JSON, max_size=4) | st.just({"calls": 1e308}),
    "traits": st.dictionaries(st.sampled_from(["name", "email", "title", "createdAt", "x"]), JSON | WORDS, max_size=3),
}
ITEM = st.fixed_dictionaries({}, optional={name: value | JSON | DEEP for name, value in FIELDS.items()}) | JSON | DEEP
BODY = st.one_of(
    st.builds(lambda items, sent: {"batch": items, "sentAt": sent}, st.lists(ITEM, max_size=5), TIMES | JSON),
    ITEM,
)


def written(body: Any) -> bytes:
    """As JSON, also what is too deep for the parser that reads it."""
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")


KNOWN = "select count(*) from event_keys"
"""One an item that became an event, or waits to be one."""
RAW = st.one_of(
    BODY.map(written),
    st.binary(max_size=60),
    st.tuples(BODY.map(written), st.integers(0, 60)).map(lambda cut: cut[0][: -cut[1]] if cut[1] else cut[0]),
)


@pytest.fixture
async def program(sender: Sender, database: Database) -> Sender:
    """A sender for an account of the shipped program."""
    async with database.begin() as session:
        await session.execute(text("insert into organizations (name) values ('Test')"))
        await apply(session, load(DEFAULT, applied_by="test"))
        await make_account(session, "Acme", external_id="acme")
    return sender


@hypothesis_settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(route=ROUTES, raw=RAW, how=st.sampled_from(["plain", "gzip", "cut gzip", "no gzip"]), from_page=st.booleans())
async def test_no_body_makes_it_fail(sender: Sender, route: str, raw: bytes, how: str, from_page: bool) -> None:
    body = raw if how in {"plain", "no gzip"} else gzip.compress(raw)
    body = body[:-5] if how == "cut gzip" else body
    headers = {} if how == "plain" else {"content-encoding": "gzip"}
    if from_page:
        headers["origin"] = "https://app.example.com"

    key = sender.browser_key if from_page else sender.key
    ((known,),) = await sender.rows(KNOWN)
    answer = await sender.client.post(f"/v1/{route}", content=body, auth=(key, ""), headers=headers)
    ((known_after,),) = await sender.rows(KNOWN)

    assert answer.status_code in {200, 400, 413}, answer.text
    if answer.status_code == 200:
        found: dict[str, Any] = answer.json()
        items = len(orjson.loads(raw)["batch"]) if route == "batch" else 1
        assert found["stored"] + found["unresolved"] + found["repeated"] + len(found["rejected"]) == items
        assert known_after - known == found["stored"] + found["unresolved"]
        kept = {row[0] for row in await sender.rows("select code from event_rejects")}
        assert {each["code"] for each in found["rejected"]} <= kept
    else:
        assert known_after == known


ODD: st.SearchStrategy[Any] = JSON | st.sampled_from(
    [1e308, -1e308, 1e-320, 2**53, 2**63, -1, 0.5, "1e99", "NaN", "x" * 300, "", None, True, [], {}]
)
TOLD = st.fixed_dictionaries(
    {"event": st.sampled_from([*TURNS, "api_called", "signed_in", "Cancellation Page Viewed"])},
    optional={
        "timestamp": st.sampled_from(["1970-01-01T00:00:00Z", "1999-12-31T23:59:59.999999Z", "2026-01-31T11:00:00Z"]),
        "properties": st.fixed_dictionaries(
            {},
            optional={
                "calls": ODD,
                "ticket_id": ODD | st.just("t"),
                "conversation_id": ODD | st.just("t"),
                "sentiment": ODD | st.floats(-1, 1),
                "rating": ODD | st.integers(0, 5),
                "rating_scale": ODD | st.integers(0, 10),
                "text": ODD | st.text(max_size=50),
            },
        ),
    },
)


@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=st.lists(TOLD, min_size=10, max_size=30))
async def test_nothing_that_is_taken_stalls_what_follows(program: Sender, told: list[dict[str, Any]]) -> None:
    items = [{"type": "track", "userId": "u1", "groupId": "acme", **one} for one in told]
    assert (await program.send("batch", written({"batch": items}))).status_code == 200

    async with program.database.begin() as session:
        while await follow_once(session):
            pass
    await do_all_work(program.database, KINDS)

    assert await program.rows("select count(*) from event_marks") == [(0,)]
    assert await program.rows("select count(*) from conversation_marks") == [(0,)]
