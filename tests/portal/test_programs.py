"""Trying another health model, in a real browser."""

from __future__ import annotations

from playwright.async_api import expect

from tests.portal.conftest import MANAGER, Window


async def test_what_is_refused_of_a_health_model_is_said_beside_its_field(window: Window) -> None:
    tab = await window(MANAGER)
    await tab.go("/console/programs/health")
    poor = tab.page.get_by_role("textbox", name="Counts 0: Payment health")
    await poor.fill("0")
    await tab.page.get_by_role("button", name="See the effect").click()

    await expect(poor).to_have_accessible_description(
        "Write another number: within bounds, and not the same for 0 and 100."
    )
    await expect(tab.page.get_by_role("alert")).to_have_count(0)
    assert await tab.violations() == []
    await tab.has_theme("dark")
    assert await tab.violations("color-contrast") == []

    await poor.fill("30")
    await tab.page.get_by_role("textbox", name="Weight: Payment health").fill("0.06")
    await tab.page.get_by_role("button", name="See the effect").click()
    await expect(tab.page.get_by_role("alert")).to_have_text("The weights sum to 1.01. Make them sum to 1.")
    await expect(poor).to_have_accessible_description("")
