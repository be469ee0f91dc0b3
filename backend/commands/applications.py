"""Commands about applications: front ends that are built on the API."""

from __future__ import annotations

import click
from sqlalchemy import func, select

from backend.applications import service
from backend.applications.models import Application, DocumentPolicy, RegisteredDocument
from backend.commands.transaction import in_transaction
from backend.db.engine import WriteSession

ORIGIN = click.option(
    "--origin", "origins", multiple=True, help="Where its pages come from, such as https://success.example.com."
)
POLICY = click.Choice([policy.value for policy in DocumentPolicy], case_sensitive=False)


@click.group()
def applications() -> None:
    """Front ends that are built on the API: their origins, which documents they send, what they may spend."""


@applications.command()
@click.option("--name", required=True, help="What the application is called.")
@ORIGIN
@click.option("--documents", "policy", type=POLICY, default="ANY", show_default=True, help="Which it may send.")
@click.option("--points-per-second", type=int, default=1_000, show_default=True, help="For all its callers together.")
def create(name: str, origins: tuple[str, ...], policy: str, points_per_second: int) -> None:
    """Make an application."""
    made = in_transaction(
        lambda session: service.create(
            session,
            name=name,
            origins=origins,
            document_policy=DocumentPolicy(policy.upper()),
            points_per_second=points_per_second,
        )
    )
    click.echo(_told(made))


@applications.command()
@click.argument("name")
@ORIGIN
@click.option("--no-origins", is_flag=True, help="Allow no origin any more.")
@click.option("--documents", "policy", type=POLICY, help="Which documents it may send.")
@click.option("--points-per-second", type=int, help="For all its callers together.")
def change(
    name: str, origins: tuple[str, ...], policy: str | None, points_per_second: int | None, *, no_origins: bool
) -> None:
    """Change the application NAME. The origins given replace those it has."""
    if no_origins and origins:
        raise click.UsageError("Give origins, or --no-origins.")
    changed = in_transaction(
        lambda session: service.change(
            session,
            name=name,
            origins=origins if origins or no_origins else None,
            document_policy=DocumentPolicy(policy.upper()) if policy else None,
            points_per_second=points_per_second,
        )
    )
    click.echo(f"{_told(changed)} API processes notice within 5 seconds.")


@applications.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove the application NAME with its documents, and revoke its keys."""
    revoked = in_transaction(lambda session: service.remove(session, name=name))
    click.echo(f"{name} is removed, {revoked} of its keys revoked. API processes notice within 5 seconds.")


@applications.command("list")
def list_applications() -> None:
    """Show every application."""

    async def work(session: WriteSession) -> list[tuple[Application, int]]:
        documents = (
            select(func.count())
            .where(RegisteredDocument.application_id == Application.id, RegisteredDocument.retired_at.is_(None))
            .scalar_subquery()
        )
        rows = await session.execute(
            select(Application, documents).where(Application.removed_at.is_(None)).order_by(Application.name)
        )
        return [(application, count) for application, count in rows]

    for application, documents in in_transaction(work):
        click.echo(f"{_told(application)} {documents:,} documents registered.")


def _told(application: Application) -> str:
    origins = ", ".join(application.origins) or "none"
    return (
        f"{application.name}: origins {origins}; documents {application.document_policy};"
        f" {application.points_per_second:,} points a second."
    )
