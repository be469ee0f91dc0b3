"""Handing a mail over to the mail server of WAYMARK_SMTP_URL."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib
from aiosmtplib import SMTPDataError, SMTPNotSupported, SMTPRecipientsRefused, SMTPResponseException

from backend.hosts import is_loopback
from backend.mail.letter import Envelope
from backend.settings import Settings, SettingsError

STEP_SECONDS = 20.0
SECONDS = 45.0
"""For a whole delivery: less than the minute for which a worker may keep an item between two transactions."""
PORTS = {"smtp": 587, "smtps": 465}
START_TLS = {"required": True, "optional": None, "off": False}
PERMANENT = 500


class NotSent(Exception):
    """The mail server was not reached, or did not take the mail now. It is tried again."""

    def __init__(self, reason: str, code: int | None = None) -> None:
        super().__init__(f"The mail server did not take the mail: {reason}.")
        self.code = code


class Refused(Exception):
    """The mail server refuses this address or this mail for good."""

    def __init__(self, code: int | None = None) -> None:
        super().__init__(f"The mail server refuses it ({code}).")
        self.code = code


@dataclass(frozen=True)
class Server:
    """A mail server. Its password is in no text that this is shown as."""

    host: str
    port: int
    user: str | None
    password: str | None = field(repr=False)
    is_tls: bool
    """TLS from the first byte."""
    start_tls: bool | None
    """STARTTLS: needed, never, or where the server offers it (None)."""


def server_of(settings: Settings) -> Server:
    """The mail server of the settings. Raises SettingsError, which never repeats the URL."""
    settings.require("smtp_url", "mail_from")
    try:
        parts = urlsplit(settings.smtp_url)
        port = parts.port or PORTS[parts.scheme]
        asked = parse_qs(parts.query, strict_parsing=True) if parts.query else {}
        start_tls = START_TLS[asked.pop("tls", ["optional" if is_loopback(parts.hostname or "") else "required"])[-1]]
        if not parts.hostname or asked or parts.path not in {"", "/"}:
            raise ValueError
    except (ValueError, KeyError):
        raise SettingsError(
            "WAYMARK_SMTP_URL cannot be read. Write smtp://user:password@host:587 (STARTTLS), or smtps://…:465 (TLS); "
            "?tls=off is for a relay in your own network. Characters such as @ and / in a password are written as %40 "
            "and %2F."
        ) from None
    is_tls = parts.scheme == "smtps"
    return Server(
        parts.hostname,
        port,
        unquote(parts.username) if parts.username else None,
        unquote(parts.password) if parts.password else None,
        is_tls,
        False if is_tls else start_tls,
    )


async def deliver(server: Server, envelope: Envelope) -> int:
    """Hand a mail over; the server's reply code. Raises Refused, and NotSent for everything that may pass.

    What is wrong with our own account there (a login, a sender that is not allowed) is NotSent as well: it is mended
    in the settings, and the mail is then sent after all.
    """
    try:
        async with (
            asyncio.timeout(SECONDS),
            aiosmtplib.SMTP(
                hostname=server.host,
                port=server.port,
                username=server.user,
                password=server.password,
                use_tls=server.is_tls,
                start_tls=server.start_tls,
                timeout=STEP_SECONDS,
            ) as client,
        ):
            await client.send_message(envelope.message, sender=envelope.sender, recipients=[envelope.recipient])
    except SMTPRecipientsRefused as error:
        raise _verdict(error.recipients[0].code, "RCPT") from None
    except SMTPDataError as error:
        raise _verdict(error.code, "DATA") from None
    except SMTPNotSupported as error:
        if envelope.recipient.isascii():
            raise NotSent(type(error).__name__) from None
        raise Refused from None
    except SMTPResponseException as error:
        raise NotSent(f"{type(error).__name__}, reply {error.code}", error.code) from None
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:  # TimeoutError is an OSError
        raise NotSent(type(error).__name__) from None
    return 250


def _verdict(code: int, step: str) -> NotSent | Refused:
    return Refused(code) if code >= PERMANENT else NotSent(f"reply {code} to {step}", code)
