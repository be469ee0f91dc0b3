"""Which of the two faces somebody is shown."""

from __future__ import annotations

from playwright.async_api import expect

from tests.portal.conftest import MEMBER, STAFF, Window


async def test_staff_who_open_the_customers_address_are_led_to_the_console(window: Window) -> None:
    tab = await window(STAFF)
    await tab.page.goto(tab.address + "/")

    await tab.page.wait_for_url("**/console")
    await expect(tab.page.get_by_role("heading", level=1, name="Today")).to_be_visible()


async def test_customers_who_open_the_console_are_led_to_their_portal(window: Window) -> None:
    tab = await window(MEMBER)
    await tab.page.goto(tab.address + "/console/alerts")

    await tab.page.wait_for_url(tab.address + "/")
    await expect(tab.page.get_by_role("heading", level=1, name="Home")).to_be_visible()
