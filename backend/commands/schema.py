"""`waymark schema …`: the GraphQL schema as a file."""

from __future__ import annotations

from pathlib import Path

import click


@click.group()
def schema() -> None:
    """The GraphQL schema as a file."""


@schema.command()
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file instead of standard output."
)
def export(output: Path | None) -> None:
    """Print the schema with its descriptions, as `schema.graphql` has it."""
    # Every feature's types are imported with it, a second that `waymark --help` need not take.
    from backend.graphql.schema import sdl

    if output is None:
        click.echo(sdl(), nl=False)
        return
    output.write_text(sdl(), "utf-8")
    click.echo(f"{output} is written.")
