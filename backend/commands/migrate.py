"""The command that owns the database."""

from __future__ import annotations

import asyncio

import click

from backend.commands.program import init as set_up
from backend.db import migrate as migration
from backend.settings import settings


@click.command()
@click.option("--init", is_flag=True, help="Then do what `waymark init` does, where nothing is set up.")
@click.pass_context
def migrate(ctx: click.Context, init: bool) -> None:
    """Bring the database of WAYMARK_MIGRATE_URL to this version; safe to run again."""
    asyncio.run(migration.migrate(settings()))
    click.echo(f"The database is at {migration.head()}.")
    if init:
        ctx.invoke(set_up)
