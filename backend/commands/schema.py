"""`waymark schema …`: the GraphQL schema as a file."""

from __future__ import annotations

from pathlib import Path

import click

from backend.graphql.schema import sdl


@click.group()
def schema() -> None:
    """The GraphQL schema as a file."""


@schema.command()
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file instead of standard output."
)
def export(output: Path | None) -> None:
    """Print the schema with its descriptions, as `schema.graphql` has it."""
    if output is None:
        click.echo(sdl(), nl=False)
        return
    output.write_text(sdl(), "utf-8")
    click.echo(f"{output} is written.")
