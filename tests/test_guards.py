"""The database guards itself: every table, walked as every login."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import replace

import asyncpg
import pytest
from sqlalchemy import Float, text

from backend.db.access import FUNCTIONS, LOGINS, READERS, TABLES, WRITERS, ViewerKind, personal_tables
from backend.db.base import Base, Erasure
from backend.db.embedded import EmbeddedPostgres
from backend.db.engine import Database
from backend.db.ids import uuid7
from backend.db.migrate import migrate
from backend.settings import Settings, SettingsError
from backend.tables import metadata
from tests.jobs.probe import ROOT, environment
from tests.patience import PATIENCE_SECONDS


async def connect(settings: Settings, kind: ViewerKind) -> asyncpg.Connection[asyncpg.Record]:
    return await asyncpg.connect(getattr(settings, f"{kind}_url"))


async def test_every_table_is_listed_with_its_policies(settings: Settings) -> None:
    connection = await asyncpg.connect(settings.migrate_url)

    rows = await connection.fetch(
        """select c.relname as name, c.relrowsecurity and c.relforcerowsecurity as guarded,
                  (select array_agg(p.polname::text) from pg_policy p where p.polrelid = c.oid) as policies
           from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
             and not c.relispartition"""
    )
    await connection.close()

    assert {row["name"] for row in rows} == set(TABLES)
    assert [row["name"] for row in rows if not row["guarded"]] == []
    for row in rows:
        access = TABLES[row["name"]]
        expected = {"owner"} | {k for k in ("member", "staff", "system") if getattr(access, k)}
        expected |= {f"{kind}_{write.privilege}" for kind in WRITERS for write in access.writes(kind)}
        assert set(row["policies"]) == expected, row["name"]


async def test_every_view_runs_with_the_rights_of_its_reader(settings: Settings) -> None:
    connection = await asyncpg.connect(settings.migrate_url)

    rows = await connection.fetch(
        """select relname, coalesce('security_invoker=true' = any(reloptions), false) as invoker
           from pg_class where relnamespace = 'public'::regnamespace and relkind = 'v'"""
    )
    await connection.close()

    assert {row["relname"]: row["invoker"] for row in rows} == dict.fromkeys(READERS, True)


async def test_a_security_definer_function_is_listed_with_who_may_call_it(settings: Settings) -> None:
    connection = await asyncpg.connect(settings.migrate_url)

    rows = await connection.fetch(
        """select p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' as name,
                  has_function_privilege('public', p.oid, 'execute') as is_public
           from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prosecdef"""
    )
    await connection.close()

    listed = {name.partition("(")[0] for name in FUNCTIONS}
    assert {row["name"].partition("(")[0] for row in rows} <= listed
    assert [row["name"] for row in rows if row["is_public"]] == []


@pytest.mark.parametrize("kind", LOGINS)
async def test_no_login_bypasses_or_owns_or_is_a_member_of_another(settings: Settings, kind: ViewerKind) -> None:
    connection = await connect(settings, kind)

    row = await connection.fetchrow(
        """select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb,
                  (select count(*) from pg_auth_members where member = r.oid) as memberships,
                  (select count(*) from pg_class where relowner = r.oid) as owned
           from pg_roles r where rolname = current_user"""
    )
    await connection.close()

    assert row is not None
    assert tuple(row) == (False, False, False, False, 0, 0)


async def test_a_member_without_a_setting_sees_no_row_of_any_customer(settings: Settings, database: Database) -> None:
    account, _other = await two_accounts(database)
    connection = await connect(settings, "member")

    counts = {
        table: await connection.fetchval(f"select count(*) from {table}")
        for table, access in TABLES.items()
        if access.member and access.member not in {"true", "is_customer_visible"}
    }
    await connection.close()

    assert account
    assert counts
    assert set(counts.values()) == {0}, counts


async def test_a_member_sees_only_the_account_that_the_transaction_names(
    settings: Settings, database: Database
) -> None:
    account, other = await two_accounts(database)
    connection = await connect(settings, "member")

    async with connection.transaction():
        await connection.execute("select set_config('waymark.account_id', $1, true)", str(account))
        names = [row["name"] for row in await connection.fetch("select name from accounts")]
        people = [row["name"] for row in await connection.fetch("select name from persons order by name")]
        usage = await connection.fetchval("select count(*) from usage_daily where account_id = $1", other)
    after = await connection.fetchval("select count(*) from accounts")
    await connection.close()

    assert names == ["First"]
    assert people == ["Person of First"]
    assert usage == 0
    assert after == 0


@pytest.mark.parametrize("table", [name for name, access in TABLES.items() if not access.member])
async def test_a_member_may_not_even_name_what_only_staff_see(settings: Settings, table: str) -> None:
    connection = await connect(settings, "member")

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.fetchval(f"select count(*) from {table}")
    await connection.close()


@pytest.mark.parametrize("table", TABLES)
async def test_no_viewer_login_writes_beyond_its_grants(settings: Settings, table: str) -> None:
    access = TABLES[table]
    for kind in LOGINS:
        columns = [c.name for c in metadata.tables[table].columns] if table in metadata.tables else []
        allowed = (
            {(change, column) for change in access.system if change != "select" for column in ("", *columns)}
            if kind == "system"
            else {(w.privilege, c) for w in access.writes(kind) for c in w.columns or ("", *columns)}
        )
        connection = await connect(settings, kind)
        held = await connection.fetch(
            """select p, '' as c from unnest(array['insert', 'update', 'delete', 'truncate']) p
               where has_table_privilege($1, p)
               union all select p, c from unnest(array['insert', 'update']) p, unnest($2::text[]) c
               where has_column_privilege($1, c, p)""",
            table,
            columns,
        )
        await connection.close()
        by_column = {(change, column) for change, column in allowed if change != "delete" or not column}
        assert {tuple(row) for row in held} == by_column, (kind, table)


async def test_a_member_writes_nothing_in_the_name_of_another_account_or_person(
    settings: Settings, database: Database
) -> None:
    account, other = await two_accounts(database)
    connection = await connect(settings, "member")
    refused = 0

    for statement in (
        "insert into domain_events (type, account_id, body) values ('Probe', '{other}', '{{}}')",
        "insert into domain_events (type, body) values ('Probe', '{{}}')",
        "insert into audit_entries (actor, action, account_id) values ('member', 'probe', '{other}')",
        "insert into audit_entries (actor, action, account_id) values ('staff', 'probe', '{account}')",
        "insert into audit_entries (actor, action, account_id, actor_person_id)"
        " values ('member', 'probe', '{account}', uuidv7())",
        "insert into work_items (kind, queue, parks_after, fair_key) values ('work.prune', 'bulk', 1, '{other}')",
        "insert into work_items (kind, queue, parks_after) values ('work.prune', 'bulk', 1)",
        "insert into idempotency_keys (holder_id, account_id, operation, key_hash, body_hash)"
        " values (uuidv7(), '{other}', 'probe', sha256(''), sha256(''))",
        "insert into touchpoints (account_id, kind, occurred_at, summary) values ('{account}', 'CALL', now(), 'probe')",
        "update account_internals set last_touch_at = now()",
        "update accounts set name = 'probe'",
    ):
        await connection.execute("begin")
        await connection.execute("select set_config('waymark.account_id', $1, true)", str(account))
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement.format(account=account, other=other))
        await connection.execute("rollback")
        refused += 1
    await connection.close()

    assert refused == 11


async def test_a_bypassing_login_is_refused_at_start(settings: Settings) -> None:
    with pytest.raises(SettingsError, match="is a superuser"):
        await Database(replace(settings, system_url=settings.migrate_url)).open()

    with pytest.raises(SettingsError, match="is a superuser"):
        await Database(replace(settings, staff_url=settings.migrate_url), (), reads=("staff",)).open()


@pytest.mark.parametrize("process", [("backend.serve",), ("jobs.clock",), ("jobs.worker", "default")], ids=" ".join)
async def test_no_process_starts_on_a_bypassing_login(settings_with_valkey: Settings, process: tuple[str, ...]) -> None:
    used = replace(settings_with_valkey, system_url=settings_with_valkey.migrate_url)

    refused = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", *process],
        env=environment(used),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )

    assert refused.returncode in {1, 2}
    assert refused.stderr == (
        "The login of WAYMARK_SYSTEM_URL is a superuser, so it would see every customer's rows. "
        "Use the login waymark_system, which `waymark migrate` makes.\n"
    )


async def test_a_login_in_the_owner_role_is_refused_at_start(postgres: EmbeddedPostgres, settings: Settings) -> None:
    owner = await asyncpg.connect(settings.migrate_url)
    await owner.execute("create role owner_in_disguise login password 'x' in role waymark_owner")
    url = settings.system_url.replace("waymark_system", "owner_in_disguise")
    url = url.replace(postgres.password("waymark_system"), "x")
    try:
        with pytest.raises(SettingsError, match="is a member of the owner role"):
            await Database(replace(settings, system_url=url)).open()
    finally:
        await owner.execute("drop role owner_in_disguise")
        await owner.close()


async def test_a_table_that_nobody_listed_stops_the_migration(settings: Settings) -> None:
    connection = await asyncpg.connect(settings.migrate_url)
    await connection.execute("create table stray (id int)")
    await connection.close()

    with pytest.raises(SettingsError, match="not Waymark's: stray"):
        await migrate(settings)


async def test_migrating_again_changes_nothing(settings: Settings, database: Database) -> None:
    await two_accounts(database)

    await migrate(settings)

    async with database.begin() as session:
        assert await session.scalar(text("select count(*) from accounts")) == 2


async def test_the_clock_moves_for_every_login_only_where_it_was_allowed(
    settings: Settings, database: Database
) -> None:
    owner = await asyncpg.connect(settings.migrate_url)
    await owner.execute("insert into clock_offset (moved_by) values ('-400 days')")

    years = []
    for kind in LOGINS:
        connection = await connect(settings, kind)
        years.append(await connection.fetchval("select (now() - waymark_now()) = interval '400 days'"))
        await connection.close()
    await migrate(replace(settings, allow_clock=False))
    still = await owner.fetchval("select now() = waymark_now()")
    await owner.close()

    assert years == [True, True, True]
    assert still is True


async def test_no_column_takes_what_is_no_finite_number(settings: Settings) -> None:
    columns = [
        (table.name, column.name)
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, Float)
    ]
    connection = await asyncpg.connect(settings.migrate_url)
    taken = []

    for table, column in columns:
        # A copy with the table's checks alone, so that a row of one column says which of them refuses it.
        await connection.execute(f"create temporary table copy (like {table} including constraints)")
        for each in metadata.tables[table].columns:
            await connection.execute(f"alter table copy alter {each.name} drop not null")
        for value in ("NaN", "Infinity", "-Infinity"):
            try:
                await connection.execute(f"insert into copy ({column}) values ('{value}')")
            except asyncpg.CheckViolationError:
                continue
            taken.append((table, column, value))
        await connection.execute("drop table copy")
    await connection.close()

    assert len(columns) >= 6
    assert taken == []


def test_every_text_column_declares_its_erasure() -> None:
    silent = [
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if str(column.type).upper().startswith(("TEXT", "JSON")) and not isinstance(column.info.get("erasure"), Erasure)
    ]

    assert silent == [], "declare how personal data in it is erased: Code, Personal, Secret or erased(...)"
    assert issubclass(Base, object)


async def two_accounts(database: Database) -> tuple[object, object]:
    """Two accounts with one member and one usage row each."""
    made = []
    async with database.begin() as session:
        await session.execute(
            text("insert into sources (id, key, name, kind) values (:id, 's', 's', 'CSV')"), {"id": (source := uuid7())}
        )
        await session.execute(text("insert into metrics (key, name) values ('logins', 'Logins')"))
        for name in ("First", "Second"):
            account, person = uuid7(), uuid7()
            made.append(account)
            values = {"account": account, "person": person, "name": name, "source": source, "member": uuid7()}
            for statement in (
                "insert into accounts (id, name, customer_since) values (:account, :name, '2024-01-01')",
                "insert into persons (id, name) values (:person, 'Person of ' || :name)",
                """insert into members (id, account_id, person_id, joined_on)
                   values (:member, :account, :person, '2024-01-01')""",
                """insert into usage_daily (account_id, day, metric_id, source_id, known_on, delta)
                   select :account, '2024-01-02', id, :source, '2024-01-02', 5 from metrics""",
            ):
                await session.execute(text(statement), values)
    return made[0], made[1]


def test_it_is_known_of_which_tables_people_of_one_account_see_different_rows() -> None:
    own = {"sessions", "second_factors", "recovery_codes", "notifications", "notification_preferences"}

    assert personal_tables("member") == own
    assert personal_tables("staff") == (own - {"second_factors"}) | {
        "saved_views",
        "default_views",
    }
