"""Front ends and receivers of webhooks under System, in a real browser."""

from __future__ import annotations

import re

from playwright.async_api import expect
from sqlalchemy import func, select, update

from backend.webhooks.models import Failure, PauseReason, WebhookDelivery, WebhookEndpoint
from backend.work.models import WorkItem
from tests.demo.loading import Demo
from tests.portal.conftest import ADMIN, MANAGER, Tab, Window


async def test_a_front_end_is_registered_changed_and_removed(window: Window) -> None:
    tab = await window(ADMIN)
    await tab.go("/console/system/applications")
    dialog = tab.page.get_by_role("dialog")
    line = tab.page.get_by_role("row").filter(has_text="Status page")
    await tab.page.get_by_role("button", name="New application").click()
    await dialog.get_by_label("Name").fill("Status page")
    await dialog.get_by_label("Pages from").fill("status.example.com")
    await dialog.get_by_role("button", name="Register it").click()

    await expect(dialog.get_by_label("Pages from")).to_have_accessible_description(
        re.compile("^'status.example.com' is no origin. ")
    )
    await expect(dialog.get_by_label("Name")).to_have_value("Status page")
    await dialog.get_by_label("Pages from").fill("https://status.example.com")
    await dialog.get_by_role("button", name="Register it").click()
    await expect(tab.page.get_by_text("Status page is registered.")).to_be_visible()
    await expect(line).to_contain_text("https://status.example.com")
    await expect(line).to_contain_text("Any document")

    await line.get_by_role("button", name="Change Status page").click()
    await dialog.get_by_label("Points a second").fill("2500")
    await dialog.get_by_label("May send").click()
    await tab.page.get_by_role("option", name="Registered documents").click()
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_have_count(0)
    await expect(line).to_contain_text("2,500")
    await expect(line).to_contain_text("Registered documents")

    await line.get_by_role("button", name="Remove Status page").click()
    await dialog.get_by_role("button", name="Cancel").click()
    await expect(dialog).to_have_count(0)
    await line.get_by_role("button", name="Remove Status page").click()
    await dialog.get_by_role("button", name="Remove").click()
    await expect(tab.page.get_by_text("Status page is removed.")).to_be_visible()
    await expect(line).to_have_count(0)
    assert tab.complaints == []


async def add_an_endpoint(tab: Tab) -> str:
    """Have everything sent to Reporting by the page's form; returns the secret that is shown once."""
    dialog = tab.page.get_by_role("dialog")
    await tab.page.get_by_role("button", name="New endpoint").click()
    await dialog.get_by_label("Name").fill("Reporting")
    await dialog.get_by_label("Address").fill("http://reporting.example/hooks")
    await dialog.get_by_role("button", name="Add the endpoint").click()
    await expect(dialog.get_by_label("Address")).to_have_accessible_description(re.compile("https"))
    await dialog.get_by_label("Address").fill("https://reporting.example/hooks/of-waymark")
    await dialog.get_by_role("button", name="Add the endpoint").click()
    return await kept(tab)


async def kept(tab: Tab) -> str:
    """The secret that stands there, once it has been put away."""
    dialog = tab.page.get_by_role("dialog")
    secret = await dialog.get_by_label("The secret").inner_text()
    await dialog.get_by_role("button", name="I have kept it").click()
    await expect(dialog).to_have_count(0)
    return secret


async def test_a_receiver_of_webhooks_is_added_tried_given_another_secret_and_removed(window: Window) -> None:
    tab = await window(ADMIN)
    await tab.go("/console/system/webhooks")
    first = await add_an_endpoint(tab)
    page, dialog = tab.page, tab.page.get_by_role("dialog")

    await expect(page.get_by_role("heading", name="Reporting")).to_be_visible()
    await expect(page.get_by_text("reporting.example", exact=True)).to_be_visible()
    assert "of-waymark" not in await page.content()
    await page.get_by_role("button", name="Test Reporting").click()
    await expect(page.get_by_text("A test is on its way to Reporting.")).to_be_visible()
    line = page.get_by_role("table", name="Deliveries to Reporting").get_by_role("row").nth(1)
    await expect(line).to_contain_text("To be sent")

    await page.get_by_role("button", name="New secret for Reporting").click()
    await dialog.get_by_role("button", name="New secret").click()
    second = await kept(tab)
    assert first.startswith("whsec_")
    assert second.startswith("whsec_")
    assert first != second

    await page.get_by_role("button", name="Remove Reporting").click()
    await dialog.get_by_role("button", name="Remove").click()
    await expect(page.get_by_text("Nothing is sent to Reporting any more.")).to_be_visible()
    await expect(page.get_by_role("button", name="Test Reporting")).to_have_count(0)
    assert tab.complaints == []


async def test_a_paused_receiver_goes_on_and_what_was_given_up_is_sent_again(
    window: Window, site: tuple[Demo, str]
) -> None:
    tab = await window(ADMIN)
    await tab.go("/console/system/webhooks")
    await add_an_endpoint(tab)
    page = tab.page
    await page.get_by_role("button", name="Test Reporting").click()
    await expect(page.get_by_role("table", name="Deliveries to Reporting")).to_be_visible()
    async with site[0].database.begin() as session:
        ours = (await session.scalars(select(WebhookEndpoint.id).where(WebhookEndpoint.name == "Reporting"))).one()
        given_up = update(WebhookDelivery).where(WebhookDelivery.endpoint_id == ours)
        given_up = given_up.values(attempts=14, response_code=500, failure=Failure.STATUS.value)
        work = (await session.scalars(given_up.returning(WebhookDelivery.work_item_id))).one()
        await session.execute(update(WorkItem).where(WorkItem.id == work).values(parked_at=func.now()))
        paused = update(WebhookEndpoint).where(WebhookEndpoint.id == ours)
        await session.execute(paused.values(paused_at=func.now(), pause_reason=PauseReason.FAILING.value))

    manager = await window(MANAGER)
    await manager.go("/console/system/webhooks?state=PARKED")
    await expect(manager.page.get_by_role("cell", name="Answered 500")).to_be_visible()
    await expect(manager.page.get_by_role("main").get_by_role("button")).to_have_count(0)

    await tab.go("/console/system/webhooks?state=PARKED")
    await expect(page.get_by_text("Paused, for it failed for three days.")).to_be_visible()
    await page.get_by_role("button", name="Resume Reporting").click()
    await expect(page.get_by_text("Events are sent to Reporting again.")).to_be_visible()
    await expect(page.get_by_text("Paused, for it failed")).to_have_count(0)
    await page.get_by_role("button", name="Send webhook.test again").click()
    await expect(page.get_by_text("webhook.test is sent again.")).to_be_visible()

    await expect(page.get_by_role("cell", name="Answered 500")).to_have_count(0)
    await page.get_by_text("To be sent", exact=True).click()
    await expect(page.get_by_role("table", name="Deliveries to Reporting")).to_contain_text("To be sent")
    assert tab.complaints == []
