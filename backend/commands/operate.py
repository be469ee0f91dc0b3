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
@click.option("--markdown", is_flag=True, help="Print docs/settings.md instead: every setting with its default.")
def show_settings(markdown: bool) -> None:
    """Show every setting with its value; secrets only as set or not set."""
    if markdown:
        click.echo(documentation(), nl=False)
        return
    current = settings()
    for field in fields(Settings):
        value = getattr(current, field.name)
        if field.metadata["secret"]:
            value = "(set)" if value else "(not set)"
        click.echo(f"{environment_name(field.name):30} {value}")
        click.secho(f"    {field.metadata['description']}", dim=True)


def documentation() -> str:
    """The text of docs/settings.md, from the declarations in backend/settings.py."""
    lines = [
        "# Settings",
        "",
        "All settings are environment variables, read once when a process starts. A name that begins with `WAYMARK_`",
        "and is not listed here stops the process: a misspelt setting must not go unnoticed. `waymark settings` shows",
        "what a process would see. `make run` sets the secrets and the URLs itself ([operations](operations.md));",
        "other deployments set them, and give each process only those it needs (`backend/processes.py` says which, and",
        "`docker-compose.yml` does it).",
        "",
        "This page is printed by `waymark settings --markdown`; a test compares them.",
        "",
        "| name | default | what it does |",
        "|---|---|---|",
    ]
    for field in fields(Settings):
        default = f"`{_as_written(field.default)}`" if field.default != "" else "(none)"
        secret = " **Secret.**" if field.metadata["secret"] else ""
        lines.append(f"| `{environment_name(field.name)}` | {default} | {field.metadata['description']}{secret} |")
    return "\n".join(lines) + "\n"


def _as_written(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)
