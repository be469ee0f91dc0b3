"""A thousand open subscriptions, over server-sent events and over WebSockets: their memory, and how soon they are told.

Each subscriber has a connection, a credential and an account of its own, so that nothing is shared: each change is read
for its one subscriber. Then a thousand of the staff follow every account, and each change is read once and told to all.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import inf
from uuid import UUID

import asyncpg
import httpx
import psutil
from sqlalchemy import update

from backend.announcing import Announcement, Topic, announce
from backend.db.engine import Database
from backend.health.models import CurrentHealth
from backend.identity import keys
from backend.permissions import ACCOUNT_SCOPES, STAFF_SCOPES
from backend.settings import Settings
from backend.work.doorbell import Doorbell
from bench.dataset import fill
from bench.harness import Result, Servers, p95
from bench.serving import ROOT, Server, api

SUBSCRIBERS = 1_000
STAFF_KEYS = 10
WARMING = 100
CHANGES_A_SECOND = 200
TOLD_TO_ALL, SECONDS_BETWEEN = 20, 0.5
QUERY = "subscription { healthChanged { id name health { score band } } }"
PATIENCE_SECONDS = 60.0
TRANSPORTS = {"events": "server-sent events", "sockets": "WebSockets"}


class Followers:
    """A process of subscribers that are open."""

    def __init__(self, child: asyncio.subprocess.Process) -> None:
        self._child = child

    async def told(self) -> list[list[float]]:
        """End them: for each of them when it was told something, by the monotonic clock."""
        printed, _ = await self._child.communicate(b"\n")
        found: list[list[float]] = json.loads(printed)
        return found


@asynccontextmanager
async def following(
    server: Server, transport: str, credentials: list[str], staff_key: str, query: str = QUERY
) -> AsyncIterator[Followers]:
    """Subscribers from a process of their own, all of them open."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.follow", stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, limit=10_000_000
    )
    try:
        assert child.stdin is not None
        assert child.stdout is not None
        order = {"port": server.port, "transport": transport, "credentials": credentials, "query": query}
        child.stdin.write(json.dumps(order).encode() + b"\n")
        if await child.stdout.readline() != b"open\n":
            raise RuntimeError("the subscribers could not subscribe")
        await until_open(server, staff_key, len(credentials))
        yield Followers(child)
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


async def until_open(server: Server, staff_key: str, streams: int) -> None:
    """Wait until the API has so many streams."""
    headers = {"authorization": f"Bearer {staff_key}"}
    async with httpx.AsyncClient(headers=headers, timeout=30) as client, asyncio.timeout(PATIENCE_SECONDS):
        while True:
            page = (await client.get(f"http://127.0.0.1:{server.port}/metrics")).text
            found = re.search(r"^waymark_subscriptions ([\d.]+)$", page, re.MULTILINE)
            if found is not None and int(float(found[1])) == streams:
                return
            await asyncio.sleep(0.1)


async def make_keys(settings: Settings, count: int) -> dict[UUID, str]:
    """A key of each of the first accounts."""
    owner = await asyncpg.connect(settings.migrate_url)
    accounts = [row[0] for row in await owner.fetch("select id from accounts order by id limit $1", count)]
    await owner.close()
    database = Database(settings)
    await database.open()
    async with database.begin() as session:
        made = {
            account: (await keys.create(session, name="bench", words=sorted(ACCOUNT_SCOPES), account_id=account)).text
            for account in accounts
        }
    await database.close()
    return made


async def measure(servers: Servers) -> list[Result]:
    """Memory a connection in kB (1,000 bytes), and the time from the commit of a change to its subscribers."""
    data = await fill(await servers.settings("bench_subscriptions"), accounts=SUBSCRIBERS)
    members = await make_keys(data.settings, SUBSCRIBERS)
    results: list[Result] = []
    with Doorbell(data.settings.redis_url) as doorbell:
        database = Database(data.settings, announce=doorbell.announce)
        await database.open()
        async with database.begin() as session:
            staff = [
                (await keys.create(session, name="bench", words=sorted(STAFF_SCOPES))).text for _ in range(STAFF_KEYS)
            ]
        for transport in TRANSPORTS:
            with api(data.settings) as server:
                results += await _one_each(server, transport, members, data.staff_key, database)
                results.append(await _all_of_them(server, transport, staff, data.staff_key, members, database))
        await database.close()
    return results


async def _one_each(
    server: Server, transport: str, members: dict[UUID, str], staff_key: str, database: Database
) -> list[Result]:
    credentials = list(members.values())
    async with following(server, transport, credentials[:WARMING], staff_key) as few:
        await few.told()
    await until_open(server, staff_key, 0)
    process = psutil.Process(server.pid)
    before = process.memory_info().rss
    async with following(server, transport, credentials, staff_key) as followers:
        each = (process.memory_info().rss - before) / len(credentials) / 1_000
        accounts = list(members)
        changed: dict[UUID, float] = {}
        began, spent = time.monotonic(), process.cpu_times()
        for number, account in enumerate(random.sample(accounts, len(accounts))):
            await asyncio.sleep(began + number / CHANGES_A_SECOND - time.monotonic())
            changed[account] = await _change(database, account)
        await asyncio.sleep(2)
        used = process.cpu_times()
        told = await followers.told()
    took = [times[0] - changed[account] for account, times in zip(accounts, told, strict=True) if times]
    missing = [inf] * (len(accounts) - len(took))
    share = (used.user + used.system - spent.user - spent.system) / (time.monotonic() - began)
    detail = (
        f"{len(took):,} of {len(accounts):,} told, {CHANGES_A_SECOND} changes a second, each read for its subscriber; "
        f"median {statistics.median(took) * 1000:.0f} ms; the API used {share:.0%} of a core"
    )
    name, soon = TRANSPORTS[transport], p95([*took, *missing])
    return [
        Result(f"memory of a subscription over {name}", each, "kB", 60, "lower", f"{before / 1e6:.0f} MB before"),
        Result(f"change → delivery over {name}, p95", soon, "s", 1.0, "lower", detail),
    ]


async def _all_of_them(
    server: Server, transport: str, staff: list[str], staff_key: str, members: dict[UUID, str], database: Database
) -> Result:
    credentials = staff * (SUBSCRIBERS // len(staff))
    await until_open(server, staff_key, 0)
    async with following(server, transport, credentials, staff_key) as followers:
        changed = []
        for account in random.sample(list(members), TOLD_TO_ALL):
            changed.append(await _change(database, account))
            await asyncio.sleep(SECONDS_BETWEEN)
        await asyncio.sleep(2)
        told = await followers.told()
    took = [at - since for times in told for since, at in zip(changed, times, strict=False)]
    detail = f"{len(took):,} of {TOLD_TO_ALL * len(told):,} told; median {statistics.median(took) * 1000:.0f} ms"
    name = f"one change → all of {len(told):,} over {TRANSPORTS[transport]}, p95"
    return Result(name, p95([*took, *[inf] * (TOLD_TO_ALL * len(told) - len(took))]), "s", 1.0, "lower", detail)


async def _change(database: Database, account: UUID) -> float:
    """Store another score; when that was begun."""
    began = time.monotonic()
    async with database.begin() as session:
        await session.execute(
            update(CurrentHealth).where(CurrentHealth.account_id == account).values(score=random.randrange(100_000_000))
        )
        announce(session, Announcement(Topic.HEALTH, account, account))
    return began
