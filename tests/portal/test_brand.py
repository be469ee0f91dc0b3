"""The organization's own name, colour and logo on customers' pages, in a real browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import expect
from sqlalchemy import select, update

from backend.identity.models import Organization
from tests.demo.loading import Demo
from tests.portal.conftest import ADMIN, MEMBER, Tab, Window

LOGO = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="90" height="30"><rect width="90" height="30" fill="#700"/></svg>'
)


@pytest.fixture
async def choose(site: tuple[Demo, str]) -> AsyncIterator[Any]:
    """Chooses a face past the API; afterwards it is as before."""
    demo, _ = site

    async def chosen(**values: str | None) -> None:
        async with demo.database.begin() as session:
            await session.execute(update(Organization).values(values))

    yield chosen
    await chosen(chosen_portal_name=None, chosen_accent_color=None, chosen_logo=None)


@pytest.mark.parametrize("accent", ["#ffe600", "#050505"])
async def test_a_garish_accent_stays_readable_in_both_themes(tab: Tab, choose: Any, accent: str) -> None:
    await choose(chosen_accent_color=accent)
    await tab.until_handed_out(accent)

    found: dict[str, list[str]] = {}
    for path in ("/sign-in", "/", "/settings/profile"):
        await tab.go(path)
        if path == "/":
            await tab.sign_in(MEMBER)
            await expect(tab.page.get_by_role("heading", level=1, name="Home")).to_be_visible()
            await tab.settled()
        for scheme in ("light", "dark"):
            await tab.has_theme(scheme)
            found[f"{path} {scheme}"] = await tab.violations("color-contrast")
    shade = await tab.page.evaluate(
        "getComputedStyle(document.documentElement).getPropertyValue('--mantine-color-waymark-7')"
    )

    assert {where: faults for where, faults in found.items() if faults} == {}
    assert shade == {"#ffe600": "#746800", "#050505": "#050505"}[accent]


async def test_an_admin_sets_the_face_and_takes_it_back_and_customers_see_it(
    window: Window, tab: Tab, site: tuple[Demo, str], choose: Any
) -> None:
    admin = await window(ADMIN)
    await admin.go("/console/system/portal")
    await admin.page.get_by_label("Name", exact=True).fill("Beacon care")
    await admin.page.get_by_label("Colour", exact=True).fill("#FFE600")
    await admin.page.keyboard.press("Tab")
    await admin.page.locator("input[type=file]").set_input_files(
        {"name": "l.svg", "mimeType": "image/svg+xml", "buffer": LOGO}
    )
    await expect(admin.page.get_by_role("group", name="Preview").get_by_text("Beacon care")).to_have_count(2)
    assert await admin.violations() == []
    await admin.page.get_by_role("button", name="Save").click()
    await expect(admin.page.get_by_role("button", name="As in the file")).to_be_visible()

    await tab.until_handed_out("Beacon care")
    await tab.go("/")
    await expect(tab.page.get_by_role("main").get_by_text("Beacon care")).to_be_visible()
    await expect(tab.page.locator("main img")).to_have_js_property("naturalWidth", 90)
    await tab.sign_in(MEMBER)
    await expect(tab.page.get_by_role("heading", level=1, name="Home")).to_be_visible()
    await expect(tab.page.get_by_role("banner").get_by_text("Beacon care")).to_be_visible()
    box = await tab.page.locator("header img").bounding_box()
    await admin.page.get_by_role("button", name="Undo").click()
    await expect(admin.page.get_by_role("button", name="As in the file")).to_have_count(0)

    assert box is not None
    assert (box["width"], box["height"]) == (84, 28)
    assert tab.complaints == admin.complaints == []
    async with site[0].database.begin() as session:
        assert await session.scalar(select(Organization.chosen_logo)) is None


async def test_a_logo_that_would_run_something_is_refused_beside_its_field(window: Window) -> None:
    admin = await window(ADMIN)
    await admin.go("/console/system/portal")
    hostile = LOGO.replace(b"<rect", b"<script>1</script><rect")
    await admin.page.locator("input[type=file]").set_input_files(
        {"name": "l.svg", "mimeType": "image/svg+xml", "buffer": hostile}
    )
    await admin.page.get_by_role("button", name="Save").click()

    await expect(admin.page.get_by_text("The logo is an SVG with <script>")).to_be_visible()
