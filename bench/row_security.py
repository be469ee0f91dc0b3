"""What row level security costs: the planner's own statements, run by the logins it binds and by one it does not.

The rival is the same planner on a pool of connections whose role bypasses row security, as an application would have
that trusted its own WHERE clauses. Both give the same answers, which is asserted before anything is timed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg
import orjson

from backend.db.access import FUNCTIONS
from backend.db.engine import Database
from backend.graphql.planner import Planner
from backend.graphql.schema import schema
from backend.permissions import ACCOUNT_SCOPES, STAFF_SCOPES
from backend.viewer import Viewer
from bench.dataset import Dataset, fill
from bench.harness import Result, Servers, in_turns
from bench.questions import MEMBER_HOME, STAFF_LIST

ACCOUNTS = 10_000
ROUNDS = 25
UNBOUND = "bench_unbound"

Pools = dict[Any, "asyncpg.Pool[asyncpg.Record]"]


@dataclass(frozen=True)
class Question:
    """A query of one viewer."""

    name: str
    document: str
    variables: dict[str, Any]
    viewer: Viewer
    repeats: int
    """Runs in a round."""


async def measure(servers: Servers) -> list[Result]:
    """Throughput with row security over throughput without."""
    settings = await servers.settings("row_security")
    data = await fill(settings, ACCOUNTS)
    await _make_unbound(settings.migrate_url)
    database = Database(settings, reads=("member", "staff"))
    await database.open()
    try:
        async with _unbound(settings.migrate_url) as unbound:
            return [await _compared(question, database.read, unbound) for question in _questions(data)]
    finally:
        await database.close()


async def _compared(question: Question, bound: Pools, unbound: Pools) -> Result:
    planner = Planner(schema())

    def runs(pools: Pools, times: int) -> Callable[[], Awaitable[bytes]]:
        async def run() -> bytes:
            data = b""
            for _ in range(times):
                outcome = await planner.execute(question.document, None, question.variables, question.viewer, pools)
                assert outcome.data is not None, outcome
                data = outcome.data
            return data

        return run

    answers = [orjson.loads(await runs(pools, 10)()) for pools in (bound, unbound)]  # 10: statements are prepared
    assert answers[0] == answers[1], question.name
    on, off = await in_turns(ROUNDS, runs(bound, question.repeats), runs(unbound, question.repeats))
    each = f"{on / question.repeats * 1000:.2f} ms with, {off / question.repeats * 1000:.2f} ms without"
    return Result(f"row security on against off: {question.name}", off / on, "×", 0.8, "higher", each)


def _questions(data: Dataset) -> list[Question]:
    staff = Viewer("staff", permissions=frozenset(STAFF_SCOPES))
    member = Viewer("member", account_id=data.member_account, permissions=frozenset(ACCOUNT_SCOPES))
    days = {"from": str(data.today - timedelta(days=28)), "to": str(data.today)}
    return [
        Question("member's home", MEMBER_HOME, days, member, 100),
        Question("staff list", STAFF_LIST, {"first": 50}, staff, 10),
    ]


@asynccontextmanager
async def _unbound(url: str) -> AsyncIterator[Pools]:
    """Pools like those of `backend.db.engine`, of connections that bypass row security."""

    async def bypass(connection: asyncpg.Connection[asyncpg.Record]) -> None:
        await connection.execute(f"set role {UNBOUND}")

    async def keep(_connection: asyncpg.Connection[asyncpg.Record]) -> None:
        pass

    async with asyncpg.create_pool(
        url,
        min_size=1,
        max_size=8,
        init=bypass,
        reset=keep,
        max_cacheable_statement_size=0,
        statement_cache_size=1_000,
        server_settings={"timezone": "UTC", "default_transaction_read_only": "on"},
    ) as pool:
        yield {"member": pool, "staff": pool}


async def _make_unbound(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        if not await connection.fetchval("select 1 from pg_roles where rolname = $1", UNBOUND):
            await connection.execute(f"create role {UNBOUND} nologin bypassrls")
        await connection.execute(f"grant select on all tables in schema public to {UNBOUND}")
        for function in FUNCTIONS:
            await connection.execute(f"grant execute on function {function} to {UNBOUND}")
    finally:
        await connection.close()
