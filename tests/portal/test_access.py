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
