"""Filters of accounts in a real browser: those that cannot be used, and those whose answer is on its way."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Route, expect

from tests.portal.conftest import STAFF, Tab, Window

EMPTY = 'filter={"health":{},"tier":{"in":["business"]}}'
WHY = "health: is empty. Write at least one of lt, lte, gt, gte, eq, isNull."


async def edited(tab: Tab, field: str) -> None:
    """Open the form of a condition that is added."""
    await tab.page.get_by_role("button", name="Add a condition").click()
    await tab.page.get_by_role("menuitem", name=field, exact=True).click()


async def test_a_condition_that_says_nothing_cannot_be_applied(window: Window) -> None:
    tab = await window(STAFF)
    dialog = tab.page.get_by_role("dialog")
    apply = dialog.get_by_role("button", name="Apply")
    await tab.go("/console/accounts?view=all")

    for field in ("Score", "MRR", "Category"):
        await edited(tab, field)
        await expect(apply).to_be_disabled()
        await dialog.get_by_role("button", name="Cancel").click()
    await edited(tab, "Renewal")
    await expect(apply).to_be_enabled()
    await dialog.get_by_label("Days").fill("")
    await expect(apply).to_be_disabled()
    await dialog.get_by_role("combobox", name="Condition").click()
    await tab.page.get_by_role("option", name="in a range of days").click()
    await expect(apply).to_be_disabled()
    await dialog.get_by_role("button", name="Cancel").click()
    await edited(tab, "Score")
    await dialog.get_by_label("At least").fill("40")
    await apply.click()

    await expect(tab.page.get_by_role("button", name="Change: Score: at least 40")).to_be_visible()
    assert tab.complaints == []


@pytest.mark.parametrize(("path", "heading"), [("accounts", "Accounts"), ("portfolio", "Portfolio")])
async def test_a_filter_that_the_api_refuses_says_why_and_can_be_mended(
    window: Window, path: str, heading: str
) -> None:
    tab = await window(STAFF)
    page, told = tab.page, tab.page.get_by_role("alert")
    await tab.go(f"/console/{path}?{EMPTY}")

    await expect(page.get_by_role("heading", level=1, name=heading)).to_be_visible()
    await expect(told).to_contain_text(WHY)
    await expect(page.get_by_role("button", name="Change: Tier: Business")).to_be_visible()
    await expect(page.get_by_role("link", name="Programs", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Add a condition").click()
    await page.get_by_role("menuitem", name="Write it as JSON").click()
    written = page.get_by_role("dialog").get_by_role("textbox")
    await expect(written).to_have_value('{\n  "health": {},\n  "tier": {\n    "in": [\n      "business"\n    ]\n  }\n}')
    await written.fill('{"health":{"gte":"much"},"or":[{"metric":{}}]}')
    await page.get_by_role("dialog").get_by_role("button", name="Apply").click()
    await expect(told).to_contain_text("Decimal must be a number.")
    await expect(page.get_by_role("button", name="Change: Score: at least")).to_be_visible()
    assert await tab.violations() == []

    await page.get_by_role("button", name="Take the filter away").click()
    await expect(told).to_have_count(0)
    await expect(page.get_by_role("heading", level=1, name=heading)).to_be_visible()
    assert tab.complaints == []


@pytest.mark.parametrize(("path", "listed"), [("accounts?view=all", "table"), ("portfolio", "div")])
async def test_what_a_former_filter_found_is_dimmed_until_the_answer_to_the_new_one(
    window: Window, path: str, listed: str
) -> None:
    tab, arrived = await window(STAFF), asyncio.Event()
    found = tab.page.locator(f"main {listed}[aria-busy]")
    await tab.go(f"/console/{path}")
    await expect(found).to_have_attribute("aria-busy", "false")
    before = await found.inner_text()

    async def slow(route: Route) -> None:
        await arrived.wait()
        await route.continue_()

    await tab.page.route("**/graphql", slow)
    await edited(tab, "Open alert")
    await tab.page.get_by_role("dialog").get_by_role("button", name="Apply").click()
    await expect(tab.page.get_by_role("button", name="Change: Open alert: yes")).to_be_visible()
    await expect(found).to_have_attribute("aria-busy", "true")
    assert await found.inner_text() == before
    arrived.set()

    await expect(found).to_have_attribute("aria-busy", "false")
    assert await found.inner_text() != before
