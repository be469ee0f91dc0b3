"""Everything works through PgBouncer in transaction mode: viewers stay apart whichever server they share."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sqlalchemy import text

from backend.db.engine import Database
from backend.settings import Settings
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
