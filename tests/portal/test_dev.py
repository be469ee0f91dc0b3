"""`make dev`: the portal from its sources, which shows each change of them at once."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, expect

from backend.db.embedded import EmbeddedValkey
from backend.demo.staffing import PASSWORD
from tests.demo.loading import Demo
from tests.e2e.running import ROOT, free_port, wait_until
from tests.portal.conftest import STAFF
from tests.serving import listen

SOURCES = ("src", "scripts", "index.html", "console.html", "sign-in.html")
SETTINGS = ("package.json", "vite.config.ts", "postcss.config.cjs", "tsconfig.json")


@contextmanager
def sources_served(folder: Path, api: str) -> Iterator[str]:
    """The address of Vite's server over a copy of the portal's sources, which a test may change."""
    portal = folder / "portal"
    portal.mkdir()
    for name in (*SOURCES, *SETTINGS):
        made = ROOT / "portal" / name
        if made.is_dir():
            shutil.copytree(made, portal / name)
        else:
            shutil.copy(made, portal / name)
    shutil.copy(ROOT / "schema.graphql", folder)
    (portal / "node_modules").symlink_to(ROOT / "portal/node_modules")
    node = ROOT / ".venv-node/bin"
    environment = {**os.environ, "WAYMARK_API": api, "PATH": f"{node}{os.pathsep}{os.environ['PATH']}"}
    port = free_port()
    vite = portal / "node_modules/vite/bin/vite.js"
    with (folder / "vite.log").open("wb") as log:
        process = subprocess.Popen(
            ["node", str(vite), "--port", str(port)], cwd=portal, env=environment, stdout=log, stderr=log
        )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_until(lambda: process.poll() is not None or _answers(address), "Vite's server")
        assert process.poll() is None, (folder / "vite.log").read_text()
        yield address
    finally:
        process.terminate()
        process.wait(30)


def _answers(address: str) -> bool:
    try:
        return httpx.get(address + "/sign-in").is_success
    except httpx.HTTPError:
        return False


async def test_a_change_of_the_sources_is_shown_at_once(
    browser: Browser, site: tuple[Demo, str], valkey: EmbeddedValkey, tmp_path: Path
) -> None:
    if not (ROOT / "portal/node_modules/.installed").is_file():
        pytest.skip("needs the packages that portal/package-lock.json pins: scripts/portal.sh installs them")
    settings = replace(site[0].settings, redis_url=valkey.url(), env="development")
    async with listen(settings) as api:
        with sources_served(tmp_path, api) as address:
            page = await browser.new_page()
            await page.goto(address + "/console")
            await page.locator("input[name=email]").fill(STAFF)
            await page.locator("input[name=password]").fill(PASSWORD)
            await page.get_by_role("button", name="Sign in").click()
            await expect(page.get_by_role("heading", level=1, name="Today")).to_be_visible()

            words = tmp_path / "portal/src/console/today/messages.en.json"
            words.write_text(words.read_text("utf-8").replace('"title": "Today"', '"title": "This very day"'), "utf-8")
            await expect(page.get_by_role("heading", level=1, name="This very day")).to_be_visible()

            table = tmp_path / "portal/src/console/today/TodayPage.tsx"
            source = table.read_text("utf-8")
            table.write_text(source.replace('<Page title={t("title")}', '<Page title={`${t("title")}!`}'), "utf-8")
            await expect(page.get_by_role("heading", level=1, name="This very day!")).to_be_visible()
            await page.close()
