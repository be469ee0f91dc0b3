"""Bring a database to the newest version: logins, tables, functions, policies and grants.

The only code that uses the migration login. Safe to run again and from several hosts at once: an advisory lock of the
transaction lets one pass after the other.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from backend.db.access import LOGINS, OWNER, statements
from backend.db.engine import login_settings, sqlalchemy_url
from backend.db.reaching import reaching
from backend.operation import OperationError
from backend.settings import Settings

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
LOCK = 7_296_101  # any number, the same in every release

OWNER_GRANTS = f"""
do $$ begin
    execute format('grant create on database %I to {OWNER}', current_database());
    grant all on schema public to {OWNER};
end $$
"""
"""What the owner role needs to make objects."""

CLOCK = "select now()"
MOVABLE_CLOCK = "select now() + coalesce((select moved_by from clock_offset), interval '0')"


async def migrate(settings: Settings) -> None:
    """Migrate the database of `settings.migrate_url`, in one transaction. Raises SettingsError without it."""
    async with _connected(settings) as connection:
        await connection.execute(text(f"select pg_advisory_xact_lock({LOCK})"))
        await connection.execute(text("set local lock_timeout = '10s'"))
        await connection.run_sync(_logins, settings)
        await connection.execute(text(f"set local role {OWNER}"))
        await connection.run_sync(_upgrade)
        await _repeat(connection, settings)


@asynccontextmanager
async def _connected(settings: Settings) -> AsyncIterator[AsyncConnection]:
    """One transaction of the migration login. Raises OperationError where the database cannot be reached."""
    settings.require("migrate_url", "member_url", "staff_url", "system_url")
    engine = create_async_engine(sqlalchemy_url(settings.migrate_url), poolclass=NullPool)
    try:
        with reaching("migrate_url"):
            async with engine.connect():
                pass
        async with engine.begin() as connection:
            yield connection
    finally:
        await engine.dispose()


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, for the command line and for tests."""
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    made.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(slug)s")
    made.attributes["connection"] = connection
    return made


@cache
def head() -> str:
    """The newest revision in the files, which are read once: each is compiled anew for it."""
    return ScriptDirectory.from_config(config()).get_current_head() or ""


def _logins(connection: Connection, settings: Settings) -> None:
    """Make the owner and the three logins, with the passwords that their URLs carry."""
    existing = {
        name for (name,) in connection.execute(text("select rolname from pg_roles where rolname like 'waymark%'"))
    }
    if OWNER not in existing:
        connection.execute(text(f"create role {OWNER} nologin"))
    connection.execute(text(f"grant {OWNER} to current_user with inherit false, set true"))
    for kind, login in LOGINS.items():
        if login not in existing:
            connection.execute(
                text(f"create role {login} login nosuperuser nobypassrls nocreatedb nocreaterole noinherit")
            )
        password = urlsplit(getattr(settings, f"{kind}_url")).password
        if password:
            literal = connection.scalar(text("select quote_literal(:password)"), {"password": unquote(password)})
            connection.execute(text(f"alter role {login} login password {literal}".replace(":", r"\:")))
        for name, value in {"timezone": "UTC", **login_settings(kind, settings)}.items():
            connection.execute(text(f"alter role {login} set {name} = '{value}'"))
    database = connection.scalar(text("select quote_ident(current_database())"))
    connection.execute(text(f"grant connect, temporary on database {database} to {', '.join(LOGINS.values())}"))
    connection.execute(text(OWNER_GRANTS))


async def make_logins(settings: Settings) -> None:
    """Make the owner and the logins, and nothing else. Raises SettingsError, OperationError."""
    async with _connected(settings) as connection:
        await connection.run_sync(_logins, settings)


def known_revisions() -> dict[str, str]:
    """Every revision in the files, the newest first, with its message."""
    return {found.revision: found.doc for found in ScriptDirectory.from_config(config()).walk_revisions()}


async def pending(settings: Settings) -> dict[str, str]:
    """Revisions that `migrate` would run, in their order, with their messages.

    Raises OperationError for a database of a newer version of Waymark.
    """
    async with _connected(settings) as connection:
        at = await connection.run_sync(current)
    known = list(known_revisions().items())[::-1]
    names = [revision for revision, _ in known]
    if at is not None and at not in names:
        raise OperationError(
            f"The database is at {at}, which this version does not know: a newer Waymark has migrated it. "
            "Run that version, or restore a backup from before."
        )
    return dict(known[names.index(at) + 1 if at is not None else 0 :])


def _upgrade(connection: Connection) -> None:
    command.upgrade(config(connection), "head")


async def _repeat(connection: AsyncConnection, settings: Settings) -> None:
    """Functions, views, policies and grants: made again after every upgrade from files and from access.py."""
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None, "an open connection has its driver's"  # noqa: S101
    clock = MOVABLE_CLOCK if settings.allow_clock else CLOCK
    for file in sorted((MIGRATIONS / "repeatable").glob("*.sql")):
        await driver.execute(file.read_text("utf-8").replace("{clock}", clock))
    tables = await driver.fetch(
        "select relname from pg_class where relnamespace = 'public'::regnamespace"
        " and relkind in ('r', 'p') and not relispartition"
    )
    await driver.execute(";\n".join(statements({row["relname"] for row in tables})))


def current(connection: Connection) -> str | None:
    """The revision that a database stands at."""
    return MigrationContext.configure(connection).get_current_revision()
