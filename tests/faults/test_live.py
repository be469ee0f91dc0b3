"""Events while Valkey restarts and workers are killed: each is counted once, and the scores follow."""

from __future__ import annotations

import asyncio
import base64
import os
import random
import signal
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from backend.db.embedded import EmbeddedValkey
from backend.db.engine import Database
from backend.ingest import write_keys
from backend.ingest.models import WriteKeyKind
from backend.ingest.upkeep import make_partitions
from backend.program.assemble import DEFAULT, load
from backend.program.service import apply
from backend.settings import Settings
from tests.factories import make_account
from tests.jobs import probe
from tests.patience import PATIENCE_SECONDS
from tests.serving import listen

pytestmark = pytest.mark.slow
ACCOUNTS = 5
REQUESTS = 40
A_REQUEST = 10


async def send(address: str, key: str, over: asyncio.Event) -> int:
    """Send every request until it is taken, twice; how many events there are. Ends sooner than the faults do not."""
    chance = random.Random(3)  # noqa: S311 - a spread
    headers = {"authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}
    async with httpx.AsyncClient(base_url=address, timeout=PATIENCE_SECONDS) as client:
        for number in range(REQUESTS):
            batch = [
                {
                    "type": "track",
                    "event": "signed_in",
                    "userId": f"u{chance.randrange(20)}",
                    "groupId": f"a{chance.randrange(ACCOUNTS)}",
                    "messageId": f"{number}-{place}",
                    "timestamp": datetime.now(UTC).isoformat(),
                }
                for place in range(A_REQUEST)
            ]
            for _ in range(2):
                answer = await client.post("/v1/batch", json={"batch": batch}, headers=headers)
                assert (answer.status_code, answer.json()["rejected"]) == (200, [])
            if number < REQUESTS - 5 and not over.is_set():
                await asyncio.sleep(0.2)
    return REQUESTS * A_REQUEST


async def test_two_restarts_of_valkey_and_five_killed_workers_lose_and_double_nothing(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    async with database.begin() as session:
        await session.execute(text("insert into organizations (name) values ('Test')"))
        await apply(session, load(DEFAULT, applied_by="test"))
        await make_partitions(session)
        for number in range(ACCOUNTS):
            await make_account(session, external_id=f"a{number}")
        key = await write_keys.create(session, name="k", source_key="product", kind=WriteKeyKind.SERVER)

    async def counted() -> list[tuple[int, int]]:
        async with database.begin() as session:
            rows = await session.execute(
                text(
                    "select coalesce(sum(delta), 0)::int, (select count(*) from event_marks) from usage_daily u"
                    " join metrics m on m.id = u.metric_id where m.key = 'logins'"
                )
            )
            return [(row[0], row[1]) for row in rows]

    with EmbeddedValkey(tmp_path, durable=False) as valkey:
        used = replace(settings, redis_url=valkey.url())
        over = asyncio.Event()
        async with listen(replace(used, log_level="WARNING")) as address:
            sending = asyncio.create_task(send(address, key.text, over))
            with probe.process(used, "clock"):
                for number in range(5):
                    with probe.process(used, "worker", "critical") as worker:
                        before = (await counted())[0][0]

                        async def has_moved(since: int = before) -> bool:
                            return (await counted())[0][0] > since or sending.done()

                        await probe.until(has_moved, "the worker counts")
                        os.kill(worker.pid, signal.SIGKILL)
                        await probe.ended(worker)
                    if number in {1, 3}:
                        valkey.stop()
                        valkey.start(same_port=True)
                over.set()
                sent = await sending

                async def is_counted() -> bool:
                    return (await counted())[0][1] == 0

                with probe.process(used, "worker", "critical"):
                    await probe.until(is_counted, "all is counted")

    async with database.begin() as session:
        stored = (await session.execute(text("select count(*), count(distinct message_id) from events"))).all()
        scored = await session.scalar(text("select count(*) from current_health"))
        parked = await session.scalar(text("select count(*) from work_items where parked_at is not null"))
    assert [tuple(row) for row in stored] == [(sent, sent)]
    assert await counted() == [(sent, 0)]
    assert (scored, parked) == (ACCOUNTS, 0)
