"""Keys and staff under System, in a real browser."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.portal.conftest import ADMIN, MANAGER, Tab


async def test_a_write_key_is_made_shown_once_listed_and_revoked(tab: Tab) -> None:
    await tab.go("/console/system/access")
    await tab.sign_in(ADMIN)
    dialog, keys = tab.page.get_by_role("dialog"), tab.page.get_by_role("table", name="Write keys")
    await tab.page.get_by_role("button", name="New write key").click()
    await dialog.get_by_label("Name").fill("Website")
    await dialog.get_by_label("Source").fill("web site")
    await dialog.get_by_text("In browsers").click()

    await dialog.get_by_role("button", name="Make the key").click()
    await expect(dialog.get_by_label("Source")).to_have_accessible_description(
        re.compile("^A source has 1 to 60 letters, digits, dots, hyphens and underscores. ")
    )
    await dialog.get_by_label("Source").fill("website")
    await dialog.get_by_role("button", name="Make the key").click()
    await expect(dialog.get_by_label("Pages")).to_have_accessible_description(
        re.compile("^A key of a browser needs an origin such as https://app.example.com. ")
    )
    await expect(dialog.get_by_label("Name")).to_have_value("Website")
    await dialog.get_by_label("Pages").fill("https://www.example.com\n")
    assert await tab.violations() == []
    await dialog.get_by_role("button", name="Make the key").click()
    secret = await dialog.get_by_label("The secret").inner_text()
    await dialog.get_by_role("button", name="I have kept it").click()

    assert secret.startswith("wmw_")
    line = keys.get_by_role("row").filter(has_text="https://www.example.com")
    await expect(line).to_contain_text(secret[:14])
    assert secret not in await tab.page.content()
    await line.get_by_role("button", name="Revoke Website").click()
    await dialog.get_by_role("button", name="Revoke").click()
    await expect(line).to_contain_text("Revoked")
    await expect(line.get_by_role("button")).to_have_count(0)


async def test_a_manager_sees_of_access_what_is_for_managers(tab: Tab) -> None:
    await tab.go("/console/system/access")
    await tab.sign_in(MANAGER)

    headings = tab.page.get_by_role("heading", level=2)
    await expect(headings).to_have_text(["Staff", "Write keys, with which events are sent"])
    assert await tab.page.get_by_role("main").get_by_role("button").count() == 0


async def test_an_api_key_is_made_shown_once_listed_and_revoked(tab: Tab) -> None:
    await tab.go("/console/system/access")
    await tab.sign_in(ADMIN)
    dialog, keys = tab.page.get_by_role("dialog"), tab.page.get_by_role("table", name="API keys")
    await tab.page.get_by_role("button", name="New API key").click()
    await dialog.get_by_label("Name").fill("Nightly export")
    await dialog.get_by_role("button", name="Make the key").click()
    await expect(dialog.get_by_role("group", name="Allows")).to_have_accessible_description(re.compile("scope"))
    await dialog.get_by_label("Read accounts and health").check()
    await dialog.get_by_label("Ends after days").fill("")
    await dialog.get_by_role("button", name="Make the key").click()
    await expect(dialog.get_by_label("Ends after days")).to_have_accessible_description(
        re.compile("Say after how many days it ends.")
    )
    await dialog.get_by_label("Ends after days").fill("30")
    await dialog.get_by_role("button", name="Make the key").click()
    secret = await dialog.get_by_label("The secret").inner_text()
    await dialog.get_by_role("button", name="I have kept it").click()

    line = keys.get_by_role("row").filter(has_text="Nightly export")
    await expect(line).to_contain_text("accounts:read")
    await expect(line).to_contain_text(secret[:12])
    assert secret not in await tab.page.content()
    await line.get_by_role("button", name="Revoke Nightly export").click()
    await dialog.get_by_role("button", name="Revoke").click()
    await expect(tab.page.get_by_text("Nightly export is revoked.")).to_be_visible()
    await expect(line).to_contain_text("Revoked")
    assert tab.complaints == []


async def test_somebody_joins_the_staff_gets_another_role_leaves_and_comes_back(tab: Tab) -> None:
    await tab.go("/console/system/access")
    await tab.sign_in(ADMIN)
    page, dialog = tab.page, tab.page.get_by_role("dialog")
    line = page.get_by_role("table", name="Staff").get_by_role("row").filter(has_text="newcomer@demo.example")
    await page.get_by_role("button", name="Add somebody").click()
    await dialog.get_by_label("Name").fill("New Comer")
    await dialog.get_by_label("E-mail address").fill(MANAGER)
    await dialog.get_by_role("button", name="Add").click()
    await expect(dialog.get_by_label("E-mail address")).to_have_accessible_description(re.compile("already"))
    await dialog.get_by_label("E-mail address").fill("newcomer@demo.example")
    await dialog.get_by_role("button", name="Add").click()
    await expect(page.get_by_text("New Comer is on the staff and signs in")).to_be_visible()

    role = line.get_by_label("Role of New Comer")
    await role.click()
    await page.get_by_role("option", name="Manager", exact=True).click()
    await expect(page.get_by_text("New Comer: Manager.")).to_be_visible()
    await expect(role).to_have_value("Manager")
    await page.get_by_role("button", name="Undo").click()
    await expect(role).to_have_value("Customer success manager")

    await line.get_by_role("button", name="Take off: New Comer").click()
    await dialog.get_by_role("button", name="Take off").click()
    await expect(page.get_by_text("New Comer is off the staff and signed out.")).to_be_visible()
    await expect(line).to_contain_text("No access")
    await line.get_by_role("button", name="Take on again: New Comer").click()
    await expect(page.get_by_text("New Comer is on the staff again.")).to_be_visible()
    await expect(line).not_to_contain_text("No access")
    assert tab.complaints == []
