"""Mail that comes in, by a real SMTP dialogue and by the webhook, and what becomes of it."""

from __future__ import annotations

import asyncio
import signal
import smtplib
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text

from backend.children import end_child, start_child
from backend.db.engine import Database, WriteSession
from backend.engagement.inbound import intake, settling, taking
from backend.engagement.inbound.message import Unreadable
from backend.engagement.models import InboundMail, Touchpoint
from backend.errors import LimitReached
from backend.identity.models import Person, StaffRole
from backend.inbound_smtp import listening
from backend.processes import INBOUND
from backend.settings import Settings
from backend.webhooks.signing import signature
from tests.e2e.running import free_port
from tests.factories import make_account, make_member, make_person, make_staff
from tests.jobs import probe
from tests.patience import PATIENCE_SECONDS
from tests.serving import serve

OWN = "log-f3k9q2xw@in.beacon.example"


@pytest.fixture
def inbound_settings(settings_with_valkey: Settings) -> Settings:
    return replace(settings_with_valkey, inbound_address=OWN, inbound_bytes=100_000)


@pytest.fixture
async def database(inbound_settings: Settings) -> AsyncIterator[Database]:
    made = Database(inbound_settings)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def people(database: Database) -> dict[str, Any]:
    """Ada of Acme, Zoe of Zenith, Both of both; Sam on the staff."""
    async with database.begin() as session:
        acme, zenith = await make_account(session, "Acme"), await make_account(session, "Zenith")
        ada = await make_member(session, acme, email="ada@acme.example")
        await make_member(session, zenith, email="zoe@zenith.example", state="INVITED")
        both = await make_member(session, acme, email="both@elsewhere.example")
        await make_member(session, zenith, await session.get_one(Person, both.person_id))
        await make_member(session, acme, email="gone@acme.example", state="LEFT", left_on=datetime.now(UTC).date())
        await make_person(session, "stranger@elsewhere.example")
        sam = await make_staff(session, StaffRole.CSM, email="sam@beacon.example")
        return {"acme": acme.id, "zenith": zenith.id, "ada": ada.person_id, "both": both.person_id, "sam": sam.id}


def letter(
    sender: str, to: str, *, cc: str = "", subject: str = "Plans", body: str = "*Hello*", **more: str
) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, to, subject
    if cc:
        made["Cc"] = cc
    for name, value in more.items():
        made[name.replace("_", "-")] = value
    made.set_content(body)
    return made


async def received(database: Database, message: EmailMessage) -> Any:
    """What became of a mail that was stored and read."""
    async with database.begin() as session:
        made = await intake.receive(session, message.as_bytes())
    assert made is not None
    async with database.begin() as session:
        await taking.take(session, made)
        await taking.take(session, made)
    async with database.begin() as session:
        return await session.get_one(InboundMail, made)


async def touchpoints(database: Database) -> list[Any]:
    async with database.begin() as session:
        return list(await session.scalars(select(Touchpoint).order_by(Touchpoint.id)))


async def test_a_mail_by_smtp_becomes_a_touchpoint_once(
    database: Database, inbound_settings: Settings, people: dict[str, Any]
) -> None:
    written = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)
    message = letter(
        "Ada <ADA@acme.example>", "sam@beacon.example", Message_ID="<1@acme>", Date=format_datetime(written)
    )

    def speak(port: int) -> dict[str, Any]:
        with smtplib.SMTP("127.0.0.1", port, timeout=PATIENCE_SECONDS) as client:
            client.ehlo("acme.example")
            found: dict[str, Any] = {"size": client.esmtp_features.get("size")}
            for what, to, body in (
                ("nobody", ["someone@in.beacon.example"], message.as_bytes()),
                ("first", [OWN.upper()], message.as_bytes()),
                ("again", [OWN], message.as_bytes()),
                ("too long", [OWN], b"Subject: x\r\n\r\n" + b"x" * 99 + b"\r\n" + (b"y" * 90 + b"\r\n") * 1_200),
            ):
                try:
                    found[what] = client.sendmail("bounce@acme.example", to, body)
                except smtplib.SMTPResponseException as error:
                    found[what] = error.smtp_code
                except smtplib.SMTPRecipientsRefused as error:
                    found[what] = [code for code, _ in error.recipients.values()]
            client.mail("bounce@acme.example")
            found["two"] = [client.rcpt(OWN)[0], client.rcpt(OWN)[0]]
            return found

    async with listening(database, replace(inbound_settings, inbound_smtp_port=0)) as port:
        said = await asyncio.to_thread(speak, port)
    async with database.begin() as session:
        [mail_id] = await session.scalars(select(InboundMail.id))
        await taking.take(session, mail_id)

    assert said == {"size": "100000", "nobody": [550], "first": {}, "again": {}, "too long": 552, "two": [250, 452]}
    [made] = await touchpoints(database)
    assert (made.account_id, made.person_id, made.logged_by) == (people["acme"], people["ada"], people["sam"])
    assert (made.kind, made.occurred_at, made.summary) == ("EMAIL", written, r"Plans" + "\n\n" + r"\*Hello\*")
    async with database.begin() as session:
        row = await session.get_one(InboundMail, mail_id)
        assert (row.state, row.content, row.body, row.touchpoint_id) == ("LOGGED", None, None, made.id)
        entries = (await session.execute(text("select actor, action, account_id, subject from audit_entries"))).all()
        assert [tuple(entry) for entry in entries] == [
            ("mail", "touchpoint.logged", people["acme"], f"touchpoint:{made.id}")
        ]
        assert (
            await session.scalar(
                text("select last_touch_at from account_internals where account_id = :a"), {"a": people["acme"]}
            )
            == written
        )


async def test_mail_of_staff_belongs_to_the_account_of_whom_they_write_to(
    database: Database, people: dict[str, Any]
) -> None:
    found = await received(database, letter("sam@beacon.example", "Zoe <zoe@zenith.example>", cc=f"x@y.example, {OWN}"))

    [made] = await touchpoints(database)
    assert (found.state, found.account_id, found.touchpoint_id) == ("LOGGED", people["zenith"], made.id)
    assert made.logged_by == people["sam"]


@pytest.mark.parametrize(
    "message, state, reason",
    [
        (letter("eve@elsewhere.example", OWN), "REJECTED", "UNKNOWN_SENDER"),
        (letter("stranger@elsewhere.example", OWN), "REJECTED", "UNKNOWN_SENDER"),
        (letter("gone@acme.example", OWN), "REJECTED", "UNKNOWN_SENDER"),
        (letter("sam@beacon.example", OWN, subject="Fwd: Plans"), "REJECTED", "NO_ACCOUNT"),
        (letter("sam@beacon.example", "ada@acme.example, zoe@zenith.example"), "REJECTED", "AMBIGUOUS"),
        (letter("both@elsewhere.example", OWN), "REJECTED", "AMBIGUOUS"),
        (letter("ada@acme.example", OWN, subject="", body=""), "REJECTED", "EMPTY"),
        (letter("ada@acme.example", OWN, Auto_Submitted="auto-replied"), "IGNORED", "AUTOMATIC"),
    ],
)
async def test_what_finds_no_account_waits_with_its_reason(
    database: Database, people: dict[str, Any], message: EmailMessage, state: str, reason: str
) -> None:
    found = await received(database, message)

    assert (found.state, found.reason, found.content) == (state, reason, None)
    kept = (message["From"], message["Subject"] or None) if state == "REJECTED" else (None, None)
    assert (found.sender, found.subject) == kept
    assert await touchpoints(database) == []


async def test_where_a_server_is_believed_mail_has_to_pass_it(
    inbound_settings: Settings, database: Database, people: dict[str, Any]
) -> None:
    strict = Database(replace(inbound_settings, inbound_authserv_id="mx.beacon.example"))
    await strict.open()
    forged = await received(strict, letter("ada@acme.example", OWN))
    good = await received(
        strict, letter("ada@acme.example", OWN, Authentication_Results="mx.beacon.example; dkim=pass", subject="Two")
    )
    await strict.close()

    assert (forged.state, forged.reason, forged.sender) == ("REJECTED", "UNVERIFIED", "ada@acme.example")
    assert good.state == "LOGGED"


async def test_what_cannot_be_read_is_kept_as_it_came(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "parse", lambda raw: (_ for _ in ()).throw(Unreadable("KeyError")))

    found = await received(database, letter("ada@acme.example", OWN))

    assert (found.state, found.reason, found.content is None) == ("REJECTED", "UNREADABLE", False)


async def test_beyond_a_bound_none_is_taken_and_what_is_settled_is_forgotten(
    session: WriteSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MOST_WAITING", 2)
    first = await intake.receive(session, b"Subject: 1\r\n\r\n")
    await intake.receive(session, b"Subject: 2\r\n\r\n")

    with pytest.raises(LimitReached):
        await intake.receive(session, b"Subject: 3\r\n\r\n")
    await session.execute(
        text(
            "update inbound_mails set state = 'IGNORED', content = null, settled_at = now() - interval '31 days'"
            " where id = :id"
        ),
        {"id": first},
    )
    await settling.prune(session)

    assert await session.scalar(text("select count(*) from inbound_mails")) == 1


def signed(settings: Settings, body: bytes, *, at: int, name: str = "msg_1") -> dict[str, str]:
    made = signature(name, at, body, [intake.webhook_secret(settings)])
    return {"webhook-id": name, "webhook-timestamp": str(at), "webhook-signature": made}


async def test_a_webhook_takes_what_is_signed(
    inbound_settings: Settings, people: dict[str, Any], database: Database
) -> None:
    body = letter("ada@acme.example", OWN).as_bytes()
    now = int(time.time())
    good = signed(inbound_settings, body, at=now)
    other = signed(replace(inbound_settings, inbound_address="log-another1@in.beacon.example"), body, at=now)
    async with serve(inbound_settings) as client:

        async def post(headers: dict[str, str], content: bytes = body) -> tuple[int, Any]:
            answer: httpx.Response = await client.post("/webhooks/mail", content=content, headers=headers)
            return answer.status_code, answer.json().get("status")

        assert await post(good) == (200, "taken")
        assert await post(good) == (200, "known already")
        assert await post(good, body + b"x") == (400, None)
        assert await post(other) == (400, None)
        assert await post({}) == (400, None)
        assert await post(good | {"webhook-timestamp": "9" * 11}) == (400, None)
        assert await post(signed(inbound_settings, body, at=now - 400)) == (400, None)
        assert (await post(good, b"x" * 100_001))[0] == 413
    async with serve(replace(inbound_settings, inbound_address="")) as client:
        assert (await client.post("/webhooks/mail", content=body, headers=good)).status_code == 404
    async with database.begin() as session:
        [mail_id] = await session.scalars(select(InboundMail.id))
        await taking.take(session, mail_id)
    assert [made.account_id for made in await touchpoints(database)] == [people["acme"]]


async def test_the_listener_is_a_process_that_a_worker_is_rung_by(
    inbound_settings: Settings, people: dict[str, Any], database: Database
) -> None:
    port = free_port()
    chosen = replace(inbound_settings, inbound_smtp_port=port)
    child = start_child(
        [sys.executable, *INBOUND.arguments],
        env=probe.environment(chosen),
        cwd=probe.ROOT,
        death_signal=signal.SIGKILL,
    )

    async def is_listening() -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            assert child.poll() is None
            return False
        writer.close()
        return True

    def send() -> dict[str, Any]:
        with smtplib.SMTP("127.0.0.1", port, timeout=PATIENCE_SECONDS) as client:
            return client.sendmail("ada@acme.example", [OWN], letter("ada@acme.example", OWN).as_bytes())

    async def is_noted() -> bool:
        return len(await touchpoints(database)) == 1

    try:
        await probe.until(is_listening, "mail is taken")
        with probe.process(chosen, "worker", "default"):  # and no clock
            refused = await asyncio.to_thread(send)
            await probe.until(is_noted, "the mail is a touchpoint")
        child.send_signal(signal.SIGTERM)
        code = await probe.ended(child)
    finally:
        end_child(child, [])

    assert (refused, code) == ({}, 0)
