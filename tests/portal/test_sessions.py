"""Coming in, going on and coming back: what a browser does with sessions."""

from __future__ import annotations

from playwright.async_api import Browser, expect
from sqlalchemy import select

from backend.demo.situations import CHAMPION_LEFT, GROUP, TRIAL_LATE, visitor_address
from backend.demo.staffing import PASSWORD
from backend.engagement.models import Touchpoint
from backend.identity.models import Member, Person, Staff
from tests.demo.loading import Demo
from tests.factories import make_member
from tests.portal.conftest import DESK, MANAGER, MEMBER, STAFF, Tab, Window, in_a_tab, make_newcomer

LONG_TEXT = " ".join(20 * ["They asked for an hour with somebody who knows routing, and for the new prices."])


async def signed_in_elsewhere(tab: Tab, email: str, account: str | None = None) -> None:
    """Sign somebody in to the same browser, beside the open page."""
    answer = await tab.page.context.request.post(
        f"{tab.address}/auth/sign-in",
        data={"email": email, "password": PASSWORD, "cookie": True, "accountId": account},
        headers={"origin": tab.address},
    )
    assert answer.ok, await answer.text()


async def test_sign_in_is_accessible_and_says_what_did_not_match(tab: Tab) -> None:
    await tab.go("/")

    assert await tab.violations() == []
    await tab.page.locator("input[name=email]").fill(MEMBER)
    await tab.page.locator("input[name=password]").fill("not the password")
    await tab.page.keyboard.press("Enter")
    await expect(tab.page.get_by_role("alert")).to_have_text("That did not match. Check the address and the password.")
    assert await tab.page.locator("input[name=email]").input_value() == MEMBER
    assert tab.complaints == []


async def test_staff_who_sign_in_at_the_portal_are_led_to_the_console(tab: Tab) -> None:
    await tab.go("/")
    await tab.sign_in(STAFF)

    await tab.page.wait_for_url("**/console")
    await expect(tab.page.get_by_role("heading", level=1, name="Today")).to_be_visible()


async def test_a_deep_link_survives_the_sign_in_and_an_unknown_one_says_so(tab: Tab) -> None:
    await tab.go("/there-is-no-such-page")
    await tab.sign_in(MEMBER)

    await expect(tab.page.get_by_role("heading", level=1)).to_have_text("There is nothing here")
    assert tab.page.url == tab.address + "/there-is-no-such-page"
    await tab.page.get_by_role("link", name="Go to the first page").click()
    await expect(tab.page.get_by_role("heading", level=1)).to_have_text("Home")
    await tab.page.go_back()
    await expect(tab.page.get_by_role("heading", level=1)).to_have_text("There is nothing here")


async def until_it_ends_in_mid_work(tab: Tab, account: str) -> None:
    """Type a long text into a dialog, and save it when the session is over."""
    await tab.go(f"/console/accounts/{account}")
    await tab.page.evaluate("document.body.dataset.mark = 'the same page'")
    await tab.page.get_by_role("button", name="Log a touch").click()
    await tab.page.get_by_role("textbox", name="What was said").fill(LONG_TEXT)
    await tab.page.context.clear_cookies()
    await tab.page.get_by_role("button", name="Save").click()
    await expect(tab.page.get_by_text("Your session is over.")).to_be_visible()
    await expect(tab.page.get_by_role("textbox", name="What was said")).to_have_value(LONG_TEXT)


async def saved_by(demo: Demo) -> list[str]:
    """Whose touches have the long text."""
    async with demo.database.begin() as session:
        touched = select(Person.email).join(Staff, Staff.person_id == Person.id)
        touched = touched.join(Touchpoint, Touchpoint.logged_by == Staff.id).where(Touchpoint.summary == LONG_TEXT)
        return [str(email) for email in await session.scalars(touched)]


async def test_a_session_that_ends_in_mid_work_is_gone_on_with_where_one_was(
    window: Window, site: tuple[Demo, str]
) -> None:
    tab, demo = await window(STAFF), site[0]
    await until_it_ends_in_mid_work(tab, (await demo.account(CHAMPION_LEFT, "id"))["id"])

    await tab.sign_in(STAFF)
    await expect(tab.page.get_by_role("dialog")).to_have_count(0)

    assert await saved_by(demo) == [STAFF]
    assert await tab.page.evaluate("document.body.dataset.mark") == "the same page"


async def test_a_sign_in_in_another_tab_is_noticed_by_whoever_comes_back(
    window: Window, site: tuple[Demo, str]
) -> None:
    tab, demo = await window(STAFF), site[0]
    await until_it_ends_in_mid_work(tab, (await demo.account(CHAMPION_LEFT, "id"))["id"])

    await signed_in_elsewhere(tab, STAFF)
    await expect(tab.page.get_by_text("Your session is over.")).to_be_visible()
    await tab.page.evaluate("['blur', 'focus'].forEach((each) => window.dispatchEvent(new Event(each)))")
    await expect(tab.page.get_by_role("dialog")).to_have_count(0)

    assert await saved_by(demo) == [STAFF]
    assert await tab.page.evaluate("document.body.dataset.mark") == "the same page"


async def test_somebody_else_who_signs_in_goes_on_without_what_was_there(
    window: Window, site: tuple[Demo, str]
) -> None:
    tab, demo = await window(STAFF), site[0]
    await until_it_ends_in_mid_work(tab, (await demo.account(CHAMPION_LEFT, "id"))["id"])

    await tab.sign_in(MANAGER)
    await expect(tab.page.get_by_role("heading", level=1, name="Today")).to_be_visible()

    assert await saved_by(demo) == []
    assert await tab.page.evaluate("document.body.dataset.mark ?? null") is None


async def test_a_sign_in_for_another_account_goes_on_without_the_former_one(
    window: Window, site: tuple[Demo, str]
) -> None:
    email, demo = "both@product.example", site[0]
    await make_newcomer(demo, email, CHAMPION_LEFT, GROUP)
    tab = await window(MEMBER)
    await signed_in_elsewhere(tab, email, (await demo.account(CHAMPION_LEFT, "id"))["id"])
    await tab.go("/people")
    await expect(tab.page.get_by_role("button", name="Your account")).to_contain_text(CHAMPION_LEFT)
    await tab.page.context.clear_cookies()
    await tab.page.get_by_role("link", name="Health", exact=True).first.click()
    await expect(tab.page.get_by_text("Your session is over.")).to_be_visible()

    await tab.sign_in(email)
    await tab.page.get_by_role("button", name=GROUP).click()

    await expect(tab.page.get_by_role("heading", level=1, name="Home")).to_be_visible()
    await expect(tab.page.get_by_role("button", name="Your account")).to_contain_text(GROUP)
    await expect(tab.page.get_by_text(CHAMPION_LEFT)).to_have_count(0)


async def test_two_tabs_that_renew_the_session_at_once_both_go_on(browser: Browser, site: tuple[Demo, str]) -> None:
    context = await browser.new_context(viewport=DESK)
    one, other = await in_a_tab(context, site[1]), await in_a_tab(context, site[1])
    await one.go("/")
    await one.sign_in(visitor_address(TRIAL_LATE))
    await expect(one.page.get_by_role("heading", level=1, name="Home")).to_be_visible()
    await other.go("/")
    await context.clear_cookies(name="waymark_access")

    await one.page.reload(wait_until="commit")
    await other.page.reload(wait_until="commit")

    for tab in (one, other):
        await expect(tab.page.get_by_role("heading", level=1, name="Home")).to_be_visible()
    await context.close()


async def test_a_viewer_who_sees_no_people_has_the_pages_that_are_theirs(tab: Tab, site: tuple[Demo, str]) -> None:
    viewer = "viewer@harrowpinefreight.example"
    async with site[0].database.begin() as session:
        member = await session.scalar(select(Member).join(Person).where(Person.email == MEMBER))
        assert member is not None
        await make_member(session, member.account_id, email=viewer, password=PASSWORD, role="VIEWER")

    await tab.go("/")
    await tab.sign_in(viewer)
    await expect(tab.page.get_by_role("heading", level=1, name="Home")).to_be_visible()
    await tab.go("/settings/profile")
    await tab.page.get_by_role("textbox", name="Name").fill("Vera Viewer")
    await tab.page.get_by_role("button", name="Save").click()

    await expect(tab.page.get_by_role("heading", level=2, name="Vera Viewer")).to_be_visible()
    await tab.go("/people")
    await expect(tab.page.get_by_text("This is not yours to see")).to_be_visible()
