"""`waymark mail`: whether the mail server takes mail."""

from __future__ import annotations

import asyncio

import click

from backend.commands.transaction import in_transaction
from backend.db import clock
from backend.db.ids import token
from backend.errors import InvalidInput
from backend.mail.letter import Letter, Unaddressable, envelope
from backend.mail.smtp import NotSent, Refused, deliver, server_of
from backend.operation import OperationError
from backend.settings import settings


@click.group()
def mail() -> None:
    """Mail, and the server that sends it."""


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
