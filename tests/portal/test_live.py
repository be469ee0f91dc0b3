"""What happens to a customer shows on open screens by itself: score, sentence and alert, in two people's browsers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
import pytest
from playwright.async_api import Locator, WebSocketRoute, expect
from sqlalchemy import text

from backend.db.embedded import EmbeddedValkey
from backend.db.engine import Database
from backend.demo import situations
from backend.demo.situations import CHAMPION_LEFT
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
    async with working(replace(demo.settings, redis_url=valkey.url())):
        for tab in (csm, manager):
            await tab.go(f"/console/accounts/{account}")
            await tab.page.evaluate("document.body.dataset.mark = 'the same page'")
            await tab.until_followed("AccountMoved", "AccountAlertMoved")
            await expect(tab.page.get_by_text("Nothing is open")).to_be_visible()
        before = await score_of(csm).inner_text()

        await csm.page.get_by_role("button", name="Demo").click()
        await csm.page.get_by_role("menuitem", name="Angry ticket").click()

        for tab in (csm, manager):
            await expect(tab.page.get_by_text("The customer wrote to support in anger (1×).")).to_be_visible()
            await expect(score_of(tab)).not_to_have_text(before)
            await expect(tab.page.get_by_role("region", name="How they do")).to_contain_text("sentiment −")

    for tab in (csm, manager):
        assert await tab.page.evaluate("document.body.dataset.mark") == "the same page"
        assert tab.complaints == []


@dataclass
class Line:
    """A tab's socket, and what was begun on it."""

    route: WebSocketRoute
    begun: dict[str, str] = field(default_factory=dict)
    """The ids of subscriptions, by their names."""
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    """Set by each message of the server."""

    def say(self, **message: Any) -> None:
        """Tell the tab something, as the server would."""
        self.route.send(orjson.dumps(message).decode())


async def lines_of(tab: Tab) -> list[Line]:
    """The sockets that a tab opens from now on."""
    lines: list[Line] = []

    def pass_on(route: WebSocketRoute) -> None:
        line, server = Line(route), route.connect_to_server()
        lines.append(line)

        def hear(message: str | bytes) -> None:
            route.send(message)
            line.heard.set()

        def say(message: str | bytes) -> None:
            asked = orjson.loads(message)
            if asked["type"] == "subscribe":
                line.begun[asked["payload"]["operationName"]] = asked["id"]
            server.send(message)

        server.on_message(hear)
        route.on_message(say)

    await tab.page.route_web_socket(re.compile("/graphql$"), pass_on)
    return lines


async def at_an_account(window: Window, demo: Demo) -> tuple[Tab, list[Line]]:
    """A tab that follows an account, and its sockets."""
    tab = await window(STAFF)
    lines = await lines_of(tab)
    account = (await demo.account(CHAMPION_LEFT, "id"))["id"]
    await tab.go(f"/console/accounts/{account}")
    await tab.until_followed("AccountMoved", "Resync")
    return tab, lines


async def renamed(demo: Demo) -> None:
    """An account has another name, which nobody is told."""
    async with demo.database.begin() as session:
        await session.execute(text("update accounts set name = 'Renamed' where name = :n"), {"n": CHAMPION_LEFT})


async def test_what_changed_while_the_socket_was_lost_shows_once_it_is_back(
    window: Window, site: tuple[Demo, str]
) -> None:
    demo = site[0]
    tab, lines = await at_an_account(window, demo)
    await asyncio.wait_for(lines[0].heard.wait(), PATIENCE_SECONDS)
    await renamed(demo)
    await lines[0].route.close(code=1012)

    await expect(tab.page.get_by_role("heading", level=1, name="Renamed")).to_be_visible()
    assert len(lines) == 2


@pytest.mark.parametrize("error", [None, "RESYNC", "THROTTLED"])
async def test_a_subscription_that_the_api_ended_for_now_is_followed_anew(
    window: Window, site: tuple[Demo, str], error: str | None
) -> None:
    demo = site[0]
    tab, lines = await at_an_account(window, demo)
    await renamed(demo)

    tab.followed.clear()
    ended = lines[0].begun["AccountMoved"]
    errors = [{"message": "Not now.", "extensions": {"code": error}}]
    if error == "RESYNC":
        lines[0].say(id=ended, type="next", payload={"errors": errors})
    if error == "THROTTLED":
        lines[0].say(id=ended, type="error", payload=errors)
    else:
        lines[0].say(id=ended, type="complete")

    await tab.until_followed("AccountMoved")
    await expect(tab.page.get_by_role("heading", level=1, name="Renamed")).to_be_visible()
    assert lines[0].begun["AccountMoved"] != ended
    assert len(lines) == 1


async def test_what_the_api_did_not_hear_of_shows_once_it_says_so(
    window: Window, site: tuple[Demo, str], valkey: EmbeddedValkey
) -> None:
    tab, _ = await at_an_account(window, site[0])
    await renamed(site[0])

    async with asyncio.timeout(PATIENCE_SECONDS):
        while await tab.page.get_by_role("heading", name="Renamed").count() == 0:
            with Doorbell(valkey.url()):  # a process that begins says that there may have been something before
                await tab.page.wait_for_timeout(200)

    await expect(tab.page.get_by_role("heading", level=1, name="Renamed")).to_be_visible()
