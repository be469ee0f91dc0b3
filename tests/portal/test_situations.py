"""Each situation of the demo says on its pages what it is there to show; tests/demo holds the API to the same."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from playwright.async_api import expect

from backend.demo import situations
from tests.demo.loading import Demo
from tests.demo.test_situations import today
from tests.portal.conftest import ADMIN, MEMBER, STAFF, Window

CONSOLE: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    situations.CHAMPION_LEFT: {
        "": (
            "Critical",
            "2 of 12 people were active on a typical day",
            "The champion has left the company. Asked who takes over, no answer yet.",
            "Rescue: find a new champion before the renewal",
            "Frozen: its source is silent",
            "No conversation with support in 90 days when its source was last heard of",
        ),
    },
    situations.GROWN: {
        "": ("Secure", "40", "Nothing is open", "They roll out to all shops: 35 more seats from next week.")
    },
    situations.NEAR_LIMIT: {
        "": ("87 % of what the plan includes was used", "Asked whether answers can go to their Slack."),
        "/usage": (" of 1,000",),
    },
    situations.WANTS_OUT: {
        "": (
            "Green",
            "whatever the score says: Cancellation intent",
            "The customer has looked for a way out (1×).",
        ),
    },
    situations.GROUP: {"": ("Accounts of this group", "Aurelia Lisbon", "Aurelia Madrid", "Aurelia Porto")},
    situations.GROUP_RED: {"": ("Red", "belongs to Aurelia Hotels Group", "New general manager;")},
    "Aurelia Porto": {"": ("Green", "belongs to Aurelia Hotels Group")},
    "Aurelia Madrid": {"": ("Green", "belongs to Aurelia Hotels Group")},
    situations.SURPRISE: {"": ("Bought by a company that has its own assistant", "It was not scored yet.")},
    situations.WON_BACK: {
        "": ("Green", "won back", "Back from the pause: three people are trained, the shop is connected."),
        "/timeline": ("Offered a pause of ten weeks; taken.",),
    },
    situations.PAYS_NOT: {
        "": ("Green", "Critical", "The oldest open invoice is 8 days overdue"),
        "/billing": ("A payment failed", "Open"),
    },
    situations.TRIAL_EARLY: {"/billing": ("Trial", "until {in_10_days}")},
    situations.TRIAL_LATE: {"/billing": ("Trial", "until {in_3_days}")},
    situations.NEW: {"": ("1 of 4 people were active on a typical day", "Customer since {ago_11_days}")},
    situations.TWO_EVENTS: {"": ("Not enough data",)},
    situations.PUBLIC_SECTOR: {"/timeline": ("Public sector: their gift policy forbids rewards of any kind.",)},
}
"""Customer → page of its account → what stands there."""


def test_every_situation_has_its_page_here() -> None:
    assert list(CONSOLE) == list(situations.TABLE)


async def test_every_situation_says_its_sentence_in_the_console(window: Window, site: tuple[Demo, str]) -> None:
    tab, demo = await window(STAFF), site[0]
    now = await today(demo)
    days = {
        name: f"{day.day} {day:%b %Y}".replace("Sep", "Sept")
        for name, day in {
            "in_10_days": now + timedelta(days=10),
            "in_3_days": now + timedelta(days=3),
            "ago_11_days": now - timedelta(days=11),
        }.items()
    }
    await tab.go("/console")

    unsaid: dict[str, list[str]] = {}
    for name, pages in CONSOLE.items():
        account = (await demo.account(name, "id"))["id"]
        for page, sentences in pages.items():
            await tab.turn(f"/console/accounts/{account}{page}", name)
            said = await tab.page.locator("main").inner_text()
            unsaid[name + page] = [each for each in sentences if each.format(**days) not in said]

    assert {place: missing for place, missing in unsaid.items() if missing} == {}
    assert tab.complaints == []


async def test_who_left_by_surprise_did_well_in_the_time_machine(window: Window, site: tuple[Demo, str]) -> None:
    tab, demo = await window(STAFF), site[0]
    account = (await demo.account(situations.SURPRISE, "id"))["id"]
    last = await today(demo) - timedelta(days=123)

    await tab.go(f"/console/accounts/{account}/health?asOf={last}")

    then = await demo.account(situations.SURPRISE, f'internal {{ health(asOf: "{last}") {{ score }} }}')
    machine = tab.page.get_by_role("region", name="Time machine")
    await expect(machine).to_contain_text(f"{then['internal']['health']['score']:.0f}")
    await expect(machine).to_contain_text("3 of 9 people were active on a typical day")


async def test_what_troubles_the_organization_stands_under_system(window: Window) -> None:
    tab = await window(ADMIN)
    await tab.go("/console/system/work")
    await expect(tab.page.get_by_text("550 5.1.1 mailbox unavailable").first).to_be_visible()

    await tab.turn("/console/system/ingestion", "Ingestion")

    said = await tab.page.locator("main").inner_text()
    assert [
        each for each in ("Time cannot be read", "A field is missing", "Unknown type", "3 entries") if each not in said
    ] == []
    await tab.turn("/console/system/sources", "Sources")
    helpdesk = tab.page.get_by_role("row").filter(has_text="Helpdesk")
    for each in ("tickets", "Silent", "Nothing for 6 days", "usually every day", "of customers"):
        await expect(helpdesk).to_contain_text(each)
    await tab.page.get_by_role("link", name="3 refused").click()
    await expect(tab.page.get_by_text("3 entries")).to_be_visible()


async def test_a_customer_whose_payments_fail_reads_nothing_of_it(window: Window) -> None:
    tab = await window(situations.visitor_address(situations.PAYS_NOT))
    await tab.go("/insights/health")
    said = await tab.page.locator("main").inner_text()
    await tab.turn("/", "Home")

    said += await tab.page.locator("main").inner_text()
    assert [each for each in ("invoice", "overdue", "payment", "Critical") if each in said] == []
    assert "On track" in said


async def test_customers_read_where_they_stand_in_words(window: Window) -> None:
    champion_left, trial = await window(MEMBER), await window(situations.visitor_address(situations.TRIAL_LATE))

    await champion_left.go("/insights/health")
    await trial.go("/plan-and-billing")

    await expect(champion_left.page.get_by_text("2 of 12 people were active on a typical day").first).to_be_visible()
    await expect(trial.page.get_by_text("Trial").first).to_be_visible()
