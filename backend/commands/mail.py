"""`waymark mail`: what became of mail, and whether the mail server takes any."""

from __future__ import annotations

import asyncio
from uuid import UUID

import click
from sqlalchemy import select

from backend.commands.transaction import in_transaction
from backend.db import clock
from backend.db.engine import WriteSession
from backend.db.ids import token
from backend.engagement.inbound.intake import webhook_secret
from backend.errors import InvalidInput
from backend.identity import audit
from backend.mail import service
from backend.mail.letter import Letter, Unaddressable, envelope
from backend.mail.models import Mail, MailState
from backend.mail.smtp import NotSent, Refused, deliver, server_of
from backend.operation import OperationError
from backend.settings import settings


@click.group()
def mail() -> None:
    """Mail, and the server that sends it."""


@mail.command("inbound")
def inbound() -> None:
    """Show how mail comes in that becomes touchpoints: the address, the listener, and the webhook with its secret."""
    chosen = settings()
    chosen.require("secret", "inbound_address")
    click.echo(f"Mail to {chosen.inbound_address} becomes touchpoints.")
    if chosen.inbound_smtp_port:
        click.echo(f"SMTP: {chosen.inbound_smtp_host}:{chosen.inbound_smtp_port}")
    click.echo(f"Webhook: {chosen.base_url}/webhooks/mail, signed with {webhook_secret(chosen)}")


@mail.command("list")
@click.option("--state", type=click.Choice([one.value for one in MailState]), help="Only in this state.")
@click.option("--limit", type=click.IntRange(1, 1_000), default=20, show_default=True)
def list_mail(state: str | None, limit: int) -> None:
    """List mail, the newest first: when it was written and what became of it, not what it says."""

    async def read(session: WriteSession) -> list[Mail]:
        chosen = select(Mail) if state is None else select(Mail).where(Mail.state == state)
        return list(await session.scalars(chosen.order_by(Mail.id.desc()).limit(limit)))

    for one in in_transaction(read):
        reply = f"reply {one.reply_code}" if one.reply_code else "-"
        when = f"{one.created_at:%Y-%m-%d %H:%M:%S}"
        click.echo(f"{one.id}  {when}  person {one.person_id}  {one.state}  {one.attempts} attempts  {reply}")


@mail.command("replay")
@click.argument("mail_id", metavar="MAIL", type=click.UUID)
def replay(mail_id: UUID) -> None:
    """Send the refused MAIL again, under the same Message-ID."""

    async def work(session: WriteSession) -> None:
        await service.replay(session, mail_id)
        await audit.record(session, "mail.replayed", actor="command line", subject=f"mail:{mail_id}")

    in_transaction(work)
    click.echo("It is sent again now.")


@mail.command("test")
@click.argument("address")
def test(address: str) -> None:
    """Send a mail to ADDRESS at once, past the work list, and say what the mail server answered."""
    chosen = settings()
    server = server_of(chosen)
    letter = Letter("A test of Waymark's mail", f"{chosen.base_url} can send mail.\n")
    at = in_transaction(clock.now)
    try:
        made = envelope(chosen, letter, to=address, message_id=f"<{token()}@test.waymark>", written_at=at)
        code = asyncio.run(deliver(server, made))
    except Unaddressable:
        raise InvalidInput(f"{address!r} is no address that a mail server takes.") from None
    except (NotSent, Refused) as error:
        raise OperationError(str(error)) from None
    click.echo(f"{server.host}:{server.port} has taken the mail (reply {code}).")
