"""Staff see in a browser what a customer sees, and change nothing."""

from __future__ import annotations

from playwright.async_api import expect
from sqlalchemy import select

from backend.demo.situations import CHAMPION_LEFT
from backend.identity.customer_view import READ_ONLY
from backend.identity.models import AuditEntry, Person
from tests.demo.loading import Demo
from tests.portal.conftest import MANAGER, Window


async def test_staff_view_as_a_customer_who_changes_nothing_and_it_is_on_record(
    window: Window, site: tuple[Demo, str]
) -> None:
    console, demo, stranger = await window(MANAGER), site[0], "stranger@harrowpinefreight.example"
    account = (await demo.account(CHAMPION_LEFT, "id"))["id"]
    await console.go(f"/console/accounts/{account}")

    async with console.page.context.expect_page() as opened:
        await console.page.get_by_role("button", name="View as customer").click()
    view = await opened.value
    banner = view.get_by_role("status").filter(has_text="Marta Novak, you see what")
    await expect(view.get_by_role("heading", level=1, name="Home")).to_be_visible()
    await expect(banner).to_contain_text("Nothing can be changed here, and this view is on record.")
    assert "view=" not in view.url

    await view.get_by_role("link", name="People", exact=True).first.click()
    await view.get_by_role("button", name="Invite somebody").click()
    await view.get_by_role("textbox", name="E-mail address").fill(stranger)
    await view.get_by_role("button", name="Send the invitation").click()
    await expect(view.get_by_role("alert")).to_contain_text(READ_ONLY)
    await view.keyboard.press("Escape")

    await console.turn("/console/", "Today")
    async with view.expect_event("close"):
        await view.get_by_role("button", name="Close the view").click()
    async with demo.database.begin() as session:
        recorded = (await session.scalars(select(AuditEntry.action).order_by(AuditEntry.id.desc()).limit(1))).all()
        invited = await session.scalar(select(Person.id).where(Person.email == stranger))
    assert recorded == ["account.viewed_as_customer"]
    assert invited is None
