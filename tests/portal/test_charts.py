"""Charts say which days they speak of, and the time machine reaches all of them."""

from __future__ import annotations

import pytest
from playwright.async_api import expect
from sqlalchemy import text

from backend.demo.situations import CHAMPION_LEFT, SURPRISE, visitor_address
from tests.demo.loading import Demo
from tests.portal.conftest import STAFF, Tab, Window

FIGURE = ".recharts-surface"
TICKS = ".recharts-xAxis-tick-labels .recharts-cartesian-axis-tick-value"
AGO = """count => {
  const moment = new Date();
  moment.setDate(moment.getDate() - count);
  return new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" }).format(moment);
}"""
STOPPED = "delete from usage_daily where account_id = (select id from accounts where name = :name) and day > :last"


async def ends_of(tab: Tab) -> tuple[str, str]:
    """The first and the last day that the axis of a page's chart names."""
    await expect(tab.page.locator(TICKS).first).to_be_visible()
    named = await tab.page.locator(TICKS).all_text_contents()
    return named[0], named[-1]


async def ago(tab: Tab, *days: int) -> tuple[str, ...]:
    """So many days ago, as a chart writes a day."""
    return tuple([await tab.page.evaluate(AGO, each) for each in days])


async def test_use_that_has_stopped_stands_at_the_beginning_of_the_days(window: Window, site: tuple[Demo, str]) -> None:
    tab, demo = await window(STAFF), site[0]
    account = (await demo.account(CHAMPION_LEFT, "id"))["id"]
    async with demo.database.begin() as session:
        await session.execute(text(STOPPED.replace(":last", "current_date - 60")), {"name": CHAMPION_LEFT})

    await tab.go(f"/console/accounts/{account}/usage")

    assert await ends_of(tab) == await ago(tab, 90, 0)
    bars = await tab.page.locator(".recharts-bar-rectangle path").evaluate_all(
        "all => all.map((each) => each.getBoundingClientRect().right)"
    )
    chart = await tab.page.locator(FIGURE).first.bounding_box()
    assert chart is not None
    assert max(bars) < chart["x"] + chart["width"] / 2


async def test_a_history_shows_the_days_without_a_score(window: Window, site: tuple[Demo, str]) -> None:
    tab, account = await window(STAFF), (await site[0].account(SURPRISE, "id"))["id"]

    await tab.go(f"/console/accounts/{account}/health")

    assert await ends_of(tab) == await ago(tab, 180, 0)
    await expect(tab.page.locator(".recharts-reference-line")).to_have_count(0)  # nothing is scored now

    scored = (await site[0].account(CHAMPION_LEFT, "id"))["id"]
    await tab.turn(f"/console/accounts/{scored}/health", CHAMPION_LEFT)
    await expect(tab.page.locator(".recharts-reference-line")).to_have_count(2)


@pytest.mark.parametrize(("days", "name"), [(30, "30 days"), (365, "365 days")])
async def test_customers_see_all_days_of_the_span_that_they_choose(window: Window, days: int, name: str) -> None:
    tab = await window(visitor_address(CHAMPION_LEFT))

    await tab.go(f"/insights/health?days={days}")

    await expect(tab.page.get_by_role("radio", name=name)).to_be_checked()
    assert await ends_of(tab) == await ago(tab, days, 1)


async def test_the_time_machine_reaches_the_first_day_as_a_customer(window: Window, site: tuple[Demo, str]) -> None:
    tab, demo = await window(STAFF), site[0]
    found = await demo.account(CHAMPION_LEFT, "id customerSince")
    day = await tab.page.evaluate("new Date(Date.now() - 300 * 24 * 60 * 60 * 1000).toISOString().slice(0, 10)")
    machine = tab.page.get_by_role("region", name="Time machine")

    await tab.go(f"/console/accounts/{found['id']}/health")
    assert tab.asked == ["AccountHealth"]
    await expect(machine.get_by_label("Day", exact=True)).to_have_attribute("min", found["customerSince"])
    await machine.get_by_label("Day", exact=True).fill(day)

    then = await demo.account(
        CHAMPION_LEFT, f'internal {{ health(asOf: "{day}") {{ score factors {{ statement }} }} }}'
    )
    await expect(machine).to_contain_text(f"{then['internal']['health']['score']:.0f}")
    for factor in then["internal"]["health"]["factors"]:
        await expect(machine).to_contain_text(factor["statement"])
    assert f"asOf={day}" in tab.page.url
    assert tab.complaints == []
