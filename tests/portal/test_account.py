"""What is done on the pages of an account: lists to their ends, and alerts."""

from __future__ import annotations

import re

from playwright.async_api import Locator, expect
from sqlalchemy import text

from backend.demo.situations import PAYS_NOT, PUBLIC_SECTOR
from tests.demo.loading import Demo
from tests.portal.conftest import STAFF, Tab, Window

MANY = [
    """insert into alerts (id, account_id, rule_key, severity, facts)
      select gen_random_uuid(), :account, key, 'WARNING', '{}' from alert_rules on conflict do nothing""",
    """insert into tasks (id, account_id, title)
      select gen_random_uuid(), :account, 'Task ' || number from generate_series(1, 25) number""",
    """insert into touchpoints (id, account_id, kind, occurred_at, summary)
      select gen_random_uuid(), :account, 'CALL', now() - number * interval '1 hour', 'Call ' || number
      from generate_series(1, 70) number""",
    """with made as (insert into persons (id, name)
        select gen_random_uuid(), 'Person ' || number from generate_series(1, 120) number returning id)
      insert into members (id, account_id, person_id, role, state, joined_on)
      select gen_random_uuid(), :account, id, 'MEMBER', 'ACTIVE', current_date from made""",
]


async def with_many(demo: Demo, name: str) -> str:
    """The id of an account that has more of everything than one page shows."""
    async with demo.database.begin() as session:
        key = await session.scalar(text("select id from accounts where name = :name"), {"name": name})
        for statement in MANY:
            await session.execute(text(statement), {"account": key})
    return str((await demo.account(name, "id"))["id"])


async def read_on(tab: Tab, entries: Locator) -> list[str]:
    """All entries of a list, page by page."""
    read: list[str] = []
    following = tab.page.get_by_role("main").get_by_role("button", name="Next")
    while True:
        shown = await entries.all_inner_texts()
        read += shown
        if not await following.count() or await following.is_disabled():
            return read
        await following.click()
        await expect(entries.first).not_to_have_text(shown[0], use_inner_text=True)


async def test_lists_of_an_account_are_read_to_their_end(window: Window, site: tuple[Demo, str]) -> None:
    tab, demo = await window(STAFF), site[0]
    account = await with_many(demo, PUBLIC_SECTOR)
    main = tab.page.get_by_role("main")

    await tab.go(f"/console/accounts/{account}")
    for what, link in (
        ("alerts", main.get_by_role("link", name=re.compile(r"^All \d+ alerts$"))),
        ("tasks", main.get_by_role("link", name=re.compile(r"^All \d+ tasks$"))),
    ):
        words = (await link.inner_text()).removeprefix("All ")
        await link.click()
        await expect(main.get_by_text(words, exact=True)).to_be_visible()
        await main.get_by_role("button", name="Of all accounts").click()
        await expect(main.get_by_text(words, exact=True)).to_have_count(0)
        await tab.page.goto(f"{tab.address}/console/accounts/{account}")
        assert what in words

    count = int((await main.get_by_role("link", name=re.compile("touchpoints$")).inner_text()).split()[1])
    await main.get_by_role("link", name=re.compile("touchpoints$")).click()
    await expect(main.get_by_role("checkbox", name="Touchpoints")).to_be_checked()
    calls = await read_on(tab, main.locator(".mantine-Timeline-item"))
    assert len(calls) == count >= 70

    members = await demo.account(PUBLIC_SECTOR, "members(first: 1) { totalCount }")
    await tab.turn(f"/console/accounts/{account}/people", PUBLIC_SECTOR)
    await expect(main.get_by_text(re.compile(r"^\d+ people$"))).to_be_visible()
    people = await read_on(tab, main.get_by_role("row").filter(has=tab.page.get_by_role("cell")))
    assert len(people) == members["members"]["totalCount"] >= 120
    assert tab.complaints == []


async def test_an_alert_is_acknowledged_on_the_page_of_its_account(window: Window, site: tuple[Demo, str]) -> None:
    tab, account = await window(STAFF), (await site[0].account(PAYS_NOT, "id"))["id"]
    alerts = tab.page.get_by_role("region", name="Open alerts")
    await tab.go(f"/console/accounts/{account}")
    open_ones = await alerts.get_by_role("button", name="Acknowledge").count()
    assert open_ones > 0

    await alerts.get_by_role("button", name="Acknowledge").first.click()
    await expect(tab.page.get_by_text("The alert is acknowledged.")).to_be_visible()
    await expect(alerts.get_by_role("button", name="Acknowledge")).to_have_count(open_ones - 1)
    await expect(alerts.get_by_text("Acknowledged", exact=True)).to_have_count(1)

    await tab.page.get_by_role("button", name="Undo").click()
    await expect(alerts.get_by_role("button", name="Acknowledge")).to_have_count(open_ones)
    assert tab.complaints == []
