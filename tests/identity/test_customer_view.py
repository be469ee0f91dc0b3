"""Viewing as a customer: what the member sees and no more, nothing written, gone with the session that opened it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from backend.identity import authentication, customer_view
from backend.identity.models import MemberRole
from backend.permissions import MEMBER_PERMISSIONS, Permission
from tests.graphql.live import announcing, score
from tests.graphql.mutation.cases import CASES, document
from tests.graphql.mutation.conftest import FINGERPRINT
from tests.graphql.test_sockets import opened
from tests.graphql.walk import Walk
from tests.graphql.world import World, public
from tests.serving import listen

OPEN = """mutation($input: ViewAsCustomerInput!) { viewAsCustomer(input: $input) {
    token expiresAt member { id } account { id } userErrors { field code message } } }"""
WHO = "{ viewer { kind person { email } impersonatedBy { staffId displayName } } }"
SEEN = {"viewer": {"kind": "MEMBER", "person": {"email": "admin@acme.example"}, "impersonatedBy": None}}
OVER = {
    "errors": [
        {
            "message": "This view as a customer is over. Open it again from the account.",
            "extensions": {"code": "VIEW_OVER"},
        }
    ]
}
ADMIN = frozenset(map(str, MEMBER_PERMISSIONS[MemberRole.ADMIN]))
READ_ONLY = {"message": customer_view.READ_ONLY, "extensions": {"code": "FORBIDDEN"}}


@pytest.fixture(autouse=True)
def look_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authentication, "KEPT_SECONDS", 0.0)


@pytest.fixture
async def connection(own_world: World) -> AsyncIterator[asyncpg.Connection[Any]]:
    made = await asyncpg.connect(own_world.settings.migrate_url)
    yield made
    await made.close()


async def view(world: World, who: str = "CSM", **more: str) -> str:
    """The token of a view that somebody opens, by default of Acme."""
    sent = {"accountId": public("acct", world.acme.account), **more}
    answer = await world.data(who, OPEN, {"input": sent})
    assert answer["viewAsCustomer"]["userErrors"] == []
    return str(answer["viewAsCustomer"]["token"])


def held(world: World, *, minutes: int = 15) -> str:
    """The token of a view of Acme that the CSM opened, in a world to which nothing is written."""
    ends = datetime.now(UTC) + timedelta(minutes=minutes)
    claim = customer_view.Claim(world.sessions["CSM"], world.acme.members[0], ends)
    return customer_view.write(world.settings, claim)


async def viewing(world: World, token: str, query: str, who: str = "CSM", **more: Any) -> httpx.Response:
    """What somebody is answered beside a view."""
    headers = {"authorization": f"Bearer {world.credential(who)}", "waymark-view": token}
    return await world.client.post("/graphql", json={"query": query, **more}, headers=headers)


async def test_staff_see_exactly_what_the_member_sees(world: World) -> None:
    token = held(world)
    walk = Walk(world, ADMIN - {Permission.PROFILE_WRITE}, [public("acct", world.acme.account)], deepest=3)
    compared = 0
    for operation in walk.operations():
        if "viewer" in operation:
            continue  # which says that it is a view
        answer = await viewing(world, token, operation)
        own = await world.ask("acme", operation)
        assert answer.json()["data"] == own.json()["data"], operation
        compared += 1
    assert compared > 10
    assert (await world.data("acme", WHO)) == SEEN
    told = (await viewing(world, token, WHO)).json()["data"]["viewer"]
    [csm] = (await world.data("CSM", "{ viewer { staff { id displayName } } }"))["viewer"].values()
    assert told == SEEN["viewer"] | {
        "impersonatedBy": {"staffId": csm["id"], "displayName": csm["displayName"]},
    }


async def test_a_page_of_this_site_views_by_the_cookie_of_the_staff(world: World) -> None:
    sent = {"cookie": f"waymark_access={world.credential('CSM')}", "waymark-view": held(world)}
    query = {"query": "{ viewer { kind account { name } } }"}

    own = await world.client.post("/graphql", json=query, headers=sent | {"origin": "http://127.0.0.1:8000"})
    foreign = await world.client.post("/graphql", json=query, headers=sent)
    world.client.cookies.clear()

    assert own.json()["data"] == {"viewer": {"kind": "MEMBER", "account": {"name": "Acme"}}}
    assert foreign.status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        "{ accounts(first: 1) { nodes { name } } }",
        "{ viewer { sessions(first: 1) { nodes { device } } } }",
        "{ viewer { twoFactor { enabledAt } } }",
        "{ people(first: 1) { nodes { email } } }",
    ],
)
async def test_what_only_staff_see_and_what_only_the_member_sees_of_themselves_is_refused(
    world: World, query: str
) -> None:
    answer = await viewing(world, held(world), query)

    assert [error["extensions"]["code"] for error in answer.json()["errors"]] == ["FORBIDDEN"]


async def test_what_staff_know_of_the_account_is_not_there(world: World) -> None:
    query = "{ viewer { account { internal { mrr { amountMinor } } } } }"

    answer = await viewing(world, held(world), query)

    assert answer.json()["data"] == {"viewer": {"account": {"internal": None}}}


async def test_nothing_is_changed_in_a_view(own_world: World, connection: asyncpg.Connection[Any]) -> None:
    token = await view(own_world)
    digest = await connection.fetchval(FINGERPRINT)
    before = await connection.fetch(digest)
    for name in ("updateMember", "inviteMember", "createApiKey"):
        sent = await CASES[name].input(own_world) if name != "createApiKey" else {"name": "k", "scopes": []}
        before = await connection.fetch(digest)

        answer = await viewing(own_world, token, document(name, CASES[name].selection), variables={"input": sent})

        assert answer.json()["errors"] == [READ_ONLY]
    # What changes oneself is not even permitted, so that it cannot be the member's who is seen.
    profile = document("updateProfile", "person { displayName }")
    refused = await viewing(own_world, token, profile, variables={"input": {"name": "Eve"}})
    assert [error["extensions"]["code"] for error in refused.json()["errors"]] == ["FORBIDDEN"]
    for path in ("/auth/sign-out", "/auth/sign-in", "/auth/link"):
        answer = await own_world.client.post(
            path,
            json={"everywhere": True},
            headers={"authorization": f"Bearer {own_world.credential('CSM')}"} | {"waymark-view": token},
        )
        assert (answer.status_code, answer.json()) == (403, {"errors": [READ_ONLY]})

    assert await connection.fetch(digest) == before


async def test_each_opening_is_audited(own_world: World, connection: asyncpg.Connection[Any]) -> None:
    acme = own_world.acme
    seen = await connection.fetch("select id, last_seen_at from members order by id")
    await view(own_world, memberId=public("mem", acme.members[1]))

    rows = await connection.fetch(
        "select actor, actor_person_id, account_id, subject from audit_entries"
        " where action = 'account.viewed_as_customer'"
    )

    assert [tuple(row) for row in rows] == [
        ("staff", own_world.people["CSM"][0], acme.account, f"member:{acme.members[1]}")
    ]
    assert await connection.fetch("select id, last_seen_at from members order by id") == seen
    assert await own_world.data("CSM", "{ viewer { kind } }") == {"viewer": {"kind": "STAFF"}}, "in another tab"


async def test_a_view_ends_with_the_session_that_opened_it(own_world: World) -> None:
    token = await view(own_world)
    assert (await viewing(own_world, token, WHO)).status_code == 200

    await own_world.client.post(
        "/auth/sign-out", json={}, headers={"authorization": f"Bearer {own_world.credential('CSM')}"}
    )

    assert (await viewing(own_world, token, WHO)).status_code == 401


async def test_a_view_ends_when_the_member_leaves(own_world: World, connection: asyncpg.Connection[Any]) -> None:
    token = await view(own_world)
    await connection.execute("update members set state = 'LEFT', left_on = current_date")

    answer = await viewing(own_world, token, WHO)

    assert (answer.status_code, answer.json()) == (401, OVER)
    refused = await own_world.data("CSM", OPEN, {"input": {"accountId": public("acct", own_world.acme.account)}})
    assert refused["viewAsCustomer"]["userErrors"] == [
        {
            "field": ["accountId"],
            "code": "INVALID",
            "message": "This account has no active member whose view could be seen.",
        }
    ]


async def test_a_view_runs_out_and_is_renewed_while_it_holds(world: World) -> None:
    headers = {"authorization": f"Bearer {world.credential('CSM')}"}
    token, run_out = held(world), held(world, minutes=-1)

    renewed = await world.client.post("/auth/view/renew", json={"token": token}, headers=headers)
    refused = await world.client.post("/auth/view/renew", json={"token": run_out}, headers=headers)
    another = await world.client.post(
        "/auth/view/renew", json={"token": token}, headers={"authorization": f"Bearer {world.credential('MANAGER')}"}
    )
    nobody = await world.client.post("/auth/view/renew", json={"token": token})

    assert renewed.status_code == 200
    assert sorted(renewed.json()) == ["expiresAt", "token"]
    assert (await viewing(world, renewed.json()["token"], WHO)).status_code == 200
    assert (refused.status_code, refused.json()) == (401, OVER)
    assert (another.status_code, another.json()) == (401, OVER)
    assert nobody.status_code == 401
    assert (await viewing(world, run_out, WHO)).json() == OVER


async def test_a_view_counts_for_nobody_else(world: World) -> None:
    token = held(world)

    answers = {who: await viewing(world, token, WHO, who) for who in ("MANAGER", "EXECUTIVE", "acme", "staff key")}
    alone = await world.client.post("/graphql", json={"query": WHO}, headers={"waymark-view": token})
    as_credential = await world.client.post(
        "/graphql", json={"query": WHO}, headers={"authorization": f"Bearer {token}"}
    )

    assert {who: answer.status_code for who, answer in answers.items()} == {
        "MANAGER": 401,
        "EXECUTIVE": 403,
        "acme": 403,
        "staff key": 403,
    }
    assert (alone.status_code, as_credential.status_code) == (401, 401)
    assert (await viewing(world, token[:-1] + ("A" if token[-1] != "A" else "B"), WHO)).json() == OVER


async def test_subscriptions_show_what_the_member_sees_until_the_view_ends(own_world: World) -> None:
    token = await view(own_world)
    bearer = f"Bearer {own_world.credential('CSM')}"
    async with listen(own_world.settings) as url, announcing(own_world) as database, opened(url) as talk:
        await talk.say(type="connection_init", payload={"authorization": bearer, "waymarkView": token})
        assert await talk.heard() == {"type": "connection_ack"}
        await talk.subscribe("a", "subscription { healthChanged { name internal { mrr { amountMinor } } } }")
        await talk.subscribe("b", "subscription { taskChanged { title } }")
        refused = await talk.heard()
        await talk.settled()

        await score(database, own_world, ("zenith", 11), ("acme", 12))

        told = await talk.heard()

    assert (refused["id"], refused["payload"][0]["extensions"]["code"]) == ("b", "FORBIDDEN")
    assert told["payload"]["data"] == {"healthChanged": {"name": "Acme", "internal": None}}
