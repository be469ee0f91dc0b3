"""Each figure that has a list leads to it, and it says the same count; the way back keeps what was filtered by."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.portal.conftest import MANAGER, STAFF, Tab, Window

COUNTED = "main a[href*='/accounts?'], main a[href*='/alerts'], main a[href*='/tasks']"
TEXTS = """all => all.map((each) => [
  each.innerText.includes("$") ? each.parentElement.innerText : each.innerText, each.pathname + each.search])"""
"""What a link says, and where it leads; beside a sum of money it says below of how many accounts that is."""
COUNT = re.compile(r"(?<![$\d,.])(\d[\d,]*)\s*(?:accounts?|at risk|tasks?|accounts? at risk or critical)?$")
KEPT = "Object.keys(localStorage).filter((name) => name.startsWith('waymark.'))"
PAGES = [
    ("/console", "Today", 4),
    ("/console/portfolio", "Portfolio", 20),
    ("/console/renewals", "Renewals", 3),
    ("/console/alerts", "Alerts", 10),
    ("/console/segments", "Segments", 4),
]


@pytest.mark.parametrize(("page", "heading", "least"), PAGES)
async def test_every_figure_leads_to_a_list_of_that_count(window: Window, page: str, heading: str, least: int) -> None:
    tab = await window(STAFF)
    await tab.go(page)

    await lead_to_lists_of_their_counts(tab, least)


async def lead_to_lists_of_their_counts(tab: Tab, least: int) -> None:
    """Follow each figure of the page as it stands: at least so many, each to a list that says its count."""
    links = await tab.page.eval_on_selector_all(COUNTED, TEXTS)
    figures = {href: int(found[1].replace(",", "")) for text, href in links if (found := COUNT.search(text.strip()))}

    assert len(figures) >= least, links
    for href, count in figures.items():
        await tab.page.evaluate("path => history.pushState(null, '', path)", href)
        alerts = f"{count:,}" if count > 0 else "No"
        said = rf"^((\d+ alerts? of )?{count:,} (account|task)s?|{alerts} alerts?( of \d+ accounts?)?)$"
        await expect(tab.page.locator("main").get_by_text(re.compile(said)).first, href).to_be_visible()


async def test_what_a_change_of_the_health_model_is_compared_with_can_be_looked_at(window: Window) -> None:
    tab = await window(MANAGER)
    await tab.go("/console/programs/health")
    await tab.page.get_by_role("textbox", name="Weight: Payment health").fill("0.03")
    await tab.page.get_by_role("textbox", name="Weight: Contract utilization").fill("0.04")
    await tab.page.get_by_role("button", name="See the effect").click()
    await expect(tab.page.get_by_text(re.compile("lost within a year$"))).to_be_visible()

    await lead_to_lists_of_their_counts(tab, 3)


async def test_going_back_and_on_keeps_what_a_list_was_filtered_by(window: Window) -> None:
    tab = await window(MANAGER)
    page, count = tab.page, tab.page.locator("main").get_by_text(re.compile(r"^[\d,]+ accounts?$"))
    await tab.go("/console/accounts")
    all_of_them = await count.inner_text()

    await page.get_by_role("searchbox", name="Search").fill("aurelia")
    await expect(count).to_have_text("4 accounts")
    await page.get_by_role("link", name="Aurelia Lisbon").click()
    await expect(page.get_by_role("heading", level=1, name="Aurelia Lisbon")).to_be_visible()
    await page.go_back()
    await expect(count).to_have_text("4 accounts")
    await expect(page.get_by_role("searchbox", name="Search")).to_have_value("aurelia")
    await page.go_back()
    await expect(count).to_have_text(all_of_them)
    await expect(page.get_by_role("searchbox", name="Search")).to_have_value("")
    await page.go_forward()
    await expect(count).to_have_text("4 accounts")
    await page.reload()
    await expect(count).to_have_text("4 accounts")


async def test_the_search_keeps_focus_and_text_while_the_list_follows_it(window: Window) -> None:
    tab = await window(MANAGER)
    page, count = tab.page, tab.page.locator("main").get_by_text(re.compile(r"^[\d,]+ accounts?$"))
    search = page.get_by_role("searchbox", name="Search")
    await tab.go("/console/accounts")
    all_of_them = await count.inner_text()

    await search.press_sequentially("aurelia ", delay=300)
    await expect(count).to_have_text("4 accounts")
    await expect(search).to_be_focused()
    await expect(search).to_have_value("aurelia ")
    await search.press_sequentially("lis", delay=300)
    await expect(count).to_have_text("1 account")
    await expect(search).to_be_focused()
    await expect(search).to_have_value("aurelia lis")

    await page.go_back()
    await expect(search).to_have_value("aurelia li")
    await page.go_forward()
    await expect(search).to_have_value("aurelia lis")

    await search.fill("")
    await expect(count).to_have_text(all_of_them)
    await expect(search).to_be_focused()


async def test_who_manages_no_account_is_led_to_what_the_whole_team_has_to_do(window: Window) -> None:
    tab = await window(MANAGER)
    await tab.go("/console")
    await expect(tab.page.get_by_text("All is quiet")).to_be_visible()

    await tab.page.get_by_role("button", name="Show what the whole team has to do").click()
    await expect(tab.page.get_by_role("link", name=re.compile(r"^Of \d+ accounts$")).first).to_be_visible()

    await expect(tab.page.get_by_text("You are no account’s success manager.")).to_have_count(0)
    assert tab.page.url.endswith("?whose=all")


async def test_the_address_of_today_says_whose_accounts_it_shows(window: Window) -> None:
    tab = await window(MANAGER)
    mine, everybody = (tab.page.get_by_role("radio", name=name) for name in ("My accounts", "Everybody’s"))

    await tab.go("/console?whose=all")
    await expect(everybody).to_be_checked()
    assert tab.asked == ["Today"]
    await tab.page.get_by_text("My accounts", exact=True).click()
    await expect(tab.page.get_by_text("All is quiet")).to_be_visible()
    await tab.page.go_back()
    await expect(everybody).to_be_checked()
    await tab.page.go_forward()
    await expect(mine).to_be_checked()

    await tab.page.get_by_text("Everybody’s", exact=True).click()
    await expect(everybody).to_be_checked()
    tab.asked.clear()
    await tab.go("/console")
    await expect(everybody).to_be_checked()
    assert tab.asked == ["Today"], "what was chosen last is known without asking"
    await tab.go("/console?whose=mine")
    await expect(mine).to_be_checked()

    assert await tab.page.evaluate(KEPT) == ["waymark.today.whose"]
    await tab.page.get_by_role("button", name="You", exact=True).click()
    await tab.page.get_by_role("menuitem", name="Sign out").click()
    await expect(tab.page.get_by_role("button", name="Sign in")).to_be_visible()
    assert await tab.page.evaluate(KEPT) == [], "whoever comes next finds nothing of theirs"
