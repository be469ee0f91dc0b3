"""The portal as it comes to a browser: its weight, and what Lighthouse finds of its two first pages."""

from __future__ import annotations

import asyncio
import re
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson

from backend.db.engine import Database
from backend.demo.load import load
from backend.demo.staffing import PASSWORD
from bench.browsing import browser, built, chromium, profile, release, sign_in, stands
from bench.harness import Result, Servers
from bench.serving import ROOT, api, free_port

SOURCES = ROOT / "portal" / "src"
ENTRIES = [SOURCES / "customer" / name for name in ("main.ts", "sign-in.ts")]
IMPORT = re.compile(r"""(?:from\s+|import\s+|import\()["']([^"']+)["']""")
ENDINGS = ("", ".ts", ".tsx", "/index.ts", "/index.tsx")
LIGHTHOUSE = ROOT / "bench" / "lighthouse" / "node_modules" / "lighthouse" / "cli" / "index.js"
CATEGORIES = ("performance", "accessibility", "best-practices")
CUSTOMER = "ines@copperlinecycles.example"
SHARE = 0.05
RUNS = 5
FORMS = {"phone": (), "desk": ("--preset=desktop",)}
"""As Lighthouse emulates them: a slow phone on a slow network, and a desk."""
NOTES_WHEN_IT_STANDS = """new MutationObserver(() => {
  if (document.querySelector("h1") !== null) window.stoodAt ??= performance.now();
}).observe(document, { childList: true, subtree: true })"""
ASKED_FOR = """performance.getEntriesByType("resource")
  .filter(({ startTime }) => startTime < window.stoodAt).map(({ name }) => name)"""
"""What came before the page stood, as against what an open page loads when it has nothing else to do."""
RUN_SECONDS = 180.0
TRIES = 3
KILOBYTE = 1000


async def measure(servers: Servers) -> list[Result]:
    """Weight, reach, and Lighthouse's medians over a small demo."""
    await asyncio.to_thread(_install)
    settings = replace(await servers.settings("bench_portal"), log_level="WARNING", portal_dir=built())
    database = Database(settings)
    await database.open()
    try:
        await load(database, share=SHARE)
        await release(database)
    finally:
        await database.close()
    with ExitStack() as stack:
        server = stack.enter_context(api(settings))
        address = f"http://127.0.0.1:{server.port}/"
        results = [*await _weight(address), _reach()]
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="waymark-bench-profile-")))
        return results + await _lighthouse(address, folder)


def _install() -> None:
    subprocess.run([str(ROOT / "scripts" / "lighthouse.sh")], check=True, timeout=600)


async def _weight(address: str) -> list[Result]:
    """What a browser asks for until Home stands, each asset as gzip makes it."""
    async with browser() as launched:
        page = await launched.new_page()
        await sign_in(page, address, CUSTOMER, PASSWORD)
        await page.add_init_script(NOTES_WHEN_IT_STANDS)
        await page.reload()
        await stands(page)
        loaded = {urlsplit(url).path for url in await page.evaluate(ASKED_FOR)}
    results = []
    for ending, what, bar in ((".js", "JavaScript", 220), (".css", "CSS", 30)):
        files = [path for path in loaded if path.endswith(ending)]
        bytes_ = sum((built() / f"{path.lstrip('/')}.gz").stat().st_size for path in files)
        detail = f"gzip, {len(files)} files, until Home stands"
        results.append(Result(f"portal: {what}", bytes_ / KILOBYTE, "kB", bar, "lower", detail))
    return results


def _reach() -> Result:
    """The modules of the console that the customers' entries lead to, at once or later."""
    seen, waiting = set(ENTRIES), list(ENTRIES)
    while waiting:
        for found in _imports(waiting.pop()):
            if found not in seen:
                seen.add(found)
                waiting.append(found)
    reached = [path for path in seen if path.is_relative_to(SOURCES / "console")]
    return Result("portal: console modules from the customers' entry", len(reached), "", 0, "lower", f"of {len(seen)}")


def _imports(module: Path) -> Iterator[Path]:
    if module.suffix not in {".ts", ".tsx"}:
        return
    for name in IMPORT.findall(module.read_text()):
        if name.startswith(("~/", ".")):
            base = SOURCES / name[2:] if name.startswith("~/") else module.parent / name
            found = next((path for ending in ENDINGS if (path := Path(f"{base}{ending}").resolve()).is_file()), None)
            if found is not None:  # what is not there yet are types that the build makes
                yield found


async def _lighthouse(address: str, folder: Path) -> list[Result]:
    """Medians of cold loads. The session of Home goes with each request, since Lighthouse clears what is stored."""
    port = free_port()
    results = []
    async with profile(folder, port) as context:
        for what in ("sign-in", "Home"):
            more: tuple[str, ...] = ()
            for form, options in FORMS.items():
                found = []
                for _ in range(RUNS):
                    if what == "Home":
                        await context.clear_cookies()
                        page = await context.new_page()
                        await sign_in(page, address, CUSTOMER, PASSWORD)
                        await page.close()
                        cookie = "; ".join(f"{each['name']}={each['value']}" for each in await context.cookies())
                        more = (f"--extra-headers={orjson.dumps({'Cookie': cookie}).decode()}",)
                    found.append(await _measured(address, port, folder / "report.json", *options, *more))
                results += _medians(f"Lighthouse, {what} on a {form}", found)
    return results


async def _measured(address: str, port: int, report: Path, *options: str) -> Any:
    """One report of Lighthouse, which at times misses the start of a load and then has measured nothing."""
    for _ in range(TRIES):
        code = await _judged(address, port, f"--output-path={report}", *options)
        found = await asyncio.to_thread(_taken, report)
        error = found.get("runtimeError", {}).get("code")
        if not code and error is None:
            return found
        if error != "NO_NAVSTART":
            break
    raise RuntimeError(f"Lighthouse ended with exit code {code}, {error or 'no report'}; the browser was {chromium()}")


async def _judged(address: str, port: int, *options: str) -> int:
    """Run Lighthouse once; its exit code."""
    child = await asyncio.create_subprocess_exec(
        "node",
        str(LIGHTHOUSE),
        address,
        f"--port={port}",
        "--output=json",
        "--quiet",
        f"--only-categories={','.join(CATEGORIES)}",
        *options,
    )
    async with asyncio.timeout(RUN_SECONDS):
        return await child.wait()


def _taken(report: Path) -> Any:
    """A report, which is then gone, so that the next run cannot be taken for this one; empty where there is none."""
    if not report.exists():
        return {}
    found = orjson.loads(report.read_bytes())
    report.unlink()
    return found


def _medians(name: str, found: list[Any]) -> list[Result]:
    scores = {key: sorted(each["categories"][key]["score"] * 100 for each in found) for key in CATEGORIES}
    metrics = {
        short: statistics.median(each["audits"][audit]["numericValue"] for each in found)
        for short, audit in (("LCP", "largest-contentful-paint"), ("blocked", "total-blocking-time"))
    }
    detail = f"of {RUNS} cold loads; LCP {metrics['LCP'] / 1000:.1f} s, blocked {metrics['blocked']:.0f} ms"
    bars = {"performance": 95, "accessibility": 100, "best-practices": 100}
    return [
        Result(f"{name}: {key}", statistics.median(scores[key]), "", bars[key], "higher", detail if not number else "")
        for number, key in enumerate(CATEGORIES)
    ]
