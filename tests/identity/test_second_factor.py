"""Two-factor: turned on by a code, asked for after a password and after a mailed link, and turned off by a code."""

from __future__ import annotations

import asyncio
import base64
import re
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from sqlalchemy import func, select, text

from backend import signed_text
from backend.db import clock
from backend.db.engine import Database
from backend.events import DomainEventRow
from backend.identity import authentication, challenges, links, passwords, second_factor, staff, totp
from backend.identity.models import (
    AuditEntry,
    Link,
    Member,
    RecoveryCode,
    SecondFactor,
    Session,
    SignInChallenge,
    SignInMethod,
    StaffRole,
)
from backend.identity.second_factor import MOST_TRIES
from backend.identity.sessions import start
from backend.permissions import STAFF_PERMISSIONS
from jobs import actors
from jobs.runner import Runner
from tests.command_line import waymark
from tests.factories import PASSWORD
from tests.graphql.world import World
from tests.jobs.clockwork import an_hour_later
from tests.serving import serve

assert "identity.mail_link" in actors.ACTORS
EMAIL = "admin@acme.example"
OWN = {"origin": "http://127.0.0.1:8000"}
WRONG = "The code is wrong or was used before. Wait for the next one."
OVER = "This sign-in took too long or is over. Begin again."
BEGIN = """mutation($input: BeginTwoFactorInput!) {
    beginTwoFactor(input: $input) { secret uri userErrors { field code message } } }"""
CONFIRM = """mutation($input: ConfirmTwoFactorInput!) {
    confirmTwoFactor(input: $input) { recoveryCodes person { email } userErrors { field code message } } }"""
RENEW = """mutation($input: RenewRecoveryCodesInput!) {
    renewRecoveryCodes(input: $input) { recoveryCodes userErrors { field code message } } }"""
DISABLE = """mutation($input: DisableTwoFactorInput!) {
    disableTwoFactor(input: $input) { person { email } userErrors { field code message } } }"""
STATE = "{ viewer { twoFactor { enabledAt recoveryCodesLeft } } }"


@pytest.fixture(autouse=True)
async def a_password(database: Database, own_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authentication, "KEPT_SECONDS", 0.0)
    async with database.begin() as session:
        await passwords.store(session, own_world.people["acme"][0], PASSWORD)


async def change(world: World, document: str, who: str = "acme", **given: Any) -> Any:
    (answer,) = (await world.data(who, document, {"input": given})).values()
    return answer


async def code_of(database: Database, secret: bytes, ahead: int = 1) -> str:
    """What the app shows a step ahead of the present one, which has not been used then."""
    async with database.begin() as session:
        return totp.code_of(secret, totp.step_at(await clock.now(session)) + ahead)


async def turn_on(database: Database, world: World) -> tuple[bytes, list[str]]:
    """The secret of the app, and the recovery codes."""
    secret = base64.b32decode((await change(world, BEGIN, currentPassword=PASSWORD))["secret"])
    confirmed = await change(world, CONFIRM, code=await code_of(database, secret, 0))
    assert confirmed["userErrors"] == []
    return secret, confirmed["recoveryCodes"]


async def sign_in(world: World) -> httpx.Response:
    return await world.client.post("/auth/sign-in", json={"email": EMAIL, "password": PASSWORD})


def challenge_in(answer: httpx.Response) -> str:
    assert answer.status_code == 409, answer.text
    extensions = answer.json()["errors"][0]["extensions"]
    assert (extensions["code"], extensions["expiresIn"]) == ("SECOND_FACTOR_REQUIRED", 300)
    return str(extensions["challenge"])


async def answer(world: World, challenge: str, code: str, **more: Any) -> httpx.Response:
    return await world.client.post(
        "/auth/second-factor", json={"challenge": challenge, "code": code, **more}, headers=OWN
    )


def refusal(refused: httpx.Response) -> tuple[int, str, str]:
    error = refused.json()["errors"][0]
    return refused.status_code, error["extensions"]["code"], error["message"]


async def sessions_of(database: Database, world: World) -> list[str]:
    """How each open session of the person began, the newest first."""
    async with database.begin() as session:
        found = await session.scalars(
            select(Session.how)
            .where(Session.person_id == world.people["acme"][0], Session.ended_at.is_(None))
            .order_by(Session.id.desc())
        )
        return list(found)


async def actions(database: Database, world: World) -> list[tuple[str, str, UUID | None, Any]]:
    async with database.begin() as session:
        found = await session.execute(
            select(AuditEntry.action, AuditEntry.actor, AuditEntry.account_id, AuditEntry.after)
            .where(AuditEntry.subject == f"person:{world.people['acme'][0]}")
            .order_by(AuditEntry.id)
        )
        return [(row.action, row.actor, row.account_id, row.after) for row in found]


async def test_a_code_turns_it_on_and_other_devices_are_signed_out(database: Database, own_world: World) -> None:
    person_id, account_id = own_world.people["acme"]
    async with database.begin() as session:
        await start(session, person_id, account_id, how=SignInMethod.LINK)
    before = (await own_world.data("acme", STATE))["viewer"]

    begun = await change(own_world, BEGIN, currentPassword=PASSWORD)
    unconfirmed = await sign_in(own_world)
    secret = base64.b32decode(begun["secret"])
    confirmed = await change(own_world, CONFIRM, code=await code_of(database, secret, 0))

    assert begun["uri"] == (
        f"otpauth://totp/Beacon:{EMAIL}?secret={begun['secret']}&issuer=Beacon&algorithm=SHA1&digits=6&period=30"
    )
    assert unconfirmed.status_code == 200, "a secret that no code has confirmed locks nobody out"
    assert (confirmed["person"], confirmed["userErrors"]) == ({"email": EMAIL}, [])
    assert len(set(confirmed["recoveryCodes"])) == 10
    assert all(re.fullmatch(r"([a-z2-9]{4}-){2}[a-z2-9]{4}", code) for code in confirmed["recoveryCodes"])
    after = (await own_world.data("acme", STATE))["viewer"]["twoFactor"]
    assert (before, after["recoveryCodesLeft"]) == ({"twoFactor": None}, 10)
    assert await sessions_of(database, own_world) == ["PASSWORD"], "the one that turned it on"
    assert await actions(database, own_world) == [("two_factor.enabled", "member", account_id, None)]
    async with database.begin() as session:
        ends = await session.scalars(select(Session.end_reason).where(Session.ended_at.is_not(None)))
        events = await session.scalars(select(DomainEventRow.type).where(DomainEventRow.person_id == person_id))
        assert set(ends) == {"TWO_FACTOR_CHANGED"}
        assert list(events) == ["TwoFactorEnabled"]


async def test_neither_secret_nor_codes_stand_in_the_database_and_no_viewer_reads_what_does(
    database: Database, own_world: World
) -> None:
    secret, codes = await turn_on(database, own_world)

    async with database.begin() as session:
        sealed = (await session.scalars(select(SecondFactor.secret))).one()
        hashes = (await session.scalars(select(RecoveryCode.hash))).all()
    assert sealed.startswith(b"gAAAA")
    assert secret not in base64.urlsafe_b64decode(sealed)
    assert {len(each) for each in hashes} == {64}
    assert not {code.replace("-", "") for code in codes} & set(hashes)
    for url in (own_world.settings.member_url, own_world.settings.staff_url):
        connection = await asyncpg.connect(url)
        for column in ("secret from second_factors", "hash from recovery_codes", "id from sign_in_challenges"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch(f"select {column}")
        await connection.close()


async def test_a_password_alone_opens_nothing_and_the_code_does(database: Database, own_world: World) -> None:
    secret, _ = await turn_on(database, own_world)

    asked = await sign_in(own_world)
    between = await sessions_of(database, own_world)
    opened = await answer(own_world, challenge_in(asked), await code_of(database, secret))

    assert "set-cookie" not in asked.headers
    assert "accessToken" not in asked.text
    assert between == ["PASSWORD"]
    body = opened.json()
    assert (opened.status_code, body["kind"], body["accountId"]) == (
        200,
        "MEMBER",
        f"acct_{own_world.acme.account.hex}",
    )
    assert await sessions_of(database, own_world) == ["PASSWORD", "PASSWORD"]
    seen = await own_world.client.post(
        "/graphql",
        json={"query": "{ viewer { person { email } } }"},
        headers={"authorization": f"Bearer {body['accessToken']}"},
    )
    assert seen.json()["data"] == {"viewer": {"person": {"email": EMAIL}}}
    async with database.begin() as session:
        assert await session.scalar(select(func.count()).select_from(SignInChallenge)) == 0


async def test_a_page_of_this_site_gets_cookies(database: Database, own_world: World) -> None:
    secret, codes = await turn_on(database, own_world)
    challenge = challenge_in(await sign_in(own_world))
    other = {"origin": "http://127.0.0.1:8000", "sec-fetch-site": "cross-site"}

    foreign = await own_world.client.post(
        "/auth/second-factor", json={"challenge": challenge, "code": codes[0], "cookie": True}, headers=other
    )
    opened = await answer(own_world, challenge, await code_of(database, secret), cookie=True)

    assert foreign.status_code == 403
    assert "accessToken" not in opened.json()
    assert {cookie.split("=")[0] for cookie in opened.headers.get_list("set-cookie")} == {
        "waymark_access",
        "waymark_refresh",
    }
    assert (await own_world.data("acme", STATE))["viewer"]["twoFactor"]["recoveryCodesLeft"] == 10


async def test_a_code_counts_once_even_where_two_use_it_at_the_same_time(database: Database, own_world: World) -> None:
    secret, _ = await turn_on(database, own_world)
    used = await code_of(database, secret, 0)
    held = [challenge_in(await sign_in(own_world)) for _ in range(4)]

    replayed = await answer(own_world, held[0], used)
    code = await code_of(database, secret)
    at_once = await asyncio.gather(*(answer(own_world, challenge, code) for challenge in held))
    later = await answer(own_world, challenge_in(await sign_in(own_world)), code)

    assert refusal(replayed) == (401, "WRONG_CODE", WRONG), "the step that turned it on"
    assert sorted(each.status_code for each in at_once) == [200, 401, 401, 401]
    assert {refusal(each) for each in at_once if each.status_code == 401} == {(401, "WRONG_CODE", WRONG)}
    assert refusal(later) == (401, "WRONG_CODE", WRONG)
    assert await sessions_of(database, own_world) == ["PASSWORD", "PASSWORD"]


async def test_a_challenge_opens_one_session(database: Database, own_world: World) -> None:
    _, codes = await turn_on(database, own_world)
    challenge = challenge_in(await sign_in(own_world))

    at_once = await asyncio.gather(*(answer(own_world, challenge, code) for code in codes[:4]))
    again = await answer(own_world, challenge, codes[5])

    assert sorted(each.status_code for each in at_once) == [200, 401, 401, 401]
    assert {refusal(each) for each in (*at_once, again) if each.status_code == 401} == {(401, "UNAUTHENTICATED", OVER)}
    assert await sessions_of(database, own_world) == ["PASSWORD", "PASSWORD"]
    assert (await own_world.data("acme", STATE))["viewer"]["twoFactor"]["recoveryCodesLeft"] == 9, (
        "a code is used up with the session that it opens, or not at all"
    )


async def test_a_recovery_code_stands_in_once(database: Database, own_world: World) -> None:
    account_id = own_world.acme.account
    _, codes = await turn_on(database, own_world)
    first, second = [challenge_in(await sign_in(own_world)) for _ in range(2)]

    opened = await answer(own_world, first, f" {codes[3].upper().replace('-', ' ')} ")
    again = await answer(own_world, second, codes[3])
    other = await answer(own_world, second, codes[4])

    assert (opened.status_code, refusal(again), other.status_code) == (200, (401, "WRONG_CODE", WRONG), 200)
    assert (await own_world.data("acme", STATE))["viewer"]["twoFactor"]["recoveryCodesLeft"] == 8
    assert await actions(database, own_world) == [
        ("two_factor.enabled", "member", account_id, None),
        ("recovery_code.used", "member", account_id, {"left": 9}),
        ("recovery_code.used", "member", account_id, {"left": 8}),
    ]


async def test_guessing_codes_is_slowed_down_whatever_the_challenge(database: Database, own_world: World) -> None:
    secret, codes = await turn_on(database, own_world)
    held = [challenge_in(await sign_in(own_world)) for _ in range(2)]

    wrong = [await answer(own_world, held[n % 2], f"wrong-{n}") for n in range(MOST_TRIES)]
    late = [await answer(own_world, challenge_in(await sign_in(own_world)), code) for code in codes[:2]]
    by_viewer = await change(own_world, DISABLE, currentPassword=PASSWORD, code=codes[2])
    await an_hour_later(own_world.settings)
    right = await answer(own_world, challenge_in(await sign_in(own_world)), await code_of(database, secret))

    assert {refusal(each) for each in wrong} == {(401, "WRONG_CODE", WRONG)}
    assert [each.status_code for each in late] == [429, 429]
    assert 0 < int(late[0].headers["retry-after"]) <= 901
    assert by_viewer["userErrors"][0]["code"] == "THROTTLED"
    assert right.status_code == 200
    assert (await own_world.data("acme", STATE))["viewer"]["twoFactor"]["recoveryCodesLeft"] == 10


async def test_what_is_no_challenge_opens_nothing(database: Database, own_world: World) -> None:
    secret, _ = await turn_on(database, own_world)
    challenge = challenge_in(await sign_in(own_world))
    body = signed_text.read(own_world.settings, challenges.START, challenge, 16)
    assert body is not None
    code = await code_of(database, secret)

    forged = [
        await answer(own_world, each, code)
        for each in (
            challenge[:-2] + ("AA" if challenge[-2:] != "AA" else "BB"),
            signed_text.write(own_world.settings, links.START, body),
            links.START + challenge.removeprefix(challenges.START),
            "wmc_",
        )
    ]
    empty = await own_world.client.post("/auth/second-factor", json={"challenge": challenge})

    assert {refusal(each) for each in forged} == {(401, "UNAUTHENTICATED", OVER)}
    assert refusal(empty) == (400, "BAD_USER_INPUT", "code must be text of 1 to 100 characters.")
    assert await sessions_of(database, own_world) == ["PASSWORD"]


@pytest.mark.parametrize("how", ["time", "a new password", "leaving", "a reset"])
async def test_a_challenge_ends_with(database: Database, own_world: World, how: str) -> None:
    person_id, account_id = own_world.people["acme"]
    _, codes = await turn_on(database, own_world)
    challenge = challenge_in(await sign_in(own_world))
    before = await sessions_of(database, own_world)

    if how == "time":
        await an_hour_later(own_world.settings)
    async with database.begin() as session:
        if how == "a new password":
            await staff.set_password(session, email=EMAIL, password="another long password")
        elif how == "leaving":
            await session.execute(text("update members set state = 'LEFT' where person_id = :id"), {"id": person_id})
        elif how == "a reset":
            await second_factor.reset(session, email=EMAIL)
    refused = await answer(own_world, challenge, codes[0])

    assert (refused.status_code, refusal(refused)[1]) == (401, "UNAUTHENTICATED")
    assert await sessions_of(database, own_world) == ([] if how in {"a new password", "a reset"} else before)
    async with database.begin() as session:
        left = await session.scalar(select(func.count()).select_from(RecoveryCode))
        assert left == (0 if how == "a reset" else 10)
        assert await session.scalar(select(Member.account_id).where(Member.person_id == person_id)) == account_id


async def mailed_link(database: Database, world: World) -> str:
    """The token of a link that was asked for, as its mail has it."""
    await world.client.post("/auth/link", json={"email": EMAIL})
    await Runner(database).answer("identity.mail_link")
    async with database.begin() as session:
        link_id = (await session.scalars(select(Link.id).where(Link.used_at.is_(None)))).one()
    return links.token(world.settings, link_id)


async def test_a_mailed_link_asks_for_the_code_too(database: Database, own_world: World) -> None:
    secret, _ = await turn_on(database, own_world)
    token = await mailed_link(database, own_world)

    asked = await own_world.client.post("/auth/link/open", json={"token": token})
    again = await own_world.client.post("/auth/link/open", json={"token": token})
    opened = await answer(own_world, challenge_in(asked), await code_of(database, secret))

    assert again.status_code == 401
    assert opened.status_code == 200
    assert await sessions_of(database, own_world) == ["LINK", "PASSWORD"]


async def test_the_page_of_a_mailed_link_asks_for_the_code(database: Database, own_world: World) -> None:
    secret, _ = await turn_on(database, own_world)
    token = await mailed_link(database, own_world)
    form = re.compile(r'name="challenge" value="([^"]+)"')

    async def post(path: str, headers: dict[str, str] | None = None, **fields: str) -> httpx.Response:
        return await own_world.client.post(path, data=fields, headers=OWN if headers is None else headers)

    page = await post("/auth/link/open", token=token)
    [challenge] = form.findall(page.text)
    foreign = await post("/auth/second-factor", {"origin": "https://evil.example"}, challenge=challenge, code="1")
    wrong = await post("/auth/second-factor", challenge=challenge, code="<b>")
    opened = await post("/auth/second-factor", challenge=challenge, code=await code_of(database, secret))
    over = await post("/auth/second-factor", challenge=challenge, code="123456")

    assert (page.status_code, "set-cookie" in page.headers) == (200, False)
    assert foreign.status_code == 403
    assert (wrong.status_code, WRONG in wrong.text, form.findall(wrong.text)) == (401, True, [challenge])
    assert (opened.status_code, opened.headers["location"]) == (303, "/")
    assert {cookie.split("=")[0] for cookie in opened.headers.get_list("set-cookie")} == {
        "waymark_access",
        "waymark_refresh",
    }
    assert (over.status_code, OVER in over.text) == (401, True)
    assert await sessions_of(database, own_world) == ["LINK", "PASSWORD"]


@pytest.mark.parametrize("password", [None, "", "not the password it is"])
async def test_who_does_not_know_the_password_begins_and_ends_nothing(
    database: Database, own_world: World, password: str | None
) -> None:
    given = {} if password is None else {"currentPassword": password}
    begun = await change(own_world, BEGIN, **given)
    async with database.begin() as session:
        assert await session.scalar(select(func.count()).select_from(SecondFactor)) == 0
    secret, _ = await turn_on(database, own_world)
    code = await code_of(database, secret)

    answers = [
        begun,
        await change(own_world, RENEW, code=code, **given),
        await change(own_world, DISABLE, code=code, **given),
    ]

    assert [each["userErrors"] for each in answers] == [
        [{"field": ["currentPassword"], "code": "INVALID", "message": "That is not your current password."}]
    ] * 3
    assert (await own_world.data("acme", STATE))["viewer"]["twoFactor"]["recoveryCodesLeft"] == 10


async def test_it_is_confirmed_by_the_right_code_in_time(database: Database, own_world: World) -> None:
    nothing = await change(own_world, CONFIRM, code="123456")
    former = base64.b32decode((await change(own_world, BEGIN, currentPassword=PASSWORD))["secret"])
    secret = base64.b32decode((await change(own_world, BEGIN, currentPassword=PASSWORD))["secret"])

    wrong = await change(own_world, CONFIRM, code=await code_of(database, former))
    await an_hour_later(own_world.settings)
    late = await change(own_world, CONFIRM, code=await code_of(database, secret))
    off = (await own_world.data("acme", STATE))["viewer"]["twoFactor"]
    again = base64.b32decode((await change(own_world, BEGIN, currentPassword=PASSWORD))["secret"])
    right = await change(own_world, CONFIRM, code=await code_of(database, again))
    twice = await change(own_world, BEGIN, currentPassword=PASSWORD)

    conflict = "There is nothing to confirm. Begin with beginTwoFactor, and confirm within 15 minutes."
    assert [each["userErrors"][0]["message"] for each in (nothing, late)] == [conflict, conflict]
    assert wrong["userErrors"] == [{"field": ["code"], "code": "WRONG_CODE", "message": WRONG}]
    assert (off, right["userErrors"]) == (None, [])
    assert (twice["userErrors"][0]["code"], twice["secret"]) == ("CONFLICT", None)


async def test_new_recovery_codes_take_the_place_of_the_old(database: Database, own_world: World) -> None:
    _, codes = await turn_on(database, own_world)

    refused = await change(own_world, RENEW, currentPassword=PASSWORD, code="nothing")
    renewed = await change(own_world, RENEW, currentPassword=PASSWORD, code=codes[0])
    challenge = challenge_in(await sign_in(own_world))
    old = await answer(own_world, challenge, codes[1])
    new = await answer(own_world, challenge, renewed["recoveryCodes"][0])

    assert refused["userErrors"][0]["code"] == "WRONG_CODE"
    assert len(set(renewed["recoveryCodes"]) - set(codes)) == 10
    assert (old.status_code, new.status_code) == (401, 200)
    assert [action for action, *_ in await actions(database, own_world)] == [
        "two_factor.enabled",
        "recovery_code.used",
        "recovery_codes.renewed",
        "recovery_code.used",
    ]


async def test_password_and_code_turn_it_off(database: Database, own_world: World) -> None:
    secret, codes = await turn_on(database, own_world)

    refused = await change(own_world, DISABLE, currentPassword=PASSWORD, code="000000")
    still = challenge_in(await sign_in(own_world))
    done = await change(own_world, DISABLE, currentPassword=PASSWORD, code=await code_of(database, secret))
    signed_in = await sign_in(own_world)
    over = await answer(own_world, still, codes[0])

    assert refused["userErrors"][0]["code"] == "WRONG_CODE"
    assert done == {"person": {"email": EMAIL}, "userErrors": []}
    assert (signed_in.status_code, over.status_code) == (200, 401)
    assert (await own_world.data("acme", STATE))["viewer"] == {"twoFactor": None}
    async with database.begin() as session:
        for table in (SecondFactor, RecoveryCode, SignInChallenge):
            assert await session.scalar(select(func.count()).select_from(table)) == 0
        person_id = own_world.people["acme"][0]
        events = await session.scalars(
            select(DomainEventRow.type).where(DomainEventRow.person_id == person_id).order_by(DomainEventRow.id)
        )
        assert list(events) == ["TwoFactorEnabled", "TwoFactorDisabled"]


async def test_it_is_everybodys_own(database: Database, own_world: World) -> None:
    await turn_on(database, own_world)

    states = [(await own_world.data(who, STATE))["viewer"] for who in ("acme viewer", "zenith", "staff", "acme key")]
    by_key = (await own_world.ask("acme key", BEGIN, {"input": {}})).json()

    assert states == [{"twoFactor": None}] * 4
    assert (by_key["data"], by_key["errors"][0]["extensions"]["code"]) == ({"beginTwoFactor": None}, "FORBIDDEN")


async def test_whoever_runs_waymark_resets_it_for_who_lost_the_device(database: Database, own_world: World) -> None:
    await turn_on(database, own_world)

    off = await waymark(own_world.settings, "reset-two-factor", "--email", " Admin@acme.example ")
    again = await waymark(own_world.settings, "reset-two-factor", "--email", EMAIL)
    nobody = await waymark(own_world.settings, "reset-two-factor", "--email", "nobody@acme.example")

    assert (
        off.stdout == "Two-factor of Admin@acme.example is off, and they are signed out. They may turn it on again.\n"
    )
    assert (again.returncode, again.stderr) == (1, f"Two-factor of {EMAIL} is not on.\n")
    assert (nobody.returncode, nobody.stderr) == (1, "Nobody has the address nobody@acme.example.\n")
    assert await sessions_of(database, own_world) == []
    assert (await sign_in(own_world)).status_code == 200
    assert (await actions(database, own_world))[-1] == ("two_factor.reset", "command line", None, None)


async def test_staff_who_have_to_turn_it_on_may_do_nothing_else_before(database: Database, own_world: World) -> None:
    async with database.begin() as session:
        await passwords.store(session, own_world.people["staff"][0], PASSWORD)
    async with serve(replace(own_world.settings, staff_two_factor=True)) as client:

        async def ask(query: str, **given: Any) -> Any:
            sent = {"query": query, "variables": {"input": given} if given else None}
            return (await client.post("/graphql", json=sent, headers=credential)).json()

        signed_in = await client.post("/auth/sign-in", json={"email": "csm@beacon.example", "password": PASSWORD})
        credential = {"authorization": f"Bearer {signed_in.json()['accessToken']}"}
        permissions = "{ viewer { permissions } }"
        accounts = "{ accounts(first: 1) { totalCount } }"
        before, refused = await ask(permissions), await ask(accounts)
        begun = await ask(BEGIN, currentPassword=PASSWORD)
        secret = base64.b32decode(begun["data"]["beginTwoFactor"]["secret"])
        confirm = "mutation($input: ConfirmTwoFactorInput!) { confirmTwoFactor(input: $input) { recoveryCodes } }"
        confirmed = await ask(confirm, code=await code_of(database, secret, 0))
        after, let_in = await ask(permissions), await ask(accounts)

    assert before["data"] == {"viewer": {"permissions": ["profile:write"]}}
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert len(confirmed["data"]["confirmTwoFactor"]["recoveryCodes"]) == 10
    assert after["data"] == {"viewer": {"permissions": sorted(STAFF_PERMISSIONS[StaffRole.ADMIN])}}
    assert let_in["data"] == {"accounts": {"totalCount": 3}}


@pytest.mark.parametrize(
    ("who", "how", "is_concerned"),
    [
        ("staff", SignInMethod.PASSWORD, True),
        ("staff", SignInMethod.LINK, True),
        ("staff", SignInMethod.SET_UP, True),
        ("staff", SignInMethod.OIDC, False),
        ("acme", SignInMethod.PASSWORD, False),
    ],
)
async def test_staff_who_sign_in_here_alone_are_concerned(
    database: Database, own_world: World, who: str, how: SignInMethod, is_concerned: bool
) -> None:
    async with database.begin() as session:
        issued = await start(session, *own_world.people[who], how=how)
    with_rule = replace(own_world.settings, staff_two_factor=True)

    found = [
        await authentication.Authenticator(database, settings).holder(issued.access.text)
        for settings in (own_world.settings, with_rule)
    ]

    whole = found[0].permissions
    assert whole > {"profile:write"}
    assert found[1].permissions == (frozenset({"profile:write"}) if is_concerned else whole)


async def test_what_nobody_finished_is_forgotten(database: Database, own_world: World) -> None:
    await turn_on(database, own_world)
    await sign_in(own_world)
    await change(own_world, BEGIN, "staff")
    async with database.begin() as session:
        await session.execute(text("update second_factors set created_at = created_at - interval '25 hours'"))

    async def left() -> tuple[int | None, int | None]:
        async with database.begin() as session:
            await challenges.forget_old(session)
            await second_factor.forget_old(session)
            return (
                await session.scalar(select(func.count()).select_from(SignInChallenge)),
                await session.scalar(select(func.count()).select_from(SecondFactor)),
            )

    soon = await left()
    await an_hour_later(own_world.settings)

    assert (soon, await left()) == ((1, 1), (0, 1))
