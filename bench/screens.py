"""The demo's button "angry ticket" on two people's screens: from the press until both show what came of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import UUID

from playwright.async_api import Page
from sqlalchemy import text

from backend.db.engine import Database
from backend.demo.load import load
from backend.demo.staffing import PASSWORD
from bench.browsing import browser, built, release, sign_in, stands
from bench.demo import CUSTOMERS, PRESSES
from bench.harness import Result, Servers
from bench.live import process
from bench.serving import api

PEOPLE = ("csm@demo.example", "manager@demo.example")
SHARE = 0.3
SETTLE_MS = 3_000
"""Until both pages follow what happens to the account."""
WATCH = """
(patience) => {
  const said = () => document.querySelector("main").innerText;
  const score = () => /^\\d+(\\.\\d+)?$/m.exec(said())?.[0];
  const sentence = () => /^[+−].* since .*=.*$/m.exec(said())?.[0];
  const before = [score(), sentence()];
  window.seen = new Promise((resolve) => {
    const until = Date.now() + patience;
    const look = () => {
      const isThere = said().includes("in anger") && score() !== before[0] && sentence() !== before[1];
      if (isThere) requestAnimationFrame(() => resolve(Date.now()));
      else if (Date.now() > until) resolve(null);
      else setTimeout(look, 10);
    };
    look();
  });
  document.addEventListener("click", () => { window.pressed = Date.now(); }, { capture: true });
}
"""
PATIENCE_MS = 30_000


async def measure(servers: Servers) -> list[Result]:
    """The slowest of some presses."""
    settings = replace(await servers.settings("bench_screens"), log_level="WARNING", portal_dir=built())
    database = Database(settings)
    await database.open()
    try:
        await load(database, share=SHARE)
        await release(database)
        async with database.begin() as session:
            accounts = (await session.scalars(text(CUSTOMERS), {"many": PRESSES + 1})).all()
    finally:
        await database.close()
    with (
        api(settings) as server,
        process(settings, "jobs.clock"),
        process(settings, "jobs.worker", "critical"),
        process(settings, "jobs.worker", "default"),
    ):
        async with browser() as launched:
            pages = []
            for email in PEOPLE:
                context = await launched.new_context(viewport={"width": 1440, "height": 900})
                page = await context.new_page()
                await sign_in(page, f"http://127.0.0.1:{server.port}/console", email, PASSWORD)
                pages.append(page)
            times = [await _press(pages, server.port, account) for account in accounts]
    times = sorted(times[1:])  # the first is to warm up
    detail = f"score, sentence and alert on both; slowest of {PRESSES}, median {times[PRESSES // 2]:.2f} s"
    return [Result("angry ticket → two people's screens", times[-1], "s", 2.0, "lower", detail)]


async def _press(pages: list[Page], port: int, account: UUID) -> float:
    """Seconds from the press on the first page until the last of them shows what came of it."""
    for page in pages:
        await page.goto(f"http://127.0.0.1:{port}/console/accounts/acct_{account.hex}/overview")
        await stands(page)
    await pages[0].wait_for_timeout(SETTLE_MS)
    for page in pages:
        await page.evaluate(WATCH, PATIENCE_MS)
    await pages[0].get_by_role("button", name="Demo").click()
    await pages[0].get_by_role("menuitem", name="Angry ticket").click()
    seen = await asyncio.gather(*(page.evaluate("window.seen") for page in pages))
    pressed = await pages[0].evaluate("window.pressed")
    return (max(seen) - pressed) / 1000 if None not in seen else float("inf")
