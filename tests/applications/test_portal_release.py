"""What the portal sends, registered by each migration."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from backend import settings as settings_module
from backend.applications.models import RegisteredDocument
from backend.commands.migrate import migrate
from backend.db import migrate as migration
from backend.db.engine import Database
from backend.identity.models import AuditEntry
from backend.operation import OperationError
from backend.settings import Settings

ONE, TWO = "query One { viewer { kind } }", "query Two { viewer { permissions } }"


@pytest.fixture
def built(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """The file of what a portal sends, of the installation that commands of this process work on."""
    before = list(settings_module._of_process)
    settings_module.use(replace(settings, portal_dir=tmp_path))
    yield tmp_path / "documents.json"
    settings_module._of_process[:] = before


async def migrated(built: Path, manifest: str) -> Result:
    def run() -> Result:
        built.write_text(manifest)
        return CliRunner().invoke(migrate, [])

    return await asyncio.to_thread(run)


def of(*documents: str) -> str:
    return json.dumps({sha256(text.encode()).hexdigest(): text for text in documents})


async def registered(database: Database) -> tuple[list[str], list[str], int]:
    """The texts that the portal sends now, those that still hold, and the releases that were noted."""
    async with database.begin() as session:
        rows = await session.execute(select(RegisteredDocument.text, RegisteredDocument.retired_at))
        known = [(row.text, row.retired_at is None) for row in rows]
        noted = await session.scalar(
            select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "documents.released")
        )
    return sorted(t for t, sent in known if sent), sorted(t for t, sent in known if not sent), noted or 0


async def test_a_migration_registers_what_the_portal_sends_once_a_release(database: Database, built: Path) -> None:
    first = await migrated(built, of(ONE))
    again = await migrated(built, of(ONE))
    after_first = await registered(database)
    second = await migrated(built, of(TWO))

    at = f"The database is at {migration.head()}.\n"
    assert first.output == f"{at}The portal's 1 documents are registered, 1 of them new.\n"
    assert again.output == at
    assert after_first == ([ONE], [], 1)
    assert second.output == f"{at}The portal's 1 documents are registered, 1 of them new.\n"
    assert await registered(database) == ([TWO], [ONE], 2)


async def test_a_portal_that_this_version_cannot_answer_is_refused_as_a_whole(database: Database, built: Path) -> None:
    refused = await migrated(built, of(ONE, "query Wrong { nothing }"))

    assert isinstance(refused.exception, OperationError)
    assert "Cannot query field 'nothing' on type 'Query'.\nNothing was registered." in str(refused.exception)
    assert await registered(database) == ([], [], 0)


async def test_a_file_that_is_no_manifest_is_named(database: Database, built: Path) -> None:
    refused = await migrated(built, "{")

    assert isinstance(refused.exception, OperationError)
    assert str(refused.exception).startswith(f"{built}: it cannot be read:")
    assert await registered(database) == ([], [], 0)
