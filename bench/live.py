"""From an event to its stored score, and to the subscriber who is told: one API process, one worker, one clock, the
sender and a thousand subscribers, on the same two cores.

An event is scored when the mark of its account is gone: the pass that takes a mark stores the score in the same
transaction. Requests of ten events are sent on time, whether or not the answers before have come. Looked at 20 times
a second; the time counts from before the request is sent until the look that finds the mark gone. Each account has a
subscriber of its own, over a WebSocket with a key of the account; for them the time counts until they have been told.
"""

from __future__ import annotations

import asyncio
import base64
import os
import random
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import asyncpg
import httpx
import orjson

from backend.db.engine import Database
from backend.health.scoring import score_now
from backend.ingest import write_keys
from backend.ingest.models import WriteKeyKind
from backend.ingest.upkeep import make_partitions
from backend.settings import Settings
from bench.dataset import Dataset, fill
from bench.delivered import delivered, note_passes
from bench.harness import Result, Servers, p95
from bench.ingest import NAMES, item
from bench.serving import ROOT, Server, api, environment
from bench.subscriptions import following, make_keys

ACCOUNTS = 1_000
A_REQUEST = 10
SECONDS = 20
LOUD = 1
EVENTS = ("conversation_started", "signed_in", "api_called", "report_viewed")
LOOK_SECONDS = 0.05
FEEDS = """
insert into source_feeds (source_id, feed, since, until, first_known_on)
select s.id, f.feed, waymark_today() - 90, waymark_today(), waymark_today() - 90
from sources s join (values ('product', 'active_members'), ('product', 'metric:conversations'),
    ('product', 'metric:logins'), ('product', 'metric:report_views'), ('product', 'tickets'), ('billing', 'seats'),
    ('billing', 'invoices')) f (source, feed) on f.source = s.key
on conflict do nothing;
update subscriptions set limit_metric = 'conversations', limit_quantity = 7500
"""
"""What the sources have delivered for long, so that enough is known of each account to score it; and a limit for each,
so that each conversation moves the score."""
PENDING = """
select e.message_id from event_marks m
join events e on e.account_id = m.account_id and e.received_at = m.received_at and e.id = m.event_id
"""


class Traffic:
    """Sends events at a rate and notes when each was sent and when its score was stored."""

    def __init__(self, port: int, key: str, owner: asyncpg.Connection[asyncpg.Record]) -> None:
        self._client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30)
        self._headers = {"authorization": f"Basic {key}"}
        self._owner = owner
        self._sent: dict[str, tuple[float, int]] = {}
        self._answered: set[str] = set()
        self.failed = 0
        self.events: tuple[str, ...] = EVENTS
        self.sent: dict[str, float] = {}
        """When each event was sent that has been scored, by the monotonic clock."""

    async def run(self, seconds: float, rate: float, account: Callable[[], int]) -> list[tuple[int, float]]:
        """(account, seconds until scored) of each event of so many seconds at a rate."""
        found: list[tuple[int, float]] = []
        tasks = []
        began = time.monotonic()
        sending = True
        number = 0
        deadline = began + seconds + 60
        while (sending or self._sent) and time.monotonic() < deadline:
            look = time.monotonic()
            while sending and number * A_REQUEST / rate <= look - began:
                tasks.append(asyncio.create_task(self._send([account() for _ in range(A_REQUEST)])))
                number += 1
                sending = number * A_REQUEST < seconds * rate
            pending = {row[0] for row in await self._owner.fetch(PENDING)}
            now = time.monotonic()
            for message in [one for one in self._answered if one not in pending]:
                at, whose = self._sent.pop(message)
                self._answered.discard(message)
                found.append((whose, now - at))
                self.sent[message] = at
            await asyncio.sleep(max(0.0, LOOK_SECONDS - (time.monotonic() - look)))
        await asyncio.gather(*tasks)
        return found

    async def _send(self, accounts: list[int]) -> None:
        at = datetime.now(UTC)
        items = [item(one, one * 10 + random.randrange(10), at, random.choice(self.events)) for one in accounts]
        content = orjson.dumps({"batch": items, "sentAt": at})
        sent = time.monotonic()
        try:
            answer = await self._client.post("/v1/batch", content=content, headers=self._headers)
        except httpx.TransportError:
            self.failed += 1
            return
        if answer.status_code != 200 or answer.json()["stored"] != len(items):
            self.failed += 1
            return
        for one, whose in zip(items, accounts, strict=True):
            message = str(one["messageId"])
            self._sent[message] = sent, whose
            self._answered.add(message)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


@contextmanager
def process(settings: Settings, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A worker or clock, started as the supervisor starts it."""
    child = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        env=environment(settings),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield child
    finally:
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(30)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


async def measure(servers: Servers) -> list[Result]:
    """Latency at 500 events a second, with and without one loud account, and after faults."""
    settings = replace(await servers.settings("bench_live"), log_level="WARNING")
    data = await fill(settings, accounts=ACCOUNTS)
    owner = await asyncpg.connect(settings.migrate_url)
    await owner.execute(FEEDS)
    database = Database(settings)
    await database.open()
    async with database.begin() as session:
        await make_partitions(session)
        await score_now(session)  # what the data set made up is no score
        made = await write_keys.create(session, name="bench", source_key="product", kind=WriteKeyKind.SERVER)
    await database.close()
    key = base64.b64encode(f"{made.text}:".encode()).decode()
    await owner.execute(NAMES)
    await owner.execute("analyze")
    await note_passes(owner)
    results: list[Result] = []
    worker = ("jobs.worker", "critical")
    try:
        with api(settings) as server, process(settings, "jobs.clock"):
            traffic = Traffic(server.port, key, owner)
            with process(settings, *worker):
                await traffic.run(5, 200, lambda: random.randrange(1, ACCOUNTS + 1))  # to warm up
                every = await traffic.run(SECONDS, 500, lambda: random.randrange(1, ACCOUNTS + 1))
                results.append(await followed(server, settings, data, traffic, owner))
                calm = await traffic.run(SECONDS, 50, lambda: random.randrange(2, ACCOUNTS + 1))
                loud = await traffic.run(
                    SECONDS, 500, lambda: LOUD if random.random() < 0.9 else random.randrange(2, ACCOUNTS + 1)
                )
            others = [taken for whose, taken in loud if whose != LOUD]
            alone, beside = p95([taken for _, taken in calm]), p95(others)
            detail = f"{len(every):,} events, median {statistics.median(t for _, t in every):.2f} s"
            results += [
                Result("event → stored score, p95", p95([t for _, t in every]), "s", 2.0, "lower", detail),
                Result("beside an account with 90 % of the traffic, p95 of the others", beside, "s", 2.0, "lower"),
                Result("… against without it", beside / alone, "×", 1.5, "lower", f"{beside:.2f} s, {alone:.2f} s"),
            ]
            results.append(await recovery(servers, settings, traffic, owner, worker))
            await traffic.close()
    finally:
        await owner.close()
    return results


async def followed(
    server: Server,
    settings: Settings,
    data: Dataset,
    traffic: Traffic,
    owner: asyncpg.Connection[asyncpg.Record],
) -> Result:
    """How soon whoever follows an account is told of what an event did to its score."""
    members = await make_keys(settings, ACCOUNTS)
    async with following(server, "sockets", list(members.values()), data.staff_key) as followers:
        traffic.sent.clear()
        traffic.events = EVENTS[:1]  # which moves the score of every account
        scored = await traffic.run(SECONDS, 500, lambda: random.randrange(1, ACCOUNTS + 1))
        await asyncio.sleep(3)
        traffic.events = EVENTS
        took = await delivered(owner, traffic.sent, list(members), await followers.told())
    never = sum(one == float("inf") for one in took)
    detail = (
        f"{len(took):,} of {len(scored):,} events changed a score, {never} were never told; "
        f"median {statistics.median(took):.2f} s; event → stored score meanwhile {p95([t for _, t in scored]):.2f} s"
    )
    return Result(f"event → delivery to {len(members):,} subscribers, p95", p95(took), "s", 2.0, "lower", detail)


async def recovery(
    servers: Servers,
    settings: Settings,
    traffic: Traffic,
    owner: asyncpg.Connection[asyncpg.Record],
    worker: tuple[str, ...],
) -> Result:
    """Seconds until the lag is under two seconds again, after two restarts of Valkey and five kills of the worker."""
    looking = await asyncpg.connect(settings.migrate_url)
    before = await owner.fetchval("select count(*) from events")
    sending = asyncio.create_task(traffic.run(25, 200, lambda: random.randrange(1, ACCOUNTS + 1)))
    for number in range(5):
        with process(settings, *worker) as child:
            await asyncio.sleep(2.5)
            os.kill(child.pid, signal.SIGKILL)
            child.wait()
        if number in {1, 3}:
            servers.valkey.stop()  # from this thread: a child ends with the thread that started it
            servers.valkey.start(same_port=True)
    with process(settings, *worker):
        over = time.monotonic()
        while (await looking.fetchval(LAG)) > 2:  # noqa: ASYNC110 - it is another process that changes it
            await asyncio.sleep(0.1)
        took = time.monotonic() - over
        done: list[Any] = await sending
    await looking.close()
    stored = await owner.fetchval("select count(*) from events") - before
    detail = f"{stored:,} events stored, {len(done):,} scored, {traffic.failed} requests failed"
    return Result("lag under 2 s again after two Valkey restarts and five kills", took, "s", 30.0, "lower", detail)


LAG = "select coalesce(extract(epoch from clock_timestamp() - min(received_at)), 0)::float8 from event_marks"
