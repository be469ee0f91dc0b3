"""What staff do about alerts, in a real browser."""

from __future__ import annotations

import re

from playwright.async_api import Locator, expect
from sqlalchemy import text

from tests.demo.loading import Demo
from tests.portal.conftest import MANAGER, Tab, Window

ASKING = "/console/alerts"


async def counted(tab: Tab) -> int:
    """How many alerts the page says that it shows."""
    said = await tab.page.get_by_text(re.compile(r"^(No|\d+) alerts?( of \d+ accounts?)?$")).inner_text()
    return int(said.split()[0].replace("No", "0"))


async def first_of(tab: Tab) -> tuple[str, Locator]:
    """What the first alert says, and its card."""
    sentence = await tab.page.get_by_role("article").first.get_attribute("aria-label") or ""
    return sentence, tab.page.get_by_role("article", name=sentence, exact=True).first


async def test_an_alert_is_snoozed_with_a_reason_and_opened_again(window: Window) -> None:
    tab = await window(MANAGER)
    await tab.go(ASKING)
    before = await counted(tab)
    _, card = await first_of(tab)
    await card.get_by_role("button", name="Snooze").click()
    dialog = tab.page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Snooze").click()
    await expect(dialog.get_by_label("Why it can wait")).to_have_accessible_description(re.compile("."))
    await dialog.get_by_label("Why it can wait").fill("Their office is closed.")
    await dialog.get_by_role("button", name="Snooze").click()
    await expect(tab.page.get_by_text("The alert is quiet for 7 days.")).to_be_visible()
    await expect(tab.page.get_by_text(re.compile(f"^{before - 1} alerts"))).to_be_visible()

    await tab.page.get_by_text("Snoozed", exact=True).click()
    snoozed = tab.page.get_by_role("article").filter(has_text="Their office is closed.")
    await expect(snoozed).to_have_count(1)
    await snoozed.get_by_role("button", name="Open again").click()
    await expect(snoozed).to_have_count(0)
    await tab.page.get_by_text("Need attention", exact=True).click()
    await expect(tab.page.get_by_text(re.compile(f"^{before} alerts"))).to_be_visible()
    assert tab.complaints == []


async def test_an_alert_is_resolved_and_judged_and_the_rule_counts_it(window: Window) -> None:
    tab = await window(MANAGER)
    await tab.go(ASKING)
    before = await counted(tab)
    sentence, card = await first_of(tab)
    await card.get_by_role("button", name="Resolve").click()
    await tab.page.get_by_role("menuitem", name="It was useful").click()
    await expect(tab.page.get_by_text("The alert is resolved.")).to_be_visible()
    await expect(tab.page.get_by_text(re.compile(f"^{before - 1} alerts"))).to_be_visible()

    await tab.go(ASKING + "?state=RESOLVED")
    card = tab.page.get_by_role("article", name=sentence, exact=True).first
    await expect(card.get_by_role("button", name="Useful", exact=True)).to_have_attribute("aria-pressed", "true")
    await card.get_by_role("button", name="Not useful").click()
    await expect(tab.page.get_by_text("Your judgement is noted.")).to_be_visible()
    await expect(card.get_by_role("button", name="Not useful")).to_have_attribute("aria-pressed", "true")
    await tab.page.get_by_role("button", name="Undo").last.click()
    await expect(card.get_by_role("button", name="Useful", exact=True)).to_have_attribute("aria-pressed", "true")
    assert tab.complaints == []


async def test_what_refuses_a_change_of_an_alert_is_told_though_it_leaves_the_list(
    window: Window, site: tuple[Demo, str]
) -> None:
    """Somebody else resolved it meanwhile, by a way of which no page is told."""
    tab = await window(MANAGER)
    told = tab.page.get_by_role("alert").filter(has_text="The alert is resolved already.")
    for press in ("Snooze", "Acknowledge"):
        await tab.go(ASKING)
        card = tab.page.get_by_role("article").filter(has=tab.page.get_by_role("button", name="Acknowledge")).first
        account = await card.get_by_role("link").first.get_attribute("href") or ""
        key = account.split("/")[3].removeprefix("acct_")
        if press == "Snooze":
            await card.get_by_role("button", name="Snooze").click()
            await tab.page.get_by_label("Why it can wait").fill("Their office is closed.")
        async with site[0].database.begin() as session:
            resolved = "update alerts set state = 'RESOLVED', resolved_at = now(), snoozed_until = null"
            await session.execute(
                text(f"{resolved} where account_id = cast(:key as uuid) and state <> 'RESOLVED'"), {"key": key}
            )
        where = tab.page.get_by_role("dialog") if press == "Snooze" else card
        await where.get_by_role("button", name=press).click()
        await expect(told).to_have_count(1)
