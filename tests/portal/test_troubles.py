"""What staff do about what went wrong, in a real browser: parked work, refused events, events without an account."""

from __future__ import annotations

import re
from typing import Any

import httpx
from playwright.async_api import expect
from sqlalchemy import text

from backend.ingest import write_keys
from backend.ingest.models import WriteKeyKind
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


async def test_events_that_wait_for_their_account_are_listed_where_their_figure_leads(
    window: Window, site: tuple[Demo, str]
) -> None:
    demo, address = site
    async with demo.database.begin() as session:
        key = await write_keys.create(session, name="Till", source_key="till", kind=WriteKeyKind.SERVER)
    batch: list[Any] = [{"type": "track", "event": "Sold", "userId": "t1", "context": {"groupId": "shop-9"}}] * 2
    batch += [{"type": "track", "event": "Opened", "userId": "t2", "messageId": "of-the-till"}]
    async with httpx.AsyncClient(base_url=address, auth=(key.text, "")) as sender:
        sent = (await sender.post("/v1/batch", json={"batch": batch})).json()
    assert sent["unresolved"] == len(batch)

    tab = await window(ADMIN)
    await tab.go("/console/system/ingestion")
    await tab.page.get_by_role("link", name="3 events whose account is not known yet").click()

    await expect(tab.page.get_by_text("3 entries")).to_be_visible()
    rows = tab.page.get_by_role("table", name="Events whose account is not known yet").get_by_role("row")
    await expect(rows).to_have_count(1 + len(batch))
    await expect(rows.filter(has_text="Sold").filter(has_text="shop-9").filter(has_text="till")).to_have_count(2)
    await expect(rows.filter(has_text="Sold").first.get_by_role("cell").last).to_have_text("None")
    await expect(rows.filter(has_text="Opened").get_by_role("cell")).to_have_text(
        [re.compile(r"\d+ \w+"), "till", re.compile("^Opened"), "None", "of-the-till"]
    )
    assert await tab.faults_to_the_eye() == []
    await tab.page.get_by_text("Refused", exact=True).click()
    await expect(tab.page.get_by_role("table", name="Refused in the last 60 days")).to_be_visible()
    await tab.page.go_back()
    await expect(rows).to_have_count(1 + len(batch))
    assert tab.complaints == []
