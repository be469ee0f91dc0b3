"""Commands that save a deployment and bring it back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from backend.db import backup as saving
from backend.db.engine import Database
from backend.identity import signing
from backend.installation import answering
from backend.sealing import SealError
from backend.settings import Settings, settings

FILE = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@click.command()
@FILE
def backup(file: Path) -> None:
    """Write everything that Waymark keeps to a new FILE, while it runs."""
    with answering(settings()) as chosen:
        size = saving.back_up(chosen, file, _tell)
    click.echo(f"{file} is written: {size / 1e6:,.1f} MB.")
    click.echo("Keep WAYMARK_SECRET too, in another place: what it encrypts cannot be read without it.")


@click.command()
@FILE
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--park-work", is_flag=True, help="Park all open work, so that nothing is sent until somebody runs it again."
)
def restore(file: Path, *, yes: bool, park_work: bool) -> None:
    """Replace everything that Waymark keeps by what FILE holds, all or nothing. Waymark has to be stopped."""
    saving.revision_of(file)
    if not yes:
        click.confirm(f"Replace everything in the database by {file}?", abort=True)
    with answering(settings(), alone=True) as chosen:
        done = saving.restore(chosen, file, _tell, park_work=park_work)
        click.echo(f"Restored from revision {done.revision}.")
        if done.open_work and park_work:
            click.echo(f"{done.open_work} items of work are parked: `waymark work list`, then `waymark work rerun`.")
        elif done.open_work:
            click.echo(f"{done.open_work} items of work are open and will be done once the workers run.")
        asyncio.run(_try_secret(chosen))


async def _try_secret(chosen: Settings) -> None:
    """Say so when what the backup holds encrypted does not open."""
    database = Database(chosen)
    try:
        await database.open()
        async with database.begin() as session:
            await signing.signer(session, chosen)
    except SealError as error:
        click.secho(f"Careful: {error}", err=True, fg="yellow")
    finally:
        await database.close()


def _tell(what: str) -> None:
    click.echo(f"… {what}", err=True)
