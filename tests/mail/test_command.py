"""`waymark mail test`, as a person runs it."""

from __future__ import annotations

from dataclasses import replace

from backend.settings import Settings
from tests.command_line import waymark
from tests.mail_server import mail_server


async def test_a_test_mail_says_what_the_server_answered(settings: Settings) -> None:
    async with mail_server() as post:
        chosen = replace(settings, smtp_url=f"smtp://127.0.0.1:{post.port}", mail_from="success@acme.example")
        taken = await waymark(chosen, "mail", "test", "ada@example.com")
        post.answers["RCPT"] = "550 no such mailbox"
        refused = await waymark(chosen, "mail", "test", "nobody@example.com")
        strange = await waymark(chosen, "mail", "test", "a b@example.com")
        unsent = await waymark(replace(chosen, mail_from="nobody"), "mail", "test", "ada@example.com")
        unset = await waymark(settings, "mail", "test", "ada@example.com")

    assert (taken.returncode, taken.stdout) == (0, f"127.0.0.1:{post.port} has taken the mail (reply 250).\n")
    assert [recipients for _, recipients, _ in post.taken] == [["ada@example.com"]]
    assert (refused.returncode, refused.stderr) == (1, "The mail server refuses it (550).\n")
    assert (strange.returncode, strange.stderr) == (1, "'a b@example.com' is no address that a mail server takes.\n")
    assert (unsent.returncode, unsent.stderr.partition(" must be")[0]) == (2, "WAYMARK_MAIL_FROM")
    assert (unset.returncode, unset.stderr.partition(" must be")[0]) == (2, "WAYMARK_SMTP_URL, WAYMARK_MAIL_FROM")
