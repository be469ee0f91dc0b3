"""`waymark sessions`: who is signed in, and ending that."""

from __future__ import annotations

from uuid import UUID

import click
from sqlalchemy import select

from backend.commands.transaction import in_transaction
from backend.db.engine import WriteSession
from backend.identity import sessions as service
from backend.identity import staff
from backend.identity.models import Session, SessionEnd


@click.group()
def sessions() -> None:
    """Who is signed in, and ending that."""


@sessions.command("list")
@click.option("--email", required=True, help="Address of the person.")
def list_sessions(email: str) -> None:
    """List the open sessions of a person, the last used first."""

    async def work(session: WriteSession) -> list[Session]:
        person_id = await staff.person_with(session, email)
        found = await session.scalars(
            select(Session)
            .where(Session.person_id == person_id, service.is_open())
            .order_by(Session.refreshed_at.desc(), Session.id.desc())
        )
        return list(found.all())

    found = in_transaction(work)
    for each in found:
        account = f"acct_{each.account_id.hex}" if each.account_id else "staff"
        click.echo(
            f"sess_{each.id.hex}  {each.how:8}  {account}  from {each.created_at:%Y-%m-%d %H:%M}"
            f"  used {each.refreshed_at:%Y-%m-%d %H:%M}  {each.network_address or '-'}  {each.device or '-'}"
        )
    click.echo(f"{len(found)} open (times in UTC).", err=True)


@sessions.command("end")
@click.option("--email", required=True, help="Address of the person.")
@click.option("--session", "which", help="Id of one session, as `waymark sessions list` shows it; all without.")
def end_sessions(email: str, which: str | None) -> None:
    """Sign a person out, of one session or of all. API processes refuse their tokens within 5 seconds."""
    only = None if which is None else _id(which)

    async def work(session: WriteSession) -> int:
        person_id = await staff.person_with(session, email)
        return await service.end_all(session, person_id, SessionEnd.REVOKED, only=only, actor="command line")

    click.echo(f"{in_transaction(work)} ended.")


def _id(text: str) -> UUID:
    try:
        return UUID(hex=text.removeprefix("sess_"))
    except ValueError:
        raise click.BadParameter(f"{text!r} is no id of a session.", param_hint="--session") from None
