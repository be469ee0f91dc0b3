"""What is done on the pages of an account: lists to their ends, alerts, and what can be taken back."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from playwright.async_api import Locator, expect
from sqlalchemy import text

from backend.demo.situations import CHAMPION_LEFT, PAYS_NOT, PUBLIC_SECTOR
from tests.demo.loading import Demo
from tests.portal.conftest import MEMBER, STAFF, Tab, Window

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


async def test_a_pulse_and_a_task_are_taken_back(window: Window, site: tuple[Demo, str]) -> None:
    tab, account = await window(STAFF), (await site[0].account(CHAMPION_LEFT, "id"))["id"]
    page, standing = tab.page, tab.page.get_by_role("region", name="How they do")
    await tab.go(f"/console/accounts/{account}")
    pulse = standing.get_by_role("button")
    before = await pulse.inner_text()
    mood = "Good" if before.startswith("Bad") else "Bad"

    await pulse.click()
    await page.get_by_role("menuitem", name=mood).click()
    await expect(pulse).to_contain_text(mood)
    await expect(standing).to_contain_text(re.compile(r"Carla Mendes · \d+ \w+, counts until \d+ \w+"))
    await page.get_by_role("button", name="Undo").click()
    await expect(pulse).to_have_text(before, use_inner_text=True)

    await page.get_by_role("button", name="Add a task").click()
    await page.get_by_role("dialog").get_by_label("What is to be done").fill("Ask again")
    await page.get_by_role("dialog").get_by_role("button", name="Save").click()
    task = page.get_by_role("checkbox", name="Note that “Ask again” is done")
    await expect(task).to_be_visible()
    await page.get_by_role("button", name="Undo").last.click()
    await expect(task).to_have_count(0)
    assert tab.complaints == []


async def test_a_pulse_says_why_and_until_when(window: Window, site: tuple[Demo, str]) -> None:
    tab, account = await window(STAFF), (await site[0].account(CHAMPION_LEFT, "id"))["id"]
    page, dialog, standing = (
        tab.page,
        tab.page.get_by_role("dialog"),
        tab.page.get_by_role("region", name="How they do"),
    )
    await tab.go(f"/console/accounts/{account}")
    await standing.get_by_role("button").click()
    await page.get_by_role("menuitem", name="Say why…").click()
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_role("radiogroup", name="Pulse")).to_have_accessible_description("Choose how it feels.")
    await dialog.get_by_label("Mixed").check()
    await dialog.get_by_label("Why").fill("Two teams are happy, the third was never trained.")
    await dialog.get_by_label("Counts until").fill("2020-01-31")
    await dialog.get_by_role("button", name="Save").click()

    await expect(dialog.get_by_label("Counts until")).to_have_accessible_description(re.compile("1 to 365 days"))
    await expect(dialog.get_by_label("Why")).to_have_value("Two teams are happy, the third was never trained.")
    assert await tab.violations() == []
    week = datetime.now(UTC).date() + timedelta(days=7)
    await dialog.get_by_label("Counts until").fill(str(week))
    await dialog.get_by_role("button", name="Save").click()

    await expect(dialog).to_have_count(0)
    await expect(standing.get_by_role("button")).to_contain_text("Mixed")
    told = f"Two teams are happy, the third was never trained. · Carla Mendes · .*, counts until {week.day} "
    await expect(standing).to_contain_text(re.compile(told))
    assert tab.complaints == []


async def test_a_call_of_yesterday_is_logged_as_of_yesterday(window: Window, site: tuple[Demo, str]) -> None:
    tab, account = await window(STAFF), (await site[0].account(CHAMPION_LEFT, "id"))["id"]
    dialog, touchpoints = tab.page.get_by_role("dialog"), tab.page.get_by_role("region", name="Touchpoints")
    at, said = await tab.page.evaluate(
        """() => {
          const moment = new Date();
          moment.setDate(moment.getDate() - 1);
          const parts = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };
          moment.setHours(9, 30);
          const day = moment.toLocaleDateString("sv-SE");
          return [`${day}T09:30`, new Intl.DateTimeFormat("en-GB", parts).format(moment)];
        }"""
    )
    await tab.go(f"/console/accounts/{account}")

    await tab.page.get_by_role("button", name="Log a touch").click()
    await dialog.get_by_label("When").fill("2999-01-01T10:00")
    await dialog.get_by_label("What was said").fill("They ask for a new contact.")
    await dialog.get_by_label("When").evaluate("field => field.removeAttribute('max')")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_label("When")).to_have_accessible_description(re.compile("lies in the future"))
    await dialog.get_by_label("When").fill(at)
    await dialog.get_by_role("button", name="Save").click()

    call = touchpoints.locator(".mantine-Timeline-item").filter(has_text="They ask for a new contact.")
    await expect(call).to_contain_text(f"{said} · Carla Mendes")
    assert tab.complaints == []


async def test_a_note_is_written_anew_and_deleted_by_its_author_and_it_is_undone(
    window: Window, site: tuple[Demo, str]
) -> None:
    tab, account = await window(STAFF), (await site[0].account(CHAMPION_LEFT, "id"))["id"]
    page, dialog, main = tab.page, tab.page.get_by_role("dialog"), tab.page.get_by_role("main")
    entries = main.locator(".mantine-Timeline-item")
    await tab.go(f"/console/accounts/{account}/timeline")

    await page.get_by_role("textbox", name="New note").fill("They hire in spring.\nTen people.")
    await main.get_by_role("button", name="Save").click()
    await expect(entries.filter(has_text="They hire in spring.")).to_have_count(1)
    await page.get_by_role("button", name="More about “Note: They hire in spring.”").click()
    await page.get_by_role("menuitem", name="Edit").click()
    await expect(dialog.get_by_label("What it says")).to_have_value("They hire in spring.\nTen people.")
    await dialog.get_by_label("What it says").fill("They hire in summer.")
    await page.mouse.click(5, 5)
    await expect(dialog.get_by_label("What it says")).to_have_value("They hire in summer.")
    await dialog.get_by_role("button", name="Save").click()
    await expect(entries.filter(has_text="They hire in summer.")).to_contain_text("edited")

    await page.get_by_role("button", name="More about “Note: They hire in summer.”").click()
    await page.get_by_role("menuitem", name="Delete").click()
    await expect(entries.filter(has_text="They hire in summer.")).to_have_count(0)
    await page.get_by_role("alert").filter(has_text="The note is deleted.").get_by_role("button", name="Undo").click()
    await expect(entries.filter(has_text="They hire in summer.")).to_have_count(1)
    await page.get_by_role("alert").filter(has_text="The note is changed.").get_by_role("button", name="Undo").click()
    await expect(entries.filter(has_text="They hire in spring.")).to_have_count(1)
    assert tab.complaints == []


async def test_a_press_beside_a_dialog_loses_nothing_that_was_typed(window: Window) -> None:
    tab = await window(MEMBER)
    await tab.go("/people")
    await tab.page.get_by_role("button", name="Invite").click()
    address = tab.page.get_by_role("dialog").get_by_role("textbox").first
    await address.fill("ada@example.com")

    await tab.page.mouse.click(5, 5)

    await expect(address).to_have_value("ada@example.com")
    await tab.page.keyboard.press("Escape")
    await expect(tab.page.get_by_role("dialog")).to_have_count(0)


async def test_the_pages_of_an_account_are_links(window: Window, site: tuple[Demo, str]) -> None:
    tab, account = await window(STAFF), (await site[0].account(CHAMPION_LEFT, "id"))["id"]
    pages = tab.page.get_by_role("navigation", name="About this account").get_by_role("link")
    await tab.go(f"/console/accounts/{account}/usage")

    addresses = await pages.evaluate_all("all => all.map((each) => each.pathname)")

    assert addresses == [
        f"/console/accounts/{account}{page}" for page in ("", "/health", "/timeline", "/people", "/usage", "/billing")
    ]
    await expect(pages.and_(tab.page.locator("[aria-current=page]"))).to_have_text("Usage")


async def test_any_two_days_are_compared_and_any_day_is_slid_to(window: Window, site: tuple[Demo, str]) -> None:
    tab, today = await window(STAFF), datetime.now(UTC).date()
    first, last = str(today - timedelta(days=63)), str(today - timedelta(days=21))
    asked = f'id internal {{ healthChange(from: "{first}", to: "{last}") {{ sentence }} }}'
    account = await site[0].account(CHAMPION_LEFT, asked)
    compared = tab.page.get_by_role("region", name="Why it moved between two days")
    await tab.go(f"/console/accounts/{account['id']}/health")

    await compared.get_by_label("From").fill(first)
    await compared.get_by_label("To").fill(last)

    await expect(compared).to_contain_text(account["internal"]["healthChange"]["sentence"])
    slider, day = tab.page.get_by_role("slider", name="Time machine"), tab.page.get_by_label("Day", exact=True)
    await slider.focus()
    for _ in range(3):
        await slider.press("ArrowLeft")
    then = str(today - timedelta(days=3))
    await expect(day).to_have_value(then)
    await expect(tab.page).to_have_url(re.compile(f"from={first}&to={last}&asOf={then}"))
    was = await site[0].account(CHAMPION_LEFT, f'internal {{ asOf: health(asOf: "{then}") {{ score }} }}')
    score = f"{was['internal']['asOf']['score']:.0f}"
    machine = tab.page.get_by_role("region", name="Time machine")
    await expect(machine.get_by_text(score, exact=True).first).to_be_visible()
    await tab.page.reload()
    await expect(day).to_have_value(then)
    assert tab.complaints == []
