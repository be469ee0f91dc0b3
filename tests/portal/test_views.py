"""The view with which somebody's list of accounts begins, in a real browser."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.portal.conftest import MANAGER, STAFF, Tab, Window

VIEWS = re.compile(r"^(My default: )?(Views|At risk|My accounts|Team)$")
AT_RISK = '/console/accounts?filter={"category":{"in":["AT_RISK","CRITICAL"]}}&order=HEALTH.ASC'

KEPT = "Object.keys(localStorage).filter((name) => name.startsWith('waymark.'))"


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

    await csm.go("/console/accounts")
    all_of_them = await count.inner_text()
    await chosen(csm, "Team Marta Novak", "Make “Team” my default")
    await expect(csm.page.get_by_role("button", name="My default: Team")).to_be_visible()
    at_risk = await count.inner_text()
    csm.asked.clear()
    await csm.go("/console/accounts")
    await expect(csm.page.get_by_role("button", name="My default: Team")).to_be_visible()
    assert csm.asked == ["Accounts"]
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
    assert csm.asked == ["Accounts", "Accounts"], "the answer to where it began before tells that it does no more"
    assert csm.page.url.endswith("/console/accounts")
    csm.asked.clear()
    await csm.page.reload()
    await expect(count).to_have_text(all_of_them)
    assert csm.asked == ["Accounts"]

    await chosen(csm, "My accounts", "Make “My accounts” my default")
    await expect(csm.page.get_by_role("dialog").get_by_label("Name")).to_have_value("My accounts")
    await csm.page.get_by_role("button", name="Save", exact=True).click()
    await expect(csm.page.get_by_role("button", name="My default: My accounts")).to_be_visible()
    await chosen(csm, "Begin with all accounts instead of “My accounts”")
    await expect(csm.page.get_by_text("Accounts opens with all accounts from now on.")).to_be_visible()
    await chosen(csm, "Delete “My accounts”")
    await expect(csm.page.get_by_text("“My accounts” was deleted.")).to_be_visible()

    assert await csm.page.evaluate(KEPT) == ["waymark.accounts.begins"]
    await csm.page.get_by_role("button", name="You", exact=True).click()
    await csm.page.get_by_role("menuitem", name="Sign out").click()
    await expect(csm.page.get_by_role("button", name="Sign in")).to_be_visible()
    assert await csm.page.evaluate(KEPT) == []
    assert csm.complaints == manager.complaints == []
