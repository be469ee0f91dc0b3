"""Which of the two faces somebody is shown, and what the console's page is told from the start."""

from __future__ import annotations

import asyncio

from playwright.async_api import expect

from backend.identity import outside_staff
from tests.demo.loading import Demo
from tests.portal.conftest import MEMBER, PATIENCE_MS, PHONE, STAFF, Tab, Window

ISSUER = "https://login.example.com"


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


async def test_the_console_says_on_every_page_that_it_is_a_demo_and_how_it_is_left(window: Window) -> None:
    tab = await window(STAFF)
    await tab.page.set_viewport_size(PHONE)
    await tab.go("/console/tasks")

    await expect(tab.page.get_by_role("note")).to_have_text(
        "A demo: its data are those of a made-up company, and its sign-ins work on this machine alone. "
        "waymark demo leave goes on to your own data."
    )
    assert not await tab.is_wider_than_the_window()


async def test_staff_are_offered_the_companys_own_sign_in_and_customers_are_not(
    tab: Tab, site: tuple[Demo, str]
) -> None:
    demo = site[0]
    async with demo.database.begin() as session:
        await outside_staff.set_provider(
            session, demo.settings, key="company", name="Our <b>login", issuer=ISSUER, client_id="w", client_secret=None
        )
    async with asyncio.timeout(PATIENCE_MS / 1000):
        while "Our &lt;b&gt;login" not in await (await tab.page.request.get(f"{tab.address}/console")).text():
            await tab.page.wait_for_timeout(100)

    await tab.go("/console/tasks?show=open")
    offered = tab.page.get_by_role("link", name="Continue with Our <b>login")
    assert await offered.get_attribute("href") == "/auth/oidc/company/login?then=%2Fconsole%2Ftasks%3Fshow%3Dopen"
    assert await tab.violations() == []
    await tab.go("/")
    await expect(tab.page.get_by_role("heading", level=1, name="Sign in")).to_be_visible()
    await expect(offered).to_have_count(0)
    assert tab.complaints == []
