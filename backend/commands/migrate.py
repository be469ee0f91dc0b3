"""The commands that own the database."""

from __future__ import annotations

import asyncio

import click

from backend.commands.portal_release import release_portal
from backend.commands.program import init as set_up
from backend.db import migrate as migration
from backend.installation import answering
from backend.settings import settings


@click.command()
@click.option("--init", is_flag=True, help="Then do what `waymark init` does, where nothing is set up.")
@click.option("--demo", is_flag=True, help="With --init: what `waymark init --demo` does.")
@click.pass_context
def migrate(ctx: click.Context, *, init: bool, demo: bool) -> None:
    """Bring the database of WAYMARK_MIGRATE_URL to this version, and register what its portal sends; repeatable."""
    asyncio.run(migration.migrate(settings()))
    click.echo(f"The database is at {migration.head()}.")
    release_portal(settings())
    if init:
        ctx.invoke(set_up, is_demo=demo)


@click.command()
@click.option("--check", is_flag=True, help="Only say what would be done; exit code 1 when there is something to do.")
@click.pass_context
def upgrade(ctx: click.Context, *, check: bool) -> None:
    """Bring the database to this version: what `waymark migrate` does, after showing it."""
    with answering(settings()) as chosen:
        pending = asyncio.run(migration.pending(chosen))
        if not pending:
            click.echo(f"The database is at {migration.head()}; this version has nothing newer.")
            if not check:
                release_portal(chosen)
            return
        click.echo(f"{len(pending)} migrations {'would' if check else 'will'} run, all in one transaction:")
        for revision, message in pending.items():
            click.echo(f"  {revision}  {message}")
        if check:
            click.echo("Take a backup first (`waymark backup FILE`), then run `waymark upgrade`.")
            ctx.exit(1)
        asyncio.run(migration.migrate(chosen))
        release_portal(chosen)
    click.echo(f"The database is at {migration.head()}.")
