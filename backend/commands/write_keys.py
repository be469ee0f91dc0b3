"""Commands about write keys, which send events into a source."""

from __future__ import annotations

import click
from sqlalchemy import select

from backend.commands.transaction import in_transaction
from backend.db.engine import WriteSession
from backend.ingest import write_keys as keys
from backend.ingest.models import WriteKey, WriteKeyKind
from backend.usage.models import Source


@click.group("write-keys")
def write_keys() -> None:
    """Keys with which products send events to /v1."""


@write_keys.command("create")
@click.option("--name", required=True, help="What the key is for.")
@click.option("--source", required=True, help="Key of the source that the events come from; made where it is new.")
@click.option(
    "--origin",
    "origins",
    multiple=True,
    help="Makes a key for pages of this origin, such as https://app.example.com; may be given again.",
)
def create(name: str, source: str, origins: tuple[str, ...]) -> None:
    """Make a write key and show it, once: of a server, or with --origin of a browser."""
    kind = WriteKeyKind.BROWSER if origins else WriteKeyKind.SERVER
    made = in_transaction(
        lambda session: keys.create(session, name=name, source_key=source, kind=kind, origins=origins)
    )
    click.echo(made.text)
    told = "events alone, from " + ", ".join(origins) if origins else "events, and what is said about people"
    new = f" The source {source} is new." if made.made_source else ""
    click.echo(f"Shown this once. It takes {told}.{new}", err=True)


@write_keys.command("list")
def list_keys() -> None:
    """List write keys, the newest last."""

    async def work(session: WriteSession) -> list[tuple[WriteKey, str]]:
        rows = await session.execute(
            select(WriteKey, Source.key).join(Source, Source.id == WriteKey.source_id).order_by(WriteKey.id)
        )
        return [(row[0], row[1]) for row in rows]

    for key, source in in_transaction(work):
        used = f"last used {key.last_used_at:%Y-%m-%d %H:%M} UTC" if key.last_used_at else "never used"
        ended = f", revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else ""
        where = f" from {', '.join(key.origins)}" if key.origins else ""
        click.echo(f"{key.prefix}  {key.kind:7}  {source}  {key.name}{where}; {used}{ended}")


@write_keys.command("revoke")
@click.argument("prefix")
def revoke(prefix: str) -> None:
    """End the write key that begins with PREFIX (`wmw_` and ten letters)."""
    in_transaction(lambda session: keys.revoke(session, prefix=prefix))
    click.echo(f"{prefix} is revoked. API processes refuse it within 5 seconds.")
