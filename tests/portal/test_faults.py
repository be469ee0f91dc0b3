"""A network that is slow or gone, and a new version that was deployed under an open tab."""

from __future__ import annotations

import asyncio
import re

import orjson
import pytest
from playwright.async_api import Route, expect

from backend.demo.situations import CHAMPION_LEFT
from tests.demo.loading import Demo
from tests.portal.conftest import MANAGER, MEMBER, STAFF, Window

JUMPS = """() => {
  window.jumps = 0;
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) window.jumps += value;
  }).observe({ type: "layout-shift", buffered: true });
}"""
SHAPE = """() => {
  const box = document.querySelector("[role=status][aria-busy=true]")?.getBoundingClientRect();
  return box?.width > 0 && [box.x, box.y];
}"""
"""Where the shape of the page stands; in one step, since a page that arrives brings a shape of its own."""
BARELY = 0.1
"""How far a page may jump while it is loaded, as browsers measure it: up to here it counts as good."""


async def down(route: Route) -> None:
    """No connection to the API."""
    await route.abort("connectionrefused")


async def forgotten(route: Route) -> None:
    """Asked for by the hash of a document that the server does not know any more, as pages of old builds do."""
    sent = orjson.loads(route.request.post_data or "{}")
    sent["extensions"]["persistedQuery"]["sha256Hash"] = 64 * "0"
    await route.continue_(post_data=orjson.dumps(sent))


async def test_a_page_says_that_the_api_is_down_and_comes_back_by_a_press(window: Window) -> None:
    tab = await window(MEMBER)
    await tab.page.route("**/graphql", down)
    await tab.page.goto(tab.address + "/")

    await expect(tab.page.get_by_role("alert")).to_contain_text("No connection")
    await expect(tab.page.get_by_role("heading", level=1, name="No connection")).to_be_visible()
    await tab.page.unroute("**/graphql", down)
    await tab.page.get_by_role("button", name="Try again").click()

    await expect(tab.page.get_by_role("heading", level=1, name="Home")).to_be_visible()


async def test_a_tab_is_called_what_it_shows_also_where_that_is_nothing(window: Window) -> None:
    tab = await window(STAFF)
    await tab.go("/console/alerts")
    await expect(tab.page).to_have_title("Alerts")

    await tab.turn("/console/nothing", "There is nothing here")
    await expect(tab.page).to_have_title("There is nothing here")
    await tab.turn("/console/accounts/acct_0", "There is nothing here")
    await expect(tab.page).to_have_title("There is nothing here")
    await tab.turn("/console/system/work", "This is not yours to see")
    await expect(tab.page).to_have_title("This is not yours to see")
    await tab.page.route("**/graphql", down)
    await tab.turn("/console/portfolio", "No connection")
    await expect(tab.page).to_have_title("No connection")


@pytest.mark.parametrize(
    "email, path, name",
    [(STAFF, "/console", "Today"), (STAFF, "/console/accounts", "Accounts"), (MEMBER, "/", "Home")],
)
async def test_a_slow_network_shows_the_shape_of_the_page_which_does_not_jump(
    window: Window, email: str, path: str, name: str
) -> None:
    tab, arrived = await window(email), asyncio.Event()

    async def slow(route: Route) -> None:
        await arrived.wait()
        await route.continue_()

    await tab.page.route("**/graphql", slow)
    await tab.page.goto(tab.address + path)
    await expect(tab.page.get_by_role("status", name="Loading")).to_be_visible()
    await tab.page.evaluate(JUMPS)
    shape = await (await tab.page.wait_for_function(SHAPE)).json_value()
    arrived.set()
    await expect(tab.page.get_by_role("heading", level=1, name=name)).to_be_visible()
    await tab.settled()

    heading = await tab.page.get_by_role("heading", level=1).bounding_box()
    assert heading is not None
    assert [heading["x"], heading["y"]] == shape
    assert await tab.page.evaluate("window.jumps") < BARELY


async def test_a_page_that_is_asked_for_anew_in_vain_keeps_what_it_shows_and_what_is_typed(
    window: Window, site: tuple[Demo, str]
) -> None:
    tab, manager, typed = await window(STAFF), await window(MANAGER), "They asked for an hour with a trainer."
    account = (await site[0].account(CHAMPION_LEFT, "id"))["id"]
    for each in (tab, manager):
        await each.go(f"/console/accounts/{account}")
    await tab.until_followed("AccountTaskMoved")
    await tab.page.get_by_role("button", name="Log a touch").click()
    words = tab.page.get_by_role("textbox", name="What was said")
    await words.fill(typed)
    await tab.page.route("**/graphql", down)

    await manager.page.get_by_role("checkbox").first.check()
    await expect(tab.page.get_by_role("alert")).to_contain_text("No connection")
    await expect(words).to_have_value(typed)
    await tab.page.keyboard.press("Escape")
    await expect(tab.page.get_by_role("heading", level=1, name=CHAMPION_LEFT)).to_be_visible()
    await tab.page.get_by_role("button", name="Try again").click()
    await expect(tab.page.get_by_role("alert")).to_contain_text("No connection")
    await tab.page.unroute("**/graphql", down)
    await tab.page.get_by_role("button", name="Try again").click()

    await expect(tab.page.get_by_role("alert")).to_have_count(0)
    await tab.page.get_by_role("button", name="Log a touch").click()
    await expect(words).to_have_value(typed)


async def test_a_part_that_is_gone_from_the_server_is_found_in_the_new_version(window: Window) -> None:
    tab, gone = await window(STAFF), re.compile(r"/assets/AlertsPage-.*\.js$")
    asked = []

    async def replaced(route: Route) -> None:
        asked.append(route.request.url)
        await route.continue_(url=f"{tab.address}/assets/AlertsPage-gone.js")

    await tab.go("/console")
    await tab.page.evaluate("document.body.dataset.mark = 'the old page'")
    await tab.page.route(gone, replaced, times=1)
    await tab.page.get_by_role("link", name="Alerts", exact=True).click()

    await expect(tab.page.get_by_role("heading", level=1, name="Alerts")).to_be_visible()
    assert len(asked) == 1
    assert await tab.page.evaluate("document.body.dataset.mark ?? null") is None
    assert tab.page.url == f"{tab.address}/console/alerts"


async def test_a_part_that_is_gone_from_the_new_version_too_is_told_as_a_failure(window: Window) -> None:
    tab = await window(STAFF)

    async def replaced(route: Route) -> None:
        await route.continue_(url=f"{tab.address}/assets/AlertsPage-gone.js")

    await tab.go("/console")
    await tab.page.route(re.compile(r"/assets/AlertsPage-.*\.js$"), replaced)
    await tab.page.get_by_role("link", name="Alerts", exact=True).click()

    await expect(tab.page.get_by_role("alert")).to_contain_text("This part of the page failed")
    await tab.page.unroute_all()
    await tab.page.get_by_role("button", name="Try again").click()
    await expect(tab.page.get_by_role("heading", level=1, name="Alerts")).to_be_visible()


async def test_a_page_whose_operations_are_forgotten_offers_the_new_version(window: Window) -> None:
    tab = await window(MEMBER)
    await tab.page.route("**/graphql", forgotten, times=1)
    await tab.page.goto(tab.address + "/")

    await expect(tab.page.get_by_role("alert")).to_contain_text("There is a new version")
    await tab.page.get_by_role("button", name="Load the new version").click()

    await expect(tab.page.get_by_role("heading", level=1, name="Home")).to_be_visible()


async def test_a_change_that_is_forgotten_loses_nothing_that_was_typed(window: Window, site: tuple[Demo, str]) -> None:
    tab, typed = await window(STAFF), "They asked for an hour with somebody who knows routing."
    account = (await site[0].account(CHAMPION_LEFT, "id"))["id"]
    await tab.go(f"/console/accounts/{account}")
    await tab.page.get_by_role("button", name="Log a touch").click()
    await tab.page.get_by_role("textbox", name="What was said").fill(typed)
    await tab.page.route("**/graphql", forgotten, times=1)
    await tab.page.get_by_role("button", name="Save").click()

    await expect(tab.page.get_by_role("alert")).to_contain_text("Copy what you typed, then load the new version.")
    await expect(tab.page.get_by_role("textbox", name="What was said")).to_have_value(typed)
    await tab.page.get_by_role("button", name="Load the new version").click()
    await expect(tab.page.get_by_role("heading", level=1, name=CHAMPION_LEFT)).to_be_visible()
