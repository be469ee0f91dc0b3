"""What a customer sees first: their account's health, factors, usage, limits, subscriptions and people.

The planner and hand-written SQL answer over HTTP, each from one process, behind the same authentication, throttle and
middleware. Before anything is timed their answers must be equal.
"""

from __future__ import annotations

from datetime import timedelta

import asyncpg

from bench.contest import Contest
from bench.dataset import USAGE_DAYS, Dataset, fill
from bench.harness import Result, Servers
from bench.questions import MEMBER_HOME
from bench.serving import api, rival

ACCOUNTS = 10_000
DAYS_USED = """
select count(distinct u.day) from usage_daily u join metrics m on m.id = u.metric_id
where u.account_id = $1 and u.day >= $2 and m.key = 'conversations'
"""
REQUESTS = {"planner": 1_000, "hand-written": 1_000}


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
        assert len(account["usage"]) == await _days_used(data) > 0, account
        assert account["members"]["totalCount"] == data.members, account
        standing = await contest.run()
    return [standing.result("member's home against hand-written SQL", "hand-written", 0.85)]


async def _days_used(data: Dataset) -> int:
    """Days on which the member's account used what is asked for."""
    owner = await asyncpg.connect(data.settings.migrate_url)
    try:
        return int(await owner.fetchval(DAYS_USED, data.member_account, data.today - timedelta(days=USAGE_DAYS)))
    finally:
        await owner.close()
