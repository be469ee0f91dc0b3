"""Going on for another of one's accounts: the same sign-in, another session, and nobody else's account."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select, update

from backend.db.engine import Database
from backend.identity import authentication
from backend.identity.models import AuditEntry, Member, Person, Session
from backend.settings import Settings
from tests.factories import PASSWORD, make_account, make_member, make_person, make_staff
from tests.serving import serve
from tests.web.test_sessions import OWN, kept, post

WHO = {
    "query": """{ viewer { account { name } accounts { accountId name role isCurrent }
      sessions(first: 5) { totalCount } } }"""
}


@pytest.fixture(autouse=True)
def look_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authentication, "KEPT_SECONDS", 0.0)


@dataclass
class Accounts:
    """Acme and Beta, which ada belongs to, and Cargo, which she left."""

    acme: UUID
    beta: UUID
    cargo: UUID


@pytest.fixture
async def accounts(database: Database) -> Accounts:
    async with database.begin() as session:
        ada = await make_person(session, "ada@example.com", password=PASSWORD)
        acme, beta, cargo = [await make_account(session, name) for name in ("Acme", "Beta", "Cargo")]
        await make_member(session, acme, ada, role="ADMIN")
        await make_member(session, beta, ada, role="VIEWER")
        await make_member(session, cargo, ada, state="LEFT")
        await make_member(session, cargo)
        return Accounts(acme.id, beta.id, cargo.id)


@pytest.fixture
async def client(settings_with_valkey: Settings, accounts: Accounts) -> AsyncIterator[httpx.AsyncClient]:
    async with serve(settings_with_valkey) as served:
        yield served


def public(account: UUID) -> str:
    return f"acct_{account.hex}"


async def signed_in(client: httpx.AsyncClient, accounts: Accounts, **more: Any) -> httpx.Response:
    who = {"email": "ada@example.com", "password": PASSWORD, "accountId": public(accounts.acme), **more}
    answer = await post(client, "/auth/sign-in", who, OWN)
    assert answer.status_code == 200, answer.text
    return answer


async def said(client: httpx.AsyncClient, cookies: dict[str, str]) -> Any:
    answer = await post(client, "/graphql", WHO, OWN, cookies)
    return answer.json()["data"]["viewer"] if answer.status_code == 200 else answer.status_code


async def test_a_page_goes_on_for_another_account_in_a_session_of_its_own(
    database: Database, client: httpx.AsyncClient, accounts: Accounts
) -> None:
    first = kept(await signed_in(client, accounts, cookie=True))
    async with database.begin() as session:
        await session.execute(update(Session).values(created_at=Session.created_at - timedelta(hours=3)))
        before = (await session.scalars(select(Session))).one()

    answer = await post(client, "/auth/switch", {"accountId": public(accounts.beta)}, OWN, first)

    second = kept(answer)
    assert (answer.status_code, answer.json()["accountId"]) == (200, public(accounts.beta))
    assert "accessToken" not in answer.json()
    assert await said(client, first) == 401
    assert await said(client, second) == {
        "account": {"name": "Beta"},
        "accounts": [
            {"accountId": public(accounts.acme), "name": "Acme", "role": "ADMIN", "isCurrent": False},
            {"accountId": public(accounts.beta), "name": "Beta", "role": "VIEWER", "isCurrent": True},
        ],
        "sessions": {"totalCount": 1},
    }
    assert (await post(client, "/auth/refresh", {}, OWN, first)).status_code == 401
    assert (await post(client, "/auth/refresh", {}, OWN, second)).status_code == 200
    async with database.begin() as session:
        old, new = (await session.scalars(select(Session).order_by(Session.id))).all()
        entry = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "session.switched"))).one()
    assert (old.id, old.end_reason, old.account_id) == (before.id, "SWITCHED", accounts.acme)
    # The same sign-in: a password may be set within 15 minutes of it, and it ends when it would have.
    assert (new.created_at, new.ends_at, new.how) == (before.created_at, before.ends_at, "PASSWORD")
    assert (entry.account_id, entry.actor, entry.before, entry.after) == (
        accounts.beta,
        "member",
        {"session": str(old.id), "account": str(accounts.acme)},
        {"session": str(new.id), "account": str(accounts.beta)},
    )


async def test_a_program_switches_with_its_token_and_back(client: httpx.AsyncClient, accounts: Accounts) -> None:
    first = (await signed_in(client, accounts)).json()

    body = {"accountId": public(accounts.beta), "refreshToken": first["refreshToken"]}
    there = await post(client, "/auth/switch", body)
    body = {"accountId": public(accounts.acme), "refreshToken": there.json()["refreshToken"]}
    back = await post(client, "/auth/switch", body)
    again = await post(client, "/auth/switch", {**body, "refreshToken": back.json()["refreshToken"]})

    assert [answer.json()["accountId"] for answer in (there, back, again)] == [
        public(accounts.beta), public(accounts.acme), public(accounts.acme),
    ]  # fmt: skip
    assert list(again.json()) == list(first)


async def test_nobody_switches_to_an_account_that_is_not_theirs(
    database: Database, client: httpx.AsyncClient, accounts: Accounts
) -> None:
    signed = kept(await signed_in(client, accounts, cookie=True))

    answers = [
        await post(client, "/auth/switch", body, OWN, signed)
        for body in (
            {"accountId": public(accounts.cargo)},
            {"accountId": "acct_" + "0" * 32},
            {"accountId": "nonsense"},
            {},
        )
    ]
    nobody = await post(client, "/auth/switch", {"accountId": public(accounts.beta)}, OWN)

    assert [answer.status_code for answer in answers] == [404, 404, 400, 400]
    assert answers[0].json() == answers[1].json()
    assert nobody.status_code == 401
    assert [kept(answer) for answer in (*answers, nobody)] == [{}] * 5
    assert (await said(client, signed))["account"] == {"name": "Acme"}
    async with database.begin() as session:
        assert (await session.scalars(select(Session.ended_at))).all() == [None]


async def test_who_was_removed_from_the_other_account_stays_where_they_are(
    database: Database, client: httpx.AsyncClient, accounts: Accounts
) -> None:
    signed = kept(await signed_in(client, accounts, cookie=True))
    async with database.begin() as session:
        await session.execute(update(Member).where(Member.account_id == accounts.beta).values(state="LEFT"))

    answer = await post(client, "/auth/switch", {"accountId": public(accounts.beta)}, OWN, signed)

    assert answer.status_code == 404
    assert [each["name"] for each in (await said(client, signed))["accounts"]] == ["Acme"]


async def test_a_token_that_was_used_before_switches_nowhere_and_ends_its_session(
    database: Database, client: httpx.AsyncClient, accounts: Accounts
) -> None:
    signed = kept(await signed_in(client, accounts, cookie=True))
    async with database.begin() as session:
        await session.execute(update(Session).values(generation=9))

    answer = await post(client, "/auth/switch", {"accountId": public(accounts.beta)}, OWN, signed)

    assert answer.status_code == 401
    async with database.begin() as session:
        assert (await session.scalars(select(Session.end_reason))).all() == ["REPLAYED"]


async def test_staff_have_nothing_to_switch(database: Database, client: httpx.AsyncClient, accounts: Accounts) -> None:
    async with database.begin() as session:
        staff = await make_staff(session, email="eve@example.com", password=PASSWORD)
        await make_member(session, accounts.beta, await session.get_one(Person, staff.person_id))
    who = {"email": "eve@example.com", "password": PASSWORD, "cookie": True}
    signed = kept(await post(client, "/auth/sign-in", who, OWN))

    answer = await post(client, "/auth/switch", {"accountId": public(accounts.beta)}, OWN, signed)

    assert answer.status_code == 404
