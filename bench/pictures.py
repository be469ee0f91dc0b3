"""`make screenshots`: the pictures of README and docs, taken of the whole demo on a day that does not move.

The database's clock is set to that day before the demo is loaded, and so is the browser's; both then show the same
again, whenever it is run. Needs an installed Chromium or Chrome.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
import tempfile
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import asyncpg
from playwright.async_api import Browser, Page, ViewportSize, expect

from backend.db.embedded import EmbeddedPostgres, EmbeddedValkey
from backend.db.engine import Database
from backend.demo.load import load
from backend.demo.situations import CHAMPION_LEFT, visitor_address
from backend.demo.staffing import PASSWORD
from bench.browsing import PATIENCE_MS, browser, built, chromium, release, sign_in
from bench.harness import Servers
from bench.serving import ROOT, api

FOLDER = ROOT / "docs" / "pictures"
NOW = datetime(2026, 11, 17, 10, 0, tzinfo=UTC)
DESK, PHONE = ViewportSize(width=1440, height=900), ViewportSize(width=390, height=844)
QUALITY = 82
CSM, ADMIN, CUSTOMER = "csm@demo.example", "admin@demo.example", visitor_address(CHAMPION_LEFT)
FILTER = quote(json.dumps({"category": {"in": ["AT_RISK", "CRITICAL"]}, "tier": {"in": ["business", "professional"]}}))
FOUND = "select 'acct_' || replace(id::text, '-', '') from accounts where name = $1"


@dataclass(frozen=True)
class Picture:
    """A page as somebody sees it."""

    name: str
    who: str
    path: str
    is_dark: bool = False
    window: ViewportSize = field(default_factory=lambda: DESK)


async def take(postgres: EmbeddedPostgres, valkey: EmbeddedValkey) -> None:
    """Load the demo as of NOW and take every picture."""
    settings = replace(await Servers(postgres, valkey).movable("pictures"), portal_dir=built(), env="production")
    owner = await asyncpg.connect(settings.migrate_url)
    await owner.execute("insert into clock_offset (id, moved_by) values (1, $1)", NOW - datetime.now(UTC))
    database = Database(settings)
    await database.open()
    try:
        print("Loading the demo ...")
        await load(database)
        await release(database)
    finally:
        await database.close()
    account = await owner.fetchval(FOUND, CHAMPION_LEFT)
    await owner.close()
    with api(settings) as server:
        async with browser() as launched:
            for picture in pictures(account):
                await _take(launched, f"http://127.0.0.1:{server.port}", picture)


def pictures(account: str) -> list[Picture]:
    """All pictures, `account` being that of the story which the docs tell."""
    return [
        Picture("today", CSM, "/console"),
        Picture("account", CSM, f"/console/accounts/{account}"),
        Picture("accounts", CSM, f"/console/accounts?filter={FILTER}&order=HEALTH.ASC"),
        Picture("health-model", ADMIN, "/console/programs/health"),
        Picture("home", CUSTOMER, "/"),
        Picture("health-phone", CUSTOMER, "/insights/health", window=PHONE),
        Picture("today-dark", CSM, "/console", is_dark=True),
    ]


async def _take(launched: Browser, address: str, picture: Picture) -> None:
    context = await launched.new_context(
        viewport=picture.window,
        locale="en-GB",
        timezone_id="UTC",
        color_scheme="dark" if picture.is_dark else "light",
        reduced_motion="reduce",
    )
    await context.clock.set_fixed_time(NOW)
    page = await context.new_page()
    face = "/console" if picture.path.startswith("/console") else "/"
    await sign_in(page, address + face, picture.who, PASSWORD)
    await page.goto(address + picture.path)
    await page.mouse.move(0, 0)
    await page.wait_for_load_state("networkidle")
    await page.wait_for_selector("h1")
    await expect(page.locator("[aria-busy=true]:visible")).to_have_count(0, timeout=PATIENCE_MS)
    await asyncio.to_thread(_write, FOLDER / f"{picture.name}.webp", await _shot(page))
    await context.close()


async def _shot(page: Page) -> bytes:
    # Playwright itself writes no WebP, which weighs a fifth of a PNG.
    session = await page.context.new_cdp_session(page)
    shot = await session.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    return base64.b64decode(shot["data"])


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    print(f"{path.relative_to(ROOT)}: {len(content) / 1e3:.0f} kB")


def main() -> int:
    """Take the pictures. Exit code 1 where there is no browser or no build of the portal."""
    try:
        chromium()
        built()
    except RuntimeError as missing:
        print(missing, file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="waymark-pictures-") as folder:
        base = Path(folder)
        base.chmod(0o711)  # started by root, the servers' own account has to get in
        with EmbeddedPostgres(base / "pg") as postgres, EmbeddedValkey(base / "valkey") as valkey:
            asyncio.run(take(postgres, valkey))
    return 0


if __name__ == "__main__":
    sys.exit(main())
