"""Commands that belong to no feature."""

from __future__ import annotations

import asyncio
from dataclasses import fields

import click

from backend.db import migrate as migration
from backend.settings import Settings, environment_name, settings


@click.command("settings")
def show_settings() -> None:
    """Show every setting with its value; secrets only as set or not set."""
    current = settings()
    for field in fields(Settings):
        value = getattr(current, field.name)
        if field.metadata["secret"]:
            value = "(set)" if value else "(not set)"
        click.echo(f"{environment_name(field.name):30} {value}")
        click.secho(f"    {field.metadata['description']}", dim=True)


@click.command()
def migrate() -> None:
    """Bring the database of WAYMARK_MIGRATE_URL to this version; safe to run again."""
    asyncio.run(migration.migrate(settings()))
    click.echo(f"The database is at {migration.head()}.")
