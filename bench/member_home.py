"""What a customer sees first: their account's health, factors, usage, limits, subscriptions and people.

The planner and hand-written SQL answer over HTTP, each from one process, behind the same authentication, throttle and
middleware. Before anything is timed their answers must be equal.
"""

from __future__ import annotations

from datetime import timedelta

from bench.contest import Contest
from bench.dataset import USAGE_DAYS, fill
from bench.harness import Result, Servers
from bench.questions import MEMBER_HOME
from bench.serving import api, rival

ACCOUNTS = 10_000
REQUESTS = {"planner": 3_000, "hand-written": 3_000}


async def measure(servers: Servers) -> list[Result]:
    """Throughput of the two in turns."""
    settings = await servers.settings("member_home")
    data = await fill(settings, ACCOUNTS)
    days = {"from": str(data.today - timedelta(days=USAGE_DAYS)), "to": str(data.today)}
    with api(settings) as ours, rival("handwritten_home", settings) as handwritten:
        contestants = {"planner": ours, "hand-written": handwritten}
        contest = Contest(MEMBER_HOME, days, data.member_key, contestants, REQUESTS)
        account = contest.same_answer()["viewer"]["account"]
        assert len(account["health"]["factors"]) > 3, account
        assert len(account["usage"]) > 10, account
        assert account["members"]["totalCount"] == data.members, account
        standing = await contest.run()
    return [standing.result("member's home against hand-written SQL", "hand-written", 0.85)]
