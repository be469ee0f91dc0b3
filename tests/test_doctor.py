"""`waymark doctor` sees what is wrong, names it, and says what to do."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from backend.db.embedded import EmbeddedPostgres
from backend.db.engine import Database
from backend.doctor import Finding, Level, api_connections, examine
from backend.identity import signing
from backend.settings import Settings
from backend.work.asking import enqueue
from tests.command_line import waymark


async def run(settings: Settings, statement: str) -> None:
    connection = await asyncpg.connect(settings.migrate_url)
    await connection.execute(statement)
    await connection.close()


def without_processes(found: list[Finding]) -> list[Finding]:
    """Findings but those about the clock and the workers, which do not run in these tests."""
    return [
        finding for finding in found if not finding.subject.startswith("worker-") and "sign of life" not in finding.what
    ]


async def test_a_sound_deployment_has_no_complaint(settings_with_valkey: Settings) -> None:
    found = await examine(settings_with_valkey)

    seen = {finding.subject: finding.level for finding in without_processes(found)}
    assert set(seen.values()) <= {Level.OK, Level.WARN}
    assert [subject for subject, level in seen.items() if level is Level.WARN] == ["events"]  # nothing made it here
    assert {
        "disk",
        "login member",
        "login staff",
        "login system",
        "valkey",
        "postgresql",
        "migrations",
        "time",
    } <= set(seen)
    absent = [finding.subject for finding in found if "no sign of life" in finding.what]
    assert absent == ["clock", "worker-critical", "worker-default", "worker-bulk"]


async def test_a_portal_whose_documents_are_not_registered_is_named(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "documents.json").write_text('{"a": "{ viewer { kind } }"}')

    found = [
        finding
        for env in ("production", "development")
        for finding in await examine(replace(settings, portal_dir=tmp_path, env=env))
        if finding.subject == "portal"
    ]

    what, remedy = "1 of its 1 documents are not registered, so the API refuses them", "which registers them."
    assert [(finding.level, finding.what) for finding in found] == [(Level.FAIL, what), (Level.WARN, what)]
    assert found[0].remedy == f"Run `waymark migrate`, {remedy}"


async def test_what_is_wrong_is_named_with_its_remedy(settings_with_valkey: Settings) -> None:
    settings = settings_with_valkey
    database = Database(settings)
    await database.open()
    async with database.begin() as session:
        await signing.signer(session, settings)
        await enqueue(session, "work.prune")
        await enqueue(session, "health.sweep")
    await database.close()
    await run(settings, "update work_items set run_at = now() - interval '20 minutes' where kind = 'work.prune'")
    await run(settings, "update work_items set parked_at = now() where kind = 'health.sweep'")
    await run(settings, "update alembic_version set version_num = '0001'")
    await run(settings, "insert into account_marks (account_id, marked_at) values (uuidv7(), now() - interval '30 s')")
    await run(settings, "insert into clock_offset (moved_by) values (interval '0 days 1 second')")
    stranger = replace(settings, secret="another-secret-than-the-one-that-sealed-01")

    found = await examine(stranger)

    bad = {(finding.subject, finding.level): finding for finding in without_processes(found)}
    assert bad["secret", Level.FAIL].what.startswith("A stored secret (signing keys) does not open")
    assert bad["migrations", Level.FAIL].remedy == "Run `waymark upgrade`."
    assert bad["work", Level.FAIL].what.startswith("work.prune has been due for 1,20")
    assert bad["ingest", Level.WARN].what.startswith("facts have waited 3")
    assert bad["work", Level.WARN].what == "1 items of health.sweep are parked"
    assert bad["work", Level.WARN].remedy == "waymark work list --state PARKED --kind health.sweep"
    assert bad["time", Level.WARN].what == "Waymark's clock is moved by 0:00:01"


async def test_a_login_that_row_security_does_not_bind_is_a_failure(
    settings: Settings, postgres: EmbeddedPostgres
) -> None:
    database = settings.migrate_url.rpartition("/")[2]
    found = await examine(replace(settings, staff_url=postgres.url(database=database)))

    [staff] = [finding for finding in found if finding.subject == "login staff"]
    assert staff.level is Level.FAIL
    assert "is a superuser" in staff.what
    assert postgres.password("postgres") not in staff.what


async def test_servers_that_are_away_are_findings_not_faults(settings: Settings) -> None:
    nowhere = "postgresql://waymark_system:secret-word@127.0.0.1:1/waymark"

    found = await examine(replace(settings, system_url=nowhere, redis_url="redis://:secret-word@127.0.0.1:1/0"))

    failed = {finding.subject: finding.what for finding in found if finding.level is Level.FAIL}
    assert set(failed) == {"login system", "valkey"}
    assert failed["valkey"] == "failed (ConnectionError)"
    assert "secret-word" not in str(found)


async def test_production_wants_tls_and_the_real_clock(settings: Settings) -> None:
    found = await examine(replace(settings, env="production"))

    failed = [finding.what for finding in found if finding.level is Level.FAIL]
    assert failed == [
        "production is reached by http://127.0.0.1:8000, without TLS",
        "WAYMARK_ALLOW_CLOCK is set in production",
    ]


async def test_whose_word_counts_behind_tls_is_asked_for(settings: Settings) -> None:
    served = replace(settings, public_url="https://success.example")

    found = [await examine(each) for each in (served, replace(served, trusted_proxies="127.0.0.1"))]

    asked = [[one.remedy for one in each if "WAYMARK_TRUSTED_PROXIES" in one.remedy] for each in found]
    assert [len(each) for each in asked] == [1, 0]


async def test_pools_that_the_server_has_no_room_for_are_a_failure(settings: Settings) -> None:
    found = await examine(replace(settings, write_pool_size=60))

    [room] = [finding for finding in found if finding.subject == "connections"]
    assert room.level is Level.FAIL
    assert "so 0 API processes fit" in room.what


@pytest.mark.unit
def test_the_budget_counts_what_the_api_opens() -> None:
    assert api_connections(Settings(read_pool_size=8, write_pool_size=5)) == 33


async def test_the_command_prints_findings_and_fails_with_them(settings: Settings) -> None:
    sound = await waymark(settings, "doctor")
    await run(settings, "update alembic_version set version_num = '0001'")
    broken = await waymark(settings, "doctor", "--json")

    assert sound.returncode == 0, sound.stdout
    assert "ok   migrations      at " in sound.stdout
    assert broken.returncode == 1
    assert [f["subject"] for f in json.loads(broken.stdout) if f["level"] == "FAIL"] == ["migrations"]
