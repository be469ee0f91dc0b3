"""Operations over WebSockets: what the protocol allows, every code that closes a socket, and whose socket it is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
import pytest
from sqlalchemy import update
from structlog.testing import capture_logs
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin, Subprotocol

from backend.db.engine import Database
from backend.graphql.http import sockets
from backend.graphql.live import following
from backend.graphql.live import hub as hubs
from backend.identity.models import Member, Session
from backend.web import slow_readers, socket_connection
from tests.graphql.live import announcing, score, until_open
from tests.graphql.world import World, public
from tests.patience import PATIENCE_SECONDS
from tests.serving import listen

PROTOCOL = Subprotocol("graphql-transport-ws")
HEALTH = "subscription Live { healthChanged { id name health { score } } }"
NAME = "subscription { healthChanged { name } }"


class Talk:
    """What a client says on a socket, and is told."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def say(self, **message: Any) -> None:
        """Send a message."""
        await self.socket.send(json.dumps(message))

    async def heard(self) -> Any:
        """The next message."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            message = await self.socket.recv()
        assert isinstance(message, str)
        return json.loads(message)

    async def begin(self, credential: str) -> None:
        """Say who asks, and hear that it is well."""
        await self.say(type="connection_init", payload={"Authorization": f"Bearer {credential}"})
        assert await self.heard() == {"type": "connection_ack"}

    async def subscribe(self, name: str, query: str, **more: Any) -> None:
        """Send an operation."""
        await self.say(type="subscribe", id=name, payload={"query": query, **more})

    async def closed(self) -> tuple[int, str]:
        """Code and reason of the server's closing; whatever was told before is passed over."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            with suppress(ConnectionClosed):
                while True:
                    await self.socket.recv()
        return self.socket.close_code or 0, self.socket.close_reason or ""

    async def settled(self) -> None:
        """Wait until the server has taken all that was said before."""
        await self.say(type="ping", payload={"settled": True})
        while await self.heard() != {"type": "pong", "payload": {"settled": True}}:
            pass


@asynccontextmanager
async def opened(url: str, *, protocol: Subprotocol = PROTOCOL, **more: Any) -> AsyncIterator[Talk]:
    """A socket that nothing was said on yet."""
    address = url.replace("http://", "ws://") + "/graphql"
    async with connect(address, subprotocols=[protocol], open_timeout=PATIENCE_SECONDS, **more) as socket:
        yield Talk(socket)


@asynccontextmanager
async def begun(url: str, world: World, who: str) -> AsyncIterator[Talk]:
    """A socket of somebody."""
    async with opened(url) as talk:
        await talk.begin(world.credential(who))
        yield talk


@pytest.fixture
async def url(own_world: World) -> AsyncIterator[str]:
    """An API process over a world of the test's own."""
    async with listen(own_world.settings) as address:
        yield address


@pytest.fixture
async def database(own_world: World) -> AsyncIterator[Database]:
    """A process that writes and announces."""
    async with announcing(own_world) as made:
        yield made


@pytest.fixture(scope="module")
async def shared(world: World) -> AsyncIterator[str]:
    """An API process over the world that nobody changes."""
    async with listen(world.settings) as address:
        yield address


async def test_queries_are_answered_as_over_http(world: World, shared: str) -> None:
    query = "query Some($n: Int) { accounts(first: $n) { nodes { name } } }"
    over_http = (await world.ask("staff", query, {"n": 1})).json()
    async with begun(shared, world, "staff") as talk:
        await talk.subscribe("a", query, variables={"n": 1}, operationName="Some")

        told = [await talk.heard(), await talk.heard()]

    for answer in (over_http, told[0]["payload"]):
        del answer["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"]
    assert told == [{"id": "a", "type": "next", "payload": over_http}, {"id": "a", "type": "complete"}]
    assert over_http["data"] == {"accounts": {"nodes": [{"name": "Acme"}]}}


async def test_mutations_run(own_world: World, url: str) -> None:
    create = "mutation ($input: CreateTaskInput!) { createTask(input: $input) { task { title } userErrors { code } } }"
    given = {"accountId": public("acct", own_world.acme.account), "title": "Call them"}
    async with begun(url, own_world, "staff") as talk:
        await talk.subscribe("a", create, variables={"input": given})

        told = [await talk.heard(), await talk.heard()]

    del told[0]["payload"]["extensions"]
    made = {"data": {"createTask": {"task": {"title": "Call them"}, "userErrors": []}}}
    assert told == [{"id": "a", "type": "next", "payload": made}, {"id": "a", "type": "complete"}]


async def test_what_is_refused_is_an_error_of_its_operation_alone(world: World, shared: str) -> None:
    async with begun(shared, world, "acme") as talk:
        for name, query, code in (
            ("a", "{ nothing", "GRAPHQL_PARSE_FAILED"),
            ("b", "{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
            ("c", "subscription { alertChanged { id } }", "FORBIDDEN"),
        ):
            await talk.subscribe(name, query)
            told = await talk.heard()
            assert (told["id"], told["type"]) == (name, "error")
            assert [error["extensions"]["code"] for error in told["payload"]] == [code]
        wrong = {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}
        await talk.subscribe("a", "{ viewer { kind } }", extensions=wrong)
        told = await talk.heard()
        assert told["payload"][0]["message"] == "extensions.persistedQuery.sha256Hash is not the hash of query."

        await talk.subscribe("a", "{ viewer { kind } }")
        assert (await talk.heard())["payload"]["data"] == {"viewer": {"kind": "MEMBER"}}


async def test_an_application_of_registered_documents_sends_no_others(world: World, shared: str) -> None:
    async with begun(shared, world, "locked key") as talk:
        await talk.subscribe("a", "{ viewer { kind } }")

        told = await talk.heard()

    assert [error["extensions"]["code"] for error in told["payload"]] == ["FORBIDDEN"]


async def test_several_subscriptions_share_a_socket_and_end_one_by_one(
    own_world: World, url: str, database: Database
) -> None:
    async with begun(url, own_world, "acme") as talk:
        await talk.subscribe("first", NAME)
        await talk.subscribe("second", "subscription { healthChanged { id } }")
        await until_open(url, own_world, streams=2)
        await score(database, own_world, ("zenith", 11), ("acme", 12))
        told = {message["id"]: message["payload"] for message in (await talk.heard(), await talk.heard())}
        assert told == {
            "first": {"data": {"healthChanged": {"name": "Acme"}}},
            "second": {"data": {"healthChanged": {"id": public("acct", own_world.acme.account)}}},
        }
        await talk.say(type="complete", id="first")
        await talk.settled()
        await score(database, own_world, ("acme", 13))
        assert (await talk.heard())["id"] == "second"

        await talk.subscribe("first", NAME)
        await until_open(url, own_world, streams=2)
        await score(database, own_world, ("acme", 14))

        assert {(await talk.heard())["id"], (await talk.heard())["id"]} == {"first", "second"}


async def test_pings_are_answered(world: World, shared: str) -> None:
    async with opened(shared) as talk:
        await talk.say(type="ping")
        assert await talk.heard() == {"type": "pong"}
        await talk.begin(world.credential("acme"))
        await talk.say(type="pong")
        await talk.say(type="ping", payload={"at": 1})
        assert await talk.heard() == {"type": "pong", "payload": {"at": 1}}


@pytest.mark.parametrize(
    "message",
    [
        "{",
        "[]",
        "null",
        b'{"type": "ping"}',
        '{"type": "start"}',
        '{"type": 7}',
        "{}",
        '{"type": "ping", "payload": "x"}',
        '{"type": "ping", "payload": ' + '{"a":' * 500 + "1" + "}" * 500 + "}",
        '{"type": "complete"}',
        '{"type": "complete", "id": 7}',
        '{"type": "subscribe", "payload": {"query": "{ viewer { kind } }"}}',
        '{"type": "subscribe", "id": "", "payload": {"query": "{ viewer { kind } }"}}',
        json.dumps({"type": "subscribe", "id": "x" * 201, "payload": {"query": "{ viewer { kind } }"}}),
        '{"type": "subscribe", "id": "a"}',
        '{"type": "subscribe", "id": "a", "payload": "{ viewer { kind } }"}',
        '{"type": "subscribe", "id": "a", "payload": {"query": 7}}',
        '{"type": "subscribe", "id": "a", "payload": {"query": "{ viewer { kind } }", "variables": []}}',
    ],
)
async def test_what_is_no_message_closes_with_4400(world: World, shared: str, message: str | bytes) -> None:
    async with begun(shared, world, "acme") as talk:
        await talk.socket.send(message)

        code, reason = await talk.closed()

    assert code == 4400
    assert reason


async def test_an_operation_before_the_acknowledgement_closes_with_4401(shared: str) -> None:
    async with opened(shared) as talk:
        await talk.subscribe("a", "{ viewer { kind } }")

        assert await talk.closed() == (4401, "Unauthorized")


@pytest.mark.parametrize(
    "payload",
    [None, {}, {"authorization": None}, {"authorization": "Basic abc"}, {"authorization": "Bearer wm_no"}],
)
async def test_who_does_not_say_a_valid_token_is_closed_with_4403(
    world: World, shared: str, payload: dict[str, Any] | None
) -> None:
    headers = {
        "Authorization": f"Bearer {world.credential('acme')}",
        "Cookie": f"waymark_access={world.credential('acme')}",
    }
    async with opened(shared, additional_headers=headers) as talk:
        await talk.say(type="connection_init", **({} if payload is None else {"payload": payload}))

        code, reason = await talk.closed()

    assert code == 4403
    assert reason


async def test_another_protocol_closes_with_4406(shared: str) -> None:
    async with opened(shared, protocol=Subprotocol("graphql-ws")) as talk:
        assert talk.socket.subprotocol is None

        assert await talk.closed() == (4406, "Speak the subprotocol graphql-transport-ws.")


async def test_who_says_nothing_is_closed_with_4408(shared: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "INIT_SECONDS", 0.05)
    async with opened(shared) as talk:
        assert await talk.closed() == (4408, "Connection initialisation timeout")


async def test_who_has_begun_may_be_silent(world: World, shared: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "INIT_SECONDS", 1.0)
    async with begun(shared, world, "acme") as talk:
        beginning = asyncio.get_running_loop().time()
        while asyncio.get_running_loop().time() < beginning + 1.2:
            await talk.settled()


async def test_an_id_that_is_in_use_closes_with_4409(world: World, shared: str) -> None:
    async with begun(shared, world, "acme") as talk:
        await talk.subscribe("a", HEALTH)
        await talk.subscribe("a", HEALTH)

        assert await talk.closed() == (4409, "Subscriber for a already exists")


async def test_a_second_beginning_closes_with_4429(world: World, shared: str) -> None:
    async with begun(shared, world, "acme") as talk:
        await talk.say(type="connection_init", payload={"authorization": f"Bearer {world.credential('acme')}"})

        assert await talk.closed() == (4429, "Too many initialisation requests")


async def test_a_fault_closes_with_4500_and_says_nothing_of_itself(own_world: World, url: str) -> None:
    owner = await asyncpg.connect(own_world.settings.migrate_url)
    await owner.execute("alter table api_keys rename to away")
    await owner.close()
    async with opened(url) as talk:
        await talk.say(type="connection_init", payload={"authorization": f"Bearer {own_world.credential('acme key')}"})

        assert await talk.closed() == (4500, "Something went wrong.")


async def test_other_origins_than_those_of_applications_are_refused(world: World, shared: str) -> None:
    for origin in ("https://evil.example", "null"):
        with pytest.raises(InvalidStatus) as refused:
            async with opened(shared, origin=Origin(origin)):
                pass
        assert refused.value.response.status_code == 403
        told = json.loads(refused.value.response.body or b"")
        assert [error["extensions"]["code"] for error in told["errors"]] == ["FORBIDDEN"]

    async with opened(shared, origin=Origin("https://front.example")) as talk:
        await talk.begin(world.credential("front key"))
    async with opened(shared, origin=Origin(shared)) as talk:
        await talk.begin(world.credential("acme"))


async def test_a_credential_of_an_application_counts_on_its_own_pages_alone(world: World, shared: str) -> None:
    async with opened(shared, origin=Origin("https://locked.example")) as talk:
        await talk.say(type="connection_init", payload={"authorization": f"Bearer {world.credential('front key')}"})

        code, reason = await talk.closed()

    assert code == 4403
    assert reason == "This credential belongs to the application 'Front', not to https://locked.example."


async def test_other_paths_have_no_sockets(shared: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with connect(shared.replace("http://", "ws://") + "/auth/sign-in", subprotocols=[PROTOCOL]):
            pass

    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("ends", ["session", "membership"])
@pytest.mark.parametrize("looks", ["before a result", "in silence", "before an operation"])
async def test_a_socket_is_closed_once_the_session_or_the_membership_has_ended(
    own_world: World, url: str, database: Database, ends: str, looks: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.identity.authentication.KEPT_SECONDS", 0.0)
    if looks == "in silence":
        monkeypatch.setattr(following, "LOOK_SECONDS", (0.05, 0.05))
    person, account = own_world.people["acme"]
    async with begun(url, own_world, "acme") as talk:
        await talk.subscribe("a", NAME)
        await until_open(url, own_world, streams=1)
        await score(database, own_world, ("acme", 12))
        assert (await talk.heard())["payload"] == {"data": {"healthChanged": {"name": "Acme"}}}
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
        if looks == "before a result":
            await score(database, own_world, ("acme", 13))
        elif looks == "before an operation":
            await talk.subscribe("b", "{ viewer { kind } }")

        with pytest.raises(ConnectionClosed) as closed:
            await talk.heard()

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4403
    assert closed.value.rcvd.reason == "Your access changed or ran out. Sign in, and subscribe again."


async def test_a_message_that_is_too_long_closes_the_socket(world: World, shared: str) -> None:
    query = "{ viewer { kind } } #" + "x" * socket_connection.LONGEST_MESSAGE
    async with begun(shared, world, "acme") as talk:
        await talk.subscribe("a", query)

        code, _ = await talk.closed()

    assert code == 1009


async def test_operations_on_a_socket_are_bounded(world: World, shared: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "MOST_OPERATIONS", 2)
    async with begun(shared, world, "acme") as talk:
        for name in ("a", "b", "c"):
            await talk.subscribe(name, NAME)

        told = await talk.heard()

        assert (told["id"], told["type"]) == ("c", "error")
        assert [error["extensions"]["code"] for error in told["payload"]] == ["THROTTLED"]
        await talk.settled()


async def test_streams_of_a_credential_are_bounded_over_all_its_sockets(
    world: World, shared: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "MOST_OF_ONE", 1)
    async with begun(shared, world, "zenith") as first, begun(shared, world, "zenith") as second:
        await first.subscribe("a", NAME)
        await until_open(shared, world, streams=1)
        await second.subscribe("a", NAME)
        told = await second.heard()
        assert [error["extensions"]["code"] for error in told["payload"]] == ["THROTTLED"]
        await first.say(type="complete", id="a")
        await until_open(shared, world, streams=0)

        await second.subscribe("a", NAME)
        await until_open(shared, world, streams=1)


async def test_sockets_of_a_credential_are_bounded(world: World, shared: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "MOST_OF_ONE", 1)
    async with begun(shared, world, "acme viewer"), opened(shared) as second:
        await second.say(type="connection_init", payload={"authorization": f"Bearer {world.credential('acme viewer')}"})

        assert await second.closed() == (1013, "1 sockets at a time; close one of them.")


async def test_a_process_that_stops_closes_its_sockets_with_1001(own_world: World) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        stack = listen(own_world.settings)
        url = await stack.__aenter__()
        async with begun(url, own_world, "staff") as talk, opened(url) as silent:
            await talk.subscribe("a", HEALTH)
            await until_open(url, own_world, streams=1, sockets=2)
            stopping = asyncio.create_task(stack.__aexit__(None, None, None))

            assert await talk.closed() == (1001, "The server stops; connect again.")
            assert await silent.closed() == (1001, "The server stops; connect again.")
        await stopping


async def test_a_client_that_does_not_read_is_cut_off(
    world: World, shared: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slow_readers, "LOOK_SECONDS", 0.05)
    async with begun(shared, world, "acme") as talk:
        talk.socket.transport.pause_reading()
        message = json.dumps({"type": "ping", "payload": {"x": "x" * 90_000}})

        async def talk_on() -> None:
            while True:
                await talk.socket.send(message)

        with pytest.raises(ConnectionClosed):
            async with asyncio.timeout(PATIENCE_SECONDS):
                await talk_on()


async def test_who_sends_pings_without_reading_the_answers_is_cut_off(world: World, shared: str) -> None:
    ping = b"\x89\xfd\0\0\0\0" + 125 * b"x"
    async with begun(shared, world, "acme") as talk:
        talk.socket.transport.pause_reading()

        await until_cut_off(talk, 1_000 * ping)


async def test_a_message_of_too_many_empty_frames_cuts_the_socket_off(world: World, shared: str) -> None:
    beginning, continuation = b"\x01\x80\0\0\0\0", b"\x00\x80\0\0\0\0"
    async with begun(shared, world, "acme") as talk:
        talk.socket.transport.write(beginning)

        await until_cut_off(talk, 100 * continuation)


async def until_cut_off(talk: Talk, frames: bytes) -> None:
    """Send frames until the server has had enough, and no more than a gigabyte."""
    transport: Any = talk.socket.transport
    async with asyncio.timeout(PATIENCE_SECONDS):
        for _ in range(10_000):
            if transport.is_closing():
                return
            if transport.get_write_buffer_size() < 1_000_000:
                transport.write(frames)
            await asyncio.sleep(0)
        while not transport.is_closing():  # noqa: ASYNC110 - it is the server that closes it
            await asyncio.sleep(0.01)


async def test_a_handshake_that_cannot_be_read_is_refused(shared: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with opened(shared, additional_headers={"x-long": 9_000 * "x"}):
            pass

    assert refused.value.response.status_code == 400


async def test_a_socket_that_is_gone_leaves_nothing_behind(own_world: World, url: str) -> None:
    with capture_logs() as entries:
        async with begun(url, own_world, "acme") as talk:
            await talk.subscribe("a", NAME)
            await until_open(url, own_world, streams=1, sockets=1)

            talk.socket.transport.abort()
            await until_open(url, own_world, streams=0, sockets=0)

    logged = [entry for entry in entries if entry["event"] == "socket"]
    assert [(entry["path"], entry["code"]) for entry in logged] == [("/graphql", 1005)]
