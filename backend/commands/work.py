"""Commands about the work list."""

from __future__ import annotations

from uuid import UUID

import click

from backend.commands.transaction import in_transaction
from backend.work import queries, service
from backend.work.queries import WorkState


@click.group()
def work() -> None:
    """See what is to be done, what failed and why; have parked work done again."""


@work.command("list")
@click.option("--state", type=click.Choice([state.value for state in WorkState]), help="Only items in this state.")
@click.option("--kind", metavar="KIND", help="Only items of this kind of work.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many items to show.")
def list_items(state: str | None, kind: str | None, limit: int) -> None:
    """Count items by kind and state; with --state or --kind show the items themselves, the oldest first."""
    if state is None and kind is None:
        _show_counts()
        return
    wanted = queries.items(WorkState(state) if state else None, kind).limit(limit + 1)
    found = in_transaction(lambda session: session.execute(wanted)).all()
    for item, its_state in found[:limit]:
        arguments = " ".join(f"{name}={value}" for name, value in sorted(item.args.items()))
        click.echo(f"{item.id}  {its_state:8}  {item.kind}  attempt {item.attempts}/{item.parks_after}  {arguments}")
        if item.last_error:
            click.echo(f"    {item.last_error}")
    if not found:
        click.echo("None.")
    if len(found) > limit:
        click.echo(f"… and more; --limit shows more than {limit}.")


def _show_counts() -> None:
    found = in_transaction(queries.counts)
    if not found:
        click.echo("The work list is empty.")
    for kind, state, count in found:
        click.echo(f"{kind:32} {state:8} {count:>9}")


@work.command()
@click.argument("item", type=click.UUID, required=False)
@click.option("--kind", metavar="KIND", help="Every parked item of this kind of work.")
def rerun(item: UUID | None, kind: str | None) -> None:
    """Have a parked ITEM tried again, or with --kind all parked items of a kind."""
    if (item is None) == (kind is None):
        raise click.UsageError("Give the id of an item, or --kind.")
    if item is not None:
        in_transaction(lambda session: service.rerun(session, item))
        click.echo("It is due now.")
    if kind is not None:
        count = in_transaction(lambda session: service.rerun_parked(session, kind))
        click.echo(f"{count} items are due now.")
