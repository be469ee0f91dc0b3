"""Fifty accounts by health, each with its factors and ten members: the planner, hand-written SQL, DataLoaders.

The three answer over HTTP, each from one process, behind the same authentication and middleware. Before anything is
timed their answers must be equal. The default program has ten factors: nine that weigh, and one that waits for it.
"""

from __future__ import annotations

import json
import statistics
from dataclasses import replace

from bench.dataset import Dataset, fill
from bench.harness import Result, Servers
from bench.questions import STAFF_LIST
from bench.serving import Load, Server, api, rival

ACCOUNTS = 10_000
FIRST = 50
ROUNDS = 5
REQUESTS = {"planner": 600, "hand-written": 600, "dataloader": 24}


async def measure(servers: Servers) -> list[Result]:
    """Throughput of the three in turns."""
    settings = replace(await servers.settings("staff_list"), write_pool_size=8)
    data = await fill(settings, ACCOUNTS)
    with (
        api(settings) as ours,
        rival("handwritten", settings) as handwritten,
        rival("dataloader", settings) as dataloader,
    ):
        contestants = {"planner": ours, "hand-written": handwritten, "dataloader": dataloader}
        require_equal_answers(contestants, data)
        seen = await _in_turns(contestants, data)
    speed = {name: statistics.median(load.per_second for load in loads) for name, loads in seen.items()}
    wait = {name: statistics.median(load.median_ms for load in loads) for name, loads in seen.items()}
    return [
        Result(
            "staff list against hand-written SQL",
            speed["planner"] / speed["hand-written"],
            "×",
            0.8,
            "higher",
            _detail("planner", "hand-written", speed, wait),
        ),
        Result(
            "staff list against Strawberry, ORM, DataLoader",
            speed["planner"] / speed["dataloader"],
            "×",
            10,
            "higher",
            _detail("planner", "dataloader", speed, wait),
        ),
    ]


def require_equal_answers(contestants: dict[str, Server], data: Dataset) -> None:
    """Raise AssertionError unless all give the same JSON, with every account, factor and member in it."""
    answers = {name: server.ask(STAFF_LIST, data.staff_key, {"first": FIRST}) for name, server in contestants.items()}
    first, *others = answers.values()
    assert "data" in first, first
    nodes = first["data"]["accounts"]["nodes"]
    assert len(nodes) == FIRST, len(nodes)
    assert {len(node["internal"]["health"]["factors"]) for node in nodes} == {10}, nodes[0]
    assert {len(node["members"]["nodes"]) for node in nodes} == {10}, nodes[0]
    assert all(answer == first for answer in others), f"the answers differ: {_difference(answers)}"


async def _in_turns(contestants: dict[str, Server], data: Dataset) -> dict[str, list[Load]]:
    requests = [(data.staff_key, json.dumps({"query": STAFF_LIST, "variables": {"first": FIRST}}))]
    names = list(contestants)
    for name in names:  # prepared statements, caches, memory
        await contestants[name].load(requests, REQUESTS[name] // 3)
    seen: dict[str, list[Load]] = {name: [] for name in names}
    for number in range(ROUNDS):
        for name in names if number % 2 == 0 else reversed(names):
            load = await contestants[name].load(requests, REQUESTS[name])
            assert load.statuses == {"200": REQUESTS[name]}, load
            seen[name].append(load)
    return seen


def _detail(ours: str, theirs: str, speed: dict[str, float], wait: dict[str, float]) -> str:
    return ", ".join(f"{name} {speed[name]:.0f}/s (median {wait[name]:.0f} ms)" for name in (ours, theirs))


def _difference(answers: dict[str, object]) -> dict[str, str]:
    return {name: json.dumps(answer)[:400] for name, answer in answers.items()}
