"""Commands about the program, and the first start."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import click
from sqlalchemy import select

from backend.commands.transaction import in_transaction
from backend.errors import NotFound
from backend.identity import queries
from backend.identity.models import Organization
from backend.program import service
from backend.program.assemble import DEFAULT, load
from backend.program.folder import write_folder
from backend.program.setup import initialise

FOLDER = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))


@click.group()
def program() -> None:
    """Check, plan and apply program files: tiers, metrics, mapping and health."""


@program.command()
@FOLDER
def lint(folder: Path) -> None:
    """Check a folder of program files. Needs no database."""
    read = load(folder)
    click.echo(f"{len(read.files)} files without a problem.")


@program.command()
@FOLDER
def plan(folder: Path) -> None:
    """Show what applying a folder would change, and what would follow. Changes nothing."""
    files = load(folder)
    planned = in_transaction(lambda session: service.plan(session, files))
    _show(planned)
    if planned.is_needed:
        click.echo(f"\nTo apply exactly this: waymark program apply {folder} --planned {planned.token}")


@program.command()
@FOLDER
@click.option("--planned", metavar="TOKEN", help="Apply only what `waymark program plan` showed with this token.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--by", default="command line", show_default=True, help="Who applies it, kept with the version.")
def apply(folder: Path, planned: str | None, by: str, *, yes: bool) -> None:
    """Make a folder the running program, in one transaction. Without --planned it shows the plan and asks."""
    files = load(folder, applied_by=by)
    if planned is None:
        shown = in_transaction(lambda session: service.plan(session, files))
        _show(shown)
        if not shown.is_needed:
            return
        if not yes:
            click.confirm("\nApply this?", abort=True)
        planned = shown.token
    applied = in_transaction(lambda session: service.apply(session, files, planned=planned))
    if applied.is_new:
        click.echo(f"Version {applied.number} runs.")
    else:
        click.echo(f"Version {applied.number} runs already with these files; nothing was changed.")


@program.command()
@FOLDER
@click.option("--default", "shipped", is_flag=True, help="The program that Waymark ships; needs no database.")
def export(folder: Path, *, shipped: bool) -> None:
    """Write the files of the running program into a new folder, to edit and keep under version control."""
    if shipped:
        files, what = load(DEFAULT).files, "the default program"
    else:
        version = in_transaction(service.running)
        if version is None:
            raise NotFound("No program runs yet. `waymark init` applies the default one.")
        files, what = version.files, f"version {version.number}"
    write_folder(folder, files)
    click.echo(f"Wrote {what} to {folder}: {', '.join(sorted(files))}.")


def _show(planned: service.Plan) -> None:
    if not planned.is_needed:
        click.echo(f"Version {planned.running} runs already with these files; there is nothing to apply.")
        return
    against = f"version {planned.running}" if planned.running else "an empty program"
    click.echo(f"Against {against}:\n")
    click.echo(planned.difference)
    click.echo("\nConsequences:")
    for line in planned.consequences or ("none",):
        click.echo(f"  {line}")


@click.command()
@click.option("--name", default="My organization", show_default=True, help="Name of the organization.")
@click.option("--time-zone", default="UTC", show_default=True, help="Zone whose calendar days Waymark counts in.")
@click.option("--currency", default="USD", show_default=True, help="Home currency, three letters.")
@click.option("--demo/--own", "is_demo", default=None, help="The demo organization, or your own data; else it asks.")
def init(name: str, time_zone: str, currency: str, *, is_demo: bool | None) -> None:
    """Set up a new database: the organization, and the default program. Changes nothing that is there already.

    With --demo it loads the demo organization instead (docs/demo.md), into an empty database. Where nobody can be
    asked, it is --own.
    """
    if is_demo if is_demo is not None else _wants_demo():
        if in_transaction(queries.is_demo):
            click.echo("The demo organization is loaded.")
        else:  # what loads it takes half a second to import, and most starts do without it
            import_module("backend.commands.demo_load").load_demo()
        return
    made = in_transaction(
        lambda session: initialise(session, name=name, time_zone=time_zone, currency=currency.upper())
    )
    organization = made.organization
    kept = "is set up" if made.made_organization else "was set up before and stays as it is"
    click.echo(
        f"{organization.name} {kept}: time zone {organization.time_zone}, currency {organization.home_currency}."
    )
    said = "The default program runs as" if made.applied_default else "The program stays at"
    click.echo(f"{said} version {made.version}.")


def _wants_demo() -> bool:
    """Ask, where somebody is there to answer and nothing is set up."""
    if not sys.stdin.isatty() or in_transaction(lambda session: session.scalar(select(Organization.id))) is not None:
        return False
    question = "Look around in the demo organization first (demo), or begin with your own data (own)?"
    return str(click.prompt(question, type=click.Choice(["demo", "own"]), default="demo")) == "demo"
