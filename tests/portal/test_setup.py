"""The first hour of an installation without data, in a real browser: what is left of setting it up is offered."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect
from sqlalchemy import update

from backend.db.embedded import EmbeddedPostgres, EmbeddedValkey
from backend.demo.staffing import PASSWORD
from backend.identity.models import Organization, StaffRole
from backend.program.setup import initialise
from tests.demo.loading import Demo, copied
from tests.factories import make_account, make_staff
from tests.portal.conftest import DESK, in_a_tab, release, served

BOSS, COLLEAGUE = "boss@beacon.example", "colleague@beacon.example"


@pytest.fixture
async def empty(postgres: EmbeddedPostgres, valkey: EmbeddedValkey, template: str) -> AsyncIterator[tuple[Demo, str]]:
    """What `waymark init` leaves, with an admin and a success manager, and the address of its API process."""
    async with copied(postgres, template, "waymark_test_empty") as made:
        async with made.database.begin() as session:
            await initialise(session, name="Beacon")
            await make_staff(session, StaffRole.ADMIN, email=BOSS, password=PASSWORD)
            await make_staff(session, StaffRole.CSM, email=COLLEAGUE, password=PASSWORD)
        await release(made)
        async with served(made, valkey) as address:
            yield made, address


async def test_who_runs_an_empty_waymark_is_led_from_today_to_what_is_left_of_setting_up(
    browser: Browser, empty: tuple[Demo, str]
) -> None:
    made, address = empty
    context = await browser.new_context(viewport=DESK, locale="en-GB", reduced_motion="reduce")
    tab = await in_a_tab(context, address)
    await tab.go("/console")
    await tab.sign_in(BOSS)

    offer = tab.page.get_by_role("alert").filter(has_text="of setting up")
    await expect(offer).to_contain_text("5 steps of setting up are left")
    assert await tab.violations() == []
    await offer.get_by_role("link", name="Open the check list").click()
    await expect(tab.page.get_by_role("heading", level=1, name="Set-up")).to_be_visible()
    await expect(tab.page.get_by_text("4 of 9 done")).to_be_visible()
    await expect(tab.page.get_by_role("listitem").filter(has_text="Next")).to_contain_text("Name a source")

    async with made.database.begin() as session:
        await make_account(session, "First customer")
    await tab.go("/console")
    await expect(offer).to_contain_text("4 steps of setting up are left")
    async with made.database.begin() as session:
        await session.execute(update(Organization).values(is_demo=True))
    await tab.go("/console")
    await expect(tab.page.get_by_role("heading", level=2, name="My tasks")).to_be_visible()
    await expect(offer).to_have_count(0)
    assert tab.complaints == []
    await context.close()


async def test_who_only_works_in_it_is_not_asked_to_set_it_up(browser: Browser, empty: tuple[Demo, str]) -> None:
    context = await browser.new_context(viewport=DESK, locale="en-GB", reduced_motion="reduce")
    tab = await in_a_tab(context, empty[1])
    await tab.go("/console")
    await tab.sign_in(COLLEAGUE)

    await expect(tab.page.get_by_role("heading", level=2, name="My tasks")).to_be_visible()
    await expect(tab.page.get_by_text("of setting up")).to_have_count(0)
    await context.close()
