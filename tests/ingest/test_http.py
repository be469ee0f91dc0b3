"""/v1 over HTTP: what is taken, what the answers say, and that a refused body leaves nothing behind."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import orjson
import pytest

from backend.db.engine import Database
from backend.ingest import write_keys
from backend.ingest.body import HARD_LIMIT
from backend.settings import Settings
from backend.web import ingest
from tests.ingest.sending import PAGE, Sender, sending, zipped
from tests.patience import PATIENCE_SECONDS
from tests.serving import listen

TRACK = {"type": "track", "event": "signed_in", "userId": "u1", "groupId": "g1", "messageId": "m1"}


async def test_each_kind_of_message_is_an_event_of_its_account(sender: Sender) -> None:
    said = {"userId": "u1", "groupId": "g1", "timestamp": "2026-01-31T10:00:00.000Z"}
    answers = [
        await sender.send("group", {**said, "messageId": "1", "traits": {"name": "Acme"}}),
        await sender.send("track", {**said, "messageId": "2", "event": " signed_in ", "properties": {"n": 1}}),
        await sender.send("page", {**said, "messageId": "3", "name": "Home", "category": "Docs"}),
        await sender.send("screen", {**said, "messageId": "4", "properties": {"name": "kept"}, "name": "Home"}),
        await sender.send("identify", {**said, "messageId": "5", "traits": {"name": "Ada"}}),
        await sender.send("alias", {**said, "messageId": "6", "previousId": "old"}),
        await sender.send("batch", {"batch": [{**said, "type": "track", "event": "x", "messageId": "7"}]}),
    ]

    expected = {"success": True, "stored": 1, "unresolved": 0, "repeated": 0, "rejected": []}
    assert [(answer.status_code, answer.json()) for answer in answers] == [(200, expected)] * 7
    assert await sender.rows(
        """select e.message_id, a.external_id, e.name, e.properties, e.occurred_at::text, i.external_id
        from events e join accounts a on a.id = e.account_id
        join person_identities i on i.person_id = e.person_id and i.external_id = 'u1' order by 1"""
    ) == [
        ("1", "g1", "group", {"name": "Acme"}, "2026-01-31 10:00:00+00", "u1"),
        ("2", "g1", "signed_in", {"n": 1}, "2026-01-31 10:00:00+00", "u1"),
        ("3", "g1", "page", {"name": "Home", "category": "Docs"}, "2026-01-31 10:00:00+00", "u1"),
        ("4", "g1", "screen", {"name": "kept"}, "2026-01-31 10:00:00+00", "u1"),
        ("5", "g1", "identify", {"name": "Ada"}, "2026-01-31 10:00:00+00", "u1"),
        ("6", "g1", "alias", {}, "2026-01-31 10:00:00+00", "u1"),
        ("7", "g1", "x", {}, "2026-01-31 10:00:00+00", "u1"),
    ]


async def test_the_content_type_says_nothing_and_the_encoding_all(sender: Sender) -> None:
    plain = await sender.send("batch", {"batch": [TRACK]}, **{"content-type": "text/plain"})
    form = await sender.send(
        "batch",
        zipped({"batch": [{**TRACK, "messageId": "m2"}]}),
        **{"content-type": "application/x-www-form-urlencoded", "content-encoding": "gzip"},
    )
    unknown = await sender.send("batch", {"batch": [TRACK]}, **{"content-encoding": "br"})

    assert (plain.status_code, form.status_code, unknown.status_code) == (200, 200, 400)
    assert unknown.json()["message"] == "The content-encoding 'br' is not known here; send gzip, or none."
    assert await sender.rows("select count(*) from unresolved_events") == [(2,)]


async def test_a_message_counts_once_and_another_with_its_id_is_named(sender: Sender) -> None:
    first = await sender.batch([TRACK, TRACK])
    again = await sender.batch([{**TRACK, "context": {"library": {"name": "another client"}}}])
    other = await sender.batch([{**TRACK, "properties": {"n": 2}}])
    other_again = await sender.batch([{**TRACK, "properties": {"n": 2}}])

    assert (first["unresolved"], first["repeated"]) == (1, 1)
    assert (again["unresolved"], again["repeated"], again["rejected"]) == (0, 1, [])
    assert (
        other["rejected"]
        == other_again["rejected"]
        == [
            {
                "index": 0,
                "messageId": "m1",
                "code": "CONTRADICTS",
                "field": "messageId",
                "message": "messageId was sent before with another content; give each its own",
            }
        ]
    )
    assert await sender.rows("select message_id, properties from unresolved_events") == [("m1", {})]
    assert await sender.rows("select code, message_id from event_rejects") == [("CONTRADICTS", "m1")]


async def test_what_is_wrong_with_an_item_leaves_the_others_alone(sender: Sender) -> None:
    answer = await sender.batch([TRACK, {"type": "track", "userId": "u"}, {**TRACK, "messageId": "m2"}, 7])

    assert answer == {
        "success": True,
        "stored": 0,
        "unresolved": 2,
        "repeated": 0,
        "rejected": [
            {
                "index": 1,
                "messageId": None,
                "code": "MISSING",
                "field": "event",
                "message": "event is no text; say what happened",
            },
            {"index": 3, "messageId": None, "code": "NOT_AN_OBJECT", "field": "", "message": "item is no object"},
        ],
    }
    assert await sender.rows("select code, body from event_rejects order by code") == [
        ("MISSING", '{"type":"track","userId":"u"}'),
        ("NOT_AN_OBJECT", "7"),
    ]


UNREADABLE: list[tuple[bytes, str, int, str]] = [
    (b"", "", 400, "The body is not JSON"),
    (b"{", "", 400, "The body is not JSON"),
    (b"\xff\xfe", "", 400, "The body is not JSON"),
    (b'{"batch": [{"a": NaN}]}', "", 400, "The body is not JSON"),
    (b'{"batch": [{"a": 1e999}]}', "", 400, "The body is not JSON"),
    (b'{"batch": ["\\ud800"]}', "", 400, "The body is not JSON"),
    (b'{"batch": ' + b"[" * 2_000 + b"]" * 2_000 + b"}", "", 400, "The body is not JSON"),
    (b"[]", "", 400, "The body is no JSON object."),
    (b"{}", "", 400, "`batch` is no list."),
    (b'{"batch": {}}', "", 400, "`batch` is no list."),
    (b'{"batch": [' + b"1," * 5_000 + b"1]}", "", 413, "The batch has 5,001 items where 5,000 are allowed"),
    (b'{"batch": ["' + b"x" * 600_000 + b'"]}', "", 413, "The body is longer than 512,000 bytes; split it."),
    (gzip.compress(b'{"batch": []}')[:-9], "gzip", 400, "The gzip body is cut off."),
    (gzip.compress(b'{"batch": []}') + b"more", "gzip", 400, "The gzip body goes on behind its end."),
    (b'{"batch": []}', "gzip", 400, "The body says that it is gzip and is not."),
    (gzip.compress(b"0" * 100_000_000), "gzip", 413, "The body is longer than 512,000 bytes; split it."),
]


async def test_a_body_that_cannot_be_read_is_refused_whole(sender: Sender) -> None:
    for body, encoding, status, says in UNREADABLE:
        answer = await sender.send("batch", body, **{"content-encoding": encoding})

        assert (answer.status_code, answer.json()["success"]) == (status, False)
        assert answer.json()["message"].startswith(says)
    fetched = await sender.client.get("/v1/batch")
    assert (fetched.status_code, fetched.headers["allow"]) == (405, "POST, OPTIONS")
    assert fetched.json() == {"success": False, "code": "METHOD_NOT_ALLOWED", "message": "Send it with POST."}
    assert await sender.nothing_is_stored()


async def test_five_mebibytes_are_the_end_whatever_the_settings_say(
    settings_with_valkey: Settings, database: Database
) -> None:
    generous = replace(settings_with_valkey, ingest_batch_bytes=100_000_000, ingest_event_bytes=100_000_000)
    async with sending(generous, database) as sender:
        fits = await sender.send("track", {**TRACK, "properties": {"x": "y" * (HARD_LIMIT - 1_000)}})
        ten = await sender.send("track", {**TRACK, "properties": {"x": "y" * 10 * 1024 * 1024}})
        bomb = await sender.send(
            "track", zipped({**TRACK, "properties": {"x": "y" * 50_000_000}}), **{"content-encoding": "gzip"}
        )

    assert (fits.status_code, ten.status_code, bomb.status_code) == (200, 413, 413)
    assert ten.json()["message"] == bomb.json()["message"] == f"The body is longer than {HARD_LIMIT:,} bytes; split it."


@pytest.mark.parametrize("framing", ["content-length", "chunked"])
async def test_a_body_that_breaks_off_leaves_nothing(
    settings_with_valkey: Settings, database: Database, framing: str
) -> None:
    body = orjson.dumps({"batch": [{**TRACK, "messageId": str(n)} for n in range(100)]})
    half = body[: len(body) // 2]
    async with sending(settings_with_valkey, database) as sender, listen(settings_with_valkey) as address:
        place = urlsplit(address)
        basic = base64.b64encode(f"{sender.key}:".encode()).decode()
        length = f"content-length: {len(body)}" if framing == "content-length" else "transfer-encoding: chunked"
        sent = half if framing == "content-length" else b"%x\r\n%b\r\n" % (len(half), half)
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        writer.write(f"POST /v1/batch HTTP/1.1\r\nhost: x\r\nauthorization: Basic {basic}\r\n{length}\r\n\r\n".encode())
        writer.write(sent)
        writer.write_eof()
        async with asyncio.timeout(PATIENCE_SECONDS):
            answer = await reader.read()  # until the server has closed, too
        writer.close()
        nothing = await sender.nothing_is_stored()
        whole = await sender.send("batch", body)

    assert b" 200 " not in answer.partition(b"\r\n")[0]
    assert nothing
    assert (whole.status_code, whole.json()["unresolved"]) == (200, 100)


async def test_who_comes_while_too_many_wait_is_told_to_come_again(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "WAITING_AT_MOST", 0)

    answer = await sender.send("batch", {"batch": [TRACK]})

    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "BUSY", "1")
    assert await sender.nothing_is_stored()


async def test_an_item_beyond_its_limit_is_kept_as_a_reject_by_its_beginning(sender: Sender) -> None:
    answer = await sender.batch([{**TRACK, "properties": {"x": "y" * 33_000}}, {**TRACK, "messageId": "m2"}])

    assert answer["unresolved"] == 1
    assert [(each["code"], each["messageId"]) for each in answer["rejected"]] == [("TOO_LARGE", "m1")]
    assert await sender.rows("select is_whole, length(body) from event_rejects") == [(False, 1_000)]


def nested(levels: int) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for _ in range(levels):
        made = {"a": made}
    return made


@pytest.mark.parametrize("padding", ["", "x" * 40_000], ids=["small", "large"])
async def test_an_item_of_any_depth_that_can_be_read_is_refused_alone_and_kept(sender: Sender, padding: str) -> None:
    async def send(*items: Any) -> Any:
        body = json.dumps({"batch": items, "context": {"padding": padding}})  # orjson writes no more than 254 levels
        answer = await sender.send("batch", body.encode())
        assert answer.status_code == 200, answer.text
        return answer.json()

    refusals: list[Any] = []
    for levels in (33, 253, 254, 255, 500, 900):
        deep = {**TRACK, "messageId": f"deep {levels}", "properties": nested(levels)}
        properties = await send(deep, {**TRACK, "messageId": f"good {levels}"})
        context = await send({**TRACK, "messageId": f"beside {levels}", "context": nested(levels)})
        refused = await send({"type": 7, "levels": levels, "context": nested(levels)})

        assert [(each["messageId"], each["code"]) for each in properties["rejected"]] == [
            (f"deep {levels}", "TOO_DEEP")
        ]
        assert (properties["unresolved"], len(refused["rejected"])) == (1, 1)
        assert context["unresolved"] + len(context["rejected"]) == 1
        refusals += properties["rejected"] + context["rejected"] + refused["rejected"]
    ((kept,),) = await sender.rows("select count(*) from event_rejects where code in ('TOO_DEEP', 'UNKNOWN_TYPE')")
    assert kept == len(refusals)
    assert await sender.rows("select count(*) from event_rejects where body like '%…%' and is_whole") == [(0,)]


async def test_nobody_sends_without_a_key_that_counts(sender: Sender, database: Database) -> None:
    body = {"batch": [TRACK]}
    nobody = await sender.client.post("/v1/batch", json=body)
    unknown = await sender.send("batch", body, key="wmw_aaaaaaaaaa_unknown")
    similar = await sender.send("batch", body, key=sender.key[:-1] + ("a" if sender.key[-1] != "a" else "b"))
    odd = await sender.client.post("/v1/batch", json=body, headers={"authorization": "Basic ???"})
    bearer = await sender.client.post("/v1/batch", json=body, headers={"authorization": f"Bearer {sender.key}"})
    stored_before = await sender.nothing_is_stored()
    in_body = await sender.client.post("/v1/batch", json={**body, "writeKey": sender.key})
    async with database.begin() as session:
        await write_keys.revoke(session, prefix=sender.browser_key[:14])
    revoked = await sender.from_page("batch", body)

    assert [answer.status_code for answer in (nobody, unknown, similar, odd, bearer, revoked)] == [401] * 6
    assert nobody.json()["code"] == "UNAUTHENTICATED"
    assert stored_before
    assert in_body.status_code == 200


async def test_a_page_sends_events_from_its_origin_alone(sender: Sender) -> None:
    allowed = await sender.from_page("track", TRACK)
    elsewhere = await sender.from_page("track", {**TRACK, "messageId": "m2"}, origin="https://evil.example")
    without = await sender.client.post("/v1/track", json={**TRACK, "messageId": "m2", "writeKey": sender.browser_key})
    leaked = await sender.send("track", {**TRACK, "messageId": "m2"}, origin=PAGE)
    unreadable = await sender.client.post("/v1/track", content=b"{", headers={"origin": PAGE})
    keyless = await sender.client.post("/v1/track", json=TRACK, headers={"origin": PAGE})

    assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (200, PAGE)
    assert [answer.status_code for answer in (elsewhere, without, leaked)] == [403, 403, 403]
    assert "access-control-allow-origin" not in elsewhere.headers
    # What a page cannot read is a lost connection to its client, which would send it again.
    assert [answer.status_code for answer in (unreadable, keyless)] == [400, 401]
    for answer in (allowed, unreadable, keyless, leaked):
        assert answer.headers["access-control-allow-origin"] == PAGE
        assert answer.headers["access-control-expose-headers"] == "retry-after"
    assert await sender.rows("select message_id from event_keys") == [("m1",)]


async def test_a_preflight_knows_the_origins_of_all_keys(sender: Sender) -> None:
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type"}
    allowed = await sender.client.options("/v1/batch", headers={**asked, "origin": PAGE})
    other = await sender.client.options("/v1/batch", headers={**asked, "origin": "https://evil.example"})

    assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (204, PAGE)
    assert allowed.headers["access-control-allow-headers"] == "authorization, content-type, content-encoding"
    assert (other.status_code, "access-control-allow-origin" in other.headers) == (403, False)


async def test_who_sends_too_fast_is_told_when_to_come_again(
    settings_with_valkey: Settings, database: Database
) -> None:
    async with sending(replace(settings_with_valkey, ingest_rate=1, ingest_browser_rate=1), database) as sender:
        first = await sender.batch([{**TRACK, "messageId": str(n)} for n in range(20)])
        second = await sender.send("batch", {"batch": [{**TRACK, "messageId": "more"}]})
        page = [await sender.from_page("batch", {"batch": [TRACK] * 20}) for _ in range(2)]

        assert first["unresolved"] == 20
        assert (second.status_code, second.json()["code"]) == (429, "TOO_FAST")
        assert 10 <= int(second.headers["retry-after"]) <= 15
        assert [answer.status_code for answer in page] == [200, 429]
        assert await sender.rows("select count(*) from event_keys where message_id = 'more'") == [(0,)]


async def test_a_database_that_is_away_is_said_and_nothing_is_lost(
    sender: Sender, settings_with_valkey: Settings
) -> None:
    await sender.batch([TRACK])  # the key is known from here on
    owner = await asyncpg.connect(settings_with_valkey.migrate_url)
    name = await owner.fetchval("select quote_ident(current_database())")
    end_all = (
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()"
    )

    await owner.execute(end_all)  # connections of the pool are dead, and others can be made
    restarted = await sender.send("batch", {"batch": [{**TRACK, "messageId": "m2"}]})
    await owner.execute(f"alter database {name} connection limit 0")
    await owner.execute(end_all)
    away = await sender.send("batch", {"batch": [{**TRACK, "messageId": "m3"}]})
    asked = await sender.client.options("/v1/batch", headers={"origin": PAGE})
    await owner.execute(f"alter database {name} connection limit -1")
    back = await sender.send("batch", {"batch": [{**TRACK, "messageId": "m3"}]})
    kept = await owner.fetch("select message_id from event_keys order by 1")
    await owner.close()

    assert [answer.status_code for answer in (restarted, away, back)] == [200, 503, 200]
    assert asked.status_code == 503
    assert (away.json()["code"], away.headers["retry-after"]) == ("UNAVAILABLE", "5")
    assert back.json()["unresolved"] == 1
    assert [row["message_id"] for row in kept] == ["m1", "m2", "m3"]
