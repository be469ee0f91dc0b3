"""Tasks over the API: passing on, closing and reopening, one's own list, filters and orders."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg

from tests.graphql.mutation.cases import made, task
from tests.graphql.world import World, public

CLOSE = """mutation($i: %sTaskInput!) { %sTask(input: $i) { task { state closedAt closedBy { role } }
  userErrors { code field params } } }"""


async def change(world: World, verb: str, given: dict[str, Any], who: str = "CSM") -> Any:
    found = await world.data(who, CLOSE % (verb.capitalize(), verb), {"i": given})
    return found[f"{verb}Task"]


async def events(world: World) -> list[tuple[str, str | None]]:
    connection = await asyncpg.connect(world.settings.migrate_url)
    rows = await connection.fetch("select type, body->>'state' from domain_events order by id")
    await connection.close()
    return [tuple(row) for row in rows]


async def test_a_task_is_done_once_and_can_be_reopened(own_world: World) -> None:
    given = await task(own_world)

    done = await change(own_world, "complete", given)
    again = await change(own_world, "complete", given, "staff")
    cancelled = await change(own_world, "cancel", given)
    opened = await change(own_world, "reopen", given)
    cancelled_then = await change(own_world, "cancel", given)

    assert done["task"]["state"] == "DONE"
    assert done["task"]["closedBy"] == {"role": "CSM"}
    assert again == done
    assert cancelled["userErrors"] == [{"code": "CONFLICT", "field": ["taskId"], "params": {"state": "DONE"}}]
    assert opened["task"] == {"state": "OPEN", "closedAt": None, "closedBy": None}
    assert cancelled_then["task"]["state"] == "CANCELLED"
    assert await events(own_world) == [
        ("TaskCreated", None),
        ("TaskClosed", "DONE"),
        ("TaskReopened", None),
        ("TaskClosed", "CANCELLED"),
    ]


async def test_two_who_close_a_task_at_once_in_different_ways_do_not_both_succeed(own_world: World) -> None:
    given = await task(own_world)

    both = await asyncio.gather(change(own_world, "complete", given), change(own_world, "cancel", given, "staff"))

    assert sorted(len(each["userErrors"]) for each in both) == [0, 1]
    assert len([name for name, _ in await events(own_world) if name == "TaskClosed"]) == 1


async def test_a_task_is_passed_on_and_only_what_is_given_changes(own_world: World) -> None:
    given = await task(own_world)
    selection = "task { title body dueOn assignee { role } }"

    passed = await made(
        own_world, "updateTask", selection, {**given, "assigneeId": public("staff", own_world.staff), "body": "Slides"}
    )
    emptied = await made(own_world, "updateTask", selection, {**given, "assigneeId": None, "dueOn": None, "body": None})
    unknown = await own_world.data(
        "CSM",
        "mutation($i: UpdateTaskInput!) { updateTask(input: $i) { userErrors { code field } } }",
        {"i": {**given, "assigneeId": "staff_" + "0" * 32}},
    )
    await change(own_world, "complete", given)
    closed = await own_world.data(
        "CSM",
        "mutation($i: UpdateTaskInput!) { updateTask(input: $i) { userErrors { code field params } } }",
        {"i": {**given, "title": "Late"}},
    )

    assert passed["task"] == {
        "title": "Prepare the review",
        "body": "Slides",
        "dueOn": "2026-05-01",
        "assignee": {"role": "ADMIN"},
    }
    assert emptied["task"] == {"title": "Prepare the review", "body": None, "dueOn": None, "assignee": None}
    assert unknown["updateTask"]["userErrors"] == [{"code": "NOT_FOUND", "field": ["assigneeId"]}]
    assert closed["updateTask"]["userErrors"] == [
        {"code": "CONFLICT", "field": ["taskId"], "params": {"state": "DONE"}}
    ]


async def test_one_sees_ones_own_tasks_what_is_due_soonest_first(own_world: World) -> None:
    today = own_world.today
    account = public("acct", own_world.acme.account)
    wanted = [
        {"title": "Some day"},
        {"title": "Late", "dueOn": str(today - timedelta(days=1)), "accountId": account},
        {"title": "Today", "dueOn": str(today), "accountId": account},
        {"title": "Not mine", "dueOn": str(today), "assigneeId": public("staff", own_world.staff)},
    ]
    for given in wanted:
        await made(own_world, "createTask", "task { id }", given)

    async def titles(who: str, field: str, **variables: Any) -> list[str]:
        query = f"""query($f: TaskFilter, $o: TaskOrder) {{
          {field}(first: 9, filter: $f, orderBy: $o) {{ nodes {{ title }} }} }}"""
        found = await own_world.data(who, query, {"f": variables.get("f"), "o": variables.get("o")})
        return [node["title"] for node in found[field]["nodes"]]

    assert await titles("CSM", "myTasks") == ["Late", "Today", "Some day"]
    assert await titles("staff", "myTasks") == ["Not mine"]
    assert await titles("staff key", "myTasks") == []
    assert await titles("CSM", "myTasks", o={"direction": "DESC"}) == ["Today", "Late", "Some day"]
    assert await titles("CSM", "tasks", f={"isOverdue": True}) == ["Late"]
    assert await titles("CSM", "tasks", f={"accountId": account, "isOverdue": False}) == ["Today"]
    assert await titles("CSM", "tasks", f={"assigneeId": public("staff", own_world.staff)}) == ["Not mine"]
    assert await titles("CSM", "tasks", f={"state": ["DONE", "CANCELLED"]}) == []
    assert await titles("CSM", "tasks", f={"isAssigned": False}) == []
    assert await titles("CSM", "tasks", o={"field": "CREATED", "direction": "DESC"}) == [
        "Not mine",
        "Today",
        "Late",
        "Some day",
    ]
    internal = await own_world.data(
        "CSM",
        "query($id: ID!) { account(id: $id) { internal { tasks(first: 1, orderBy: {direction: DESC}) {"
        " totalCount nodes { title isOverdue } } } } }",
        {"id": account},
    )
    assert internal["account"]["internal"]["tasks"] == {
        "totalCount": 2,
        "nodes": [{"title": "Today", "isOverdue": False}],
    }
