"""Mail is sent once, after the commit that asked for it, by a real mail server; what it said goes then."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from sqlalchemy import func, select, text

from backend import mail
from backend.db.engine import Database
from backend.mail import Mail, MailState, service
from backend.settings import Settings
from backend.work import WorkItem
from jobs import actors
from jobs.runner import Runner
from tests.command_line import waymark
from tests.erasure.erasing import dump, erase
from tests.factories import make_person
from tests.jobs.clockwork import an_hour_later
from tests.mail_server import Post, mail_server

assert "mail.send" in actors.ACTORS


def with_server(settings: Settings, post: Post, *, user: str = "", more: str = "", scheme: str = "smtp") -> Settings:
    url = f"{scheme}://{user}127.0.0.1:{post.port}{more}"
    return replace(settings, smtp_url=url, mail_from="Acme Success <success@acme.example>")


@pytest.fixture
async def post() -> AsyncIterator[Post]:
    async with mail_server() as served:
        yield served


async def opened(settings: Settings) -> Database:
    database = Database(settings)
    await database.open()
    return database


async def queue(database: Database, to: str = "ada@example.com", **more: Any) -> UUID:
    async with database.begin() as session:
        person = await make_person(session, to)
        given = {"subject": "Welcome", "text": "Secret-Link-4711\n", **more}
        return await mail.queue(session, person_id=person.id, to=to, **given)


async def send(settings: Settings) -> None:
    """One round of a worker, whatever time it is."""
    database = await opened(settings)
    async with database.begin() as session:
        await session.execute(text("update work_items set run_at = waymark_now() where parked_at is null"))
    await Runner(database).answer("mail.send")
    await database.close()


async def row(database: Database, mail_id: UUID) -> tuple[str, int, int | None, bool]:
    async with database.begin() as session:
        found = await session.get_one(Mail, mail_id)
        return found.state, found.attempts, found.reply_code, found.content is not None


async def test_a_mail_is_sent_once_and_forgets_what_it_said(database: Database, settings: Settings, post: Post) -> None:
    mail_id = await queue(database, html="<p>Secret-Link-4711</p>", headers={"List-Unsubscribe": "<https://x.example>"})
    assert "Secret-Link-4711" not in await dump(settings), "it stands sealed while it waits"

    await send(with_server(settings, post))
    await send(with_server(settings, post))

    [(sender, recipients, message)] = post.taken
    assert (sender, recipients) == ("success@acme.example", ["ada@example.com"])
    assert (message["From"], message["To"]) == ("Acme Success <success@acme.example>", "ada@example.com")
    assert (message["Subject"], message["List-Unsubscribe"]) == ("Welcome", "<https://x.example>")
    assert message["Message-ID"] == f"<{mail_id.hex}@127.0.0.1>"
    assert message["Auto-Submitted"] == "auto-generated"
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert (plain.get_content(), html.get_content()) == ("Secret-Link-4711\r\n", "<p>Secret-Link-4711</p>\r\n")
    assert await row(database, mail_id) == ("SENT", 1, 250, False)


async def test_a_mail_of_a_transaction_that_fails_is_never_sent(
    database: Database, settings: Settings, post: Post
) -> None:
    async def fail() -> None:
        async with database.begin() as session:
            person = await make_person(session)
            await mail.queue(session, person_id=person.id, to="ada@example.com", subject="No", text="No")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()

    await send(with_server(settings, post))

    assert post.taken == []


async def test_a_mail_that_is_not_taken_now_is_tried_again_under_the_same_id(
    database: Database, settings: Settings, post: Post
) -> None:
    mail_id = await queue(database)
    post.answers["RCPT"] = "451 come back later, ada@example.com"
    await send(with_server(settings, post))
    first = await row(database, mail_id)
    async with database.begin() as session:
        reason = await session.scalar(select(WorkItem.last_error))

    post.answers.clear()
    await send(with_server(settings, post))

    assert first == ("QUEUED", 1, 451, True)
    assert reason == "NotSent: The mail server did not take the mail: reply 451 to RCPT."
    assert [message["Message-ID"] for _, _, message in post.taken] == [f"<{mail_id.hex}@127.0.0.1>"]
    assert await row(database, mail_id) == ("SENT", 2, 250, False)


@pytest.mark.parametrize("step", ["RCPT", "DATA"])
async def test_a_mail_that_is_refused_for_good_is_not_tried_again(
    database: Database, settings: Settings, post: Post, step: str
) -> None:
    mail_id = await queue(database)
    post.answers[step] = "550 no such mailbox"

    await send(with_server(settings, post))
    post.answers.clear()
    await send(with_server(settings, post))

    assert post.taken == []
    assert await row(database, mail_id) == ("REFUSED", 1, 550, True)


async def test_a_mail_is_parked_with_its_words_when_nothing_takes_it(
    database: Database, settings: Settings, post: Post
) -> None:
    mail_id = await queue(database)
    nowhere = replace(settings, smtp_url="smtp://127.0.0.1:1", mail_from="success@acme.example")
    async with database.begin() as session:
        await session.execute(text("update work_items set parks_after = 2"))

    for _ in range(3):
        await send(nowhere)

    async with database.begin() as session:
        item = (await session.scalars(select(WorkItem))).one()
    assert (item.parked_at is not None, item.attempts) == (True, 2)
    assert item.last_error == "NotSent: The mail server did not take the mail: SMTPConnectError."
    assert await row(database, mail_id) == ("QUEUED", 2, None, True)


async def test_a_production_without_a_mail_server_keeps_mail_waiting(database: Database, settings: Settings) -> None:
    mail_id = await queue(database)

    await send(replace(settings, env="production"))

    async with database.begin() as session:
        reason = await session.scalar(select(WorkItem.last_error)) or ""
    assert reason.startswith("SettingsError: WAYMARK_SMTP_URL, WAYMARK_MAIL_FROM must be set.")
    assert await row(database, mail_id) == ("QUEUED", 1, None, True)


async def test_what_is_of_no_use_any_more_is_not_sent(database: Database, settings: Settings, post: Post) -> None:
    async with database.begin() as session:
        now = await session.scalar(select(func.waymark_now()))
    assert now is not None
    mail_id = await queue(database, send_before=now + timedelta(minutes=15))
    await an_hour_later(settings)

    await send(with_server(settings, post))

    assert post.taken == []
    assert await row(database, mail_id) == ("EXPIRED", 0, None, False)


async def test_an_erased_persons_mail_is_not_sent(database: Database, settings: Settings, post: Post) -> None:
    mail_id = await queue(database)
    async with database.begin() as session:
        person_id = (await session.get_one(Mail, mail_id)).person_id
    await erase(database, settings, person_id)

    await send(with_server(settings, post))

    assert post.taken == []
    async with database.begin() as session:
        assert await session.scalar(select(func.count()).select_from(Mail)) == 0


async def test_two_workers_at_once_send_a_mail_once(database: Database, settings: Settings, post: Post) -> None:
    mails = [await queue(database, f"person{number}@example.com") for number in range(4)]

    await asyncio.gather(*(send(with_server(settings, post)) for _ in range(3)))

    assert sorted(recipients[0] for _, recipients, _ in post.taken) == [f"person{n}@example.com" for n in range(4)]
    assert [await row(database, each) for each in mails] == [("SENT", 1, 250, False)] * 4


async def test_no_text_ends_a_header_early(database: Database, settings: Settings, post: Post) -> None:
    await queue(database, subject="Hello\r\nBcc: eve@example.com\n\nHi")

    await send(with_server(settings, post))

    [(_, recipients, message)] = post.taken
    assert recipients == ["ada@example.com"]
    assert (message["Subject"], message["Bcc"]) == ("Hello Bcc: eve@example.com Hi", None)
    with pytest.raises(ValueError, match="no header that a mail may have"):
        await queue(database, "other@example.com", headers={"List-Unsubscribe": "<x>\r\nBcc: eve@example.com"})


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("jörg@example.com", "jörg@example.com"),
    ],
)
async def test_addresses_of_other_scripts_are_reached(
    database: Database, settings: Settings, post: Post, address: str, told: str
) -> None:
    mail_id = await queue(database, address)

    await send(with_server(settings, post))

    assert [recipients for _, recipients, _ in post.taken] == [[told]]
    assert await row(database, mail_id) == ("SENT", 1, 250, False)


@pytest.mark.parametrize("address", ['"a b"@example.com', "a,b@example.com", "ada@exa_mple.com", "ada@..example"])
async def test_an_address_that_no_server_takes_is_refused_without_asking(
    database: Database, settings: Settings, post: Post, address: str
) -> None:
    mail_id = await queue(database, address)

    await send(with_server(settings, post))

    assert post.taken == []
    assert await row(database, mail_id) == ("REFUSED", 1, None, True)


async def test_refused_mail_is_listed_and_sent_again_for_a_week(
    database: Database, settings: Settings, post: Post
) -> None:
    mended, late = await queue(database), await queue(database, "bo@example.com")
    post.answers["RCPT"] = "550 no such mailbox"
    await send(with_server(settings, post))
    await send(with_server(settings, post))
    listed = await waymark(settings, "mail", "list", "--state", "REFUSED")
    again = await waymark(settings, "mail", "replay", str(mended))
    post.answers.clear()
    await send(with_server(settings, post))
    async with database.begin() as session:
        await session.execute(text("update mails set settled_at = waymark_now() - interval '8 days'"))
        await service.prune(session)
    twice = await waymark(settings, "mail", "replay", str(mended))
    too_late = await waymark(settings, "mail", "replay", str(late))

    assert [line.split()[0] for line in listed.stdout.splitlines()] == [str(late), str(mended)]
    assert listed.stdout.count("REFUSED  1 attempts  reply 550") == 2
    assert (again.returncode, again.stdout) == (0, "It is sent again now.\n")
    assert [message["Message-ID"] for _, _, message in post.taken] == [f"<{mended.hex}@127.0.0.1>"]
    assert await row(database, mended) == ("SENT", 2, 250, False)
    assert (twice.returncode, twice.stderr) == (1, "Only refused mail is sent again, for a week: it is SENT.\n")
    assert too_late.stderr == "Only refused mail is sent again, for a week: its words are kept no longer.\n"


async def test_a_login_is_told_and_a_wrong_one_is_tried_again_later(
    database: Database, settings: Settings, post: Post
) -> None:
    mail_id = await queue(database)
    await send(with_server(settings, post, user="waymark:wrong@"))
    first = await row(database, mail_id)
    async with database.begin() as session:
        reason = await session.scalar(select(WorkItem.last_error))

    await send(with_server(settings, post, user="waymark:pass%40word@"))

    assert post.logins[-1] == ("waymark", "pass@word")
    assert first == ("QUEUED", 1, 535, True)
    assert reason == "NotSent: The mail server did not take the mail: SMTPAuthenticationError, reply 535."
    assert await row(database, mail_id) == ("SENT", 2, 250, False)


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's side of TLS for 127.0.0.1, and the file that clients who trust it are given."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.example")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2099, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    certificate_file, key_file = folder / "certificate.pem", folder / "key.pem"
    certificate_file.write_bytes(made.public_bytes(Encoding.PEM))
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate_file, key_file)
    return context, certificate_file


@pytest.mark.parametrize("is_implicit", [False, True])
async def test_a_server_with_tls_is_believed_when_its_certificate_is(
    database: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_implicit: bool
) -> None:
    context, certificate_file = certificate(tmp_path)
    mail_id = await queue(database)
    scheme, more = ("smtps", "") if is_implicit else ("smtp", "?tls=required")

    async with mail_server(tls=context, is_implicit=is_implicit) as post:
        chosen = with_server(settings, post, user="waymark:pass%40word@", scheme=scheme, more=more)
        await send(chosen)
        unknown = await row(database, mail_id)
        told_unknown = list(post.logins)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate_file))
        await send(chosen)

    assert (unknown, told_unknown) == (("QUEUED", 1, None, True), [])
    assert (await row(database, mail_id), len(post.taken)) == (("SENT", 2, 250, False), 1)


async def test_a_server_without_tls_is_told_nothing_where_tls_is_required(
    database: Database, settings: Settings, post: Post
) -> None:
    mail_id = await queue(database)

    await send(with_server(settings, post, user="waymark:pass%40word@", more="?tls=required"))

    assert (post.logins, post.taken) == ([], [])
    assert await row(database, mail_id) == ("QUEUED", 1, None, True)


async def test_old_mails_are_forgotten_and_words_that_wait_too_long(database: Database, settings: Settings) -> None:
    kept, old, waiting = [await queue(database, f"{name}@example.com") for name in ("kept", "old", "waiting")]
    async with database.begin() as session:
        for mail_id, days, state in ((kept, 29, "SENT"), (old, 31, "SENT"), (waiting, 8, "QUEUED")):
            settled = "waymark_now() - make_interval(days => :days)" if state == "SENT" else "null"
            await session.execute(
                text(
                    f"update mails set state = :state, settled_at = {settled},"
                    " content = case when :state = 'QUEUED' then content end,"
                    " created_at = waymark_now() - make_interval(days => :days) where id = :id"
                ),
                {"id": mail_id, "days": days, "state": state},
            )

    async with database.begin() as session:
        await service.prune(session)

    async with database.begin() as session:
        left = await session.execute(select(Mail.id, Mail.state, Mail.content).order_by(Mail.id))
        assert left.all() == [(kept, MailState.SENT, None), (waiting, MailState.EXPIRED, None)]
