"""From `git clone` and `make run` to a page that a customer of the demo can use; packages are cached from before."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from backend.demo.staffing import PASSWORD
from bench.browsing import browser, sign_in
from bench.harness import Result, Servers
from bench.portal import CUSTOMER
from bench.serving import ROOT, free_port

PATIENCE_SECONDS = 600.0


async def measure(_servers: Servers) -> list[Result]:
    """Seconds of one first start, everything included."""
    with tempfile.TemporaryDirectory(prefix="waymark-bench-clone-") as folder:
        clone, port = Path(folder) / "waymark", free_port()
        address = f"http://127.0.0.1:{port}/"
        began = time.perf_counter()
        with _running(clone, port):
            await _until_answered(address, began)
            answered = time.perf_counter() - began
            async with browser() as launched:
                await sign_in(await launched.new_page(), address, CUSTOMER, PASSWORD)
                took = time.perf_counter() - began
    detail = f"environment, portal's build, demo; the sign-in page after {answered:.0f} s"
    return [Result("clone → a customer's Home in a browser", took, "s", 180, "lower", detail)]


@contextmanager
def _running(clone: Path, port: int) -> Iterator[None]:
    clone.parent.chmod(0o711)  # started by root, the servers' own account has to get in
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True, timeout=PATIENCE_SECONDS)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WAYMARK_")}
    child = subprocess.Popen(
        ["make", "--silent", "run", f"PYTHON={sys.executable}"],
        cwd=clone,
        env=environment | {"WAYMARK_PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        os.killpg(child.pid, signal.SIGINT)
        try:
            child.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


async def _until_answered(address: str, began: float) -> None:
    """Raises RuntimeError where nothing answers in time."""
    async with httpx.AsyncClient(timeout=5) as client:
        while time.perf_counter() - began < PATIENCE_SECONDS:
            try:
                if (await client.get(f"{address}readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.2)
    raise RuntimeError(f"`make run` in a fresh clone did not answer within {PATIENCE_SECONDS:.0f} s")
