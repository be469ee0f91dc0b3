"""What staff do with many accounts at once: mark them, hand them out as a file, try another model on all of them."""

from __future__ import annotations

import csv
import re

import asyncpg
from playwright.async_api import expect

from tests.demo.loading import Demo
from tests.factories import make_account
from tests.portal.conftest import ADMIN, MANAGER, Tab, Window

GROUP_FILTER = "/console/accounts?filter=%7B%22text%22%3A%22aurelia%22%7D"
NAMES = ["Aurelia Hotels Group", "Aurelia Lisbon", "Aurelia Madrid", "Aurelia Porto"]


async def downloaded(tab: Tab, role: str, name: str) -> tuple[str, str]:
    """The name and the text of the file that a press hands out."""
    async with tab.page.expect_download() as started:
        await tab.page.get_by_role(role, name=name, exact=True).click()  # type: ignore[arg-type]
    file = await started.value
    return file.suggested_filename, (await file.path()).read_text("utf-8-sig")


async def test_accounts_are_tagged_and_given_away_together_and_it_is_undone(window: Window) -> None:
    tab = await window(MANAGER)
    page, dialog = tab.page, tab.page.get_by_role("dialog")
    rows = page.get_by_role("main").get_by_role("row")
    await tab.go(f"{GROUP_FILTER}&columns=name,successManager,tags")
    await expect(rows).to_have_count(5)
    managers = await rows.locator("td:nth-child(3)").all_inner_texts()

    await page.get_by_role("checkbox", name="Choose all of this page").check()
    await expect(page.get_by_text("4 accounts chosen")).to_be_visible()
    await page.get_by_role("button", name="Tag", exact=True).click()
    await dialog.get_by_label("Put on").fill("hotels of spring")
    await page.keyboard.press("Enter")
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("The tags of 4 accounts changed.")).to_be_visible()
    await expect(rows.filter(has_text="hotels of spring")).to_have_count(4)
    await page.get_by_role("button", name="Undo").click()
    await expect(rows.filter(has_text="hotels of spring")).to_have_count(0)

    await page.get_by_role("button", name="Assign", exact=True).click()
    await dialog.get_by_role("combobox", name="Success manager").click()
    await expect(page.get_by_role("option").nth(2)).to_be_visible()
    async with tab.unanswered():  # what is found already is told from the rest at once, so that nothing moves later
        await page.keyboard.type("Noor")
        await expect(page.get_by_role("option")).to_have_text(["Noor Haddad"])
    await page.get_by_role("option", name="Noor Haddad").click()
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("4 accounts are Noor Haddad’s now.")).to_be_visible()
    await expect(rows.filter(has_text="Noor Haddad")).to_have_count(4)
    await page.get_by_role("button", name="Undo").last.click()
    await expect(rows.locator("td:nth-child(3)")).to_have_text(managers)
    assert tab.complaints == []


async def test_all_that_a_filter_finds_are_chosen_from_every_page(window: Window, site: tuple[Demo, str]) -> None:
    async with site[0].database.begin() as session:
        for number in range(120):
            await make_account(session, f"Branch {number:03}")
    tab = await window(MANAGER)
    page, dialog = tab.page, tab.page.get_by_role("dialog")
    row = page.get_by_role("main").get_by_role("row").filter(has_text="Branch 119")
    await tab.go('/console/accounts?filter={"text":"Branch"}&columns=name,tags&order=NAME.ASC')

    await page.get_by_role("checkbox", name="Choose all of this page").check()
    await expect(page.get_by_text("50 accounts chosen")).to_be_visible()
    tab.asked.clear()
    await page.get_by_role("button", name="Choose all 120 that are found").click()
    await expect(page.get_by_text("120 accounts chosen")).to_be_visible()
    assert tab.asked == ["AccountsToChoose", "AccountsToChoose"]
    await expect(page.get_by_role("button", name="Assign", exact=True)).to_be_focused()
    await expect(page.get_by_role("button", name=re.compile("Choose all [0-9]"))).to_have_count(0)
    await page.get_by_role("button", name="Tag", exact=True).click()
    await dialog.get_by_label("Put on").fill("branches")
    await page.keyboard.press("Enter")
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("The tags of 120 accounts changed.")).to_be_visible()

    await page.get_by_role("button", name="Next page").click()
    await expect(page.get_by_role("link", name="Branch 050")).to_be_visible()
    await page.get_by_role("button", name="Next page").click()
    await expect(row).to_contain_text("branches")
    await expect(row.get_by_role("checkbox")).to_be_checked()
    assert tab.complaints == []


async def test_of_a_change_that_is_refused_half_way_what_was_done_is_told_and_undone(
    window: Window, site: tuple[Demo, str]
) -> None:
    """They are changed a hundred at a time; one of the second hundred is gone."""
    async with site[0].database.begin() as session:
        for number in range(120):
            await make_account(session, f"Branch {number:03}")
    tab = await window(MANAGER)
    page, dialog = tab.page, tab.page.get_by_role("dialog")
    await tab.go('/console/accounts?filter={"text":"Branch"}&columns=name,tags&order=NAME.ASC')
    await page.get_by_role("checkbox", name="Choose all of this page").check()
    await page.get_by_role("button", name="Choose all 120 that are found").click()
    await expect(page.get_by_text("120 accounts chosen")).to_be_visible()
    owner = await asyncpg.connect(site[0].settings.migrate_url)
    await owner.execute("set session_replication_role = replica")  # foreign keys stand aside
    assert await owner.execute("delete from accounts where name = 'Branch 110'") == "DELETE 1"
    await owner.close()

    await page.get_by_role("button", name="Tag", exact=True).click()
    await dialog.get_by_label("Put on").fill("branches")
    await page.keyboard.press("Enter")
    await dialog.get_by_role("button", name="Save").click()

    gone = "This was not found; it may have been removed meanwhile."
    await expect(dialog.get_by_role("alert")).to_have_text(gone)
    await expect(page.get_by_text("The tags of 100 accounts changed.")).to_be_visible()
    await dialog.get_by_role("button", name="Cancel").click()
    row = page.get_by_role("main").get_by_role("row").filter(has_text="Branch 000")
    await expect(row).to_contain_text("branches")
    await page.get_by_role("button", name="Undo").click()
    await expect(row).not_to_contain_text("branches")
    assert tab.complaints == []


async def test_a_list_is_handed_out_as_a_file_as_it_is_filtered(window: Window) -> None:
    tab = await window(MANAGER)
    await tab.go(GROUP_FILTER)

    name, text = await downloaded(tab, "link", "Download as CSV")

    assert name == "accounts.csv"
    lines = list(csv.DictReader(text.splitlines()))
    assert [line["Name"] for line in lines] == NAMES


async def test_a_model_is_tried_on_customers_and_on_those_that_were_lost_before_it_is_drafted(window: Window) -> None:
    tab = await window(ADMIN)
    page = tab.page
    await tab.go("/console/programs/health")

    await page.get_by_role("textbox", name="Counts 100: Daily active rate").fill("0.8")
    await expect(page.get_by_text("1 leaf is changed. Trying changes no score.")).to_be_visible()
    await page.get_by_role("button", name="See the effect").click()

    bands = page.get_by_role("table", name="Accounts by band")
    await expect(bands.get_by_role("row")).to_have_count(6)
    lost = page.get_by_role("region", name=re.compile(r"^\d+ accounts? lost within a year$"))
    await expect(lost).to_contain_text("days before they left, of")
    await expect(lost).to_contain_text("False alarms")
    await expect(page.get_by_role("heading", name=re.compile(r"^\d+ accounts? changes? band$"))).to_be_visible()
    name, text = await downloaded(tab, "button", "health.yaml")
    assert name == "health.yaml"
    assert "0.8" in text

    await page.get_by_role("button", name="Back to the live model").click()
    await expect(page.get_by_role("textbox", name="Counts 100: Daily active rate")).to_have_value("0.4")
    await expect(page.get_by_text("Nothing is changed. Trying changes no score.")).to_be_visible()
    assert tab.complaints == []
