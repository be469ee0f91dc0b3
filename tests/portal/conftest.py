"""A small demo behind an API process of its own, and a browser before it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import orjson
import pytest
from playwright.async_api import (
    Browser,
    BrowserContext,
    Page,
    Request,
    Response,
    Route,
    ViewportSize,
    async_playwright,
    expect,
)
from sqlalchemy import select

from backend.accounts.models import Account
from backend.applications import service as applications
from backend.applications.models import PORTAL, Application
from backend.db.embedded import EmbeddedPostgres, EmbeddedValkey
from backend.demo.situations import CHAMPION_LEFT, visitor_address
from backend.demo.staffing import PASSWORD
from backend.identity.models import Person
from tests.conftest import copy_of, settings_for
from tests.demo.loading import Demo, copied, opened
from tests.factories import make_member
from tests.serving import listen

ROOT = Path(__file__).parents[2]
DIST = ROOT / "portal" / "dist"
AXE = ROOT / "tests" / "portal" / "node_modules" / "axe-core" / "axe.min.js"
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""The first is Debian's Chromium without its windows, which takes a fifth less of a processor."""
OPTIONS = ["--disable-quic", "--disable-background-networking", "--disable-component-update", "--no-sandbox"]
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)
MEMBER = visitor_address(CHAMPION_LEFT)
STAFF, MANAGER, ADMIN = "csm@demo.example", "manager@demo.example", "admin@demo.example"
RELEASED = "waymark_test_released"
PRODUCT = "http://product.localhost:5500"
"""Where the company's own product is, from which its members come signed in."""
DESK, PHONE = ViewportSize(width=1440, height=900), ViewportSize(width=360, height=740)


@dataclass
class Tab:
    """A page of the portal, what it asked the API, and what it complained of."""

    page: Page
    address: str
    asked: list[str] = field(default_factory=list)
    """Names of operations, in the order in which they were sent."""
    answers: list[Response] = field(default_factory=list)
    """What the API answered to them."""
    complaints: list[str] = field(default_factory=list)
    """Errors of scripts, and what the content policy refused."""
    followed: set[str] = field(default_factory=set)
    """Names of the subscriptions that it opened on its socket."""

    async def go(self, path: str) -> None:
        """Open an address and wait until the page stands."""
        await self.page.goto(self.address + path)
        await self.settled()

    async def until_handed_out(self, words: str) -> None:
        """Wait until the server hands out the customers' page with these words in its source."""
        async with asyncio.timeout(PATIENCE_MS / 1000):
            while words not in await (await self.page.request.get(self.address)).text():
                await self.page.wait_for_timeout(100)

    async def turn(self, path: str, heading: str) -> None:
        """Go on within the open page, as a link does, until a page of this heading stands."""
        await self.page.evaluate("path => history.pushState(null, '', path)", path)
        await expect(self.page.get_by_role("heading", level=1, name=heading, exact=True)).to_be_visible()
        await self.settled()

    async def settled(self) -> None:
        """Wait until the page has its heading and nothing on it is still on its way."""
        await self.page.wait_for_selector("h1")
        await expect(self.page.locator("[aria-busy=true]:visible")).to_have_count(0)
        await self.page.evaluate("Promise.allSettled(document.getAnimations().map((each) => each.finished))")

    async def until_followed(self, *subscriptions: str) -> None:
        """Wait until it has asked to be told of changes."""
        async with asyncio.timeout(PATIENCE_MS / 1000):
            while not self.followed.issuperset(subscriptions):
                await self.page.wait_for_timeout(20)

    @asynccontextmanager
    async def unanswered(self) -> AsyncIterator[None]:
        """What it asks the API meanwhile is sent when this is left."""
        is_over = asyncio.Event()

        async def hold(route: Route) -> None:
            await is_over.wait()
            await route.continue_()

        await self.page.route("**/graphql", hold)
        yield
        is_over.set()

    async def sign_in(self, email: str) -> None:
        """Fill in the form that stands there."""
        await self.page.locator("input[name=email]").fill(email)
        await self.page.locator("input[name=password]").fill(PASSWORD)
        await self.page.get_by_role("button", name="Sign in").click()

    async def has_theme(self, scheme: Literal["light", "dark"]) -> None:
        """Give the device another appearance, which the page takes at once."""
        await self.page.emulate_media(color_scheme=scheme)
        await self.page.wait_for_selector(f"html[data-mantine-color-scheme={scheme}]")
        await self.settled()

    async def violations(self, *rules: str) -> list[str]:
        """What axe finds in the page as it stands, by these rules or by all."""
        if not await self.page.evaluate("'axe' in window"):
            # Evaluated by the browser's debugger, which no content policy holds back.
            await self.page.evaluate(AXE.read_text())
        options = {"runOnly": list(rules)} if rules else {}
        found = await self.page.evaluate("options => axe.run(options).then((result) => result.violations)", options)
        return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found]

    async def faults_to_the_eye(self) -> list[str]:
        """What axe finds in the page as it stands, in both themes at both sizes, and whether a phone holds it."""
        found = await self.violations()
        # What a theme changes is colours alone; sizes change the rest as well.
        await self.has_theme("dark")
        found += [f"in the dark: {each}" for each in await self.violations("color-contrast")]
        await self.page.set_viewport_size(PHONE)
        await self.settled()
        if await self.is_wider_than_the_window():
            found.append("is wider than a phone")
        found += [f"on a dark phone: {each}" for each in await self.violations()]
        await self.has_theme("light")
        found += [f"on a light phone: {each}" for each in await self.violations("color-contrast")]
        await self.page.set_viewport_size(DESK)
        return found

    async def is_wider_than_the_window(self) -> bool:
        """Whether the page has to be moved sideways."""
        wider: bool = await self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        return wider


Window = Callable[[str], Awaitable[Tab]]
"""Opens a window for somebody of an address."""


async def release(made: Demo) -> None:
    """Push the documents of the portal's build, without which it may ask nothing."""
    if not (DIST / "documents.json").is_file():
        pytest.skip("needs a build of the portal: scripts/portal.sh makes it")
    documents = orjson.loads((DIST / "documents.json").read_bytes())
    async with made.database.begin() as session:
        portal = await session.get_one(Application, PORTAL)
        await applications.push(session, name=portal.name, documents=documents)


@asynccontextmanager
async def served(made: Demo, valkey: EmbeddedValkey, **more: Any) -> AsyncIterator[str]:
    """The address of an API process of a database: it serves the build of the portal, and takes its documents alone."""
    settings = replace(made.settings, redis_url=valkey.url(), portal_dir=DIST, env="production", **more)
    async with listen(settings) as address:
        yield address


@pytest.fixture(scope="session")
async def released(postgres: EmbeddedPostgres, loaded: str) -> AsyncIterator[str]:
    """The name of a database with a demo and the portal's documents, which nobody is connected to."""
    async with copy_of(postgres, loaded, RELEASED):
        async with opened(settings_for(postgres, RELEASED)) as demo:
            await release(demo)
            async with demo.database.begin() as session:
                await applications.create(session, name="The company's own product", origins=[PRODUCT])
        yield RELEASED


@pytest.fixture
async def site(postgres: EmbeddedPostgres, valkey: EmbeddedValkey, released: str) -> AsyncIterator[tuple[Demo, str]]:
    """A demo that this test alone sees and changes, and the address of its API process."""
    async with copied(postgres, released, "waymark_test_portal") as demo, served(demo, valkey) as address:
        yield demo, address


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A Chromium or Chrome of this machine; skips where there is none."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip("needs Chromium or Chrome; Debian: sudo apt install chromium-headless-shell")
    if not AXE.is_file():
        pytest.skip("needs the packages that tests/portal/package-lock.json pins: scripts/clients.sh installs them")
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=program, args=OPTIONS)
        yield launched
        await launched.close()


@pytest.fixture
async def tab(browser: Browser, site: tuple[Demo, str]) -> AsyncIterator[Tab]:
    """A tab of somebody who is not signed in, at a desk."""
    context = await browser.new_context(viewport=DESK, locale="en-GB", reduced_motion="reduce")
    yield await in_a_tab(context, site[1])
    await context.close()


@pytest.fixture
async def window(browser: Browser, site: tuple[Demo, str]) -> AsyncIterator[Window]:
    """Opens a window of its own for somebody who has signed in; all are closed after the test."""
    contexts: list[BrowserContext] = []

    async def of(email: str) -> Tab:
        contexts.append(await browser.new_context(viewport=DESK, locale="en-GB", reduced_motion="reduce"))
        answer = await contexts[-1].request.post(
            f"{site[1]}/auth/sign-in",
            data={"email": email, "password": PASSWORD, "cookie": True},
            headers={"origin": site[1]},
        )
        assert answer.ok, await answer.text()
        return await in_a_tab(contexts[-1], site[1])

    yield of
    for context in contexts:
        await context.close()


async def make_newcomer(demo: Demo, email: str, *names: str) -> None:
    """A person of these accounts, of whom no other test knows."""
    async with demo.database.begin() as session:
        person: Person | None = None
        for name in names:
            account = (await session.scalars(select(Account.id).where(Account.name == name))).one()
            made = await make_member(session, account, person, email=email, password=PASSWORD, role="ADMIN")
            person = await session.get_one(Person, made.person_id)


async def in_a_tab(context: BrowserContext, address: str) -> Tab:
    """One more tab of a browser's window."""
    context.set_default_timeout(PATIENCE_MS)
    made = Tab(await context.new_page(), address)
    made.page.on("request", lambda request: _note(made, request))
    made.page.on("response", lambda response: made.answers.append(response) if _is_asked(response.request) else None)
    made.page.on("websocket", lambda socket: socket.on("framesent", lambda frame: _note_frame(made, frame)))
    made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
    made.page.on(
        "console",
        lambda message: made.complaints.append(message.text) if "Content Security Policy" in message.text else None,
    )
    return made


def _is_asked(request: Request) -> bool:
    return request.url.endswith("/graphql") and request.method == "POST"


def _note(tab: Tab, request: Request) -> None:
    if _is_asked(request):
        tab.asked.append(orjson.loads(request.post_data or "{}")["operationName"])


def _note_frame(tab: Tab, frame: str | bytes) -> None:
    payload = orjson.loads(frame).get("payload") or {}
    if "operationName" in payload:
        tab.followed.add(payload["operationName"])
