"""Tasks that are changed and passed on where they are listed, in two people's browsers."""

from __future__ import annotations

from playwright.async_api import Locator, expect
from sqlalchemy import text

from backend.demo.situations import CHAMPION_LEFT, NEAR_LIMIT
from tests.demo.loading import Demo
from tests.portal.conftest import MANAGER, STAFF, Tab, Window


def task(tab: Tab, title: str) -> Locator:
    """The line of a task, in whichever list it stands."""
    finish = tab.page.get_by_role("checkbox", name=f"Note that “{title}” is done")
    return tab.page.get_by_role("listitem").filter(has=finish)


async def test_a_task_is_changed_and_passed_on_and_both_see_it_where_they_are(
    window: Window, site: tuple[Demo, str]
) -> None:
    csm, manager = await window(STAFF), await window(MANAGER)
    account = (await site[0].account(NEAR_LIMIT, "id"))["id"]
    await manager.go(f"/console/accounts/{account}")
    await manager.until_followed("AccountTaskMoved")
    await csm.go(f"/console/accounts/{account}")
    dialog = csm.page.get_by_role("dialog")
    await csm.page.get_by_role("button", name="Add a task").click()
    await dialog.get_by_label("What is to be done").fill("Offer them more")
    await dialog.get_by_role("button", name="Save").click()
    await expect(task(csm, "Offer them more")).to_contain_text("Carla Mendes")
    await expect(task(manager, "Offer them more")).to_be_visible()

    await csm.page.get_by_role("button", name="Edit “Offer them more”").click()
    await dialog.get_by_label("More about it").fill("They ask for Slack first.")
    await dialog.get_by_label("Due on").fill("2031-05-04")
    await dialog.get_by_label("What is to be done").fill(" ")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_label("What is to be done")).to_have_accessible_description(
        "1 to 200 characters are needed."
    )
    await expect(dialog.get_by_label("More about it")).to_have_value("They ask for Slack first.")
    await dialog.get_by_label("What is to be done").fill("Offer them Slack")
    await dialog.get_by_label("Whose it is").fill("mart")
    await csm.page.get_by_role("option", name="Marta Novak").click()
    assert await csm.violations("label", "button-name", "aria-input-field-name", "aria-valid-attr-value") == []
    await dialog.get_by_role("button", name="Save").click()

    await expect(csm.page.get_by_text("“Offer them Slack” is Marta Novak’s now.")).to_be_visible()
    for tab in (csm, manager):
        line = task(tab, "Offer them Slack")
        await expect(line).to_contain_text("They ask for Slack first.")
        await expect(line).to_contain_text("4 May")
        await expect(line).to_contain_text("Marta Novak")

    await manager.turn("/console", "Today")
    await manager.page.get_by_role("button", name="Edit “Offer them Slack”").click()
    await manager.page.get_by_label("Due on").fill("")
    await manager.page.get_by_role("dialog").get_by_role("button", name="Save").click()
    await expect(task(manager, "Offer them Slack")).not_to_contain_text("May")
    await expect(task(csm, "Offer them Slack")).not_to_contain_text("May")

    await csm.page.get_by_role("button", name="Edit “Offer them Slack”").click()
    await dialog.get_by_label("More about it").fill("They have it now.")
    await manager.page.get_by_role("button", name="Drop “Offer them Slack”").click()
    await expect(task(csm, "Offer them Slack")).to_have_count(0)
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_role("alert")).to_have_text("The task is closed. Reopen it first.")
    await expect(dialog.get_by_label("More about it")).to_have_value("They have it now.")
    assert csm.complaints == manager.complaints == []


async def test_who_may_not_change_tasks_reads_them_alone(window: Window, site: tuple[Demo, str]) -> None:
    tab = await window("executive@demo.example")
    account = (await site[0].account(CHAMPION_LEFT, "id"))["id"]

    await tab.go(f"/console/accounts/{account}")

    await expect(tab.page.get_by_role("checkbox").first).to_be_disabled()
    await expect(tab.page.get_by_role("button", name="Edit")).to_have_count(0)


async def test_what_refuses_an_undo_is_told_though_its_form_is_gone(window: Window, site: tuple[Demo, str]) -> None:
    tab = await window(STAFF)
    account = (await site[0].account(NEAR_LIMIT, "id"))["id"]
    await tab.go(f"/console/accounts/{account}")
    dialog = tab.page.get_by_role("dialog")
    await tab.page.get_by_role("button", name="Add a task").click()
    await dialog.get_by_label("What is to be done").fill("Offer them more")
    await dialog.get_by_role("button", name="Save").click()
    await tab.page.get_by_role("button", name="Edit “Offer them more”").click()
    await dialog.get_by_label("Due on").fill("2031-05-04")
    await dialog.get_by_role("button", name="Save").click()
    await expect(task(tab, "Offer them more")).to_contain_text("4 May")
    async with site[0].database.begin() as session:
        closed = "update tasks set state = 'DONE', closed_at = now() where title = 'Offer them more'"
        await session.execute(text(closed))

    await tab.page.get_by_role("button", name="Undo").last.click()

    await expect(tab.page.get_by_role("alert").filter(has_text="The task is closed. Reopen it first.")).to_be_visible()
