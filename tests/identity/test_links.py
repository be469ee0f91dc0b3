"""Mailed links: asked for alike by everybody, looked at without harm, used once; invitations are taken up by one."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, text

from backend.db.engine import Database
from backend.db.ids import uuid7
from backend.events import DomainEventRow
from backend.identity import links, members
from backend.identity.models import AuditEntry, Link, Member, MemberState, Person, Session, StaffRole
from backend.mail import Mail, service
from backend.permissions import STAFF_PERMISSIONS
from backend.settings import Settings
from backend.viewer import Viewer
from backend.work import WorkItem
from jobs import actors
from jobs.runner import Runner
from tests.erasure.erasing import dump, erase
from tests.factories import make_account, make_member, make_person, make_staff
from tests.jobs.clockwork import an_hour_later
from tests.serving import serve

OWN = {"origin": "http://127.0.0.1:8000"}
OVER = "This link does not hold any more. Ask for a new one."
assert "identity.mail_link" in actors.ACTORS


@pytest.fixture
async def client(settings_with_valkey: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with serve(settings_with_valkey) as served:
        yield served


async def ask(client: httpx.AsyncClient, email: str) -> httpx.Response:
    return await client.post("/auth/link", json={"email": email})


async def work(database: Database) -> None:
    for kind in ("identity.mail_link", "identity.mail_invitation", "mail.send"):
        await Runner(database).answer(kind)


async def mailed(database: Database, settings: Settings) -> list[tuple[str, str, str]]:
    """Recipient, subject and token of each mail that development has kept, the oldest first."""
    async with database.begin() as session:
        kept = await service.kept(session, settings, 100)
    link = re.compile(r"^http://127\.0\.0\.1:8000/auth/link\?token=(\S+)$", re.MULTILINE)
    tokens = [link.findall(each.text) for _, each in kept]
    return [(row.recipient, letter.subject, token) for (row, letter), (token,) in zip(kept, tokens, strict=True)][::-1]


async def link_for(client: httpx.AsyncClient, database: Database, settings: Settings, email: str) -> str:
    assert (await ask(client, email)).status_code == 202
    await work(database)
    return (await mailed(database, settings))[-1][2]


async def use(client: httpx.AsyncClient, token: str, **more: Any) -> httpx.Response:
    return await client.post("/auth/link/open", json={"token": token, **more})


async def post(
    client: httpx.AsyncClient, form: dict[str, str], headers: dict[str, str] | None = None
) -> httpx.Response:
    return await client.post("/auth/link/open", data=form, headers=OWN if headers is None else headers)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["message"]


async def count(database: Database, table: Any) -> int:
    async with database.begin() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def test_staff_sign_in_by_a_mailed_link(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    async with database.begin() as session:
        staff = await make_staff(session, email="ada@example.com")
    token = await link_for(client, database, settings, " ADA@example.com")

    answer = await use(client, token)

    body = answer.json()
    assert (answer.status_code, body["kind"], body["accountId"]) == (200, "STAFF", None)
    asked = await client.post(
        "/graphql",
        json={"query": "{ viewer { kind person { email } } }"},
        headers={"authorization": f"Bearer {body['accessToken']}"},
    )
    assert asked.json()["data"] == {"viewer": {"kind": "STAFF", "person": {"email": "ada@example.com"}}}
    assert [(to, subject) for to, subject, _ in await mailed(database, settings)] == [
        ("ada@example.com", "Sign in to Waymark")
    ]
    async with database.begin() as session:
        opened = (await session.scalars(select(Session))).one()
        entry = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "session.started"))).one()
    assert (opened.person_id, opened.how) == (staff.person_id, "LINK")
    assert (entry.actor, entry.actor_person_id, entry.after) == ("staff", staff.person_id, {"how": "LINK"})


async def test_nobody_learns_whose_address_it_is(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    async with database.begin() as session:
        account = await make_account(session)
        await make_member(session, account, email="ada@example.com")
        await make_member(session, account, email="left@example.com", state="LEFT")
        await make_staff(session, email="gone@example.com", is_active=False)
    addresses = ["ada@example.com", "nobody@example.com", "left@example.com", "gone@example.com"]

    answers = [await ask(client, address) for address in addresses]

    assert {(answer.status_code, answer.text) for answer in answers} == {(202, answers[0].text)}
    async with database.begin() as session:
        rows = (await session.scalars(select(Link).order_by(Link.id))).all()
        assert [(row.email, row.person_id, row.used_at) for row in rows] == [(each, None, None) for each in addresses]
        assert list(await session.scalars(select(WorkItem.kind))) == ["identity.mail_link"] * 4
    await work(database)
    assert [to for to, _, _ in await mailed(database, settings)] == ["ada@example.com"]
    assert await count(database, Link) == 1, "of others nothing is kept"


async def test_an_address_is_mailed_five_links_in_a_quarter_of_an_hour(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    answers = [await ask(client, "ada@example.com") for _ in range(6)]
    other = await ask(client, "bob@example.com")
    await an_hour_later(settings)
    later = await ask(client, "ada@example.com")

    assert [answer.status_code for answer in answers] == [202, 202, 202, 202, 202, 429]
    assert answers[-1].json()["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert int(answers[-1].headers["retry-after"]) <= 900
    assert (other.status_code, later.status_code) == (202, 202)
    assert await count(database, Link) == 7


async def test_what_is_no_address_is_refused(client: httpx.AsyncClient, database: Database) -> None:
    answer = await ask(client, "nobody")

    assert refusal(answer) == (400, "'nobody' is not an e-mail address.")
    assert await count(database, Link) == 0


async def test_looking_at_a_link_uses_nothing_up(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    async with database.begin() as session:
        account = await make_account(session, "Acme <&> Co")
        await make_member(session, account, email="ada@example.com")
    token = await link_for(client, database, settings, "ada@example.com")

    looks = [await client.get("/auth/link", params={"token": token}) for _ in range(3)]
    head = await client.head("/auth/link", params={"token": token})
    signed_in = await post(client, {"token": token, "accountId": f"acct_{account.id.hex}"})

    assert [look.status_code for look in (*looks, head)] == [200, 200, 200, 200]
    assert f'<button name="accountId" value="acct_{account.id.hex}">Sign in to Acme &lt;&amp;&gt; Co</button>' in (
        looks[0].text
    )
    assert "<p>As ada@example.com. The link holds once.</p>" in looks[0].text
    assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/")
    assert {cookie.split("=")[0] for cookie in signed_in.headers.get_list("set-cookie")} == {
        "waymark_access",
        "waymark_refresh",
    }


async def test_a_link_holds_once(client: httpx.AsyncClient, database: Database, settings: Settings) -> None:
    async with database.begin() as session:
        await make_staff(session, email="ada@example.com")
    token = await link_for(client, database, settings, "ada@example.com")

    answers = await asyncio.gather(*(use(client, token) for _ in range(8)))
    after = await client.get("/auth/link", params={"token": token})

    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 7
    assert {refusal(answer) for answer in answers if answer.status_code == 401} == {(401, OVER)}
    assert (after.status_code, OVER in after.text) == (401, True)
    assert await count(database, Session) == 1


async def test_a_link_ends_after_a_quarter_of_an_hour(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    async with database.begin() as session:
        await make_staff(session, email="ada@example.com")
    token = await link_for(client, database, settings, "ada@example.com")
    await an_hour_later(settings)

    assert refusal(await use(client, token)) == (401, OVER)
    assert await count(database, Session) == 0


async def test_a_link_that_was_never_made_is_refused(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    async with database.begin() as session:
        await make_staff(session, email="ada@example.com")
    token = await link_for(client, database, settings, "ada@example.com")
    made_up = links.token(settings, uuid7())
    forged = [token[:-1] + ("A" if token[-1] != "A" else "B"), "wml_", "wmr_" + token[4:], "é", made_up, f"{token}="]

    answers = [await use(client, each) for each in forged]

    assert [refusal(answer) for answer in answers] == [(401, OVER)] * len(forged)
    assert (await use(client, token)).status_code == 200


async def test_the_database_holds_no_link(client: httpx.AsyncClient, database: Database, settings: Settings) -> None:
    async with database.begin() as session:
        await make_staff(session, email="ada@example.com")

    token = await link_for(client, database, settings, "ada@example.com")

    assert token[:40] not in await dump(settings)


async def test_who_belongs_to_several_accounts_chooses(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    async with database.begin() as session:
        person = await make_person(session, "ada@example.com")
        acme, zenith, other = [await make_account(session, name) for name in ("Acme", "Zenith", "Other")]
        for account in (acme, zenith):
            await make_member(session, account, person)
    token = await link_for(client, database, settings, "ada@example.com")

    which = await use(client, token)
    foreign = await use(client, token, accountId=f"acct_{other.id.hex}")
    chosen = await use(client, token, accountId=f"acct_{zenith.id.hex}")

    assert which.status_code == 409
    assert [each["name"] for each in which.json()["errors"][0]["extensions"]["accounts"]] == ["Acme", "Zenith"]
    assert refusal(foreign) == (401, OVER)
    assert (chosen.status_code, chosen.json()["accountId"]) == (200, f"acct_{zenith.id.hex}")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "null"},
        {"origin": "https://evil.example"},
        {"origin": "http://127.0.0.1:8000", "sec-fetch-site": "cross-site"},
    ],
)
async def test_a_page_of_another_site_signs_nobody_in(
    client: httpx.AsyncClient, database: Database, settings: Settings, headers: dict[str, str]
) -> None:
    async with database.begin() as session:
        await make_staff(session, email="eve@example.com")
    token = await link_for(client, database, settings, "eve@example.com")

    answer = await post(client, {"token": token}, headers)

    assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
    assert await count(database, Session) == 0


async def test_an_erased_person_has_no_link(client: httpx.AsyncClient, database: Database, settings: Settings) -> None:
    async with database.begin() as session:
        staff = await make_staff(session, email="ada@example.com")
    token = await link_for(client, database, settings, "ada@example.com")

    await erase(database, settings, staff.person_id)

    assert (await use(client, token)).status_code == 401
    assert (await client.get("/auth/link", params={"token": token})).status_code == 401
    assert await count(database, Session) == 0


async def invite(database: Database, account_id: Any, email: str) -> None:
    viewer = Viewer(kind="staff", permissions=frozenset(STAFF_PERMISSIONS[StaffRole.ADMIN]))
    async with database.begin() as session:
        await members.invite(session, viewer, account_id=account_id, email=email)


async def test_an_invitation_is_mailed_and_taken_up_by_its_link(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    async with database.begin() as session:
        account = await make_account(session, "Acme")
    await invite(database, account.id, "New@example.com")
    await work(database)
    [(to, subject, token)] = await mailed(database, settings)

    shown = await client.get("/auth/link", params={"token": token})
    answer = await use(client, token)
    again = await use(client, token)

    assert (to, subject) == ("New@example.com", "Waymark invites you")
    assert ">Join Acme</button>" in shown.text
    assert (answer.status_code, answer.json()["accountId"]) == (200, f"acct_{account.id.hex}")
    assert refusal(again) == (401, OVER)
    async with database.begin() as session:
        member = (await session.scalars(select(Member))).one()
        events = await session.execute(
            select(DomainEventRow.type, DomainEventRow.person_id).order_by(DomainEventRow.id)
        )
        joined = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "member.joined"))).one()
    assert member.state == MemberState.ACTIVE
    assert events.all() == [("MemberInvited", member.person_id), ("MemberJoined", member.person_id)]
    assert (joined.actor, joined.actor_person_id, joined.subject) == ("member", member.person_id, f"member:{member.id}")


async def test_who_is_invited_again_uses_the_newest_link(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    async with database.begin() as session:
        account = await make_account(session, "Acme")
    for _ in range(2):
        await invite(database, account.id, "new@example.com")
        await work(database)
    (_, _, old), (_, _, new) = await mailed(database, settings)

    assert refusal(await use(client, old)) == (401, OVER)
    assert (await use(client, new)).status_code == 200


async def test_an_invitation_that_was_withdrawn_lets_nobody_in(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    async with database.begin() as session:
        account = await make_account(session, "Acme")
    await invite(database, account.id, "new@example.com")
    await work(database)
    [(_, _, token)] = await mailed(database, settings)
    async with database.begin() as session:
        await session.execute(text("update members set state = 'LEFT', left_on = waymark_today()"))

    assert refusal(await use(client, token)) == (401, OVER)
    async with database.begin() as session:
        assert list(await session.scalars(select(Member.state))) == [MemberState.LEFT]
        assert list(await session.scalars(select(Link.used_at))) == [None]


async def test_who_is_only_invited_and_asks_for_a_link_is_invited_again(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    async with database.begin() as session:
        account = await make_account(session, "Acme")
        await make_member(session, account, email="new@example.com", state="INVITED")

    await ask(client, "new@example.com")
    await work(database)

    [(to, subject, token)] = await mailed(database, settings)
    assert (to, subject) == ("new@example.com", "Waymark invites you")
    assert (await use(client, token)).status_code == 200


async def test_old_links_are_forgotten(database: Database) -> None:
    async with database.begin() as session:
        person = await make_person(session)
        for hours in (-1, 1, 23, 25):
            await session.execute(
                text(
                    "insert into links (purpose, person_id, expires_at)"
                    " values ('SIGN_IN', :person, waymark_now() - make_interval(hours => :hours))"
                ),
                {"person": person.id, "hours": hours},
            )

    async with database.begin() as session:
        assert await links.forget_old(session) == 1

    assert await count(database, Link) == 3
    assert await count(database, Mail) == 0
    assert await count(database, Person) == 1
