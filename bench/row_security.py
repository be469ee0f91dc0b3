"""What row level security costs: the same requests to the same API, over a database with it and over a copy without.

The copy has the same rows, logins and grants, and `alter table … disable row level security` on every table. The bar
is for requests over HTTP. Beside it stands the time of the query alone, through the planner on the read pool.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg

from backend.db.engine import Database
from backend.graphql.planner import Planner, Pools
from backend.graphql.schema import schema
from backend.permissions import ACCOUNT_SCOPES, STAFF_SCOPES
from backend.settings import Settings
from backend.viewer import Viewer
from bench.dataset import Dataset, fill
from bench.harness import Result, Servers, in_turns
from bench.questions import MEMBER_HOME, STAFF_LIST
from bench.serving import Server, api

ACCOUNTS = 10_000
ROUNDS = 7
DISABLE = """
do $$ declare name text; begin
    for name in select relname from pg_class where relrowsecurity loop
        execute format('alter table %I disable row level security', name);
    end loop;
end $$
"""


@dataclass(frozen=True)
class Question:
    """A query, who asks it, and how often in a round."""

    name: str
    document: str
    variables: dict[str, Any]
    viewer: Viewer
    key: str
    requests: int


async def measure(servers: Servers) -> list[Result]:
    """Throughput with row security over throughput without."""
    bound = await servers.settings("row_security")
    data = await fill(bound, ACCOUNTS)
    unbound = await servers.copy("row_security_off", "row_security")
    connection = await asyncpg.connect(unbound.migrate_url)
    await connection.execute(DISABLE)
    await connection.execute("vacuum analyze")
    await connection.close()
    questions = _questions(data)
    alone = await _alone(questions, bound, unbound)
    with api(bound) as on, api(unbound) as off:
        return [await _compared(question, on, off, alone[question.name]) for question in questions]


async def _compared(question: Question, on: Server, off: Server, alone: str) -> Result:
    answers = [server.ask(question.document, question.key, question.variables) for server in (on, off)]
    assert "data" in answers[0], answers[0]
    assert answers[0] == answers[1], question.name
    requests = [(question.key, json.dumps({"query": question.document, "variables": question.variables}))]
    seen: dict[Server, list[float]] = {on: [], off: []}
    for number in range(ROUNDS + 1):
        for server in (on, off) if number % 2 == 0 else (off, on):
            load = await server.load(requests, question.requests)
            assert load.statuses == {"200": question.requests}, load
            if number:  # the first round warms up
                seen[server].append(load.per_second)
    with_security, without = statistics.median(seen[on]), statistics.median(seen[off])
    detail = f"{with_security:.0f}/s with, {without:.0f}/s without; the query alone {alone}"
    return Result(f"row security on against off: {question.name}", with_security / without, "×", 0.8, "higher", detail)


async def _alone(questions: list[Question], bound: Settings, unbound: Settings) -> dict[str, str]:
    """Milliseconds of each query alone, in words."""
    databases = [Database(settings, reads=("member", "staff")) for settings in (bound, unbound)]
    try:
        for database in databases:
            await database.open()
        told = {}
        for question in questions:
            ours, theirs = (_runs(question, database.read) for database in databases)
            on, off = await in_turns(2 * ROUNDS + 1, ours, theirs)
            each = 1000 / (question.requests // 10)
            told[question.name] = f"{on * each:.2f} ms with, {off * each:.2f} ms without"
        return told
    finally:
        for database in databases:
            await database.close()


def _runs(question: Question, pools: Pools) -> Callable[[], Awaitable[None]]:
    planner = Planner(schema())

    async def run() -> None:
        for _ in range(question.requests // 10):
            outcome = await planner.execute(question.document, None, question.variables, question.viewer, pools)
            assert outcome.data is not None, outcome

    return run


def _questions(data: Dataset) -> list[Question]:
    staff = Viewer("staff", permissions=frozenset(STAFF_SCOPES))
    member = Viewer("member", account_id=data.member_account, permissions=frozenset(ACCOUNT_SCOPES))
    days = {"from": str(data.today - timedelta(days=28)), "to": str(data.today)}
    return [
        Question("member's home", MEMBER_HOME, days, member, data.member_key, 2_000),
        Question("staff list", STAFF_LIST, {"first": 50}, staff, data.staff_key, 300),
    ]
