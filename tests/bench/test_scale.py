"""The database of `make bench-scale` is filled as it says, and the benchmarks leave it as it is."""

from __future__ import annotations

import asyncpg

from backend.db.engine import Database
from backend.settings import Settings
from bench import accounts, scale
from bench.dataset import fill

ACCOUNTS = 8
INDEXES = """
select tablename, indexname, indexdef from pg_indexes
where tablename ~ '^(usage_daily|events|event_keys)' order by 1, 2
"""


async def test_scale_fills_a_database_once_and_makes_its_keys_again(settings: Settings, database: Database) -> None:
    owner = await asyncpg.connect(settings.migrate_url)
    async with owner.transaction():
        await owner.execute(
            "select waymark_make_event_partition((waymark_today() - 60 + n)::date) from generate_series(0, 60) n"
        )
    before = await owner.fetch(INDEXES)

    title = await scale.fill(settings, ACCOUNTS, lambda words: None)

    after = await owner.fetch(INDEXES)
    data = await fill(settings, accounts=3)
    made = await accounts.make(settings, accounts=3, days=1)
    events = await owner.fetchrow(
        "select count(*), count(distinct e.account_id), count(distinct message_id), count(m.id), count(k.message_id)"
        " from events e left join members m using (account_id, person_id) left join event_keys k using (message_id)"
    )
    named = await owner.fetchval(
        "select a.external_id from person_identities i join members m using (person_id) join accounts a"
        " on a.id = m.account_id where i.external_id = 'user-79'"
    )
    await owner.close()
    assert title.startswith("8 accounts, 800 members, 16,020 events, ")
    assert after == before
    assert events is not None
    assert tuple(events) == (16_020, 8, 16_020, 16_020, 16_020)
    assert (data.accounts, data.members, made.accounts) == (8, 100, 8)
    assert named == "account-7"
