"""The inbox over the API: newest first, what is unread counted, one's own alone."""

from __future__ import annotations

from typing import Any

from backend.db.engine import Database
from jobs import actors
from jobs.runner import Runner
from tests.graphql.mutation.cases import made, task, told
from tests.graphql.world import World, public

assert "notifications.tell_of_task" in actors.ACTORS
INBOX = """query($isRead: Boolean) { viewer { unreadNotificationCount notifications(first: 10, isRead: $isRead) {
  totalCount nodes { id matter title readAt account { name } task { title } } } } }"""


async def inbox(world: World, who: str, is_read: bool | None = None) -> Any:
    return (await world.data(who, INBOX, {"isRead": is_read}))["viewer"]


async def test_the_newest_comes_first_and_what_is_unread_is_counted(own_world: World) -> None:
    first, second = await told(own_world), await told(own_world)

    before = await inbox(own_world, "CSM")
    await made(own_world, "markNotificationsRead", "notifications { id }", first)
    after = await inbox(own_world, "CSM")
    unread, read = await inbox(own_world, "CSM", False), await inbox(own_world, "CSM", True)

    ids = [*second["notificationIds"], *first["notificationIds"]]
    assert [one["id"] for one in before["notifications"]["nodes"]] == ids
    assert (before["unreadNotificationCount"], after["unreadNotificationCount"]) == (2, 1)
    newest = before["notifications"]["nodes"][0]
    assert (newest["matter"], newest["title"], newest["readAt"]) == (
        "TASK_ASSIGNED",
        "Acme: Prepare the review",
        None,
    )
    assert (newest["account"], newest["task"]) == ({"name": "Acme"}, {"title": "Prepare the review"})
    assert [one["id"] for one in unread["notifications"]["nodes"]] == ids[:1]
    assert [one["id"] for one in read["notifications"]["nodes"]] == ids[1:]


async def test_an_inbox_is_its_owners_alone(own_world: World) -> None:
    given = await told(own_world)

    others = [await inbox(own_world, who) for who in ("MANAGER", "staff", "staff key")]
    refused = await own_world.data(
        "staff",
        "mutation($i: MarkNotificationsReadInput!) {"
        " markNotificationsRead(input: $i) { notifications { id } userErrors { code field } } }",
        {"i": given},
    )
    found = await own_world.data(
        "staff", "query($id: ID!) { node(id: $id) { id } }", {"id": given["notificationIds"][0]}
    )

    assert {str(other) for other in others} == {
        str({"unreadNotificationCount": 0, "notifications": {"totalCount": 0, "nodes": []}})
    }
    assert refused["markNotificationsRead"] == {
        "notifications": [],
        "userErrors": [{"code": "NOT_FOUND", "field": ["notificationIds", "0"]}],
    }
    assert found == {"node": None}
    assert (await inbox(own_world, "CSM"))["unreadNotificationCount"] == 1


async def test_whoever_is_given_a_task_by_somebody_else_is_told_and_nobody_else(own_world: World) -> None:
    manager = public("staff", own_world.staff)
    own = await task(own_world)
    given = await made(own_world, "createTask", "task { id }", {"title": "Call them", "assigneeId": manager})
    await made(own_world, "updateTask", "task { id }", {**own, "assigneeId": manager, "title": "Prepare the talk"})
    database = Database(own_world.settings)
    await database.open()

    await Runner(database).answer("notifications.tell_of_task")
    await database.close()

    assert (await inbox(own_world, "CSM"))["notifications"]["totalCount"] == 0
    found = (await inbox(own_world, "staff"))["notifications"]["nodes"]
    assert sorted(one["title"] for one in found) == ["Acme: Prepare the talk", "Call them"]
    assert given["task"]["id"]


async def test_a_task_that_was_passed_on_since_tells_nobody(own_world: World) -> None:
    manager = public("staff", own_world.staff)
    given = await task(own_world)
    await made(own_world, "updateTask", "task { id }", {**given, "assigneeId": manager})
    await made(own_world, "updateTask", "task { id }", {**given, "assigneeId": None})
    database = Database(own_world.settings)
    await database.open()

    await Runner(database).answer("notifications.tell_of_task")
    await database.close()

    assert (await inbox(own_world, "staff"))["notifications"]["totalCount"] == 0
