"""Subscriptions over server-sent events: real Valkey, and a second API process that hears what the first one wrote."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from backend.announcing import Announcement, Topic, announce
from backend.db.embedded import EmbeddedValkey
from backend.db.engine import Database
from backend.graphql.live import hub as hubs
from backend.identity.models import Member, MemberRole, Session
from tests.alerts.test_alerts import CANCELLATION, happened, look, rules
from tests.graphql.live import announcing, score
from tests.graphql.world import World, public
from tests.patience import PATIENCE_SECONDS
from tests.serving import listen

HEALTH = "subscription Live { healthChanged { id name health { score } } }"


class Subscription:
    """The events of one open request."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.aiter_lines()

    async def next(self) -> tuple[str, Any]:
        """The next event with its data; comments are passed over."""
        name = ""
        async with asyncio.timeout(PATIENCE_SECONDS):
            async for line in self._lines:
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    text = line.removeprefix("data: ")
                    return name, json.loads(text) if text.strip() else None
        raise AssertionError("the stream ended without `complete`")


@asynccontextmanager
async def subscribed(
    url: str,
    world: World,
    who: str,
    query: str,
    variables: dict[str, Any] | None = None,
    *,
    token: str | None = None,
) -> AsyncIterator[Subscription]:
    """Subscribe over HTTP, and wait until the stream is open."""
    headers = {"authorization": f"Bearer {token or world.credential(who)}", "accept": "text/event-stream"}
    body = {"query": query, "variables": variables}
    async with (
        httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as client,
        client.stream("POST", "/graphql", json=body, headers=headers) as response,
    ):
        assert response.status_code == 200, await response.aread()
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        yield Subscription(response)


@pytest.fixture
async def url(own_world: World) -> AsyncIterator[str]:
    """A second API process over the world."""
    async with listen(own_world.settings) as address:
        yield address


@pytest.fixture
async def database(own_world: World) -> AsyncIterator[Database]:
    """A process that writes and announces."""
    async with announcing(own_world) as made:
        yield made


async def test_a_member_is_told_of_their_own_account_alone(own_world: World, url: str, database: Database) -> None:
    async with subscribed(url, own_world, "acme", "subscription { healthChanged { id name } }") as live:
        await score(database, own_world, ("zenith", 11), ("acme", 12))

        told = await live.next()

    account = {"id": public("acct", own_world.acme.account), "name": "Acme"}
    assert told == ("next", {"data": {"healthChanged": account}})


async def test_foreign_ids_give_a_member_nothing(own_world: World, url: str, database: Database) -> None:
    query = "subscription ($ids: [ID!]) { healthChanged(accountIds: $ids) { name } }"
    ids = [public("acct", own_world.zenith.account), public("acct", own_world.acme.account)]
    async with subscribed(url, own_world, "acme", query, {"ids": ids}) as live:
        await score(database, own_world, ("zenith", 11), ("acme", 12))

        assert await live.next() == ("next", {"data": {"healthChanged": {"name": "Acme"}}})


async def test_staff_follow_the_accounts_that_they_name(own_world: World, url: str, database: Database) -> None:
    query = "subscription ($ids: [ID!]) { healthChanged(accountIds: $ids) { name } }"
    ids = [public("acct", own_world.zenith.account)]
    async with subscribed(url, own_world, "staff", query, {"ids": ids}) as live:
        await score(database, own_world, ("acme", 11), ("zenith", 12))

        assert await live.next() == ("next", {"data": {"healthChanged": {"name": "Zenith"}}})


async def test_what_one_process_writes_another_tells(own_world: World, url: str) -> None:
    query = "subscription { taskChanged { title account { name } } }"
    create = "mutation ($input: CreateTaskInput!) { createTask(input: $input) { task { id } userErrors { code } } }"
    update = "mutation ($input: UpdateTaskInput!) { updateTask(input: $input) { userErrors { code } } }"
    given = {"accountId": public("acct", own_world.acme.account), "title": "Call them"}
    async with subscribed(url, own_world, "staff", query) as live:
        made = await own_world.data("staff", create, {"input": given})
        told = [await live.next()]
        changed = {"taskId": made["createTask"]["task"]["id"], "title": "Write to them"}
        await own_world.data("staff", update, {"input": changed})
        told.append(await live.next())

    assert told == [
        ("next", {"data": {"taskChanged": {"title": title, "account": {"name": "Acme"}}}})
        for title in ("Call them", "Write to them")
    ]


async def test_an_alert_is_told_when_it_opens_when_it_happens_again_and_when_it_is_judged(
    own_world: World, url: str, database: Database
) -> None:
    account = own_world.acme.account
    judge = "mutation ($input: JudgeAlertInput!) { judgeAlert(input: $input) { userErrors { code } } }"
    async with subscribed(url, own_world, "staff", "subscription { alertChanged { id sentence isUseful } }") as live:
        told = []
        async with database.begin() as session:
            await rules(session, cancel=CANCELLATION)
        for _ in range(2):
            async with database.begin() as session:
                await happened(session, account)
                await look(session, [account])
            told.append((await live.next())[1]["data"]["alertChanged"])
        await own_world.data("CSM", judge, {"input": {"alertId": told[0]["id"], "isUseful": True}})
        told.append((await live.next())[1]["data"]["alertChanged"])

    assert [(one["id"], one["sentence"], one["isUseful"]) for one in told] == [
        (told[0]["id"], "Looked for a way out (1 times).", None),
        (told[0]["id"], "Looked for a way out (2 times).", None),
        (told[0]["id"], "Looked for a way out (2 times).", True),
    ]


async def test_a_change_that_was_rolled_back_is_not_told(own_world: World, url: str, database: Database) -> None:
    async with subscribed(url, own_world, "staff", "subscription { healthChanged { name } }") as live:
        with suppress(RuntimeError):
            async with database.begin() as session:
                announce(session, Announcement(Topic.HEALTH, own_world.zenith.account, own_world.zenith.account))
                raise RuntimeError
        await score(database, own_world, ("acme", 12))

        assert await live.next() == ("next", {"data": {"healthChanged": {"name": "Acme"}}})


async def test_parked_work_is_told(own_world: World, url: str, database: Database) -> None:
    async with subscribed(url, own_world, "staff", "subscription { workParked { id kind } }") as live:
        database.announce([str(Announcement(Topic.WORK, None, own_world.work))])

        told = await live.next()

    assert told == (
        "next",
        {"data": {"workParked": {"id": public("work", own_world.work), "kind": "health.score"}}},
    )


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[hubs.Hub]:
    """The hubs of the API processes that a test starts."""
    made: list[hubs.Hub] = []
    really = hubs.Hub.open

    def remember(hub: hubs.Hub) -> None:
        made.append(hub)
        really(hub)

    monkeypatch.setattr(hubs.Hub, "open", remember)
    return made


async def test_equal_subscriptions_are_read_once(own_world: World, database: Database, opened: list[hubs.Hub]) -> None:
    query = "subscription { healthChanged { name } }"
    async with (
        listen(own_world.settings) as url,
        subscribed(url, own_world, "staff", query) as first,
        subscribed(url, own_world, "staff", query) as second,
        subscribed(url, own_world, "staff", query) as third,
        subscribed(url, own_world, "staff", "subscription { healthChanged { id } }") as other,
    ):
        await score(database, own_world, ("acme", 12))
        told = [await live.next() for live in (first, second, third)]
        await other.next()

        assert [hub.readings for hub in opened] == [2]
    assert told == 3 * [("next", {"data": {"healthChanged": {"name": "Acme"}}})]


async def test_two_members_of_an_account_share_a_reading_(
    own_world: World, database: Database, opened: list[hubs.Hub]
) -> None:
    person, account = own_world.people["acme viewer"]
    equal = update(Member).where(Member.person_id == person, Member.account_id == account).values(role=MemberRole.ADMIN)
    async with database.begin() as session:
        await session.execute(equal)
    shared = "subscription { healthChanged { name } }"
    async with (
        listen(own_world.settings) as url,
        subscribed(url, own_world, "acme", shared) as first,
        subscribed(url, own_world, "acme viewer", shared) as second,
    ):
        await score(database, own_world, ("acme", 12))
        told = [await live.next() for live in (first, second)]

        assert [hub.readings for hub in opened] == [1]
    assert told == 2 * [("next", {"data": {"healthChanged": {"name": "Acme"}}})]


async def test_who_may_not_read_is_refused_before_anything_is_told(own_world: World, url: str) -> None:
    for who, query in (
        ("acme", "subscription { alertChanged { id } }"),
        ("acme", "subscription { workParked { id } }"),
        ("narrow key", "subscription { taskChanged { id } }"),
    ):
        errors = await own_world.errors(who, query)
        assert {error["extensions"]["code"] for error in errors} == {"FORBIDDEN"}, query


async def test_a_subscription_is_sent_as_events_or_not_at_all(own_world: World) -> None:
    [error] = await own_world.errors("staff", HEALTH)
    assert error["message"] == "Subscribe with Accept: text/event-stream, or over a WebSocket."

    headers = {
        "authorization": f"Bearer {own_world.credential('staff')}",
        "accept": "application/graphql-response+json, text/event-stream",
    }
    query = {"query": "{ organization { name } }"}
    answer = await own_world.client.post("/graphql", json=query, headers=headers)
    assert answer.json()["data"] == {"organization": {"name": "Beacon"}}
    assert answer.headers["content-type"].startswith("application/graphql-response+json")


async def test_two_fields_are_refused(own_world: World) -> None:
    query = "subscription { healthChanged { id } resync { at } }"

    [error] = await own_world.errors("staff", query)

    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize("ends", ["session", "membership"])
async def test_nothing_is_told_once_the_session_or_the_membership_has_ended(
    own_world: World, url: str, database: Database, ends: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.identity.authentication.KEPT_SECONDS", 0.0)
    person, account = own_world.people["acme"]
    async with subscribed(url, own_world, "acme", "subscription { healthChanged { name } }") as live:
        await score(database, own_world, ("acme", 12))
        assert await live.next() == ("next", {"data": {"healthChanged": {"name": "Acme"}}})
        async with database.begin() as session:
            if ends == "session":
                await session.execute(
                    update(Session)
                    .where(Session.id == own_world.sessions["acme"])
                    .values(ended_at=Session.created_at, end_reason="SIGNED_OUT")
                )
            else:
                await session.execute(
                    update(Member)
                    .where(Member.person_id == person, Member.account_id == account)
                    .values(state="LEFT", left_on=own_world.today)
                )
        await score(database, own_world, ("acme", 13))

        kind, body = await live.next()
        assert kind == "next"
        assert [error["extensions"]["code"] for error in body["errors"]] == ["UNAUTHENTICATED"]
        assert "data" not in body
        assert await live.next() == ("complete", None)


async def test_after_valkey_was_away_subscribers_are_told_to_ask_anew(own_world: World, tmp_path: Path) -> None:
    with EmbeddedValkey(tmp_path / "valkey", durable=False) as server:
        settings = replace(own_world.settings, redis_url=server.url())
        async with (
            listen(settings) as url,
            subscribed(url, own_world, "acme", "subscription { resync { at } }") as live,
        ):
            server.stop()
            server.start(same_port=True)

            kind, body = await live.next()

    assert kind == "next"
    assert body["data"]["resync"]["at"] > "2000"


async def test_a_stream_that_is_not_taken_is_ended_and_told_so(own_world: World) -> None:
    group = hubs._Group(None, None, {}, None, None)  # type: ignore[arg-type]
    stream = hubs.Stream(group, "somebody")
    group.streams[stream] = None

    for _ in range(hubs.MOST_WAITING + 1):
        stream.offer(b"{}")

    left = [stream.waiting.get_nowait() for _ in range(stream.waiting.qsize())]
    assert len(left) == 2
    assert json.loads(left[0] or b"")["errors"][0]["extensions"]["code"] == "RESYNC"
    assert left[1] is None
    assert group.streams == {}


async def test_a_credential_has_a_bounded_number_of_streams(
    own_world: World, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "MOST_OF_ONE", 1)
    async with (
        subscribed(url, own_world, "staff", HEALTH),
        subscribed(url, own_world, "staff", HEALTH) as refused,
    ):
        told = await refused.next()

        assert [error["extensions"]["code"] for error in told[1]["errors"]] == ["THROTTLED"]
        assert await refused.next() == ("complete", None)


async def test_who_takes_nothing_but_events_is_answered_with_one(own_world: World, url: str) -> None:
    for query, told in (
        ("{ organization { name } }", {"data": {"organization": {"name": "Beacon"}}}),
        ("subscription { alertChanged { id } }", "FORBIDDEN"),
        ("{ nothing", "GRAPHQL_PARSE_FAILED"),
    ):
        async with subscribed(url, own_world, "acme", query) as answer:
            kind, result = await answer.next()
            assert kind == "next"
            result.pop("extensions", None)
            if isinstance(told, str):
                assert [error["extensions"]["code"] for error in result.pop("errors")] == [told]
                assert result == {}
            else:
                assert result == told
            assert await answer.next() == ("complete", None)


async def test_a_process_that_stops_ends_its_streams_and_lets_their_clients_connect_again(own_world: World) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        stack = listen(own_world.settings)
        url = await stack.__aenter__()
        async with subscribed(url, own_world, "staff", HEALTH) as live:
            stopping = asyncio.create_task(stack.__aexit__(None, None, None))
            with pytest.raises(AssertionError, match="the stream ended without `complete`"):
                await live.next()
        await stopping
