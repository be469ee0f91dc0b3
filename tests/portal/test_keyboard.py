"""Main tasks of staff and customers by keyboard alone: the focus is always seen, and comes back from dialogs."""

from __future__ import annotations

from playwright.async_api import Locator, expect
from sqlalchemy import select

from backend.accounts.models import Account
from backend.demo.situations import PUBLIC_SECTOR, TRIAL_LATE
from backend.demo.staffing import PASSWORD
from tests.demo.loading import Demo
from tests.factories import make_member
from tests.portal.conftest import MANAGER, Tab

MOST_STEPS = 80
IS_FOCUSED = "each => each === document.activeElement"
IS_SEEN = """() => {
  const on = document.activeElement, style = getComputedStyle(on);
  if (!on.matches(':focus-visible')) return false;
  // A field of text shows the focus by its border, everything else by an outline.
  return style.outlineStyle !== 'none' || on.matches('input, textarea, select');
}"""


async def step_to(tab: Tab, wanted: Locator, key: str = "Tab") -> None:
    """Press Tab, or another key, until something has the focus, which has to be seen at each step."""
    await wanted.first.wait_for()
    for _ in range(MOST_STEPS):
        await tab.page.keyboard.press(key)
        assert await tab.page.evaluate(IS_SEEN), await tab.page.evaluate(
            "document.activeElement.outerHTML.slice(0, 500)"
        )
        if await wanted.first.evaluate(IS_FOCUSED):
            return
    raise AssertionError(f"{wanted} is not reached by Tab")


async def search(tab: Tab, text: str, heading: str) -> None:
    """Go somewhere by the search that stands behind Ctrl-K."""
    await tab.page.keyboard.press("Control+k")
    await expect(tab.page.get_by_placeholder("Accounts, people, pages")).to_be_focused()
    await tab.page.keyboard.type(text)
    await expect(tab.page.locator("[data-selected]").first).to_contain_text(heading)
    await tab.page.keyboard.press("Enter")
    await expect(tab.page.get_by_role("heading", level=1, name=heading)).to_be_focused()


async def test_staff_do_their_day_by_keyboard_alone(tab: Tab) -> None:
    page, press = tab.page, tab.page.keyboard.press
    await tab.go("/console")
    await step_to(tab, page.get_by_role("textbox", name="E-mail address"))
    await page.keyboard.type(MANAGER)
    await step_to(tab, page.get_by_role("textbox", name="Password"))
    await page.keyboard.type(PASSWORD)
    await press("Enter")
    await expect(page.get_by_role("heading", level=1, name="Today")).to_be_visible()

    await page.reload()
    await tab.settled()
    await press("Tab")
    await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    await expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    await press("Enter")
    await press("Tab")
    assert await page.evaluate("document.querySelector('main').contains(document.activeElement)")

    await search(tab, "aldermoor", PUBLIC_SECTOR)
    touch = page.get_by_role("button", name="Log a touch")
    await step_to(tab, touch)
    await press("Enter")
    await expect(page.get_by_role("textbox", name="What was said")).to_be_focused()
    await page.keyboard.type("They open a second branch in spring.")
    await press("Escape")
    await expect(touch).to_be_focused()
    await press("Enter")
    await expect(page.get_by_role("textbox", name="What was said")).to_have_value(
        "They open a second branch in spring."
    )
    await step_to(tab, page.get_by_role("dialog").get_by_role("button", name="Save"))
    await press("Enter")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(touch).to_be_focused()
    await expect(page.get_by_role("region", name="Touchpoints")).to_contain_text("They open a second branch in spring.")

    await search(tab, "tasks", "Tasks")
    await step_to(tab, page.get_by_role("button", name="New task"))
    await press("Enter")
    await expect(page.get_by_role("textbox", name="What is to be done")).to_be_focused()
    await page.keyboard.type("Call the library")
    await press("Enter")
    finish = page.get_by_role("checkbox", name="Note that “Call the library” is done")
    await expect(finish).to_be_visible()
    await expect(page.get_by_role("button", name="New task")).to_be_focused()
    await step_to(tab, finish)
    await press("Space")
    await expect(page.get_by_text("“Call the library” is done.")).to_be_visible()
    await expect(finish).to_have_count(0)
    await expect(page.get_by_role("main").locator(":focus")).to_have_count(1)

    await search(tab, "alerts", "Alerts")
    await step_to(tab, page.get_by_role("button", name="Acknowledge"))
    await press("Enter")
    await expect(page.get_by_text("The alert is acknowledged.")).to_be_visible()
    await expect(page.get_by_role("main").locator(":focus")).to_have_count(1)

    await search(tab, "accounts", "Accounts")
    await step_to(tab, page.get_by_role("button", name="Add a condition"))
    await press("Enter")
    await expect(page.get_by_role("menu").locator(":focus")).to_have_count(1)  # a moment after it is drawn
    await press("ArrowDown")
    await expect(page.get_by_role("menuitem").first).to_be_focused()
    await press("Enter")
    await step_to(
        tab,
        page.get_by_role("dialog")
        .get_by_role("combobox", name="Values")
        .or_(page.get_by_role("dialog").get_by_role("textbox", name="Values")),
    )
    await page.keyboard.type("crit")
    await press("ArrowDown")
    await press("Enter")
    await step_to(tab, page.get_by_role("dialog").get_by_role("button", name="Apply"))
    await press("Enter")
    await page.wait_for_url("**filter=*CRITICAL*")
    assert tab.complaints == []


async def test_customers_invite_somebody_and_change_their_name_by_keyboard_alone(
    tab: Tab, site: tuple[Demo, str]
) -> None:
    page, press, email = tab.page, tab.page.keyboard.press, "keys@example.com"
    async with site[0].database.begin() as session:
        account = (await session.scalars(select(Account.id).where(Account.name == TRIAL_LATE))).one()
        await make_member(session, account, email=email, password=PASSWORD, role="ADMIN")
    await tab.go("/")
    await step_to(tab, page.get_by_role("textbox", name="E-mail address"))
    await page.keyboard.type(email)
    await step_to(tab, page.get_by_role("textbox", name="Password"))
    await page.keyboard.type(PASSWORD)
    await press("Enter")
    await expect(page.get_by_role("heading", level=1, name="Home")).to_be_visible()
    await tab.settled()

    await step_to(tab, page.get_by_role("navigation").get_by_role("link", name="People"))
    await press("Enter")
    await expect(page.get_by_role("heading", level=1, name="People")).to_be_focused()
    invite = page.get_by_role("button", name="Invite somebody")
    await step_to(tab, invite)
    await press("Enter")
    await expect(page.get_by_role("textbox", name="E-mail address")).to_be_focused()
    await page.keyboard.type("colleague@example.com")
    await press("Enter")
    await expect(page.get_by_text("An invitation is on its way to colleague@example.com.")).to_be_visible()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(invite).to_be_focused()

    await step_to(tab, page.get_by_role("banner").get_by_role("button").last, "Shift+Tab")
    await press("Enter")
    await expect(page.get_by_role("menu").locator(":focus")).to_have_count(1)
    await press("ArrowDown")
    await expect(page.get_by_role("menuitem", name="Profile")).to_be_focused()
    await press("Enter")
    await expect(page.get_by_role("heading", level=1, name="Profile")).to_be_focused()
    await step_to(tab, page.get_by_role("textbox", name="Name"))
    await press("Control+a")
    await page.keyboard.type("Kay of the Keys")
    await press("Enter")
    await expect(page.get_by_text("Saved")).to_be_visible()
    assert tab.complaints == []
