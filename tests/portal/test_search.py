"""The search behind Ctrl-K, in a real browser."""

from __future__ import annotations

from playwright.async_api import expect

from backend.demo.situations import PUBLIC_SECTOR
from tests.portal.conftest import STAFF, Window


async def test_enter_leads_to_a_page_before_what_arrives_later_and_to_what_more_letters_find(window: Window) -> None:
    tab = await window(STAFF)
    await tab.go("/console")
    chosen = tab.page.locator("[data-selected]")
    await tab.page.keyboard.press("Control+k")
    await expect(tab.page.get_by_placeholder("Accounts, people, pages")).to_be_focused()

    await tab.page.keyboard.type("al")
    await expect(tab.page.get_by_role("dialog").get_by_role("button", name=PUBLIC_SECTOR)).to_be_visible()
    await expect(chosen).to_have_count(1)
    await expect(chosen).to_contain_text("Alerts")
    await tab.page.keyboard.type("dermoor")
    await expect(chosen).to_have_count(1)
    await expect(chosen).to_contain_text(PUBLIC_SECTOR)
    await tab.page.keyboard.press("Enter")

    await expect(tab.page.get_by_role("heading", level=1, name=PUBLIC_SECTOR)).to_be_focused()
