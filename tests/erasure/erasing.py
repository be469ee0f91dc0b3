"""Erasing in tests, and looking at all that is stored."""

from __future__ import annotations

import asyncio
import os
import subprocess
from urllib.parse import urlsplit
from uuid import UUID

from backend.db.binaries import find_postgres
from backend.db.engine import Database
from backend.erasure import service
from backend.settings import Settings
from tests.patience import PATIENCE_SECONDS


async def dump(settings: Settings) -> str:
    """Everything that is stored, as pg_dump writes it."""
    parts = urlsplit(settings.migrate_url)
    command = [
        str(find_postgres() / "pg_dump"),
        "--data-only",
        "--host",
        parts.hostname or "",
        "--port",
        str(parts.port),
        "--username",
        parts.username or "",
        parts.path.removeprefix("/"),
    ]
    done = await asyncio.to_thread(
        subprocess.run,
        command,
        env={"PGPASSWORD": parts.password or "", "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    )
    return done.stdout


async def erase(database: Database, settings: Settings, person_id: UUID) -> None:
    async with database.begin() as session:
        erasure_id = await service.erase(session, person_id)
    await service.search(database, erasure_id)
