"""Days are shown as the API says them, wherever the reader is; in a real browser."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.async_api import Browser, expect

from backend.demo.situations import CHAMPION_LEFT
from tests.demo.loading import Demo
from tests.portal.conftest import DESK, MEMBER, STAFF, in_a_tab

SAID = """days => days.map((day) => new Date(day).toLocaleDateString(navigator.language,
    {timeZone: "UTC", day: "numeric", month: "short", year: "numeric"}))"""


async def test_a_day_is_that_day_on_the_far_side_of_the_world(browser: Browser, site: tuple[Demo, str]) -> None:
    demo, address = site
    account = await demo.account(CHAMPION_LEFT, "customerSince internal { renewsOn }")
    context = await browser.new_context(viewport=DESK, locale="en-GB", timezone_id="Pacific/Auckland")
    tab = await in_a_tab(context, address)
    await tab.go("/console")
    await tab.sign_in(STAFF)
    await expect(tab.page.get_by_role("heading", level=1, name="Today")).to_be_visible()

    await tab.go(
        f'/console/accounts?filter={{"text":"{CHAMPION_LEFT.split()[0]}"}}&columns=name,customerSince,renewsOn'
    )

    days = await tab.page.evaluate(SAID, [account["customerSince"], account["internal"]["renewsOn"]])
    row = tab.page.get_by_role("row").filter(has_text=CHAMPION_LEFT)
    await expect(row.locator("td")).to_have_text(["", CHAMPION_LEFT, *days])
    await context.close()


@pytest.mark.parametrize(
    ("locale", "written"), [("en-US", "{0:%b} {0.day}, {0.year}"), ("de-DE", "{0.day} {0:%b} {0.year}")]
)
async def test_dates_are_written_as_the_reader_writes_them(
    browser: Browser, site: tuple[Demo, str], locale: str, written: str
) -> None:
    demo, address = site
    since = date.fromisoformat((await demo.account(CHAMPION_LEFT, "customerSince"))["customerSince"])
    context = await browser.new_context(viewport=DESK, locale=locale)
    tab = await in_a_tab(context, address)
    await tab.go("/")
    await tab.sign_in(MEMBER)

    day = written.format(since) if locale == "en-US" else written.format(since).replace("Sep", "Sept")
    await expect(tab.page.get_by_text(f"customer since {day}")).to_be_visible()
    await context.close()
