"""What staff of the console have of their own: profile, devices, a second factor that the company may ask for."""

from __future__ import annotations

import base64
import time

from playwright.async_api import Browser, expect

from backend.db.embedded import EmbeddedValkey
from backend.demo.staffing import PASSWORD
from backend.identity import totp
from tests.demo.loading import Demo
from tests.portal.conftest import DESK, STAFF, Window, in_a_tab, served


async def test_staff_find_their_own_settings_in_their_menu_and_change_their_name(window: Window) -> None:
    tab = await window(STAFF)
    await tab.go("/console")
    await tab.page.get_by_role("button", name="You", exact=True).click()
    await tab.page.get_by_role("menuitem", name="Profile").click()
    await expect(tab.page.get_by_role("heading", level=1, name="Profile")).to_be_visible()

    await tab.page.get_by_role("textbox", name="Name").fill("Carla M. Mendes")
    await tab.page.get_by_role("button", name="Save").click()

    await expect(tab.page.get_by_role("heading", level=2, name="Carla M. Mendes")).to_be_visible()
    await tab.page.get_by_role("button", name="You", exact=True).click()
    await expect(tab.page.get_by_text("Carla M. Mendes").last).to_be_visible()
    await tab.page.get_by_role("menuitem", name="Devices and sign-in").click()
    await expect(tab.page.get_by_text("This one")).to_be_visible()
    assert tab.complaints == []


async def test_staff_without_the_second_factor_that_is_asked_for_are_led_to_it_and_then_let_in(
    browser: Browser, site: tuple[Demo, str], valkey: EmbeddedValkey
) -> None:
    context = await browser.new_context(viewport=DESK, locale="en-GB", reduced_motion="reduce")
    async with served(site[0], valkey, staff_two_factor=True) as address:
        tab = await in_a_tab(context, address)
        page = tab.page
        await tab.go("/console/accounts")
        await tab.sign_in(STAFF)

        await page.wait_for_url("**/console/settings/devices")
        await expect(page.get_by_role("status").filter(has_text="second factor")).to_have_text(
            "Your company asks everybody on its staff for a second factor. "
            "Turn it on here; then the rest of the console opens."
        )
        await expect(page.get_by_role("link", name="Today", exact=True)).to_have_count(0)
        assert await tab.violations() == []
        await page.get_by_role("button", name="Turn it on").click()
        dialog = page.get_by_role("dialog", name="Turn the second factor on")
        await dialog.get_by_role("textbox", name="Password").fill(PASSWORD)
        await dialog.get_by_role("button", name="Go on").click()
        secret = base64.b32decode(await dialog.locator("code").inner_text())
        code = totp.code_of(secret, int(time.time()) // totp.STEP_SECONDS)
        await dialog.get_by_role("textbox", name="Code").fill(code)
        await dialog.get_by_role("button", name="Turn it on").click()
        codes = page.get_by_role("dialog", name="Your recovery codes")
        await codes.get_by_role("checkbox", name="I have kept them").check()
        await codes.get_by_role("button", name="Close").click()

        await page.get_by_role("link", name="Today", exact=True).click()
        await expect(page.get_by_role("heading", level=1, name="Today")).to_be_visible()
        await expect(page.get_by_text("Your company asks")).to_have_count(0)
        assert tab.complaints == []
        await context.close()
