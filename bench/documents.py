"""What documents cost beside their SQL: the worst ones that the limits let through, one that is known, and a thousand.

The first two are measured in this process, through the whole application (every middleware, log entry as JSON,
authentication, buckets in Valkey), prepared as the API process is, but without a socket. They are processor time: of
the event loop's thread for the worst documents, which are read aside, and of the process for a known one, whose
statement is answered by a constant.
"""

from __future__ import annotations

import asyncio
import io
import json
import statistics
import time
from collections.abc import Awaitable, Callable
from contextlib import redirect_stdout
from dataclasses import replace
from typing import Any

import psutil
from starlette.types import Message

from backend import logging
from backend.app import create_app
from backend.graphql.planner import Planner
from backend.serve import prepare
from backend.settings import Settings
from bench.dataset import Dataset, fill
from bench.harness import Result, Servers
from bench.questions import MEMBER_HOME
from bench.serving import api

ACCOUNTS = 50
KNOWN, AT_A_TIME, ROUNDS = 2_000, 8, 5
DOCUMENTS, REQUESTS = 1_000, 3_000
Send = Callable[[str, bytes], Awaitable[tuple[int, bytes]]]
"""Sends (key, body of a request); gives status and body of the answer."""


async def measure(servers: Servers) -> list[Result]:
    """Milliseconds of the event loop, microseconds of Python, and the 95th percentile against one document's."""
    settings = replace(await servers.settings("documents"), log_format="json")
    data = await fill(settings, ACCOUNTS)
    with redirect_stdout(io.StringIO()):
        logging.configure(settings, "api")
        inside = await _inside(settings, data)
    return [*inside, await _in_rotation(settings, data)]


def worst() -> dict[str, tuple[str, dict[str, Any]]]:
    """Documents at the limits, each in another way."""
    overlapping = " ".join(f"fragment F{i} on Account {{ name tier {{ name }} ...F{i + 1} }}" for i in range(180))
    wide = " ".join(["name id customerSince"] * 640)
    conditions = ", ".join(["{}"] * 240)
    return {
        "overlapping fragments": (
            f"{{ accounts(first: 1) {{ nodes {{ ...F0 }} }} }} {overlapping} fragment F180 on Account {{ id }}",
            {},
        ),
        "2,000 fields": (f"{{ accounts(first: 1) {{ nodes {{ {wide} }} }} }}", {}),
        "2,000 unknown fields": ("{ " + "nope " * 1_990 + "}", {}),
        "12 levels": ("{ accounts(first: 1) { nodes { " + "parent { " * 9 + "name" + " }" * 12, {}),
        "a text of 100 kB": ('{ accounts(first: 1, filter: {text: "' + "x" * 99_000 + '"}) { totalCount } }', {}),
        "32,000 objects in a variable": (
            "query($f: AccountFilter) { accounts(first: 1, filter: $f) { totalCount } }",
            {"f": {"and": [{"and": [{}] * 240} for _ in range(130)]}},
        ),
        "a filter of 240 conditions": (
            f"{{ accounts(first: 1, filter: {{and: [{conditions}]}}) {{ totalCount }} }}",
            {},
        ),
    }


async def _inside(settings: Settings, data: Dataset) -> list[Result]:
    app = create_app(settings)
    prepare()
    async with app.router.lifespan_context(app) as state:

        async def send(key: str, body: bytes) -> tuple[int, bytes]:
            return await _asked(app, dict(state or {}), key, body)

        await send(data.staff_key, _body("{ __typename }", {}))
        return [await _worst(send, data), await _known(send, data)]


async def _worst(send: Send, data: Dataset) -> Result:
    spent: dict[str, float] = {}
    for name, (document, variables) in worst().items():
        times = []
        for number in range(3):
            body = _body(f"{document} #{number}", variables)
            began = time.thread_time()
            status, answer = await send(data.staff_key, body)
            times.append((time.thread_time() - began) * 1_000)
            assert status == 200, (name, answer)
        spent[name] = statistics.median(times)
    slowest = max(spent, key=spent.__getitem__)
    detail = f"{slowest}; " + ", ".join(f"{name} {ms:.1f}" for name, ms in spent.items())
    return Result("worst document: event loop until refused or planned", spent[slowest], "ms", 50, "lower", detail)


async def _known(send: Send, data: Dataset) -> Result:
    days = {"from": str(data.today), "to": str(data.today)}
    asked = _body(MEMBER_HOME, days)
    status, body = await send(data.member_key, asked)
    assert status == 200, body
    constant = body[len(b'{"data":') : body.index(b',"extensions"')]

    async def answered(*_: Any) -> bytes:
        return constant

    async def several() -> None:
        for _ in range(KNOWN // AT_A_TIME):
            await send(data.member_key, asked)

    real, times = Planner._run, []
    Planner._run = answered  # type: ignore[method-assign,assignment]
    try:
        for _ in range(ROUNDS):
            began = time.process_time()
            await asyncio.gather(*(several() for _ in range(AT_A_TIME)))
            times.append((time.process_time() - began) / KNOWN * 1e6)
    finally:
        Planner._run = real  # type: ignore[method-assign]
    detail = f"member's home, {AT_A_TIME} at a time; of {ROUNDS} rounds the fastest {min(times):.0f} µs"
    return Result("known document: a request without SQL", statistics.median(times), "µs", 150, "lower", detail)


def _body(document: str, variables: dict[str, Any]) -> bytes:
    return json.dumps({"query": document, "variables": variables}, separators=(",", ":")).encode()


async def _asked(app: Any, state: dict[str, Any], key: str, body: bytes) -> tuple[int, bytes]:
    """Ask the application as a server does, and wait for what it sends."""
    received, answered = False, [0, b""]

    async def receive() -> Message:
        nonlocal received
        if received:
            await asyncio.Event().wait()
        received = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        answered[0 if message["type"] == "http.response.start" else 1] = message.get("status") or message["body"]

    headers = [
        (b"host", b"127.0.0.1"),
        (b"accept", b"application/json"),
        (b"content-type", b"application/json"),
        (b"authorization", f"Bearer {key}".encode()),
    ]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "raw_path": b"/graphql", "query_string": b""}
    client = {"client": ("127.0.0.1", 1), "root_path": "", "headers": headers, "state": state}
    await app({**scope, **client}, receive, send)
    return answered[0], answered[1]  # type: ignore[return-value]


async def _in_rotation(settings: Settings, data: Dataset) -> Result:
    """One document, and a thousand in turn, in turns of each other."""
    documents = [
        f"query Home {{ viewer {{ kind account {{ n{i}: name health {{ score band }} }} }} }}" for i in range(DOCUMENTS)
    ]
    requests = {
        "one": [(data.member_key, json.dumps({"query": documents[0]}))],
        "a thousand": [(data.member_key, json.dumps({"query": document})) for document in documents],
    }
    p95: dict[str, list[float]] = {name: [] for name in requests}
    with api(settings) as server:
        process = psutil.Process(server.pid)
        await server.load(requests["a thousand"], REQUESTS)
        first = process.memory_info().rss / 1e6
        for _ in range(ROUNDS):
            for name, asked in requests.items():
                p95[name].append((await server.load(asked, REQUESTS)).p95_ms)
        last = process.memory_info().rss / 1e6
    one, thousand = (statistics.median(p95[name]) for name in requests)
    detail = f"{thousand:.1f} ms against {one:.1f} ms; {first:.0f} MB after 3 rotations, {last:.0f} after 18"
    return Result("1,000 documents in rotation: 95th percentile", thousand / one, "×", 2, "lower", detail)
