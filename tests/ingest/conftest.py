from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from backend.db.engine import Database
from backend.settings import Settings
from tests.ingest.files import Importer
from tests.ingest.sending import Sender, sending


@pytest.fixture
async def load(database: Database, tmp_path: Path) -> Importer:
    """Imports files into a clone with the accounts acme and zeta and two metrics."""
    async with database.begin() as session:
        await session.execute(
            text(
                """insert into accounts (external_id, name, customer_since)
                   values ('acme', 'Acme', '2020-01-01'), ('zeta', 'Zeta', '2020-01-01')"""
            )
        )
        await session.execute(text("insert into account_internals (account_id) select id from accounts"))
        await session.execute(
            text("insert into metrics (key, name, scale) values ('logins', 'Logins', 0), ('revenue', 'Revenue', 2)")
        )
    return Importer(database, tmp_path)


@pytest.fixture
async def sender(settings_with_valkey: Settings, database: Database) -> AsyncIterator[Sender]:
    """Sends to an API process on a clone without accounts."""
    async with sending(settings_with_valkey, database) as made:
        yield made
