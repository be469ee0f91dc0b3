"""Saved views of the accounts list."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import asyncpg

from backend.db.access import LOGINS
from tests.graphql.mutation.cases import document, made, view
from tests.graphql.world import World

LIST = "{ savedViews(first: 20) { nodes { name isMine isShared owner { displayName } } } }"
SHOWN = "savedView { id name filter columns orderBy { field direction window } }"


async def listed(world: World, who: str) -> list[tuple[str, bool]]:
    nodes = (await world.data(who, LIST))["savedViews"]["nodes"]
    return [(node["name"], node["isMine"]) for node in nodes]


async def problems(world: World, name: str, given: dict[str, Any], who: str = "CSM") -> list[Any]:
    found = (await world.data(who, document(name, "savedView { id }"), {"input": given}))[name]
    return [(error["field"], error["code"], error["message"]) for error in found["userErrors"]]


async def test_everybody_sees_their_own_views_and_those_that_others_share(own_world: World) -> None:
    await view(own_world, name="Mine alone")
    shared = await view(own_world, name="For all", isShared=True)
    await view(own_world, who="MANAGER", name="Another's")

    assert await listed(own_world, "CSM") == [("For all", True), ("Mine alone", True)]
    assert await listed(own_world, "EXECUTIVE") == [("For all", False)]
    for name in ("updateSavedView", "deleteSavedView", "restoreSavedView"):
        assert await problems(own_world, name, {**shared}, "EXECUTIVE") == [
            (["savedViewId"], "NOT_FOUND", "There is no such view, or it is not yours.")
        ]


async def test_a_view_gives_its_filter_back_as_it_was_written_and_it_means_the_same(own_world: World) -> None:
    zenith = f"staff_{own_world.staff.hex}"
    chosen = {
        "and": [{"not": {"csmId": {"in": [zenith, "nonsense"]}}}, {"isMine": False}],
        "health": {"lt": 40.5},
        "renewsOn": {"before": "2027-01-01"},
        "band": {"in": ["RED"]},
        "trait": {"key": "size", "equals": 5},
    }
    given = {"name": " Red ", "filter": chosen, "columns": ["name", "score", "name"]}

    kept = await made(own_world, "createSavedView", SHOWN, given)
    query = "query ($f: AccountFilter) { accounts(first: 5, filter: $f) { totalCount } }"

    assert {**kept["savedView"], "id": None} == {
        "id": None,
        "name": "Red",
        "filter": chosen,
        "columns": ["name", "score"],
        "orderBy": None,
    }
    assert await own_world.data("CSM", query, {"f": kept["savedView"]["filter"]}) == {"accounts": {"totalCount": 0}}


async def test_what_cannot_be_used_is_refused_with_its_place(own_world: World) -> None:
    given = {"name": "x", "filter": {}, "columns": ["name"]}

    assert await problems(own_world, "createSavedView", {**given, "filter": {"and": [{"tier": {}}]}}) == [
        (
            ["filter", "and", "0", "tier"],
            "INVALID",
            "filter.and[0].tier: is empty. Write at least one of in, notIn, isNull.",
        )
    ]
    assert await problems(own_world, "createSavedView", {**given, "columns": ["name", "scor"]}) == [
        (["columns", "1"], "INVALID", "'scor' is no column. Did you mean score? A trait is written trait:key.")
    ]
    assert await problems(own_world, "createSavedView", {**given, "columns": []}) == [
        (["columns"], "INVALID", "Choose 1 to 40 columns.")
    ]
    assert [code for _, code, _ in await problems(own_world, "createSavedView", {**given, "name": " "})] == ["INVALID"]
    for who in ("staff key",):
        errors = (await own_world.ask(who, document("createSavedView", "savedView { id }"), {"input": given})).json()
        assert [error["extensions"]["code"] for error in errors["errors"]] == ["FORBIDDEN"]


async def test_a_list_begins_with_the_view_that_was_chosen_until_it_is_gone(own_world: World) -> None:
    query = "{ viewer { defaultView { name } } }"
    shared = await view(own_world, who="MANAGER", name="Team", isShared=True)
    own = await view(own_world, name="Own")

    async def begins() -> Any:
        return (await own_world.data("CSM", query))["viewer"]["defaultView"]

    assert await begins() is None
    for chosen in (own, shared):
        await made(own_world, "setDefaultView", "savedView { name }", chosen)
    assert await begins() == {"name": "Team"}
    await made(own_world, "updateSavedView", "savedView { name }", {**shared, "isShared": False}, "MANAGER")
    assert await begins() is None
    await made(own_world, "updateSavedView", "savedView { name }", {**shared, "isShared": True}, "MANAGER")
    await made(own_world, "deleteSavedView", "savedView { name }", shared, "MANAGER")
    assert await begins() is None
    await made(own_world, "restoreSavedView", "savedView { name }", shared, "MANAGER")
    assert await begins() == {"name": "Team"}
    await made(own_world, "setDefaultView", "savedView { name }", {"savedViewId": None})
    assert await begins() is None


async def test_the_next_deletion_takes_views_that_cannot_be_restored_any_more(own_world: World) -> None:
    owner = await asyncpg.connect(own_world.settings.migrate_url)
    for name in ("long ago", "lately"):
        await made(own_world, "deleteSavedView", "savedView { id }", await view(own_world, name=name))
    await made(own_world, "setDefaultView", "savedView { id }", await view(own_world, name="kept"))
    await owner.execute(
        "update saved_views set deleted_at = now() - $1::interval where name = 'long ago'", timedelta(31)
    )

    await made(own_world, "deleteSavedView", "savedView { id }", await view(own_world, name="now"))

    left = [row[0] for row in await owner.fetch("select name from saved_views order by name")]
    await owner.close()
    assert left == ["kept", "lately", "now"]


async def test_the_database_keeps_anybody_from_changing_anothers_view(own_world: World) -> None:
    await view(own_world, name="For all", isShared=True)
    staff = await asyncpg.connect(own_world.settings.staff_url)
    await staff.execute("select set_config('waymark.person_id', $1, false)", str(own_world.people["MANAGER"][0]))

    changed = await staff.execute("update saved_views set name = 'Mine now'")
    deleted = await staff.execute("delete from saved_views")
    seen = await staff.fetchval("select count(*) from saved_views")
    await staff.close()

    assert LOGINS["staff"] in own_world.settings.staff_url
    assert (changed, deleted, seen) == ("UPDATE 0", "DELETE 0", 1)
