"""The search behind Ctrl-K, in a real browser."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from playwright.async_api import expect

from backend.demo.situations import PUBLIC_SECTOR
from tests.portal.conftest import ADMIN, STAFF, Window


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


async def test_the_field_has_the_focus_before_the_key_after_the_shortcut_and_enter_leads_to_the_first(
    window: Window,
) -> None:
    tab = await window(STAFF)
    await tab.go("/console/alerts")

    focused = await tab.page.evaluate(
        """async () => {
            const shortcut = { key: "k", code: "KeyK", ctrlKey: true, bubbles: true };
            document.body.dispatchEvent(new KeyboardEvent("keydown", shortcut));
            await Promise.resolve();
            return document.activeElement.getAttribute("aria-label");
        }"""
    )
    assert focused == "Accounts, people, pages"
    await tab.page.keyboard.press("Enter")

    await expect(tab.page.get_by_role("heading", level=1, name="Today")).to_be_visible()


@pytest.mark.parametrize(
    ("typed", "found", "heading", "address"),
    [
        ("audit", "Audit System", "Audit", "/console/system/audit"),
        ("webhooks", "Webhooks System", "Webhooks", "/console/system/webhooks"),
        ("versions", "Versions Programs", "Versions of the program", "/console/programs/versions"),
        ("renewing", "Renewing within 90 days Accounts", "Accounts", '/console/accounts?filter={"renewsOn":'),
    ],
)
async def test_pages_below_a_place_are_found_by_their_names(
    window: Window, typed: str, found: str, heading: str, address: str
) -> None:
    tab = await window(ADMIN)
    await tab.go("/console")

    await tab.page.keyboard.press("Control+k")
    await tab.page.keyboard.type(typed)
    await expect(tab.page.locator("[data-selected]")).to_have_accessible_name(found)
    await tab.page.keyboard.press("Enter")

    await expect(tab.page.get_by_role("heading", level=1, name=heading)).to_be_visible()
    assert unquote(tab.page.url.removeprefix(tab.address)).startswith(address)


async def test_pages_that_somebody_may_not_see_are_not_found(window: Window) -> None:
    tab = await window(STAFF)
    pages = tab.page.get_by_role("dialog").get_by_role("button")
    await tab.go("/console")

    await tab.page.keyboard.press("Control+k")
    await expect(pages.filter(has_text="Programs")).to_have_count(1)
    await expect(pages.filter(has_text="System")).to_have_count(0)
    for typed in ("audit", "versions"):
        await tab.page.get_by_placeholder("Accounts, people, pages").fill(typed)
        await expect(tab.page.get_by_text("Nothing is called so")).to_be_visible()
