"""`waymark erase-person` and `waymark export-person`, as a person runs them."""

from __future__ import annotations

import json
import stat
from pathlib import Path

from sqlalchemy import text

from backend.db.engine import Database
from backend.identity.models import Person
from backend.settings import Settings
from backend.tables import metadata
from tests.command_line import waymark
from tests.erasure.erasing import erase
from tests.erasure.planting import ADDRESS, IDENTIFIER, NAME, TEXT, plant
from tests.factories import PASSWORD, make_account, make_member, make_staff


async def test_a_person_is_erased_after_a_yes_and_not_without(database: Database, settings: Settings) -> None:
    async with database.begin() as session:
        account = await make_account(session, "Acme")
        staff = await make_staff(session, email="ada@example.com", password=PASSWORD)
        account.success_manager_id = staff.id
        person = await session.get_one(Person, staff.person_id)
        await make_member(session, account, person, role="ADMIN")
    public = f"prsn_{person.id.hex}"

    refused = await waymark(settings, "erase-person", "ada@example.com", typed="n\n")
    async with database.begin() as session:
        assert await session.scalar(text("select name from persons")) == "ada"
    done = await waymark(settings, "erase-person", "ADA@example.com", typed="y\n")
    again = await waymark(settings, "erase-person", "ada@example.com", "--yes")
    by_id = await waymark(settings, "erase-person", public, "--yes")
    nobody = await waymark(settings, "erase-person", "bob@example.com", "--yes")

    described = (
        f"{public}: ada, ada@example.com\n"
        "  member of Acme: ADMIN, ACTIVE\n"
        "  on the staff: CSM; 1 accounts have them as success manager and keep the id\n"
        "Erase? This cannot be undone [y/N]: "
    )
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == f"{described}Aborted!\n"
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{public} is erased.\n", described)
    for repeated in (again, by_id):
        assert (repeated.returncode, repeated.stdout) == (0, f"{public} is erased.\n")
        assert repeated.stderr.startswith(f"{public} was erased on ")
    assert (nobody.returncode, nobody.stderr) == (1, "There is no person with the address or id 'bob@example.com'.\n")
    async with database.begin() as session:
        assert (await session.execute(text("select name, email from persons"))).all() == [(None, None)]
        assert await session.scalar(text("select success_manager_id from accounts")) == staff.id
        unfinished = text("select count(*) from person_erasures where finished_at is null")
        assert await session.scalar(unfinished) == 0


async def test_everything_held_about_a_person_is_exported(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    garden = await plant(database, settings)
    path = tmp_path / "person.json"

    done = await waymark(settings, "export-person", ADDRESS, "--output", str(path))
    again = await waymark(settings, "export-person", ADDRESS, "--output", str(path))

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"Wrote {path}. It holds personal data, of others too where their texts name the person.\n"
    assert again.stderr == f"{path} cannot be made: File exists. Name a file that does not exist.\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    exported = json.loads(path.read_bytes())
    assert list(exported) == ["format", "version", "exportedAt", "person", "tables", "mentions", "actions"]
    assert (exported["format"], exported["version"]) == ("waymark-person", 1)
    assert exported["person"] == f"prsn_{garden.person.hex}"
    with_person = {table.name for table in metadata.sorted_tables if "person_id" in table.columns} - {"person_erasures"}
    assert set(exported["tables"]) >= with_person | {"persons"}
    assert {len(rows) for rows in exported["tables"].values()} == {1}
    person = exported["tables"]["persons"][0]
    assert (person["name"], person["email"]) == (NAME, ADDRESS)
    assert exported["tables"]["person_identities"][0]["external_id"] == IDENTIFIER
    assert list(exported["tables"]["passwords"][0]) == ["person_id", "changed_at"]
    assert [row["reason"] for row in exported["mentions"]["import_rejects"]] == [TEXT, TEXT]
    assert exported["actions"]["audit_entries"][0]["actor_person_id"] == str(garden.person)
    assert "reason" not in exported["actions"]["health_overrides"][0]
    assert "secret_hash" not in exported["actions"]["api_keys"][0]
    async with database.begin() as session:
        told = text("select actor, subject from audit_entries where action = 'person.exported'")
        assert (await session.execute(told)).all() == [("command line", f"person:{garden.person}")]


async def test_an_export_of_nobody_leaves_no_file(database: Database, settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "person.json"

    done = await waymark(settings, "export-person", "prsn_nobody", "--output", str(path))

    assert (done.returncode, done.stderr) == (1, "There is no person with the address or id 'prsn_nobody'.\n")
    assert not path.exists()


async def test_an_export_after_an_erasure_names_nobody(database: Database, settings: Settings, tmp_path: Path) -> None:
    garden = await plant(database, settings)
    await erase(database, settings, garden.person)
    path = tmp_path / "person.json"

    done = await waymark(settings, "export-person", f"prsn_{garden.person.hex}", "--output", str(path))

    assert done.returncode == 0
    written = path.read_text("utf-8")
    assert [word for word in (NAME, ADDRESS, IDENTIFIER) if word.lower() in written.lower()] == []
    assert json.loads(written)["mentions"] == {}
