"""What a mail says: bytes that anybody may have written become a few bounded texts, or nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.parser import BytesHeaderParser
from email.policy import compat32, default
from email.utils import getaddresses, parsedate_to_datetime
from hashlib import sha256

from backend.engagement.inbound.html_text import text_of

LONGEST_TEXT = 9_000
"""Characters that are kept of what a mail says; with its subject it fits a touchpoint."""
LONGEST_SUBJECT = 300
LONGEST_HEADERS = 256 * 1024
MOST_ADDRESSES = 100
AUTOMATIC_PRECEDENCE = frozenset({"auto_reply", "bulk", "junk"})
PASSES = re.compile(r"\b(?:dmarc|dkim|spf)\s*=\s*pass\b", re.IGNORECASE)


@dataclass(frozen=True)
class Parsed:
    """What a mail says."""

    sender: str
    """Address, case-folded; empty where there is none that can be read."""
    recipients: tuple[str, ...]
    """Addresses of To and Cc, case-folded."""
    subject: str
    text: str
    written_at: datetime | None
    is_automatic: bool
    """Whether a program wrote it: a reply for the absent, a bounce, bulk mail, or mail of Waymark itself."""
    verdict: str
    """The topmost Authentication-Results."""


class Unreadable(Exception):
    """The bytes are no mail that can be read."""


def hash_of(raw: bytes) -> bytes:
    """By what a mail is recognised that comes twice."""
    try:
        found = BytesHeaderParser(policy=compat32).parsebytes(raw[:LONGEST_HEADERS]).get("message-id")
    except Exception:  # noqa: BLE001 - whatever the parser does with bytes of strangers, they are a mail
        found = None
    name = " ".join(str(found).split()) if found else ""
    return sha256(b"id " + name.encode("utf-8", "replace") if name else b"whole " + raw).digest()


def parse(raw: bytes) -> Parsed:
    """What a mail says. Raises Unreadable."""
    try:
        return _parsed(raw)
    except Exception as error:  # as above: nothing that somebody sends may be more than unreadable
        raise Unreadable(type(error).__name__) from error


def _parsed(raw: bytes) -> Parsed:
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)  # noqa: S101 - the policy makes these
    plain: Message = BytesHeaderParser(policy=compat32).parsebytes(raw[:LONGEST_HEADERS])
    senders = _addresses(plain.get_all("from", []))
    return Parsed(
        sender=senders[0] if len(senders) == 1 else "",
        recipients=_addresses([*plain.get_all("to", []), *plain.get_all("cc", [])]),
        subject=_line(_header(message, "subject"))[:LONGEST_SUBJECT],
        text=_text(message),
        written_at=_date(plain),
        is_automatic=_is_automatic(plain),
        verdict=_line(str(next(iter(plain.get_all("authentication-results", [])), ""))),
    )


def passed(parsed: Parsed, server: str) -> bool:
    """Whether the named server says that the mail comes from where it says it does: SPF, DKIM or DMARC."""
    name, _, results = parsed.verdict.partition(";")
    return name.strip().casefold() == server.casefold() and PASSES.search(results) is not None


def _header(message: EmailMessage, name: str) -> str:
    return str(message.get(name) or "")


def _addresses(headers: Iterable[object]) -> tuple[str, ...]:
    found = getaddresses([_line(str(header)) for header in headers])
    addresses = (address.strip().casefold() for _, address in found if "@" in address)
    return tuple(dict.fromkeys(addresses))[:MOST_ADDRESSES]


def _text(message: EmailMessage) -> str:
    part = message.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    try:
        said = raw.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:  # a character set that nobody knows
        said = raw.decode("utf-8", "replace")
    if part.get_content_type() == "text/html":
        said = text_of(said)
    shown = "".join(c for c in said.replace("\r\n", "\n").replace("\r", "\n") if c.isprintable() or c in "\n\t").strip()
    return shown if len(shown) <= LONGEST_TEXT else shown[:LONGEST_TEXT].rstrip() + " …"


def _date(message: Message) -> datetime | None:
    try:
        found = parsedate_to_datetime(str(message.get("date")))
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def _is_automatic(message: Message) -> bool:
    """RFC 3834's header, the older ones that programs still use, and reports of delivery.

    Headers of lists do not count: the mailbox that a team shares is one, and people write to it.
    """
    submitted = _line(str(message.get("auto-submitted", "no"))).partition(";")[0].strip().lower()
    return (
        submitted != "no"
        or _line(str(message.get("precedence", ""))).lower() in AUTOMATIC_PRECEDENCE
        or any(name in message for name in ("x-autoreply", "x-autorespond"))
        or _line(str(message.get("return-path", ""))) == "<>"
        or message.get_content_type() == "multipart/report"
    )


def _line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
