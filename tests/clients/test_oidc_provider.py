"""Staff sign in with npm oidc-provider, a certified OpenID Connect provider, over its real protocol."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import select, text

from backend.db.engine import Database
from backend.identity import outside_staff, outside_tokens
from backend.identity.models import AuditEntry, OutsideIdentity, Person, Staff, StaffRole
from backend.settings import Settings
from tests.clients.conftest import RunScript
from tests.clients.provider import SECRET, back_from_provider, free_port, provider
from tests.erasure.erasing import erase
from tests.factories import make_account, make_member, make_staff
from tests.serving import serve

LOGIN = "/auth/oidc/company/login?then=/home%3Ftab=1"


@pytest.fixture
async def waymark(settings_with_valkey: Settings, node: RunScript) -> AsyncIterator[httpx.AsyncClient]:
    """The API; skips where Node is absent."""
    async with serve(settings_with_valkey) as served:
        yield served


async def configure(database: Database, settings: Settings, issuer: str, **values: object) -> None:
    chosen: dict[str, object] = {"client_id": "waymark", "client_secret": SECRET, **values}
    async with database.begin() as session:
        await outside_staff.set_provider(
            session,
            settings,
            key="company",
            name="Example login",
            issuer=issuer,
            **chosen,  # type: ignore[arg-type]
        )


async def sign_in(waymark: httpx.AsyncClient, login: str) -> httpx.Response:
    sent = await waymark.get(LOGIN)
    assert sent.status_code == 303, sent.text
    return await waymark.get(await back_from_provider(sent.headers["location"], login))


def refusal(answer: httpx.Response) -> tuple[int, str, str]:
    error = answer.json()["errors"][0]
    return answer.status_code, error["extensions"]["code"], error["message"]


@pytest.mark.parametrize(
    "algorithm, in_id_token, client",
    [("RS256", False, "waymark"), ("ES256", True, "waymark-public"), ("EdDSA", True, "waymark")],
)
async def test_staff_sign_in_and_are_known_by_subject_from_then_on(
    waymark: httpx.AsyncClient,
    database: Database,
    settings: Settings,
    algorithm: str,
    in_id_token: bool,
    client: str,
) -> None:
    port = free_port()
    async with database.begin() as session:
        staff = await make_staff(session, StaffRole.MANAGER, email="ada@example.com")
    secret = SECRET if client == "waymark" else None

    async with provider(port, algorithm=algorithm, in_id_token=in_id_token) as issuer:
        await configure(database, settings, issuer, client_id=client, client_secret=secret)
        first = await sign_in(waymark, "ada")
        async with database.begin() as session:
            await session.execute(text("update persons set email = 'a@new.example', email_key = 'a@new.example'"))
        second = await sign_in(waymark, "ada")

    for answer in (first, second):
        assert (answer.status_code, answer.headers["location"]) == (303, "/home?tab=1"), answer.text
        kept = [cookie.partition("=")[0] for cookie in answer.headers.get_list("set-cookie")]
        assert kept == ["waymark_access", "waymark_refresh", "waymark_oidc"]
    asked = await waymark.post(
        "/graphql", json={"query": "{ viewer { staff { role } } }"}, headers={"origin": "http://127.0.0.1:8000"}
    )
    assert asked.json()["data"] == {"viewer": {"staff": {"role": "MANAGER"}}}
    async with database.begin() as session:
        linked = (
            await session.execute(select(OutsideIdentity.issuer, OutsideIdentity.subject, OutsideIdentity.person_id))
        ).all()
        entries = (
            await session.execute(select(AuditEntry.actor, AuditEntry.action, AuditEntry.after).order_by(AuditEntry.id))
        ).all()
    assert linked == [(issuer, "ada", staff.person_id)]
    assert entries[1:] == [
        ("identity provider", "staff.linked", {"issuer": issuer}),
        ("staff", "session.started", {"how": "OIDC"}),
        ("staff", "session.started", {"how": "OIDC"}),
    ]


async def test_who_is_unknown_unverified_a_customer_or_gone_is_not_let_in(
    waymark: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    async with database.begin() as session:
        await make_staff(session, email="ada@example.com")
        await make_staff(session, email="eve@elsewhere.example", is_active=False)
        await make_member(session, await make_account(session), email="bob@example.com")

    async with provider(free_port()) as issuer:
        await configure(database, settings, issuer)
        answers = {login: refusal(await sign_in(waymark, login)) for login in ("impostor", "bob", "eve")}
        known = await sign_in(waymark, "ada")
        twin = refusal(await sign_in(waymark, "twin"))

    assert known.status_code == 303
    assert answers == {
        "impostor": (
            401,
            "UNAUTHENTICATED",
            "Example login names no verified address, by which you could be known here.",
        ),
        "bob": (
            401,
            "UNAUTHENTICATED",
            "You are not on the staff here. An administrator can add you: `waymark create-staff`.",
        ),
        "eve": (401, "UNAUTHENTICATED", "You are not on the staff any more. Ask an administrator."),
    }
    assert twin == (
        401,
        "UNAUTHENTICATED",
        "Your address is linked to another login of Example login. "
        "An administrator can unlink it: `waymark oidc unlink`.",
    )
    async with database.begin() as session:
        assert (await session.scalars(select(OutsideIdentity.subject))).all() == ["ada"]


async def test_a_provider_may_make_staff_of_its_domains_alone(
    waymark: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    async with provider(free_port()) as issuer:
        await configure(database, settings, issuer, allowed_domains=["Example.com"], provision_role=StaffRole.CSM)
        bob = await sign_in(waymark, "bob")
        again = await sign_in(waymark, "bob")
        eve = refusal(await sign_in(waymark, "eve"))
        impostor = refusal(await sign_in(waymark, "impostor"))

    assert (bob.status_code, again.status_code) == (303, 303)
    assert eve == impostor == (401, "UNAUTHENTICATED", "Example login names no verified address of example.com.")
    async with database.begin() as session:
        made = await session.execute(select(Person.name, Person.email, Staff.role).join(Staff))
        assert made.all() == [("Bob", "bob@example.com", "CSM")]


async def test_who_was_erased_does_not_come_back_through_the_provider(
    waymark: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    async with provider(free_port()) as issuer:
        await configure(database, settings, issuer, allowed_domains=["example.com"], provision_role=StaffRole.CSM)
        assert (await sign_in(waymark, "bob")).status_code == 303
        async with database.begin() as session:
            person = (await session.scalars(select(Person.id))).one()
        await erase(database, settings, person)

        answer = refusal(await sign_in(waymark, "bob"))

    assert answer == (401, "UNAUTHENTICATED", "You were erased here. Ask an administrator.")
    async with database.begin() as session:
        assert (await session.scalars(select(Person.email))).all() == [None]


async def test_a_provider_that_changes_its_keys_is_believed_and_one_that_is_gone_is_told(
    waymark: httpx.AsyncClient, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside_tokens, "AGAIN_SECONDS", -1.0)
    port = free_port()
    async with database.begin() as session:
        await make_staff(session, email="ada@example.com")
    async with provider(port) as issuer:
        await configure(database, settings, issuer)
        before = await sign_in(waymark, "ada")

    async with provider(port):
        after = await sign_in(waymark, "ada")
        sent = await waymark.get(LOGIN)
        back = await back_from_provider(sent.headers["location"], "ada")
    gone = refusal(await waymark.get(back))

    assert (before.status_code, after.status_code) == (303, 303)
    assert gone == (
        502,
        "PROVIDER_FAILED",
        "Signing in with Example login does not work at the moment. Try again in some minutes.",
    )


async def test_a_code_counts_once_in_the_browser_that_asked_for_it(
    waymark: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    async with database.begin() as session:
        await make_staff(session, email="ada@example.com")
    begin_again = (
        401,
        "UNAUTHENTICATED",
        "This sign-in was not begun in this browser, or took longer than 10 minutes. Begin again.",
    )
    async with provider(free_port()) as issuer:
        await configure(database, settings, issuer)
        sent = await waymark.get(LOGIN)
        cookie = sent.headers["set-cookie"]
        journey = waymark.cookies["waymark_oidc"]
        back = await back_from_provider(sent.headers["location"], "ada")
        waymark.cookies.clear()
        elsewhere = refusal(await waymark.get(back))
        waymark.cookies.set("waymark_oidc", journey, domain="127.0.0.1", path="/")
        here = await waymark.get(back)
        again = refusal(await waymark.get(back))
        waymark.cookies.set("waymark_oidc", journey, domain="127.0.0.1", path="/")
        replayed = refusal(await waymark.get(back))

    assert cookie.partition("; ")[2] == "HttpOnly; Max-Age=600; Path=/; SameSite=lax"
    asked = parse_qs(urlsplit(sent.headers["location"]).query)
    sealed = base64.urlsafe_b64decode(journey)
    assert not any(asked[name][0].encode() in sealed for name in ("state", "nonce"))  # readable to the server alone
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == ["http://127.0.0.1:8000/auth/oidc/company/callback"]
    assert elsewhere == again == begin_again
    assert here.status_code == 303
    assert "waymark_access" in here.headers["set-cookie"]
    assert replayed[:2] == (502, "PROVIDER_FAILED")


async def test_nobody_is_sent_away_where_the_session_could_not_be_kept(
    settings_with_valkey: Settings, database: Database, settings: Settings
) -> None:
    await configure(database, settings, "http://127.0.0.1:9")
    async with serve(replace(settings_with_valkey, public_url="http://waymark.example")) as open_air:
        answer = refusal(await open_air.get(LOGIN))
        unknown = refusal(await open_air.get("/auth/oidc/other/login"))

    assert answer[:2] == (400, "BAD_USER_INPUT")
    assert unknown == (404, "NOT_FOUND", "There is no identity provider 'other'.")
