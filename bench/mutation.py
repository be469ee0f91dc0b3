"""Noting a contact with an account: the mutation with its payload, and the same service call behind a plain handler.

Both run the same function on the staff's login in one transaction, and answer with the same JSON, which the handler
reads with a hand-written SELECT. Each account in turn, so that no row is waited for. The handler shares the server, the
middleware, the authentication and the throttle; it reads no document, coerces no input and plans no payload.
"""

from __future__ import annotations

import json
import statistics
from dataclasses import replace

import asyncpg

from bench.dataset import Dataset, fill
from bench.harness import Result, Servers
from bench.questions import LOG_TOUCHPOINT
from bench.serving import Load, Server, api, rival

ACCOUNTS = 500
ROUNDS = 5
REQUESTS = 600


async def measure(servers: Servers) -> list[Result]:
    """Throughput of both in turns."""
    settings = replace(await servers.settings("mutation"), write_pool_size=8)
    data = await fill(settings, ACCOUNTS)
    with api(settings) as ours, rival("touchpoint", settings) as handler:
        contestants = {"mutation": ours, "service call": handler}
        accounts = await _accounts(settings.migrate_url)
        require_equal_answers(contestants, data, accounts[0])
        seen = await _in_turns(contestants, data, accounts)
    speed = {name: statistics.median(load.per_second for load in loads) for name, loads in seen.items()}
    wait = {name: statistics.median(load.median_ms for load in loads) for name, loads in seen.items()}
    detail = ", ".join(f"{name} {speed[name]:.0f}/s (median {wait[name]:.1f} ms)" for name in contestants)
    ratio = speed["mutation"] / speed["service call"]
    return [Result("mutation with payload against the service call", ratio, "×", 0.6, "higher", detail)]


async def _accounts(url: str) -> list[str]:
    """The public ids of all accounts."""
    connection = await asyncpg.connect(url)
    try:
        return [f"acct_{row['id'].hex}" for row in await connection.fetch("select id from accounts order by id")]
    finally:
        await connection.close()


def require_equal_answers(contestants: dict[str, Server], data: Dataset, account: str) -> None:
    """Raise AssertionError unless both note the contact and answer alike, but for its id."""
    answers = []
    for server in contestants.values():
        answer = server.ask(LOG_TOUCHPOINT, data.staff_key, _variables(account))
        touchpoint = answer["data"]["logTouchpoint"]["touchpoint"]
        assert touchpoint.pop("id").startswith("touch_"), answer
        answers.append(answer["data"])
    assert answers[0] == answers[1], answers


def _variables(account_id: str) -> dict[str, object]:
    return {
        "input": {
            "accountId": account_id,
            "kind": "CALL",
            "summary": "They like the new report.",
            "occurredAt": "2026-11-01T09:30:00Z",
        }
    }


async def _in_turns(contestants: dict[str, Server], data: Dataset, accounts: list[str]) -> dict[str, list[Load]]:
    requests = [
        (data.staff_key, json.dumps({"query": LOG_TOUCHPOINT, "variables": _variables(account)}))
        for account in accounts
    ]
    names = list(contestants)
    for name in names:  # prepared statements, caches, memory
        await contestants[name].load(requests, REQUESTS // 3)
    seen: dict[str, list[Load]] = {name: [] for name in names}
    for number in range(ROUNDS):
        for name in names if number % 2 == 0 else reversed(names):
            load = await contestants[name].load(requests, REQUESTS)
            assert load.statuses == {"200": REQUESTS}, load
            seen[name].append(load)
    return seen
