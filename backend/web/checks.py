"""What `/readyz` looks at: each login's database pool, the migrations, Valkey."""

from __future__ import annotations

from functools import partial

from redis.asyncio import Redis
from sqlalchemy import text

from backend.db.access import ViewerKind
from backend.db.engine import Database
from backend.db.migrate import head
from backend.web.health import Check, NotReadyError


def checks(database: Database, redis: Redis) -> dict[str, Check]:
    """A check for each pool of the database, for the migrations and for Valkey, by the name that `/readyz` shows."""
    wanted = head()
    found: dict[str, Check] = {f"database.{kind}": partial(_write_pool, database, kind) for kind in database.kinds}
    found |= {f"database.{kind}.read": partial(_read_pool, database, kind) for kind in database.read}
    found["migrations"] = partial(_migrations, database, wanted)
    found["valkey"] = partial(_valkey, redis)
    return found


async def _write_pool(database: Database, kind: ViewerKind) -> None:
    async with database.engine(kind).connect() as connection:
        await connection.execute(text("select 1"))


async def _read_pool(database: Database, kind: ViewerKind) -> None:
    await database.read[kind].fetchval("select 1")


async def _migrations(database: Database, wanted: str) -> None:
    async with database.engine("system").connect() as connection:
        found = await connection.scalar(text("select version_num from alembic_version"))
    if found != wanted:
        raise NotReadyError(f"the database is at {found}, this version needs {wanted}; run `waymark migrate`")


async def _valkey(redis: Redis) -> None:
    await redis.ping()
