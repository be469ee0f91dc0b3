"""What happens to a customer shows on open screens by itself: score, sentence and alert, in two people's browsers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from playwright.async_api import Locator, WebSocketRoute, expect
from sqlalchemy import text

from backend.db.embedded import EmbeddedValkey
from backend.db.engine import Database
from backend.demo import situations
from backend.settings import Settings
from backend.work.doorbell import Doorbell
from jobs import actors
from jobs.live import follow_where_needed
from jobs.runner import Runner
from tests.demo.loading import Demo
from tests.patience import PATIENCE_SECONDS
from tests.portal.conftest import MANAGER, STAFF, Tab, Window

assert actors.MODULES
KINDS = ("demo.act", "support.take_events", "alerts.hear", "health.follow")
DOES_WELL = """select name from accounts join current_health on account_id = accounts.id
    where band = 'GREEN' and category = 'SECURE' and name <> all(:others) and customer_since < waymark_today() - 100
        and not exists (select from alerts where account_id = accounts.id and state <> 'RESOLVED')
    order by name limit 1"""


@asynccontextmanager
async def working(settings: Settings) -> AsyncIterator[None]:
    """What clock and workers do of the kinds that a button of the demo asks for, until it is left."""
    with Doorbell(settings.redis_url) as doorbell:
        database = Database(settings, ring=doorbell.ring, announce=doorbell.announce)
        await database.open()
        runner, is_over = Runner(database), asyncio.Event()

        async def work() -> None:
            while not is_over.is_set():
                async with database.begin() as session:
                    await follow_where_needed(session)
                for kind in KINDS:
                    await runner.answer(kind)

        worker = asyncio.create_task(work())
        yield
        is_over.set()
        await worker
        await database.close()


def score_of(tab: Tab) -> Locator:
    """The score in the head of an account."""
    return tab.page.get_by_role("region", name="How they do").locator("p").first


async def test_an_angry_ticket_moves_what_two_people_see_without_a_reload(
    window: Window, site: tuple[Demo, str], valkey: EmbeddedValkey
) -> None:
    csm, manager, demo = await window(STAFF), await window(MANAGER), site[0]
    async with demo.database.begin() as session:
        name = await session.scalar(text(DOES_WELL), {"others": list(situations.TABLE)})
    account = (await demo.account(name, "id"))["id"]
    for tab in (csm, manager):
        await tab.go(f"/console/accounts/{account}")
        await tab.page.evaluate("document.body.dataset.mark = 'the same page'")
        await tab.until_followed("AccountMoved", "AccountAlertMoved")
        await expect(tab.page.get_by_text("Nothing is open")).to_be_visible()
    before = await score_of(csm).inner_text()

    async with working(replace(demo.settings, redis_url=valkey.url())):
        await csm.page.get_by_role("button", name="Demo").click()
        await csm.page.get_by_role("menuitem", name="Angry ticket").click()

        for tab in (csm, manager):
            await expect(tab.page.get_by_text("The customer wrote to support in anger (1×).")).to_be_visible()
            await expect(score_of(tab)).not_to_have_text(before)
            await expect(tab.page.get_by_role("region", name="How they do")).to_contain_text("sentiment −")

    for tab in (csm, manager):
        assert await tab.page.evaluate("document.body.dataset.mark") == "the same page"
        assert tab.complaints == []


async def test_what_changed_while_the_socket_was_lost_shows_once_it_is_back(
    window: Window, site: tuple[Demo, str]
) -> None:
    tab, demo = await window(STAFF), site[0]
    lines: list[WebSocketRoute] = []
    heard = asyncio.Event()

    def pass_on(line: WebSocketRoute) -> None:
        server = line.connect_to_server()

        def hear(message: str | bytes) -> None:
            line.send(message)
            heard.set()

        server.on_message(hear)
        lines.append(line)

    await tab.page.route_web_socket(re.compile("/graphql$"), pass_on)
    account = (await demo.account(situations.CHAMPION_LEFT, "id"))["id"]
    await tab.go(f"/console/accounts/{account}")
    await asyncio.wait_for(heard.wait(), PATIENCE_SECONDS)
    async with demo.database.begin() as session:
        await session.execute(
            text("update accounts set name = 'Renamed' where name = :n"), {"n": situations.CHAMPION_LEFT}
        )
    await lines[0].close(code=1012)

    await expect(tab.page.get_by_role("heading", level=1, name="Renamed")).to_be_visible()
    assert len(lines) == 2
