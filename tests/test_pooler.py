"""Everything works through PgBouncer in transaction mode: viewers stay apart whichever server they share."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sqlalchemy import text

from backend.db.engine import Database
from backend.graphql.planner.statement import setting_viewer
from backend.settings import Settings
from tests.graphql.mutation.test_mutations import LOG, call
from tests.graphql.worlds import served
from tests.pooler import pooled
from tests.test_guards import two_accounts


async def test_viewers_stay_apart_when_connections_are_shared(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    first, second = await two_accounts(database)
    with pooled(settings, tmp_path) as through:
        shared = Database(through, ("system", "member"), reads=("staff", "member"))
        await shared.open()

        async def name_seen_by(account: object) -> list[str]:
            async with shared.begin("member", account_id=account) as session:  # type: ignore[arg-type]
                return [row.name for row in await session.execute(text("select name from accounts"))]

        seen = await asyncio.gather(*(name_seen_by(account) for account in (first, second) * 20))
        counts = await asyncio.gather(
            *(shared.read["staff"].fetchval("select count(*) from accounts") for _ in range(20))
        )
        nothing = await asyncio.gather(
            *(shared.read["member"].fetchval("select count(*) from accounts") for _ in range(20))
        )
        await shared.close()

    assert seen == [["First"], ["Second"]] * 20
    assert counts == [2] * 20
    assert nothing == [0] * 20


async def test_requests_are_bounded_behind_a_pooler_too(settings: Settings, tmp_path: Path) -> None:
    asked = (
        "select setting::int / 1000.0, current_setting('lock_timeout'), current_setting('plan_cache_mode') "
        "from pg_settings where name = 'statement_timeout'"
    )
    longest = settings.statement_timeout_ms / 1000

    with pooled(settings, tmp_path) as through:
        for each in (settings, through):
            serving = Database(each, ("system", "staff", "member"), reads=("staff", "member"))
            working = Database(each)
            await serving.open()
            await working.open()

            read = {kind: tuple(await serving.read[kind].fetchrow(asked) or ()) for kind in ("staff", "member")}
            written = {}
            for kind in serving.kinds:
                async with serving.begin(kind) as session:
                    written[kind] = tuple((await session.execute(text(asked))).one())
            async with serving.driver() as driver:
                driven = tuple(await driver.fetchrow(asked) or ())
            async with working.begin() as session:
                worked = tuple((await session.execute(text(asked))).one())
            await serving.close()
            await working.close()

            assert read == {"staff": (longest, "0", "auto"), "member": (longest, "0", "force_generic_plan")}
            assert written == dict.fromkeys(("system", "staff", "member"), (30, "15s", "auto"))
            assert driven == (30, "15s", "auto")
            assert worked == (0, "0", "auto")


async def test_what_the_planner_runs_only_reads_behind_a_pooler_too(settings: Settings, tmp_path: Path) -> None:
    with pooled(settings, tmp_path) as through:
        shared = Database(through, (), reads=("staff",))
        await shared.open()
        reads = setting_viewer("select current_setting('transaction_read_only')", 0)

        in_statement = await shared.read["staff"].fetchval(reads, "", "")
        after = await shared.read["staff"].fetchval("select current_setting('transaction_read_only')")
        await shared.close()

    assert (in_statement, after) == ("on", "off")


OWN = "{ viewer { account { name members(first: 5) { totalCount } } } }"
ALL = "{ accounts(first: 5) { totalCount } }"


async def test_the_api_reads_and_writes_for_each_viewer_when_connections_are_shared(
    settings_with_valkey: Settings, tmp_path: Path
) -> None:
    with pooled(settings_with_valkey, tmp_path) as through:
        async with served(through) as world:
            asked = [("acme", OWN), ("staff", ALL), ("zenith", OWN)] * 10
            answers = await asyncio.gather(*(world.data(who, operation) for who, operation in asked))
            written = await asyncio.gather(
                *(world.data("CSM", LOG, {"input": call(world, summary=f"Call {number}.")}) for number in range(10))
            )

    assert (
        answers
        == [
            {"viewer": {"account": {"name": "Acme", "members": {"totalCount": 2}}}},
            {"accounts": {"totalCount": 3}},
            {"viewer": {"account": {"name": "Zenith", "members": {"totalCount": 2}}}},
        ]
        * 10
    )
    assert [one["logTouchpoint"]["touchpoint"]["summary"] for one in written] == [f"Call {n}." for n in range(10)]
    assert [one["logTouchpoint"]["userErrors"] for one in written] == [[]] * 10
