"""Each situation of the demo says on its pages what it is there to show; tests/demo holds the API to the same."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from playwright.async_api import expect
from sqlalchemy import func, select, update

from backend.accounts.models import Account, AccountInternal, HealthVisibility, Tier
from backend.demo import situations
from backend.demo.staffing import INHERITED, LOADED
from backend.identity.models import Person, Staff
from tests.demo.loading import Demo
from tests.demo.test_situations import today
from tests.factories import make_account
from tests.portal.conftest import ADMIN, MANAGER, MEMBER, STAFF, Window

INTEGRATION = "/usage?metric=integration_syncs"
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
    situations.TRIAL_EARLY: {"/billing": ("Trial", "until {in_10_days}"), INTEGRATION: ("Nothing was recorded",)},
    situations.TRIAL_LATE: {"/billing": ("Trial", "until {in_3_days}"), INTEGRATION: ("Nothing was recorded",)},
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


async def test_one_success_manager_has_96_accounts_and_the_new_one_nine_so_far(
    window: Window, site: tuple[Demo, str]
) -> None:
    wanted = {STAFF: LOADED, f"new.{STAFF}": INHERITED}
    async with site[0].database.begin() as session:
        for email, most in wanted.items():  # the small demo has fewer customers than that
            manager = await session.scalar(select(Staff.id).join(Person).where(Person.email == email))
            here = Account.success_manager_id == manager, AccountInternal.churned_on.is_(None)
            has = await session.scalar(select(func.count()).select_from(Account).join(AccountInternal).where(*here))
            for number in range(most - (has or 0)):
                await make_account(session, f"{email} {number}", success_manager_id=manager)
    tab = await window(MANAGER)
    await tab.go("/console/portfolio?by=csmId")

    for name, most in (("Carla Mendes", LOADED), ("Noor Haddad", INHERITED)):
        line = tab.page.get_by_role("listitem").filter(has_text=name)
        await line.get_by_role("link", name=str(most), exact=True).click()
        await expect(tab.page.get_by_text(f"{most} accounts", exact=True)).to_be_visible()
        await tab.page.go_back()


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


async def test_what_a_tier_shows_of_health_is_a_score_or_nothing_at_all(window: Window, site: tuple[Demo, str]) -> None:
    demo, tab = site[0], await window(MEMBER)

    async def now_shows(shown: HealthVisibility) -> None:
        async with demo.database.begin() as session:
            await session.execute(update(Tier).values(health_visibility=shown.value))

    await now_shows(HealthVisibility.SCORE)
    told = (await demo.account(situations.CHAMPION_LEFT, "health { words score }"))["health"]
    for path in ("/", "/insights/health"):
        await tab.go(path)
        standing = tab.page.get_by_role("main").get_by_text(f"{told['words']} · {told['score']:.0f}", exact=True)
        await expect(standing).to_be_visible()
        assert await tab.violations() == []

    await now_shows(HealthVisibility.HIDDEN)
    await tab.go("/")
    await expect(tab.page.get_by_role("heading", name="People active")).to_be_visible()
    for words in (told["words"], "How you are doing", "What to do next"):
        await expect(tab.page.get_by_text(words)).to_have_count(0)
    await expect(tab.page.get_by_role("link", name="Health")).to_have_count(0)
    assert await tab.violations() == []
    await tab.go("/insights/health")
    await expect(tab.page.get_by_text("This is not shown on your plan")).to_be_visible()
    await expect(tab.page.get_by_text(told["words"])).to_have_count(0)
    assert await tab.violations() == []
