"""How long the accounts table leaves a press without an answer, with 10,000 accounts behind it.

Interaction to next paint as browsers measure it (event timing of the Web platform): from the press until the next frame
is painted, the worst of all presses, as its definition has it for fewer than fifty.
"""

from __future__ import annotations

from dataclasses import replace

from playwright.async_api import Page

from backend.db.engine import Database
from backend.identity import staff
from backend.identity.models import StaffRole
from bench.browsing import browser, built, release, sign_in, stands
from bench.dataset import fill
from bench.harness import Result, Servers
from bench.serving import api

ACCOUNTS = 10_000
EMAIL, PASSWORD = "bench@waymark.example", "a-password-of-the-benchmark"
ROUNDS = 3
WATCH = """
window.presses = [];
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) if (each.interactionId) window.presses.push([each.name, each.duration]);
}).observe({ type: "event", durationThreshold: 16, buffered: true });
"""


async def measure(servers: Servers) -> list[Result]:
    """The worst of all presses."""
    settings = replace(await servers.settings("bench_interaction"), log_level="WARNING", portal_dir=built())
    await fill(settings, ACCOUNTS)
    database = Database(settings)
    await database.open()
    try:
        await release(database)
        async with database.begin() as session:
            await staff.create(session, email=EMAIL, name="Ada Bench", role=StaffRole.ADMIN)
            await staff.set_password(session, email=EMAIL, password=PASSWORD)
    finally:
        await database.close()
    with api(settings) as server:
        async with browser() as launched:
            page = await launched.new_page(viewport={"width": 1440, "height": 900})
            await page.add_init_script(WATCH)
            await sign_in(page, f"http://127.0.0.1:{server.port}/console/accounts", EMAIL, PASSWORD)
            done = 0
            for _ in range(ROUNDS):
                done += await _work_through(page)
            await page.wait_for_timeout(500)
            presses: list[tuple[str, float]] = await page.evaluate("window.presses")
    times = sorted(took for _, took in presses)
    assert times, "no press took as long as a frame"
    detail = f"the worst of {done} presses; {sum(took > 50 for took in times)} of them took longer than 50 ms"
    return [Result("accounts table: interaction to next paint", times[-1], "ms", 100, "lower", detail)]


async def _work_through(page: Page) -> int:
    """What people do with the table; how many presses that were."""
    table = page.get_by_role("table")
    boxes = table.get_by_role("checkbox")
    for place in (1, 2, 3, 0, 0):  # three rows, the page, none
        await boxes.nth(place).click()
    await page.get_by_role("button", name="Columns").click()
    for name in ("Industry", "Industry"):
        await page.get_by_role("menuitemcheckbox", name=name).or_(page.get_by_label(name)).first.click()
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Sort by Score").click()
    await stands(page)
    await page.get_by_role("button", name="Sort by Name").click()
    await stands(page)
    await page.get_by_role("button", name="Next page").click()
    await stands(page)
    await page.get_by_role("button", name="Previous page").click()
    await stands(page)
    await page.get_by_role("button", name="Add a condition").click()
    await page.keyboard.press("Escape")
    return 14
