"""What was refused: listed by command and query, and taken in again once the reason is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, NoReturn

import orjson
import pytest

from backend.db.engine import Database
from backend.graphql.planner import Planner
from backend.graphql.schema import schema
from backend.ingest.conversations import Mood
from backend.ingest.intake import Intake
from backend.ingest.replaying import Replayed, replay
from backend.permissions import Permission
from backend.settings import Settings
from backend.viewer import Viewer
from tests.command_line import waymark
from tests.ingest.sending import Sender

QUERY = """{ system { ingestion {
    receivedPerMinute lagSeconds unresolvedEvents
    rejects(first: 10) { nodes { code field reason messageId body source { key } replayedAt } }
    large: rejects(first: 10, code: TOO_LARGE) { totalCount }
    writeKeys(first: 10) { nodes { name kind origins revokedAt source { key } } }
} } }"""


async def send_what_is_refused(sender: Sender) -> None:
    large = {"type": "track", "event": "e", "userId": "u1", "messageId": "large", "properties": {"x": "y" * 20_000}}
    untold = {"event": "e", "messageId": "untold", "writeKey": sender.key}
    shared = {"context": {"groupId": "acme"}}
    await sender.batch([{**large, "properties": {"x": "y" * 40_000}, "messageId": "larger"}, large], **shared)
    await sender.send("track", untold)


async def test_rejects_are_listed_and_replayed_by_command(sender: Sender, settings: Settings) -> None:
    await send_what_is_refused(sender)

    listed = await waymark(settings, "rejects", "list")
    by_code = await waymark(settings, "rejects", "list", "--code", "TOO_LARGE", "--source", "product")
    replayed = await waymark(settings, "rejects", "replay")

    missing, too_large = listed.stdout.splitlines()
    assert missing[16:] == "  product  MISSING  untold: userId is missing, and so is anonymousId; say whose event it is"
    assert too_large[16:].startswith("  product  TOO_LARGE  larger: item has 40,")
    assert by_code.stdout == too_large + "\n"
    assert replayed.stdout == "0 taken in, 1 refused again.\n"  # of the large one only the beginning is kept
    assert sender.key not in str(await sender.rows("select body from event_rejects"))


async def test_a_reject_is_taken_in_as_if_it_came_when_it_came(sender: Sender, database: Database) -> None:
    item = {
        "type": "track",
        "event": "e",
        "userId": "u1",
        "messageId": "m1",
        "timestamp": "2026-01-31T10:00:00Z",
        "properties": {"x": "y" * 40_000},
    }
    await sender.batch([item], context={"groupId": "acme"}, sentAt="2026-01-31T10:00:00Z")
    await sender.batch([{**item, "messageId": "m2", "properties": {}, "userId": None}])
    # As it would have been kept under a higher limit, ten days after it was sent.
    await sender.rows(
        "update event_rejects set received_at = '2026-02-10T10:00:00Z' where code = 'TOO_LARGE' returning 1"
    )
    whole = orjson.dumps({**item, "context": {"groupId": "acme"}}).decode()
    await sender.rows(
        """update event_rejects set body = :body, is_whole = true, received_at = '2026-02-10T10:00:00Z'
        where code = 'TOO_LARGE' returning 1""",
        body=whole,
    )

    generous = await replay(database, most_bytes=100_000, code="TOO_LARGE")
    again = await replay(database, most_bytes=100_000, code="TOO_LARGE")
    other = await replay(database, most_bytes=100_000)

    assert (generous, again, other) == (Replayed(1, 0), Replayed(0, 0), Replayed(0, 1))
    assert await sender.rows("select message_id, group_key, occurred_at::text from unresolved_events") == [
        ("m1", "acme", "2026-02-10 10:00:00+00")
    ]
    assert await sender.rows("select code, replayed_at is not null from event_rejects order by 1") == [
        ("MISSING", False),
        ("TOO_LARGE", True),
    ]


class EndedError(Exception):
    """The process has ended."""


async def refuse_what_names_itself_nowhere(sender: Sender) -> None:
    """A reject whose reason is gone, without an id and a time by which it would be known a second time."""
    await sender.batch([{"type": "track", "event": "e"}])
    body = orjson.dumps({"type": "track", "event": "e", "userId": "u1"}).decode()
    await sender.rows("update event_rejects set body = :body returning 1", body=body)


async def test_a_reject_that_two_replay_at_once_is_taken_in_once(
    sender: Sender, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await refuse_what_names_itself_nowhere(sender)
    both, mood = asyncio.Barrier(2), Intake.mood

    async def mood_when_both_have_found_it(intake: Intake, items: Sequence[Any]) -> Mood:
        await both.wait()
        return await mood(intake, items)

    monkeypatch.setattr(Intake, "mood", mood_when_both_have_found_it)

    replayed = await asyncio.gather(*(replay(database, most_bytes=100_000) for _ in range(2)))

    assert sorted(one.taken for one in replayed) == [0, 1]
    assert [one.refused for one in replayed] == [0, 0]
    assert await sender.rows("select count(*) from unresolved_events") == [(1,)]


async def test_a_replay_that_ends_in_the_middle_doubles_nothing(
    sender: Sender, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await refuse_what_names_itself_nowhere(sender)
    take_within = Intake.take_within

    async def take_and_die(*arguments: Any) -> NoReturn:
        await take_within(*arguments)
        raise EndedError

    with monkeypatch.context() as patched:
        patched.setattr(Intake, "take_within", take_and_die)
        with pytest.raises(EndedError):
            await replay(database, most_bytes=100_000)

    again = await replay(database, most_bytes=100_000)

    assert again == Replayed(1, 0)
    assert await sender.rows("select count(*) from unresolved_events") == [(1,)]


async def test_staff_see_what_comes_in(sender: Sender, database: Database) -> None:
    await sender.rows("insert into organizations (name) values ('Test') returning 1")
    await send_what_is_refused(sender)
    planner = Planner(schema())

    async def ask(*permissions: Permission) -> Any:
        viewer = Viewer("staff", permissions=frozenset(permissions))
        return await planner.execute(QUERY, None, {}, viewer, database.read)

    seen = await ask(Permission.SYSTEM_READ, Permission.ACCOUNTS_INTERNAL)
    unseen = await ask(Permission.ACCOUNTS_READ)

    assert seen.errors is None or seen.errors == []
    found = orjson.loads(seen.data)["system"]["ingestion"]
    untold, large = found["rejects"]["nodes"]
    assert (found["receivedPerMinute"], found["lagSeconds"], found["unresolvedEvents"]) == (0, 0, 1)
    assert untold == {
        "code": "MISSING",
        "field": "userId",
        "reason": "is missing, and so is anonymousId; say whose event it is",
        "messageId": "untold",
        "body": '{"event":"e","messageId":"untold","type":"track"}',
        "source": {"key": "product"},
        "replayedAt": None,
    }
    assert (large["code"], large["messageId"], len(large["body"])) == ("TOO_LARGE", "larger", 1_000)
    assert found["large"] == {"totalCount": 1}
    assert found["writeKeys"]["nodes"] == [
        {
            "name": "page",
            "kind": "BROWSER",
            "origins": ["https://app.example.com"],
            "revokedAt": None,
            "source": {"key": "product"},
        },
        {"name": "server", "kind": "SERVER", "origins": [], "revokedAt": None, "source": {"key": "product"}},
    ]
    assert unseen.data is None
    assert [error["extensions"]["code"] for error in unseen.errors] == ["FORBIDDEN"]
