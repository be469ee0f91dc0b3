"""A backup holds everything, and a restore brings back exactly that, all or nothing."""

from __future__ import annotations

import stat
from asyncio import to_thread
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import select

from backend.db import backup, migrate
from backend.db.access import LOGINS
from backend.db.embedded import EmbeddedPostgres
from backend.db.engine import Database
from backend.identity import signing
from backend.operation import OperationError
from backend.program import service
from backend.program.assemble import DEFAULT, load
from backend.sealing import SealError
from backend.settings import Settings
from backend.work.asking import enqueue
from backend.work.models import WorkItem
from tests.command_line import waymark

SAMPLE = Path(__file__).resolve().parents[2] / "examples" / "sample"
TABLES = """
select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
and not relispartition order by 1
"""
GUARDS = """
select 'policy ' || tablename || ' ' || policyname || ' ' || roles::text || ' ' || coalesce(qual, '')
    || ' ' || coalesce(with_check, '') as guard from pg_policies
union all select 'table ' || relname || ' ' || relowner::regrole || ' ' || relrowsecurity || relforcerowsecurity || ' '
    || coalesce((select string_agg(a::text, ',' order by a::text) from unnest(relacl) a), '')
    from pg_class where relnamespace = 'public'::regnamespace
union all select 'column ' || attrelid::regclass || ' ' || attname || ' '
    || (select string_agg(a::text, ',' order by a::text) from unnest(attacl) a)
    from pg_attribute where attacl is not null and attrelid > 16383
union all select 'function ' || p.oid::regprocedure || ' ' || proowner::regrole || ' ' || md5(prosrc) || ' '
    || coalesce((select string_agg(a::text, ',' order by a::text) from unnest(proacl) a), '')
    from pg_proc p where pronamespace = 'public'::regnamespace
order by 1
"""


async def contents(settings: Settings) -> dict[str, str]:
    """A hash of the rows of each table, whatever their order, and one of what guards them."""
    connection = await asyncpg.connect(settings.migrate_url)
    found = {
        row["relname"]: await connection.fetchval(
            f"select count(*) || ' ' || coalesce(md5(string_agg(t::text, e'\\n' order by t::text)), '')"
            f" from {row['relname']} t"
        )
        for row in await connection.fetch(TABLES)
    }
    found["guards"] = "\n".join(row["guard"] for row in await connection.fetch(GUARDS))
    await connection.close()
    return found


def silent(_what: str) -> None:
    """Progress that nobody reads."""


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
async def other(postgres: EmbeddedPostgres, template: str, settings: Settings) -> Settings:
    """Settings of a second database that holds something else."""
    name = f"{settings.migrate_url.rpartition('/')[2]}_other"
    connection = await asyncpg.connect(postgres.url())
    await connection.execute(f"drop database if exists {name} with (force)")
    await connection.execute(f"create database {name} template {template} strategy file_copy")
    await connection.close()
    made = replace(
        settings,
        migrate_url=postgres.url(database=name),
        system_url=postgres.url(LOGINS["system"], name),
        staff_url=postgres.url(LOGINS["staff"], name),
        member_url=postgres.url(LOGINS["member"], name),
    )
    connection = await asyncpg.connect(made.migrate_url)
    await connection.execute("insert into organizations (name) values ('Somebody else')")
    await connection.execute("create table left_behind (id int); alter table left_behind owner to waymark_owner")
    await connection.close()
    return made


async def begun(settings: Settings) -> None:
    """The default program, a signing key, something to do."""
    database = Database(settings)
    await database.open()
    async with database.begin() as session:
        await service.apply(session, load(DEFAULT))
        await signing.signer(session, settings)
        await enqueue(session, "work.prune")
    await database.close()


async def test_a_restored_backup_equals_the_original_and_goes_on(
    settings: Settings, other: Settings, tmp_path: Path
) -> None:
    await begun(settings)
    command = ("import", "--folder", str(SAMPLE), "--mapping", str(SAMPLE / "mapping.yaml"))
    imported = await waymark(settings, *command)
    scored = await waymark(settings, "score", "--as-of", "2025-03-31", "--here")
    file = tmp_path / "waymark.dump"
    before = await contents(settings)

    size = await to_thread(backup.back_up, settings, file, silent)
    done = await to_thread(backup.restore, other, file, silent, park_work=False)
    after = await contents(other)
    again = await waymark(other, *command)

    assert (imported.returncode, scored.returncode) == (0, 0), imported.stderr + scored.stderr
    assert after == before
    assert before["usage_daily"].startswith("25296 ")
    assert done.revision == migrate.head()
    assert done.open_work > 0
    assert size == file.stat().st_size
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert names_in(tmp_path) == ["waymark.dump"]
    assert [line.split(": ")[-1] for line in again.stdout.splitlines()[:-1]] == [
        f"0 taken, {rows} unchanged, 0 rejected." for rows in ("40", "114", "42", "4,344", "129", "144")
    ]


async def test_restored_work_may_be_parked_and_another_secret_is_noticed(
    settings: Settings, other: Settings, tmp_path: Path
) -> None:
    await begun(settings)
    await to_thread(backup.back_up, settings, tmp_path / "waymark.dump", silent)
    stranger = replace(other, secret="another-secret-than-that-of-the-backup-01")

    done = await to_thread(backup.restore, stranger, tmp_path / "waymark.dump", silent, park_work=True)

    database = Database(stranger)
    await database.open()
    async with database.begin() as session:
        parked = await session.scalars(select(WorkItem.last_error).where(WorkItem.parked_at.is_not(None)))
        assert parked.all() == ["Parked by a restore."] * done.open_work
        with pytest.raises(SealError, match="does not open with this WAYMARK_SECRET"):
            await signing.signer(session, stranger)
    await database.close()


async def test_a_backup_overwrites_nothing(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "waymark.dump"
    file.write_text("the one of yesterday")

    with pytest.raises(OperationError, match="exists"):
        await to_thread(backup.back_up, settings, file, silent)

    assert file.read_text() == "the one of yesterday"


async def test_a_backup_that_fails_leaves_no_file(settings: Settings, tmp_path: Path) -> None:
    gone = replace(settings, migrate_url=settings.migrate_url.rpartition("/")[0] + "/nowhere")

    with pytest.raises(OperationError, match="WAYMARK_MIGRATE_URL"):
        await to_thread(backup.back_up, gone, tmp_path / "waymark.dump", silent)

    assert names_in(tmp_path) == []


async def test_a_damaged_backup_changes_nothing(settings: Settings, other: Settings, tmp_path: Path) -> None:
    await begun(settings)
    await to_thread(backup.back_up, settings, tmp_path / "whole", silent)
    whole = (tmp_path / "whole").read_bytes()
    before = await contents(other)
    damages = {
        b"": "input file is too short",
        b"no backup at all, but long enough to look": "does not appear to be a valid archive",
        whole[: len(whole) // 3]: "could not read from input file",
        whole[: len(whole) * 2 // 3]: "could not read from input file",
    }

    for damaged, message in damages.items():
        (tmp_path / "broken").write_bytes(damaged)
        with pytest.raises(OperationError, match=message):
            await to_thread(backup.restore, other, tmp_path / "broken", silent, park_work=False)

    assert await contents(other) == before


async def test_a_backup_of_a_newer_version_is_refused(settings: Settings, other: Settings, tmp_path: Path) -> None:
    connection = await asyncpg.connect(settings.migrate_url)
    await connection.execute("update alembic_version set version_num = '9999'")
    await connection.close()
    await to_thread(backup.back_up, settings, tmp_path / "newer", silent)
    before = await contents(other)

    with pytest.raises(OperationError, match="revision 9999, which this version does not know"):
        await to_thread(backup.restore, other, tmp_path / "newer", silent, park_work=False)

    assert await contents(other) == before


async def test_nothing_is_restored_beside_running_processes(
    settings: Settings, other: Settings, tmp_path: Path
) -> None:
    await to_thread(backup.back_up, settings, tmp_path / "waymark.dump", silent)
    before = await contents(other)
    running = Database(other)
    await running.open()

    with pytest.raises(OperationError, match="waymark_system is connected"):
        await to_thread(backup.restore, other, tmp_path / "waymark.dump", silent, park_work=False)

    await running.close()
    assert await contents(other) == before


async def test_pending_migrations_are_named(settings: Settings) -> None:
    newest = migrate.head()
    connection = await asyncpg.connect(settings.migrate_url)
    known = list(migrate.known_revisions())
    await connection.execute("update alembic_version set version_num = $1", known[1])

    pending = await migrate.pending(settings)
    await connection.execute("update alembic_version set version_num = $1", newest)
    none = await migrate.pending(settings)
    await connection.execute("update alembic_version set version_num = 'zzz'")
    with pytest.raises(OperationError, match="a newer Waymark has migrated it"):
        await migrate.pending(settings)

    await connection.close()
    assert list(pending) == [newest]
    assert none == {}
