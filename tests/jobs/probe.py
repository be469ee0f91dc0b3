"""Kinds of work that only tests have, and processes that do them: `python -m tests.jobs.probe worker|clock …`.

Their effect is a row of `effects`, a table without any unique key, so that an effect done twice shows.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import IO, Any

import asyncpg
from sqlalchemy import text

from backend.children import end_child, start_child
from backend.db.engine import Database, WriteSession
from backend.settings import Settings, environment_name
from backend.work import claims
from backend.work.kinds import KINDS, Kind
from backend.work.models import Queue
from jobs import clock, worker
from jobs.actor import Lease, actor, long_actor
from tests.patience import PATIENCE_SECONDS

ROOT = Path(__file__).resolve().parents[2]

for queue in Queue:
    KINDS[f"probe.count_{queue}"] = Kind(queue)
KINDS["probe.wait"] = Kind(Queue.DEFAULT, batch=2)
KINDS["probe.patient"] = Kind(Queue.DEFAULT)
KINDS["probe.outside"] = Kind(Queue.DEFAULT, batch=1, own_threads=2)
KINDS["probe.fail"] = Kind(Queue.DEFAULT, attempts=3)
KINDS["probe.hook"] = Kind(Queue.DEFAULT, attempts=3, batch=4)
KINDS["probe.long"] = Kind(Queue.DEFAULT, attempts=3, batch=1)

Hook = Callable[[WriteSession, int], Awaitable[None]]
HOOKS: dict[str, Hook] = {}
"""What `probe.hook` does, for tests that run their work in process."""
LONG_HOOKS: dict[str, Callable[[Lease, int], Awaitable[None]]] = {}


async def _insert(session: WriteSession, number: int) -> None:
    await session.execute(text("insert into effects (number) values (:number)"), {"number": number})


@actor("probe.count_critical")
async def count_critical(session: WriteSession, number: int) -> None:
    await _insert(session, number)


@actor("probe.count_default")
async def count_default(session: WriteSession, number: int) -> None:
    await _insert(session, number)


@actor("probe.count_bulk")
async def count_bulk(session: WriteSession, number: int) -> None:
    await _insert(session, number)


@actor("probe.patient")
@actor("probe.wait")
async def wait(session: WriteSession, number: int) -> None:
    """Do the effect, tell that it is done but not committed, and wait for the gate."""
    await _insert(session, number)
    await session.execute(text("select nextval('shouts')"))  # a sequence is seen before the commit
    await until(lambda: session.scalar(text("select count(*) from gates")), "the gate opens")


@long_actor("probe.outside")
async def outside(lease: Lease, number: int) -> None:
    """Tell that it has begun, and wait for the gate, as one waits for an outside party."""
    async with lease.begin() as session:
        await session.execute(text("select nextval('shouts')"))

    async def is_open() -> bool:
        async with lease.begin() as session:
            return bool(await session.scalar(text("select count(*) from gates")))

    await until(is_open, "the gate opens")
    async with lease.begin() as session:
        await _insert(session, number)


@actor("probe.fail")
async def fail(session: WriteSession, number: int) -> None:
    await _insert(session, number)
    raise RuntimeError("as it should")


@actor("probe.hook")
async def hook(session: WriteSession, number: int) -> None:
    await HOOKS.get("probe.hook", _insert)(session, number)


@long_actor("probe.long")
async def long(lease: Lease, number: int) -> None:
    await LONG_HOOKS["probe.long"](lease, number)


async def make_tables(settings: Settings) -> None:
    connection = await asyncpg.connect(settings.migrate_url)
    await connection.execute(
        """create table effects (number int not null, made_at timestamptz not null default clock_timestamp());
           create table gates (number int);
           create sequence shouts minvalue 0 start 1;
           grant select, insert, update, delete on effects, gates to waymark_system;
           grant usage, select on sequence shouts to waymark_system"""
    )
    await connection.close()


async def effects(database: Database) -> list[int]:
    async with database.begin() as session:
        return list((await session.scalars(text("select number from effects order by number"))).all())


async def are_done(database: Database, count: int) -> bool:
    return len(await effects(database)) >= count


async def shouts(database: Database) -> int:
    async with database.begin() as session:
        found = await session.scalar(text("select last_value - 1 + is_called::int from shouts"))
        return int(found or 0)


async def until(condition: Callable[[], Awaitable[Any]], what: str) -> None:
    """Poll until the condition holds. Fails naming `what` when patience ends."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not await condition():
        assert time.monotonic() < deadline, f"never: {what}"
        await asyncio.sleep(0.05)


def environment(settings: Settings) -> dict[str, str]:
    values = {environment_name(f.name): getattr(settings, f.name) for f in fields(settings)}
    own = {name: str(int(value) if isinstance(value, bool) else value) for name, value in values.items()}
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"} | own


@contextmanager
def process(settings: Settings, *arguments: str, output: IO[bytes] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """A clock or worker process with the probe's kinds; killed at the end if it still runs."""
    child = start_child(
        [sys.executable, "-m", "tests.jobs.probe", *arguments],
        env=environment(settings),
        cwd=ROOT,
        output=output,
        death_signal=signal.SIGKILL,
    )
    try:
        yield child
    finally:
        end_child(child, [])


async def ended(child: subprocess.Popen[bytes]) -> int:
    """Wait for the child's end; returns its exit code."""

    async def is_over() -> bool:
        return child.poll() is not None

    await until(is_over, "the process ends")
    return child.wait()


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    claims.LEASE_SECONDS = 2.0  # so that nobody has to wait a minute for the item of a worker that was killed
    sys.exit(worker.main(rest) if what == "worker" else clock.main(rest))
