"""A Chromium before the portal that an API process serves, for what people see and wait for."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from backend.applications import service as applications
from backend.applications.models import PORTAL, Application
from backend.db.engine import Database
from bench.serving import ROOT

DIST = ROOT / "portal" / "dist"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = ["--disable-background-networking", "--disable-component-update", "--no-sandbox"]
PATIENCE_MS = 60_000


def chromium() -> str:
    """The browser of this machine. Raises RuntimeError where there is none."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        raise RuntimeError("This benchmark needs Chromium or Chrome. Debian, Ubuntu: sudo apt install chromium")
    return program


def built() -> Path:
    """The build of the portal. Raises RuntimeError where there is none."""
    if not (DIST / "documents.json").is_file():
        raise RuntimeError("This benchmark needs a build of the portal: scripts/portal.sh makes it.")
    return DIST


async def release(database: Database) -> None:
    """Register what the portal sends, as a migration does."""
    documents = orjson.loads((built() / "documents.json").read_bytes())
    async with database.begin() as session:
        portal = await session.get_one(Application, PORTAL)
        await applications.push(session, name=portal.name, documents=documents)


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """A browser without a window."""
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=chromium(), args=OPTIONS)
        yield launched
        await launched.close()


@asynccontextmanager
async def profile(folder: Path, port: int) -> AsyncIterator[BrowserContext]:
    """A browser whose one profile others reach, too, by its debugging port."""
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            str(folder), executable_path=chromium(), args=[*OPTIONS, f"--remote-debugging-port={port}"]
        )
        yield context
        await context.close()


async def sign_in(page: Page, address: str, email: str, password: str) -> None:
    """Open an address, sign in there, and wait until the page stands."""
    page.set_default_timeout(PATIENCE_MS)
    await page.goto(address)
    await page.locator("input[name=email]").fill(email)
    await page.locator("input[name=password]").fill(password)
    await page.get_by_role("button", name="Sign in").click()
    await stands(page)


async def stands(page: Page) -> None:
    """Wait until the page has its heading and nothing on it is still on its way."""
    await page.wait_for_selector("form", state="detached")
    await page.wait_for_selector("h1")
    await expect(page.locator("[aria-busy=true]:visible")).to_have_count(0, timeout=PATIENCE_MS)
