from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from backend.db import migrate
from backend.db.engine import sqlalchemy_url
from backend.settings import Settings
from backend.tables import metadata


def test_there_is_one_head() -> None:
    heads = ScriptDirectory.from_config(migrate.config()).get_heads()

    assert heads == [migrate.head()]


async def test_the_tables_are_what_the_models_say(settings: Settings) -> None:
    engine = create_async_engine(sqlalchemy_url(settings.migrate_url))

    async with engine.connect() as connection:
        differences = await connection.run_sync(_differences)
        current = await connection.run_sync(migrate.current)
    await engine.dispose()

    assert differences == []
    assert current == migrate.head()


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(
        connection,
        opts={
            "compare_type": True,
            "include_object": lambda _object, name, kind, _reflected, _to: (
                not (kind == "table" and name is not None and name.startswith(("events_", "event_keys_")))
            ),
        },
    )
    return list(compare_metadata(context, metadata))
