"""Events of others, through the clients of others: 31,106 of people without companies, each sent three times."""

from __future__ import annotations

import asyncio
import csv
import gzip
import hashlib
import json
import random
import subprocess
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from backend.db.engine import Database
from backend.ingest import write_keys
from backend.ingest.counting import count_all
from backend.ingest.models import WriteKeyKind
from backend.ingest.upkeep import make_partitions
from backend.settings import Settings
from tests.clients.conftest import HERE, RunScript
from tests.patience import PATIENCE_SECONDS
from tests.serving import listen

pytestmark = pytest.mark.slow
TIMES = 3


@pytest.fixture(scope="session")
def python_clients() -> Path:
    """The interpreter of an environment with the pinned clients for Python; skips where it is absent."""
    made = HERE.parents[1] / ".venv-clients"
    if not (made / ".installed").exists():
        pytest.skip("needs what tests/clients/requirements.lock pins: scripts/clients.sh installs it")
    return made / "bin" / "python"


def events_of(folder: Path) -> list[dict[str, Any]]:
    """The rows of the data set as messages; the id of each follows from the row."""
    with gzip.open(folder / "retentioneering_ecom" / "ecom.csv.gz", "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    made = []
    for number, row in enumerate(rows):
        mark = hashlib.sha256(f"{number} {json.dumps(row, sort_keys=True)}".encode()).hexdigest()[:32]
        at = datetime.fromisoformat(row.pop("timestamp")).replace(tzinfo=UTC)
        made.append(
            {
                "messageId": mark,
                "userId": row.pop("user_id"),
                "event": row.pop("event"),
                "timestamp": at.isoformat(),
                "properties": row,
            }
        )
    return made


async def run(command: Sequence[str | Path]) -> None:
    process = await asyncio.create_subprocess_exec(*command, cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            printed, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, printed.decode()


async def test_four_clients_send_each_event_three_times_and_it_is_stored_once(
    settings_with_valkey: Settings,
    database: Database,
    shared_data: Path,
    python_clients: Path,
    node: RunScript,
    tmp_path: Path,
) -> None:
    events = events_of(shared_data)
    chance = random.Random(8)  # noqa: S311 - an order
    sent = events * TIMES
    chance.shuffle(sent)
    shares = []
    for part in range(4):
        share = tmp_path / f"{part}.jsonl"
        share.write_text("".join(json.dumps(event) + "\n" for event in sent[part::4]), "utf-8")
        shares.append(share)
    async with database.begin() as session:
        await make_partitions(session)
        await session.execute(text("insert into ingest_rules (person_as_account) values (true)"))
        key = await write_keys.create(session, name="shop", source_key="shop", kind=WriteKeyKind.SERVER)

    async with listen(replace(settings_with_valkey, ingest_rate=1_000_000, log_level="WARNING")) as address:
        await asyncio.gather(
            run([python_clients, "send_python.py", "segment", address, key.text, shares[0]]),
            run([python_clients, "send_python.py", "rudderstack", address, key.text, shares[1]]),
            run(["node", "send.mjs", "segment", address, key.text, shares[2]]),
            run(["node", "send.mjs", "rudderstack", address, key.text, shares[3]]),
        )
    await count_all(database)

    async with database.begin() as session:

        async def rows(statement: str) -> list[tuple[Any, ...]]:
            return [tuple(row) for row in await session.execute(text(statement))]

        stored = await rows(
            "select e.message_id, a.external_id, e.name, e.occurred_at, e.properties from events e"
            " join accounts a on a.id = e.account_id order by 1"
        )
        people = await rows("select count(*), count(distinct account_id), count(distinct person_id) from members")
        left = await rows(
            "select (select count(*) from unresolved_events), (select count(*) from event_rejects),"
            " (select count(*) from event_marks)"
        )
        days = await rows("select sum(facts)::bigint from source_days")
    assert len(stored) == len(events) == 31_106
    assert stored == sorted(
        (
            each["messageId"],
            each["userId"],
            each["event"],
            datetime.fromisoformat(each["timestamp"]),
            each["properties"],
        )
        for each in events
    )
    users = len(Counter(each["userId"] for each in events))
    assert people == [(users, users, users)]
    assert left == [(0, 0, 0)]
    assert days == [(31_106,)]
