"""The command that owns the database."""

from __future__ import annotations

import asyncio

import click

from backend.db import migrate as migration
from backend.settings import settings


@click.command()
def migrate() -> None:
    """Bring the database of WAYMARK_MIGRATE_URL to this version; safe to run again."""
    asyncio.run(migration.migrate(settings()))
    click.echo(f"The database is at {migration.head()}.")
