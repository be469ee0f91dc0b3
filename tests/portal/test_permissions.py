"""Nobody is shown a button that they may not press."""

from __future__ import annotations

import pytest

from backend.demo.situations import CHAMPION_LEFT
from tests.demo.loading import Demo
from tests.portal.conftest import STAFF, Tab, Window

PAGES = ["", "/health", "/timeline", "/people", "/usage", "/billing"]
NAMES = "all => all.map((each) => each.ariaLabel ?? each.innerText)"
OF_ACCOUNTS = {"Log a touch", "View as customer", "New note", "Pulse", "Choose all of this page"}
OF_TASKS_AND_ALERTS = {"Add a task", "Snooze"}


async def offered(tab: Tab, account: str) -> set[str]:
    """What there is to press or to fill in on the pages of an account and in the list of accounts, by its name."""
    names: set[str] = set()
    for path in [*(f"/console/accounts/{account}{page}" for page in PAGES), "/console/accounts"]:
        await tab.go(path)
        names |= set(await tab.page.locator("main").locator("button, textarea, input").evaluate_all(NAMES))
        if await tab.page.get_by_role("region", name="How they do").get_by_role("button").count():
            names.add("Pulse")
    return names


@pytest.mark.parametrize(
    ("email", "theirs"),
    [
        (STAFF, OF_ACCOUNTS | OF_TASKS_AND_ALERTS),
        ("billing@demo.example", OF_TASKS_AND_ALERTS),
        ("executive@demo.example", set()),
    ],
)
async def test_an_account_and_the_list_offer_what_one_may_do(
    window: Window, site: tuple[Demo, str], email: str, theirs: set[str]
) -> None:
    tab = await window(email)
    account = (await site[0].account(CHAMPION_LEFT, "id"))["id"]

    assert await offered(tab, account) & (OF_ACCOUNTS | OF_TASKS_AND_ALERTS) == theirs
    assert tab.complaints == []
