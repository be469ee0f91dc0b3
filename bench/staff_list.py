"""Fifty accounts by health, each with its factors and ten members: the planner, hand-written SQL, DataLoaders.

The three answer over HTTP, each from one process, behind the same authentication, throttle and middleware. Before
anything is timed their answers must be equal. The default program has ten factors: nine that weigh, and one that waits
for it.
"""

from __future__ import annotations

from dataclasses import replace

from bench.contest import Contest
from bench.dataset import fill
from bench.harness import Result, Servers
from bench.questions import STAFF_LIST
from bench.serving import api, rival

ACCOUNTS = 10_000
FIRST = 50
REQUESTS = {"planner": 200, "hand-written": 200, "dataloader": 8}


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
        contest = Contest(STAFF_LIST, {"first": FIRST}, data.staff_key, contestants, REQUESTS)
        nodes = contest.same_answer()["accounts"]["nodes"]
        assert len(nodes) == FIRST, len(nodes)
        assert {len(node["internal"]["health"]["factors"]) for node in nodes} == {10}, nodes[0]
        assert {len(node["members"]["nodes"]) for node in nodes} == {10}, nodes[0]
        standing = await contest.run()
    return [
        standing.result("staff list against hand-written SQL", "hand-written", 0.85),
        standing.result("staff list against Strawberry, ORM, DataLoader", "dataloader", 10),
    ]
