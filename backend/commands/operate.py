"""Commands that belong to no feature."""

from __future__ import annotations

from dataclasses import fields

import click

from backend import supervisor
from backend.settings import Settings, environment_name, settings


@click.command()
def run() -> None:
    """Run Waymark on this machine, with a PostgreSQL and a Valkey of its own unless the settings name some."""
    supervisor.run(settings())


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
