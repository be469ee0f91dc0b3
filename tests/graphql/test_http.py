"""GraphQL over HTTP: media types, bodies, codes on every error, nothing leaked, and clients that go away."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import httpx
import orjson
import pytest
from starlette.types import Message

from backend.graphql.http import executing, reading, view
from backend.graphql.http.negotiation import JSON, RESPONSE, media_type
from backend.graphql.planner import Outcome, Planner
from backend.identity.authentication import Authenticator
from tests.graphql.world import World

QUERY = "{ viewer { kind } }"


async def post(world: World, content: Any, **headers: str) -> httpx.Response:
    body = content if isinstance(content, bytes) else orjson.dumps(content)
    sent = {"content-type": "application/json", "authorization": f"Bearer {world.credential('acme')}"}
    kept = {name.replace("_", "-"): value for name, value in headers.items()}
    return await world.client.post("/graphql", content=body, headers={**sent, **kept})


@pytest.mark.parametrize(
    "accept, expected",
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json", JSON),
        ("APPLICATION/JSON; charset=utf-8", JSON),
        ("application/graphql-response+json", RESPONSE),
        ("application/graphql-response+json, application/json;q=0.9", RESPONSE),
        ("application/json;q=0.5, application/graphql-response+json;q=0.9, */*;q=0.1", RESPONSE),
        ("text/event-stream, application/graphql-response+json, application/json", RESPONSE),
        ("text/html", None),
        ("application/json;q=0", None),
        ("application/json;q=x", None),
    ],
)
def test_the_client_chooses_the_media_type(accept: str, expected: str | None) -> None:
    assert media_type(accept) == expected


async def test_data_goes_out_in_either_media_type(world: World) -> None:
    plain = await post(world, {"query": QUERY}, accept="application/json")
    modern = await post(world, {"query": QUERY}, accept="application/graphql-response+json")

    assert plain.json()["data"] == modern.json()["data"] == {"viewer": {"kind": "MEMBER"}}
    assert (plain.status_code, plain.headers["content-type"]) == (200, "application/json; charset=utf-8")
    assert modern.headers["content-type"] == "application/graphql-response+json; charset=utf-8"
    assert plain.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "query, variables, code, plain, modern",
    [
        ("{ viewer", None, "GRAPHQL_PARSE_FAILED", 200, 400),
        ("{ nothing }", None, "GRAPHQL_VALIDATION_FAILED", 200, 400),
        ("mutation { x }", None, "GRAPHQL_VALIDATION_FAILED", 200, 400),
        ("query($id: ID!) { node(id: $id) { id } }", {}, "BAD_USER_INPUT", 200, 400),
        ("query($id: ID!) { node(id: $id) { id } }", {"id": "a\0b"}, "BAD_USER_INPUT", 200, 400),
        ("{ accounts(first: 1) { totalCount } }", None, "FORBIDDEN", 200, 403),
        ("query A { __typename } query B { __typename }", None, "BAD_USER_INPUT", 200, 400),
    ],
)
async def test_a_refused_operation_has_errors_and_no_data(
    world: World, query: str, variables: Any, code: str, plain: int, modern: int
) -> None:
    for accept, status in ((JSON, plain), (RESPONSE, modern)):
        answer = await post(world, {"query": query, "variables": variables}, accept=accept)
        body = answer.json()
        assert set(body) == {"errors"}
        assert {error["extensions"]["code"] for error in body["errors"]} == {code}
        assert answer.status_code == status


@pytest.mark.parametrize(
    "content, headers, status, message",
    [
        (b"{", {}, 400, "The body is not JSON."),
        (b"", {}, 400, "The body is not JSON."),
        (b'{"query": "\xff"}', {}, 400, "The body is not JSON."),
        (b'{"query": "\\ud800"}', {}, 400, "The body is not JSON."),
        (b"[]", {}, 400, "The body must be one JSON object; batches are not taken."),
        (b"{}", {}, 400, "query must be the text of a GraphQL document."),
        (b'{"query": 5}', {}, 400, "query must be the text of a GraphQL document."),
        (b'{"query": "{a}", "variables": []}', {}, 400, "variables must be an object."),
        (b'{"query": "{a}", "operationName": {}}', {}, 400, "operationName must be text."),
        (b'{"query": "{a}", "extensions": "x"}', {}, 400, "extensions must be an object."),
        (b"{}", {"content_type": "text/plain"}, 415, "Send the operation as application/json."),
        (b"{}", {"content_type": "application/json; charset=latin-1"}, 415, "Send the operation as UTF-8."),
        (b"{}", {"content_encoding": "gzip"}, 415, "Send the operation without content-encoding."),
        (b'{"query": "' + b" " * 102_400 + b'"}', {}, 413, "The body is longer than 102,400 bytes."),
        (b"{}", {"accept": "text/csv"}, 406, "Accept one of application/graphql-response+json and application/json."),
    ],
)
async def test_a_request_that_is_no_graphql_request_is_refused_with_its_reason(
    world: World, content: bytes, headers: dict[str, str], status: int, message: str
) -> None:
    answer = await post(world, content, **headers)

    assert answer.status_code == status
    assert answer.json() == {"errors": [{"message": message, "extensions": {"code": "BAD_USER_INPUT"}}]}


async def test_a_body_without_a_length_is_bounded_too(world: World) -> None:
    async def parts() -> Any:
        for _ in range(200):
            yield b" " * 1_024

    answer = await world.client.post("/graphql", content=parts(), headers={"content-type": "application/json"})

    assert answer.status_code == 413


async def test_an_unknown_registered_operation_says_so(world: World) -> None:
    answer = await post(world, {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}})

    assert answer.json()["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize("authorization", ["Bearer nonsense", "Basic YTpi", "Bearer wmk_aaaaaaaaaa_bbbb", "Bearer"])
async def test_a_bad_credential_is_refused_before_anything_is_read(world: World, authorization: str) -> None:
    answer = await post(world, {"query": QUERY}, authorization=authorization)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="waymark"'
    assert answer.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}


async def test_a_browser_gets_a_page_and_other_methods_are_refused(world: World) -> None:
    page = await world.client.get("/graphql", headers={"accept": "text/html,application/xhtml+xml"})
    delete = await world.client.delete("/graphql")

    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "<title>GraphQL API · Waymark</title>" in page.text
    assert f"curl -s {world.settings.base_url}/graphql" in page.text
    assert (delete.status_code, delete.headers["allow"]) == (405, "GET, HEAD, POST")


async def get(world: World, fields: dict[str, Any] | str, **headers: str) -> httpx.Response:
    sent = {"authorization": f"Bearer {world.credential('acme')}", "accept": RESPONSE, **headers}
    if isinstance(fields, str):
        return await world.client.get(f"/graphql?{fields}", headers=sent)
    return await world.client.get("/graphql", params=fields, headers=sent)


async def test_a_query_may_be_sent_in_the_address(world: World) -> None:
    query = "query Who($yes: Boolean!) { viewer { kind @include(if: $yes) } } query Other { __typename }"

    answer = await get(world, {"query": query, "operationName": "Who", "variables": '{"yes": true}', "extensions": ""})

    assert answer.status_code == 200
    assert answer.json()["data"] == {"viewer": {"kind": "MEMBER"}}


@pytest.mark.parametrize(
    "fields, status, message",
    [
        ({}, 400, "query must be the text of a GraphQL document."),
        ({"query": ""}, 400, "query must be the text of a GraphQL document."),
        ({"query": QUERY, "variables": "{"}, 400, "variables is not JSON."),
        ({"query": QUERY, "variables": "[]"}, 400, "variables must be an object."),
        ({"query": QUERY, "extensions": "5"}, 400, "extensions must be an object."),
        ({"query": [QUERY, QUERY]}, 400, "The address has query twice."),
        ("query=%ff", 400, "The address is not well encoded: UTF-8 in percent signs, 50 fields at most."),
        ("a=1&" * 60, 400, "The address is not well encoded: UTF-8 in percent signs, 50 fields at most."),
        ({"query": " " * 20_000}, 414, "The address is longer than 16,384 bytes; send the operation with POST."),
    ],
)
async def test_an_address_that_is_no_query_is_refused_with_its_reason(
    world: World, fields: dict[str, Any] | str, status: int, message: str
) -> None:
    answer = await get(world, fields)

    assert answer.status_code == status
    assert answer.json() == {"errors": [{"message": message, "extensions": {"code": "BAD_USER_INPUT"}}]}


async def test_a_body_that_never_ends_is_given_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "BODY_SECONDS", 0.02)

    async def half() -> Any:
        yield b'{"query": "{ __ty'
        await asyncio.sleep(10)

    answer = await world.client.post("/graphql", content=half(), headers={"content-type": "application/json"})

    assert (answer.status_code, answer.headers["connection"]) == (408, "close")
    assert answer.json()["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT"}


async def test_a_fault_before_the_operation_is_masked_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any) -> Any:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(Authenticator, "viewer", broken)
    answer = await post(world, {"query": QUERY}, x_request_id="request-12345")

    assert answer.status_code == 500
    assert answer.json()["errors"] == [
        {
            "message": "Something went wrong.",
            "extensions": {"code": "INTERNAL_SERVER_ERROR", "requestId": "request-12345"},
        }
    ]


async def test_introspection_works_for_tools(world: World) -> None:
    data = await world.data("acme", "{ __schema { queryType { name } } viewer { kind } __typename }")

    assert data == {"__schema": {"queryType": {"name": "Query"}}, "viewer": {"kind": "MEMBER"}, "__typename": "Query"}


async def test_a_fault_of_ours_is_masked_and_carries_the_id_of_the_request(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(Planner, "plan", broken)
    for accept, status in ((JSON, 500), (RESPONSE, 500)):
        answer = await post(world, {"query": QUERY}, accept=accept, x_request_id="request-12345")
        assert answer.status_code == status
        assert answer.json() == {
            "errors": [
                {
                    "message": "Something went wrong.",
                    "extensions": {"code": "INTERNAL_SERVER_ERROR", "requestId": "request-12345"},
                }
            ]
        }


async def test_an_operation_that_takes_too_long_is_stopped(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executing, "OPERATION_SECONDS", 0.05)
    monkeypatch.setattr(Planner, "run", sleeps)

    answer = await post(world, {"query": QUERY}, accept=RESPONSE)

    assert answer.status_code == 504
    assert answer.json()["errors"][0]["extensions"] == {"code": "TIMEOUT"}


async def sleeps(_planner: Any, _prepared: Any, pools: Any) -> Outcome:
    await pools["member"].fetchval("select pg_sleep(30) /* left */")
    return Outcome(b"{}")


async def test_a_client_that_goes_away_stops_its_statement(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Planner, "run", sleeps)
    monkeypatch.setattr(view, "WATCHED_AFTER_SECONDS", 0.0)
    running = asyncio.Event()
    sent: list[Message] = []
    body = orjson.dumps({"query": QUERY})

    async def receive() -> Message:
        nonlocal body
        if body:
            message = {"type": "http.request", "body": body, "more_body": False}
            body = b""
            return message
        await until(world, 1)
        running.set()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    authorization = f"Bearer {world.credential('acme')}".encode()
    headers = [(b"content-type", b"application/json"), (b"authorization", authorization)]
    transport: Any = world.client._transport
    scope = {"type": "http", "method": "POST", "path": "/graphql", "raw_path": b"/graphql", "query_string": b""}
    await transport.app({**scope, "headers": headers, "root_path": ""}, receive, send)

    assert running.is_set()
    assert sent == []
    await until(world, 0)


async def until(world: World, running: int) -> None:
    """Wait until so many of the slow statements run."""
    for _ in range(500):
        if await statements(world) == running:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"never were {running} statements running")


async def statements(world: World) -> int:
    """How many of the slow statements run; only a superuser sees the text of others' statements."""
    connection = await asyncpg.connect(world.settings.migrate_url)
    found = await connection.fetchval(
        """select count(*) from pg_stat_activity
           where query like '%/* left */%' and state = 'active' and pid <> pg_backend_pid()"""
    )
    await connection.close()
    return int(found)
