"""Fields whose arguments a row keeps: the accounts of a saved view, by the filter and the order that it keeps."""

from __future__ import annotations

import asyncpg
import pytest

from tests.graphql.mutation.cases import document, view
from tests.graphql.world import World

BY_NAME = {"field": "NAME", "direction": "DESC", "window": "DAYS_7"}
LISTED = """
query ($n: Int!, $deep: Boolean = false) {
  savedViews(first: 20) {
    nodes {
      name
      held: accounts(first: $n) { totalCount ...Shown }
      accounts(last: 1) { nodes { id } }
    }
  }
}
fragment Shown on AccountConnection { nodes { name internal @include(if: $deep) { mrr { amountMinor } } } }
"""


async def test_a_view_answers_with_its_own_accounts_in_its_own_order(
    own_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await view(own_world, name="A: all", filter={}, orderBy=BY_NAME)
    await view(own_world, name="B: one", filter={"tier": {"in": ["business"]}})
    await view(own_world, name="C: none", filter={"health": {"lt": 0}})
    every = "{ accounts(first: 100) { totalCount nodes { id name } } }"
    whole = (await own_world.data("CSM", every))["accounts"]

    nodes = (await own_world.data("CSM", LISTED, {"n": 2}))["savedViews"]["nodes"]

    by_name = [each["name"] for each in whole["nodes"]][::-1]
    assert [(each["name"], each["held"]["totalCount"]) for each in nodes] == [
        ("A: all", whole["totalCount"]),
        ("B: one", 1),
        ("C: none", 0),
    ]
    assert [[one["name"] for one in each["held"]["nodes"]] for each in nodes] == [by_name[:2], ["Acme"], []]
    assert [len(each["accounts"]["nodes"]) for each in nodes] == [1, 1, 0]
    assert nodes[0]["accounts"]["nodes"][0]["id"] == whole["nodes"][0]["id"]
    assert list(nodes[0]) == ["name", "held", "accounts"]
    monkeypatch.setattr("backend.graphql.planner.kept_arguments.MOST", 5)
    [error] = await own_world.errors("CSM", LISTED, {"n": 2})
    assert (error["extensions"]["code"], error["path"]) == ("BAD_USER_INPUT", ["savedViews", "nodes", "accounts"])
    assert error["message"] == "accounts is asked of more than 5 objects. Ask for less at a time."


async def test_pages_of_a_view_follow_the_order_that_it_keeps(own_world: World) -> None:
    made = await view(own_world, name="Backwards", filter={}, orderBy=BY_NAME)
    text = """
    query ($id: ID!, $after: String) {
      node(id: $id) { ... on SavedView { accounts(first: 1, after: $after) { edges { cursor node { name } } } } }
    }"""
    asked, names = {"id": made["savedViewId"]}, []
    for _ in range(2):
        page = (await own_world.data("CSM", text, asked))["node"]["accounts"]["edges"]
        names += [edge["node"]["name"] for edge in page]
        asked["after"] = page[0]["cursor"]

    whole = (await own_world.data("CSM", "{ accounts(last: 2) { nodes { name } } }"))["accounts"]["nodes"]
    assert names == [each["name"] for each in whole][::-1]
    [error] = await own_world.errors("CSM", text, {**asked, "after": "WyJhIiwgImIiXQ"})
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["path"] == ["node", "accounts"]
    assert error["message"] == "accounts: after is no cursor of this list in this order."


async def test_what_is_mine_is_that_of_whoever_asks(own_world: World) -> None:
    await view(own_world, name="Mine", filter={"isMine": True}, isShared=True)
    text = "{ savedViews(first: 5) { nodes { accounts(first: 9) { totalCount } } } }"
    mine = "{ accounts(first: 9, filter: {isMine: true}) { totalCount } }"

    for who in ("CSM", "MANAGER"):
        [shown] = (await own_world.data(who, text))["savedViews"]["nodes"]
        assert shown["accounts"] == (await own_world.data(who, mine))["accounts"]


async def test_a_filter_that_cannot_be_used_any_more_takes_nothing_else_with_it(own_world: World) -> None:
    broken = [
        await view(own_world, name=name, filter={})
        for name in ("A: another type", "B: an unknown word", "C: a condition that says nothing", "D: too large")
    ]
    await view(own_world, name="E: well", filter={})
    filters = ('{"health": "low"}', '{"madeUp": {"in": ["x"]}}', '{"tier": {}}', '{"health": {"lt": 1e14}}')
    owner = await asyncpg.connect(own_world.settings.migrate_url)
    try:
        for made, kept in zip(broken, filters, strict=True):
            key = made["savedViewId"].removeprefix("view_")
            assert (
                await owner.execute("update saved_views set filter = $1 where id = $2::uuid", kept, key) == "UPDATE 1"
            )
    finally:
        await owner.close()

    nodes = (await own_world.data("CSM", LISTED, {"n": 1}))["savedViews"]["nodes"]

    assert [each["held"] is None for each in nodes] == [True, True, True, True, False]
    assert [each["accounts"] is None for each in nodes] == [True, True, True, True, False]


async def test_merged_fields_come_in_the_order_of_the_specification(own_world: World) -> None:
    await view(own_world, name="All", filter={})
    text = """
    fragment Later on SavedView { accounts(first: 1) { totalCountIsCapped } }
    { savedViews(first: 1) { nodes { ...F accounts(first: 1) { totalCount } ...Later } } }
    fragment F on SavedView { accounts(first: 1) { nodes { id } } }"""

    [node] = (await own_world.data("CSM", text))["savedViews"]["nodes"]

    assert list(node["accounts"]) == ["nodes", "totalCount", "totalCountIsCapped"]


async def test_the_page_is_checked_and_so_is_what_is_asked_below(own_world: World) -> None:
    await view(own_world, name="All", filter={})
    views = "{ savedViews(first: 1) { nodes { accounts(%s) { totalCount } } } }"

    for size, message in (
        ("", "accounts: give either first or last, 1 to 100."),
        ("first: 101", "accounts: first must be between 1 and 100."),
    ):
        [error] = await own_world.errors("CSM", (views % size).replace("()", ""))
        assert (error["extensions"]["code"], error["message"]) == ("BAD_USER_INPUT", message)
        assert error["path"] == ["savedViews", "nodes", "accounts"]


async def test_a_mutation_does_not_answer_it(own_world: World) -> None:
    text = document("createSavedView", "savedView { accounts(first: 1) { totalCount } }")
    given = {"name": "x", "filter": {}, "columns": ["name"]}

    [error] = await own_world.errors("CSM", text, {"input": given})

    assert (error["extensions"]["code"], error["message"]) == (
        "BAD_USER_INPUT",
        "accounts can be asked by a query only.",
    )
    assert (await own_world.data("CSM", "{ savedViews(first: 1) { totalCount } }"))["savedViews"]["totalCount"] == 0
