"""Taking events in through /v1/batch against a loop of INSERT … ON CONFLICT written by hand, in turns, same tables.

Ours is one API process, with the load generator on the same two cores: HTTP, JSON, checks, whose event it is, marks for
counting. The rival is one process that is handed the same bodies and only stores (`bench/rivals/insert_loop.py`).
"""

from __future__ import annotations

import base64
import random
import statistics
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import orjson

from backend.db.engine import Database
from backend.ingest import write_keys
from backend.ingest.models import WriteKeyKind
from backend.ingest.upkeep import make_partitions
from backend.settings import Settings
from bench.dataset import is_filled
from bench.harness import Result, Servers
from bench.rivals.insert_loop import insert_all
from bench.serving import api

ACCOUNTS = 2_000
EVENTS = 30_000
ROUNDS = 7
BAR = 0.6
PER_SECOND = 8_000

PEOPLE = """
insert into accounts (external_id, name, customer_since)
select 'account-' || n, 'Company ' || n, '2024-01-01' from generate_series(1, {accounts}) n;
create temporary table made as
select a.id as account_id, 'Person ' || m as name, uuidv7() as id
from accounts a cross join generate_series(1, 10) m;
insert into persons (id, name) select id, name from made;
insert into members (account_id, person_id, joined_on) select account_id, id, '2024-01-01' from made;
"""
NAMES = """
insert into person_identities (source_id, external_id, person_id)
select s.id, 'user-' || split_part(a.external_id, '-', 2)::int * 10 + m.number, m.person_id
from accounts a
cross join lateral (select person_id, row_number() over (order by id) - 1 as number
                    from members where account_id = a.id order by id limit 10) m
cross join sources s where s.key = 'product'
on conflict do nothing
"""
"""account-7 has ten people with a name in the product: user-70 to user-79."""


async def prepare(settings: Settings) -> tuple[str, UUID]:
    """Accounts, unless there are, names of ten people of each, and a key of a server; the key and its source."""
    database = Database(settings)
    await database.open()
    async with database.begin() as session:
        await make_partitions(session)
        key = await write_keys.create(session, name="bench", source_key="product", kind=WriteKeyKind.SERVER)
    await database.close()
    owner = await asyncpg.connect(settings.migrate_url)
    if not await is_filled(owner):
        await owner.execute(PEOPLE.format(accounts=ACCOUNTS))
    await owner.execute(NAMES)
    await owner.execute("analyze")
    source = await owner.fetchval("select id from sources where key = 'product'")
    await owner.close()
    return base64.b64encode(f"{key.text}:".encode()).decode(), source


def item(account: int, user: int, at: datetime, name: str = "conversation_started") -> dict[str, object]:
    """An event as Segment's client for Python sends it."""
    return {
        "integrations": {},
        "anonymousId": None,
        "properties": {"plan": "pro", "value": 12.5, "path": "/inbox/3/edit", "feature": "export", "ok": True},
        "timestamp": at.isoformat(),
        "userId": f"user-{user}",
        "context": {"groupId": f"account-{account}", "library": {"name": "analytics-python", "version": "2.3.5"}},
        "type": "track",
        "event": name,
        "messageId": str(uuid4()),
    }


def batches(size: int, accounts: int, count: int = EVENTS) -> list[bytes]:
    """Bodies of so many items each, of any of so many accounts, every message new."""
    start = datetime.now(UTC) - timedelta(days=1)
    made = []
    for _ in range(count // size):
        items = []
        for _ in range(size):
            user = random.randrange(10, 10 * accounts + 10)
            items.append(item(user // 10, user, start + timedelta(seconds=random.randrange(80_000))))
        made.append(orjson.dumps({"batch": items, "sentAt": datetime.now(UTC).isoformat()}))
    return made


async def measure(servers: Servers) -> list[Result]:
    """Median events a second of both, in turns, for batches of 100 and of 500."""
    settings = replace(await servers.settings("bench_ingest"), ingest_rate=1_000_000, log_level="WARNING")
    key, source = await prepare(settings)
    owner = await asyncpg.connect(settings.migrate_url)
    accounts = {row[0]: row[1] for row in await owner.fetch("select external_id, id from accounts")}
    persons = {row[0]: row[1] for row in await owner.fetch("select external_id, person_id from person_identities")}
    results = []
    with api(settings) as server:
        for size in (100, 500):
            ours, theirs, refused = [], [], 0
            before = await owner.fetchval("select count(*) from events")
            for number in range(ROUNDS + 1):  # the first is to warm up
                mine = batches(size, len(accounts))
                load = await server.load(
                    [(key, body.decode()) for body in mine], len(mine), connections=4, path="/v1/batch", scheme="Basic"
                )
                refused += sum(count for status, count in load.statuses.items() if status != "200")
                given = batches(size, len(accounts))
                began = time.perf_counter()
                await insert_all(settings.system_url, source, given, accounts, persons, 2)
                took = time.perf_counter() - began
                await owner.execute("truncate event_marks")  # nobody counts here
                if number:
                    ours.append(EVENTS / load.seconds)
                    theirs.append(EVENTS / took)
            stored = await owner.fetchval("select count(*) from events") - before
            rate, rival = statistics.median(ours), statistics.median(theirs)
            detail = f"{rate:,.0f} against {rival:,.0f} events/s; {stored:,} stored, {refused} answers not 200"
            name = f"/v1/batch, {size} events each"
            results.append(Result(f"{name}, against a loop by hand", rate / rival, "×", BAR, "higher", detail))
            results.append(Result(name, rate, "events/s", PER_SECOND, "higher", "the generator on the same cores"))
    await owner.close()
    return results
