"""The inbox in a real browser, and what its owners choose to be told."""

from __future__ import annotations

import re

from playwright.async_api import Locator, expect
from sqlalchemy import select

from backend.billing.events import PaymentFailed
from backend.db import clock
from backend.db.embedded import EmbeddedValkey
from backend.db.engine import Database
from backend.demo.situations import PAYS_NOT, visitor_address
from backend.events import emit
from backend.identity.models import Member, Person
from backend.notifications import members
from backend.work.doorbell import Doorbell
from tests.demo.loading import Demo
from tests.portal.conftest import MEMBER, STAFF, Tab, Window

OTHER = visitor_address(PAYS_NOT)


async def paid_not(database: Database, email: str, invoice: str) -> None:
    """A payment fails, and whoever may see bills is told."""
    async with database.begin() as session:
        member = await session.scalar(select(Member).join(Person).where(Person.email == email))
        assert member is not None
        failed = PaymentFailed(
            account_id=member.account_id,
            invoice_key=invoice,
            amount_minor=4_900,
            currency="USD",
            attempt=1,
            occurred_on=await clock.today(session),
        )
        await members.tell(session, await emit(session, failed))


def bell(tab: Tab, count: int) -> Locator:
    """The bell with so much that is new."""
    return tab.page.get_by_role("link", name=f"Notifications, {count} unread" if count else "Notifications", exact=True)


async def unread(tab: Tab) -> int:
    """How much is new by the bell that stands there."""
    found = re.search(r"\d+", await tab.page.locator("header a[href$=notifications]").get_attribute("aria-label") or "")
    return int(found[0]) if found else 0


async def test_the_count_moves_as_it_happens_and_two_tabs_agree(
    site: tuple[Demo, str], valkey: EmbeddedValkey, window: Window
) -> None:
    one, two = await window(OTHER), await window(OTHER)
    for tab in (one, two):
        await tab.go("/settings/privacy")
        await tab.until_followed("NotificationMoved")
    before = await unread(one)
    await one.turn("/notifications", "Notifications")
    with Doorbell(valkey.url()) as doorbell:
        announcing = Database(site[0].settings, announce=doorbell.announce)
        await announcing.open()
        await paid_not(announcing, OTHER, "in_2")
        await announcing.close()
        for tab in (one, two):
            await expect(bell(tab, before + 1)).to_be_visible()
    await one.page.get_by_role("button", name="Mark as read: A payment of 49.00 USD failed.").first.click()

    for tab in (one, two):
        await expect(bell(tab, before)).to_be_visible()


async def test_a_notification_arrives_is_counted_and_read_and_the_count_goes(tab: Tab, site: tuple[Demo, str]) -> None:
    await tab.go("/notifications")
    await tab.sign_in(MEMBER)
    await expect(bell(tab, 0)).to_be_visible()
    await paid_not(site[0].database, MEMBER, "in_1")

    await tab.page.evaluate("['blur', 'focus'].forEach((each) => window.dispatchEvent(new Event(each)))")
    await expect(tab.page.get_by_role("link", name="Notifications, 1 unread")).to_be_visible()
    await tab.page.get_by_role("button", name="Mark as read: A payment of 49.00 USD failed.").click()

    await expect(tab.page.get_by_role("link", name="Notifications", exact=True)).to_be_visible()
    await expect(tab.page.get_by_role("button", name="Mark as read")).to_have_count(0)
    await tab.page.get_by_role("link", name="A payment of 49.00 USD failed.").click()
    await expect(tab.page.get_by_role("heading", level=1, name="Plan and billing")).to_be_visible()
    assert await tab.violations() == []


async def test_staff_choose_what_they_are_told_and_how(window: Window) -> None:
    tab = await window(STAFF)
    await tab.go("/console/notifications")
    await tab.page.get_by_role("link", name="Choose what you are told").click()
    await expect(tab.page.get_by_role("heading", level=1, name="What you are told")).to_be_visible()
    mail = tab.page.get_by_role("radiogroup", name="By mail: An urgent alert")
    inbox = tab.page.get_by_role("switch", name="In the inbox: An urgent alert")
    async with tab.unanswered():
        await mail.get_by_text("Daily").click()
        await expect(mail.get_by_role("radio", name="Daily")).to_be_checked()
        await inbox.click()
    await expect(tab.page.get_by_role("alert")).to_contain_text("Urgent alerts reach you at once in one way")
    assert await tab.violations() == []
    await expect(inbox).to_be_checked()

    await tab.page.reload()
    await expect(mail.get_by_role("radio", name="Daily")).to_be_checked()
    await expect(inbox).to_be_checked()
    assert await tab.violations() == []
