"""Moving the database's clock, as the time machine does."""

from __future__ import annotations

from datetime import datetime

import asyncpg

from backend.settings import Settings


async def an_hour_later(settings: Settings) -> None:
    connection = await asyncpg.connect(settings.migrate_url)
    await connection.execute(
        "insert into clock_offset (moved_by) values ('1 hour') on conflict (id)"
        " do update set moved_by = clock_offset.moved_by + interval '1 hour'"
    )
    await connection.close()


async def move_to(settings: Settings, moment: datetime) -> None:
    connection = await asyncpg.connect(settings.migrate_url)
    await connection.execute("delete from clock_offset")
    await connection.execute("insert into clock_offset (moved_by) values ($1::timestamptz - now())", moment)
    await connection.close()
