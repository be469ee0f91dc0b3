"""What members may have done with what is held about them, in a real browser."""

from __future__ import annotations

from pathlib import Path

import orjson
from playwright.async_api import expect
from sqlalchemy import select

from backend.demo.staffing import PASSWORD
from backend.identity.models import Member, Person
from tests.demo.loading import Demo
from tests.factories import make_member
from tests.portal.conftest import MEMBER, Tab


async def test_a_member_takes_a_copy_of_their_data_and_has_themselves_erased(
    tab: Tab, site: tuple[Demo, str], tmp_path: Path
) -> None:
    leaver, page = "leaver@harrowpinefreight.example", tab.page
    async with site[0].database.begin() as session:
        member = await session.scalar(select(Member).join(Person).where(Person.email == MEMBER))
        assert member is not None
        await make_member(session, member.account_id, email=leaver, password=PASSWORD)
    await tab.go("/settings/privacy")
    await tab.sign_in(leaver)

    await page.get_by_role("button", name="Take a copy").click()
    await page.get_by_role("textbox", name="Password").fill("not the password")
    await page.get_by_role("button", name="Download").click()
    await expect(page.get_by_text("That is not your current password.")).to_be_visible()
    await page.get_by_role("textbox", name="Password").fill(PASSWORD)
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Download").click()
    await (await download.value).save_as(tmp_path / "copy.json")
    held = orjson.loads((tmp_path / "copy.json").read_bytes())
    assert [row["email"] for row in held["tables"]["persons"]] == [leaver]

    await page.get_by_role("button", name="Have yourself erased").click()
    await expect(page.get_by_text("What stays")).to_be_visible()
    # A dialog's head is a <header>, which axe takes for a second one of the page.
    assert [each for each in await tab.violations() if not each.startswith("landmark-")] == []
    await page.get_by_role("textbox", name="Password").fill(PASSWORD)
    await page.get_by_role("textbox", name="Your address").fill(MEMBER)
    await page.get_by_role("button", name="Erase me").click()
    await expect(page.get_by_text("That is not the address that you sign in with.")).to_be_visible()
    await page.get_by_role("textbox", name="Your address").fill(leaver)
    await page.get_by_role("button", name="Erase me").click()
    await expect(page.get_by_role("dialog", name="You are erased")).to_be_visible()
    await page.get_by_role("button", name="Leave").click()

    await tab.sign_in(leaver)
    await expect(page.get_by_role("alert")).to_have_text("That did not match. Check the address and the password.")
