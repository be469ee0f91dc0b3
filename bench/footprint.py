"""What one API process weighs after ten thousand mixed requests, and how soon a second `make run` is ready."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil

from bench.dataset import Dataset, fill
from bench.harness import Result, Servers
from bench.questions import INTROSPECTION, MEMBER_HOME, MISTAKES, STAFF_ACCOUNT, STAFF_LIST
from bench.serving import ROOT, Server, api, free_port

REQUESTS = 10_000
VARIANTS = 150
"""Texts of each question, so that the caches of documents and plans fill up as they do in a year of front ends."""
STARTS = 3
PATIENCE_SECONDS = 120.0


async def measure(servers: Servers) -> list[Result]:
    """Resident memory in MB (10^6 bytes), and seconds to ready."""
    return [await _memory(servers), await asyncio.to_thread(_second_start)]


async def _memory(servers: Servers) -> Result:
    data = await fill(await servers.settings("footprint"))
    with api(data.settings) as server:
        process = psutil.Process(server.pid)
        before = process.memory_info().rss / 1e6
        _require_answers(server, data)
        requests = mixed(data)
        load = await server.load(requests, REQUESTS)
        after = process.memory_info().rss / 1e6
    answered = ", ".join(f"{count} × {status}" for status, count in sorted(load.statuses.items()))
    detail = f"{before:.0f} MB at start; {len({body for _, body in requests})} documents; {answered}"
    return Result(f"API memory after {REQUESTS} mixed requests", after, "MB", 250, "lower", detail)


def _require_answers(server: Server, data: Dataset) -> None:
    """Raise AssertionError unless the questions that should be answered are, and the mistakes are refused."""
    days = {"from": str(data.today - timedelta(days=28)), "to": str(data.today)}
    account = {"id": f"acct_{data.member_account.hex}"}
    asked: list[tuple[str, str, dict[str, Any]]] = [
        (data.member_key, MEMBER_HOME, days),
        (data.staff_key, STAFF_ACCOUNT, account | days),
        (data.staff_key, STAFF_LIST, {"first": 10}),
        (data.member_key, INTROSPECTION, {}),
    ]
    for key, query, variables in asked:
        answer = server.ask(query, key, variables)
        assert "errors" not in answer, answer
    for query in MISTAKES:
        assert server.ask(query, data.member_key)["errors"], query


def mixed(data: Dataset) -> list[tuple[str, str]]:
    """Requests of members, staff, a stranger and a clumsy client, (key, body) each."""
    days = {"from": str(data.today - timedelta(days=28)), "to": str(data.today)}
    account = {"id": f"acct_{data.member_account.hex}"}
    made: list[tuple[str, str]] = []
    for number in range(VARIANTS):
        made += [
            (data.member_key, _body(_varied(MEMBER_HOME, number), days)),
            (data.staff_key, _body(_varied(STAFF_ACCOUNT, number), account | days)),
            (data.staff_key, _body(_varied(STAFF_LIST, number), {"first": 10 + number % 41})),
            (data.member_key, _body(_varied(STAFF_LIST, number), {"first": 50})),
            (data.member_key, _body(_varied(INTROSPECTION, number), {})),
            (data.member_key, _body(_varied(MISTAKES[number % len(MISTAKES)], number), {})),
            ("", _body(MEMBER_HOME, days)),
        ]
    return made


def _varied(document: str, number: int) -> str:
    """The same question under another name: to every cache it is another document."""
    return f"# variant {number}\n{document}"


def _body(query: str, variables: Mapping[str, object]) -> str:
    return json.dumps({"query": query, "variables": variables})


def _second_start() -> Result:
    """Start `waymark run` on an empty data directory, stop it, then time it until /readyz says 200."""
    with tempfile.TemporaryDirectory(prefix="waymark-bench-run-") as folder:
        first, *others = [_seconds_to_ready(Path(folder) / "data") for _ in range(1 + STARTS)]
    detail = f"first start, on an empty data directory, the demo loaded: {first:.1f} s"
    return Result("second `make run` to ready", statistics.median(others), "s", 10, "lower", detail)


def _seconds_to_ready(data_dir: Path) -> float:
    port = free_port()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("WAYMARK_")}
    with tempfile.TemporaryFile() as log:
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "backend.cli", "run"],
            env=inherited | {"WAYMARK_DATA_DIR": str(data_dir), "WAYMARK_PORT": str(port)},
            cwd=ROOT,
            stdout=log,
            stderr=log,
        )
        try:
            while not _is_ready(port):
                if process.poll() is not None or time.perf_counter() - started > PATIENCE_SECONDS:
                    log.seek(0)
                    raise RuntimeError(f"waymark run did not get ready:\n{log.read().decode(errors='replace')[-4000:]}")
                time.sleep(0.02)
            return time.perf_counter() - started
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def _is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=10).status_code == 200
    except httpx.TransportError:
        return False
