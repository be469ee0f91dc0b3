"""Commands about items of /v1 that were refused."""

from __future__ import annotations

import asyncio
from typing import Any

import click
from sqlalchemy import text

from backend.commands.transaction import in_transaction
from backend.db.engine import Database, WriteSession
from backend.ingest.models import RejectCode
from backend.ingest.replaying import Replayed
from backend.ingest.replaying import replay as replay_rejects
from backend.settings import settings

LISTED = """
select r.received_at, s.key, r.code, r.field, r.reason, r.message_id, r.replayed_at from event_rejects r
join sources s on s.id = r.source_id
where (cast(:source as text) is null or s.key = :source) and (cast(:code as text) is null or r.code = :code)
order by r.id desc limit :most
"""
of_source = click.option("--source", help="Only those of this source.")
of_code = click.option("--code", type=click.Choice([code.value for code in RejectCode]), help="Only with this code.")


@click.group("rejects")
def rejects() -> None:
    """What came to /v1 and is no event."""


@rejects.command("list")
@of_source
@of_code
@click.option("--limit", type=click.IntRange(1, 1_000), default=20, show_default=True)
def list_rejects(source: str | None, code: str | None, limit: int) -> None:
    """List rejects, the newest first."""

    async def work(session: WriteSession) -> list[Any]:
        return list(await session.execute(text(LISTED), {"source": source, "code": code, "most": limit}))

    for row in in_transaction(work):
        again = "  taken in since" if row.replayed_at else ""
        where = f"{row.field or 'item'} {row.reason}"
        click.echo(f"{row.received_at:%Y-%m-%d %H:%M}  {row.key}  {row.code}  {row.message_id or '-'}: {where}{again}")


@rejects.command("replay")
@of_source
@of_code
def replay(source: str | None, code: str | None) -> None:
    """Take rejects in again, as if they came when they came: the reason may be gone."""

    async def work() -> Replayed:
        database = Database(settings())
        try:
            await database.open()
            return await replay_rejects(database, most_bytes=settings().ingest_event_bytes, source=source, code=code)
        finally:
            await database.close()

    done = asyncio.run(work())
    click.echo(f"{done.taken:,} taken in, {done.refused:,} refused again.")
