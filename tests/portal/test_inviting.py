"""Staff bring a customer's people in, one by one, in a real browser."""

from __future__ import annotations

from playwright.async_api import expect

from backend.demo.situations import GROWN
from tests.demo.loading import Demo
from tests.portal.conftest import STAFF, Window


async def test_staff_invite_somebody_into_an_account(window: Window, site: tuple[Demo, str]) -> None:
    active = "id members(first: 1, state: ACTIVE) { nodes { person { email } } }"
    tab, account = await window(STAFF), await site[0].account(GROWN, active)
    there, dialog = account["members"]["nodes"][0]["person"]["email"], tab.page.get_by_role("dialog")
    await tab.go(f"/console/accounts/{account['id']}/people")
    await tab.page.get_by_role("button", name="Invite somebody").click()
    await dialog.get_by_label("E-mail address").fill(there)
    await dialog.get_by_role("button", name="Send the invitation").click()
    await expect(dialog.get_by_label("E-mail address")).to_have_accessible_description(
        f"{there} belongs to the account already."
    )
    assert await tab.violations("label", "button-name", "aria-input-field-name", "aria-valid-attr-value") == []

    await dialog.get_by_label("E-mail address").fill("new.colleague@lakeside.example")
    await dialog.get_by_label("Viewer").check()
    await dialog.get_by_role("button", name="Send the invitation").click()

    await expect(tab.page.get_by_text("An invitation is on its way to new.colleague@lakeside.example.")).to_be_visible()
    member = "members(first: 100, state: INVITED) { nodes { role person { email } } }"
    assert (await site[0].account(GROWN, member))["members"]["nodes"] == [
        {"role": "VIEWER", "person": {"email": "new.colleague@lakeside.example"}}
    ]
    assert tab.complaints == []
