"""The view with which somebody's list of accounts begins, in a real browser."""

from __future__ import annotations

import re

import orjson
from playwright.async_api import Route, expect
from sqlalchemy import text

from tests.demo.loading import Demo
from tests.portal.conftest import MANAGER, STAFF, Tab, Window

VIEWS = re.compile(r"^(My default: )?(Views|At risk|My accounts|Team)$")
AT_RISK = '/console/accounts?filter={"category":{"in":["AT_RISK","CRITICAL"]}}&order=HEALTH.ASC'


async def chosen(tab: Tab, *items: str) -> None:
    """Choose from the menu of views, opened anew for each."""
    for item in items:
        await tab.page.get_by_role("button", name=VIEWS).click()
        await tab.page.get_by_role("menuitem", name=item, exact=True).click()


async def test_the_list_of_accounts_begins_with_the_view_that_somebody_chose_until_it_is_gone(window: Window) -> None:
    manager, csm = await window(MANAGER), await window(STAFF)
    count = csm.page.get_by_role("main").get_by_text(re.compile(r"^[\d,]+ accounts?$"))
    await manager.go(AT_RISK)
    await chosen(manager, "Save as a view…")
    await manager.page.get_by_role("dialog").get_by_label("Name").fill("Team")
    await manager.page.get_by_label("Show it to all of the staff").check()
    await manager.page.get_by_role("button", name="Save", exact=True).click()
    await expect(manager.page.get_by_role("button", name="Team")).to_be_visible()
    here = await manager.page.get_by_role("main").get_by_text(re.compile(r"^[\d,]+ accounts?$")).inner_text()
    manager.asked.clear()
    await manager.go("/console/segments")
    await expect(manager.page.get_by_role("row", name="Team").get_by_role("link", name=here)).to_be_visible()
    assert manager.asked == ["Segments"]
    await manager.page.get_by_role("link", name="Team").click()
    await expect(manager.page.get_by_role("button", name="Team")).to_be_visible()

    await csm.go("/console/accounts")
    all_of_them = await count.inner_text()
    await chosen(csm, "Team Marta Novak", "Make “Team” my default")
    await expect(csm.page.get_by_role("button", name="My default: Team")).to_be_visible()
    at_risk = await count.inner_text()
    csm.asked.clear()
    await csm.go("/console/accounts")
    await expect(csm.page.get_by_role("button", name="My default: Team")).to_be_visible()
    assert csm.asked == ["AccountsBegin"]
    await expect(count).to_have_text(at_risk)
    assert at_risk != all_of_them
    assert await csm.violations("button-name") == []

    await chosen(csm, "All accounts")
    await expect(count).to_have_text(all_of_them)
    await csm.page.get_by_role("navigation", name="Places").get_by_role("link", name="Accounts").click()
    await expect(count).to_have_text(at_risk)

    await chosen(manager, "Delete “Team”")
    await expect(manager.page.get_by_text("“Team” was deleted.")).to_be_visible()
    csm.asked.clear()
    await csm.go("/console/accounts")
    await expect(count).to_have_text(all_of_them)
    assert csm.asked == ["AccountsBegin"]
    assert csm.page.url.endswith("/console/accounts")
    csm.asked.clear()
    await csm.page.reload()
    await expect(count).to_have_text(all_of_them)
    assert csm.asked == ["AccountsBegin"]

    await chosen(csm, "My accounts", "Make “My accounts” my default")
    await expect(csm.page.get_by_role("dialog").get_by_label("Name")).to_have_value("My accounts")
    await csm.page.get_by_role("button", name="Save", exact=True).click()
    await expect(csm.page.get_by_role("button", name="My default: My accounts")).to_be_visible()
    await chosen(csm, "Begin with all accounts instead of “My accounts”")
    await expect(csm.page.get_by_text("Accounts opens with all accounts from now on.")).to_be_visible()
    await chosen(csm, "Delete “My accounts”")
    await expect(csm.page.get_by_text("“My accounts” was deleted.")).to_be_visible()

    assert csm.complaints == manager.complaints == []


async def test_a_kept_filter_that_cannot_be_used_any_more_is_said_to_be_so(
    window: Window, site: tuple[Demo, str]
) -> None:
    tab = await window(MANAGER)
    await tab.go(AT_RISK)
    await chosen(tab, "At risk", "Make “At risk” my default")
    await tab.page.get_by_role("dialog").get_by_role("button", name="Save", exact=True).click()
    await expect(tab.page.get_by_role("button", name="My default: At risk")).to_be_visible()
    async with site[0].database.begin() as session:
        await session.execute(text("""update saved_views set filter = '{"tier": {}}'"""))

    await tab.go("/console/segments")
    await expect(tab.page.get_by_role("row", name="Its filter cannot be used any more")).to_be_visible()
    await tab.go("/console/accounts")
    await expect(tab.page.get_by_text("This filter cannot be used")).to_be_visible()
    await tab.page.get_by_role("button", name="Take the filter away").click()
    await expect(tab.page.get_by_text(re.compile(r"^[\d,]+ accounts$"))).to_be_visible()


async def test_a_change_that_is_made_while_a_list_is_on_its_way_leaves_no_page_empty(window: Window) -> None:
    """The change is answered first and forgets what the list's answer has yet to bring."""
    tab = await window(MANAGER)
    await tab.go(AT_RISK)
    await chosen(tab, "Save as a view…")
    await tab.page.get_by_role("dialog").get_by_label("Name").fill("Team")
    await tab.page.get_by_role("button", name="Save", exact=True).click()
    await expect(tab.page.get_by_role("button", name="Team")).to_be_visible()
    await tab.go("/console/accounts")

    async def after_the_change(route: Route) -> None:
        if orjson.loads(route.request.post_data or "{}")["operationName"] == "Accounts":
            async with tab.page.expect_response(lambda answer: "SetDefaultView" in (answer.request.post_data or "")):
                pass
        await route.continue_()

    await tab.page.route("**/graphql", after_the_change, times=1)
    await chosen(tab, "Team", "Make “Team” my default")

    await expect(tab.page.get_by_role("button", name="My default: Team")).to_be_visible()
