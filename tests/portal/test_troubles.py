"""What staff do about what went wrong, in a real browser: parked work, refused events."""

from __future__ import annotations

import re

from playwright.async_api import expect
from sqlalchemy import text

from tests.demo.loading import Demo
from tests.portal.conftest import ADMIN, Window


async def test_parked_work_is_run_again(window: Window, site: tuple[Demo, str]) -> None:
    tab = await window(ADMIN)
    await tab.go("/console/system/work")
    await tab.page.get_by_role("button", name="Run again: identity.mail_invitation").click()
    await expect(tab.page.get_by_text("identity.mail_invitation runs again.")).to_be_visible()
    await expect(tab.page.get_by_text("Nothing is parked")).to_be_visible()
    async with site[0].database.begin() as session:
        waits = "select count(*) from work_items where kind = 'identity.mail_invitation' and parked_at is null"
        assert await session.scalar(text(f"{waits} and finished_at is null")) >= 1
    assert tab.complaints == []


async def test_refused_events_of_a_source_are_taken_in_again_where_its_figure_leads(window: Window) -> None:
    tab = await window(ADMIN)
    await tab.go("/console/system/sources")
    await tab.page.get_by_role("link", name=re.compile(r"^3 refused")).click()
    await expect(tab.page.get_by_text("3 entries")).to_be_visible()
    assert "source=src_" in tab.page.url

    await tab.page.get_by_role("button", name="Take in again").click()

    await expect(tab.page.get_by_text("0 taken in, 3 refused again.")).to_be_visible()
    assert tab.complaints == []
