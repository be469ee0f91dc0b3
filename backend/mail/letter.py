"""What a mail says, and how it is written for a mail server."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr

import orjson

from backend.settings import Settings, SettingsError

LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*")
"""An address's part before the @ that needs no quoting (RFC 5322's dot-atom, and letters of RFC 6532)."""
HEADER = re.compile(r"[A-Za-z][A-Za-z-]*", re.ASCII)
LONGEST_SUBJECT = 300


@dataclass(frozen=True)
class Letter:
    """What a mail says."""

    subject: str
    text: str
    html: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """Further headers, such as List-Unsubscribe."""

    def __post_init__(self) -> None:
        """Make the subject one line. Raises ValueError for what would end a header early."""
        object.__setattr__(self, "subject", _line(self.subject)[:LONGEST_SUBJECT])
        for name, value in self.headers.items():
            if not HEADER.fullmatch(name) or value != _line(value):
                raise ValueError(f"{name!r} is no header that a mail may have.")

    def packed(self) -> bytes:
        """As `unpacked` reads it."""
        return orjson.dumps(asdict(self))


def unpacked(packed: bytes) -> Letter:
    """What was packed."""
    return Letter(**orjson.loads(packed))


def _line(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


class Unaddressable(Exception):
    """No mail can be addressed so."""


@dataclass(frozen=True)
class Envelope:
    """From whom and to whom, as a mail server is told."""

    sender: str
    recipient: str
    message: EmailMessage


def envelope(settings: Settings, letter: Letter, *, to: str, message_id: str, written_at: datetime) -> Envelope:
    """A letter in its envelope. Raises Unaddressable, and SettingsError without a usable WAYMARK_MAIL_FROM."""
    name, sender = parseaddr(settings.mail_from)
    try:
        sender = addressable(sender)
    except Unaddressable:
        raise SettingsError(
            "WAYMARK_MAIL_FROM must be an address, such as Acme <success@acme.example>, that the mail server lets send."
        ) from None
    recipient = addressable(to)
    message = EmailMessage(policy=SMTP if (sender + recipient).isascii() else SMTPUTF8)
    message["From"] = _named(name, sender)
    message["To"] = _named("", recipient)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(written_at)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    for header, value in letter.headers.items():
        message[header] = value
    message.set_content(letter.text)
    if letter.html is not None:
        message.add_alternative(letter.html, subtype="html")
    return Envelope(sender, recipient, message)


def addressable(address: str) -> str:
    """The address with its domain as the DNS knows it. Raises Unaddressable for what would need quoting."""
    local, _, domain = address.strip().rpartition("@")
    try:
        host = domain.encode("idna").decode()
    except UnicodeError:
        raise Unaddressable from None
    if not LOCAL.fullmatch(local) or not re.fullmatch(r"[A-Za-z0-9.-]+", host):
        raise Unaddressable
    return f"{local}@{host}"


def _named(name: str, address: str) -> Address:
    local, _, host = address.rpartition("@")
    return Address(display_name=name, username=local, domain=host)
