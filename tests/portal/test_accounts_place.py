"""What stands beside the list of accounts, in a real browser: kept filters, people, what one account's pages say."""

from __future__ import annotations

import re

from playwright.async_api import expect
from sqlalchemy import text

from backend.demo.situations import CHAMPION_LEFT, GROWN
from tests.demo.loading import Demo
from tests.portal.conftest import STAFF, Window

COUNT = re.compile(r"^[\d,]+ accounts?$")

BELONGS_TO_NINE_MORE = """insert into members (id, account_id, person_id, role, state, joined_on)
    select gen_random_uuid(), accounts.id, persons.id, 'MEMBER', 'ACTIVE', waymark_today()
    from persons, (select id from accounts where name <> :account order by name limit 9) accounts
    where persons.name = :name"""


async def test_kept_filters_are_listed_with_the_count_of_the_list_that_each_leads_to(window: Window) -> None:
    tab = await window(STAFF)
    page = tab.page
    await tab.go('/console/accounts?filter={"tier":{"in":["business"]}}')
    await page.get_by_role("button", name="Views").click()
    await page.get_by_role("menuitem", name="Save as a view…").click()
    await page.get_by_role("dialog").get_by_label("Name").fill("Business customers")
    await page.get_by_role("button", name="Save", exact=True).click()
    await page.get_by_role("link", name="Segments", exact=True).click()
    await expect(page.get_by_role("heading", level=1, name="Segments")).to_be_visible()
    await tab.settled()
    rows = page.get_by_role("row")
    figures = [await row.get_by_role("link", name=COUNT).inner_text() for row in (await rows.all())[1:]]
    assert len(figures) == 5
    assert await tab.violations() == []

    for place, figure in enumerate(figures):
        await rows.nth(place + 1).get_by_role("link", name=COUNT).click()
        await expect(page.get_by_role("heading", level=1, name="Accounts")).to_be_visible()
        await expect(page.get_by_role("main").get_by_text(COUNT).first).to_have_text(figure)
        await page.go_back()
        await expect(page.get_by_role("heading", level=1, name="Segments")).to_be_visible()
        await tab.settled()
    await expect(rows.filter(has_text="Business customers")).to_contain_text("Yours")
    assert tab.complaints == []


async def test_people_are_found_by_a_part_of_their_name_with_their_accounts_beside_them(window: Window) -> None:
    tab = await window(STAFF)
    page = tab.page
    await tab.go("/console/people")
    finder = page.get_by_role("searchbox", name="Name or address")
    await page.get_by_role("button", name="Next").click()
    await expect(page.get_by_role("button", name="Back")).to_be_enabled()

    await finder.press_sequentially("OMAR sin")
    await expect(page.get_by_text("1 person", exact=True)).to_be_visible()
    await expect(finder).to_be_focused()
    await expect(page.get_by_role("row").filter(has_text="Omar Singh")).to_contain_text(CHAMPION_LEFT)
    await finder.fill(STAFF)  # who is no customer
    await expect(page.get_by_text("Nobody is called so", exact=True)).to_be_visible()
    assert await tab.violations() == []
    await page.go_back()
    await expect(finder).to_have_value("OMAR sin")
    await page.get_by_role("link", name=CHAMPION_LEFT).click()
    await expect(page.get_by_role("heading", level=1, name=CHAMPION_LEFT)).to_be_visible()
    await expect(page.get_by_text("13 people")).to_be_visible()
    assert tab.complaints == []


async def test_all_accounts_of_a_person_are_read_where_the_first_stand(window: Window, site: tuple[Demo, str]) -> None:
    async with site[0].database.begin() as session:
        await session.execute(text(BELONGS_TO_NINE_MORE), {"name": "Omar Singh", "account": CHAMPION_LEFT})
    tab = await window(STAFF)
    page = tab.page
    await tab.go("/console/people?text=Omar%20Singh")
    line = page.get_by_role("row").filter(has_text="Omar Singh")
    accounts = line.get_by_role("link")
    await expect(accounts).to_have_count(5)
    more = line.get_by_role("button", name="and 5 more", exact=True)

    await page.route("**/graphql", lambda route: route.abort("connectionrefused"))
    await more.press("Enter")
    await expect(line.get_by_role("alert")).to_have_text("No connection")
    assert await tab.violations() == []
    await page.unroute("**/graphql")
    await more.press("Enter")

    await expect(accounts).to_have_count(10)
    await expect(accounts.nth(5)).to_be_focused()
    await expect(line.get_by_text("more", exact=False)).to_have_count(0)
    assert len({*await accounts.all_inner_texts()}) == 10
    assert await tab.violations() == []
    assert tab.complaints == []


async def test_an_account_between_a_cut_and_its_margin_says_where_it_leaves_its_band(
    window: Window, site: tuple[Demo, str]
) -> None:
    tab, account = await window(STAFF), (await site[0].account(GROWN, "id"))["id"]
    async with site[0].database.begin() as session:
        await session.execute(
            text(
                """update current_health set band = 'RED', score = 41000000
                   where account_id = (select id from accounts where name = :name)"""
            ),
            {"name": GROWN},
        )

    await tab.go(f"/console/accounts/{account}")

    standing = tab.page.get_by_role("region", name="How they do")
    await expect(standing).to_contain_text("Recovering: it leaves red at 42.")
    await expect(standing).to_contain_text("Health is how they use us; the category is who needs action now.")


async def test_today_tells_what_went_well_this_week_as_customers_read_it(
    window: Window, site: tuple[Demo, str]
) -> None:
    well = (await site[0].ask("{ accounts(first: 100) { nodes { name celebrations { sentence } } } }"))["accounts"][
        "nodes"
    ]
    told = {one["name"]: one["celebrations"][0]["sentence"] for one in well if one["celebrations"]}
    tab = await window(STAFF)

    await tab.go("/console")

    lines = tab.page.get_by_role("listitem").filter(has_text=re.compile("|".join(map(re.escape, told.values()))))
    assert await lines.count() >= 2
    for line in await lines.all():
        assert told[await line.get_by_role("link").inner_text()] in await line.inner_text()
