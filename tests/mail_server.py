"""A real mail server in this process, on loopback."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class Post:
    """What the server has been told, and what it answers instead of taking mail."""

    port: int = 0
    taken: list[tuple[str, list[str], EmailMessage]] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    """Reply to `RCPT` and `DATA`, where it is not 250."""

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if refusal := self.answers.get("RCPT"):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        if refusal := self.answers.get("DATA"):
            return refusal
        message = message_from_bytes(envelope.original_content or b"", policy=default)
        assert isinstance(message, EmailMessage)
        self.taken.append((envelope.mail_from or "", list(envelope.rcpt_tos), message))
        return "250 taken"

    def let_in(self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password == b"pass@word", handled=False)


@asynccontextmanager
async def mail_server(
    *, tls: ssl.SSLContext | None = None, is_implicit: bool = False, options: Mapping[str, Any] | None = None
) -> AsyncIterator[Post]:
    """A mail server that takes everything until it is told otherwise."""
    post = Post()

    def session() -> SMTP:
        return SMTP(
            post,
            enable_SMTPUTF8=True,
            tls_context=None if is_implicit else tls,
            authenticator=post.let_in,
            auth_require_tls=False,
            **(options or {}),
        )

    server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", 0, ssl=tls if is_implicit else None)
    post.port = server.sockets[0].getsockname()[1]
    try:
        yield post
    finally:
        server.close()
        await server.wait_closed()
