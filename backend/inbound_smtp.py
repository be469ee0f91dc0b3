"""The listener of inbound mail: `python -m backend.inbound_smtp`.

It takes mail for one address and stores it before it says so; reading it is a worker's. Meant to stand behind a mail
server of one's own, on loopback: it speaks neither TLS nor to many.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging as standard_logging
import signal
import sys
from typing import Any

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy.exc import SQLAlchemyError

from backend import logging
from backend.db.engine import Database
from backend.engagement.inbound import intake
from backend.errors import DomainError
from backend.operation import OperationError
from backend.processes import INBOUND
from backend.settings import Settings, SettingsError, settings
from backend.work.doorbell import Doorbell

MOST_CONNECTIONS = 50
IDLE_SECONDS = 60.0
"""How long a client may say nothing."""
STORE_SECONDS = 20.0
MOST_RECIPIENTS = 1
BEAT_SECONDS = 5.0
LATER = "451 4.3.0 Try again later."
log = structlog.get_logger("waymark.inbound")


class Inbox:
    """What the listener does with what a client says."""

    def __init__(self, database: Database, chosen: Settings) -> None:
        self._database = database
        self._address = chosen.inbound_address.casefold()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take one recipient: the address of the settings."""
        if address.casefold() != self._address:
            return "550 5.1.1 There is nobody of this name."
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 One recipient at a time."
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        """Store a mail; a failure is the sender's to repeat, so that nothing is lost."""
        raw = envelope.original_content or b""
        if not envelope.mail_from:
            raw = b"Return-Path: <>\r\n" + raw
        try:
            async with asyncio.timeout(STORE_SECONDS), self._database.begin() as session:
                made = await intake.receive(session, raw)
        except DomainError as error:
            log.warning("mail is not taken", reason=error.message)
            return "452 4.3.1 Try again later."
        except (SQLAlchemyError, OSError) as error:  # TimeoutError is an OSError
            log.error("mail cannot be stored", error=type(error).__name__)
            return LATER
        log.info("mail taken", mail=str(made) if made else "known already", bytes=len(raw))
        return "250 2.0.0 Taken."

    async def handle_exception(self, error: Exception) -> str:
        """Tell a client of a fault, and the log which."""
        log.error("a connection failed", error=type(error).__name__)
        return LATER


class _Listener(SMTP):
    """One connection."""

    open_connections = 0

    def __init__(self, inbox: Inbox, chosen: Settings) -> None:
        super().__init__(
            inbox,
            data_size_limit=chosen.inbound_bytes,
            enable_SMTPUTF8=True,
            ident="Waymark",
            hostname="waymark",
            timeout=IDLE_SECONDS,
            command_call_limit=100,
        )

    def connection_made(self, transport: Any) -> None:
        """Serve a client, where there is room for one."""
        if type(self).open_connections >= MOST_CONNECTIONS:
            transport.write(b"421 4.3.2 Too many connections.\r\n")
            transport.close()
            self.transport = None
            return
        type(self).open_connections += 1
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Have room again."""
        if self.transport is not None:
            type(self).open_connections -= 1
            super().connection_lost(error)


@contextlib.asynccontextmanager
async def listening(database: Database, chosen: Settings) -> Any:
    """The port of a listener that takes mail while the block runs. Raises OperationError where the port is taken."""
    inbox = Inbox(database, chosen)
    loop = asyncio.get_running_loop()
    try:
        server = await loop.create_server(
            lambda: _Listener(inbox, chosen), chosen.inbound_smtp_host, chosen.inbound_smtp_port
        )
    except OSError as error:
        raise OperationError(
            f"Mail cannot be listened for at {chosen.inbound_smtp_host}:{chosen.inbound_smtp_port}: {error.strerror}."
        ) from error
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


async def run(chosen: Settings) -> None:
    """Take mail until told to stop."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with Doorbell(chosen.redis_url) as doorbell:
        database = Database(chosen, ("system",), ring=doorbell.ring)
        await database.open()
        try:
            async with listening(database, chosen) as port:
                log.info("takes mail", address=chosen.inbound_smtp_host, port=port)
                while not stop.is_set():
                    doorbell.beat(INBOUND.name)
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(BEAT_SECONDS):
                            await stop.wait()
        finally:
            await database.close()


def main() -> None:
    """Run from the command line."""
    try:
        chosen = settings()
        chosen.require("secret", "redis_url", "system_url", "inbound_address", "inbound_smtp_port")
        logging.configure(chosen, INBOUND.name)
        standard_logging.getLogger("mail.log").setLevel(standard_logging.ERROR)  # aiosmtpd tells every line it hears
        asyncio.run(run(chosen))
    except (OperationError, SettingsError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
