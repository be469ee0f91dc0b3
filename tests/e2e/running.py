"""`waymark run` as a real process, for tests."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import httpx
import psutil

from backend.db.embedded import EmbeddedPostgres, EmbeddedValkey
from tests.patience import PATIENCE_SECONDS

ROOT = Path(__file__).resolve().parents[2]

T = TypeVar("T")


def wait_until(condition: Callable[[], T | None], what: str) -> T:
    """Poll until the condition holds, and give what it answered; fail naming `what` when patience ends."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"still waiting after {PATIENCE_SECONDS:.0f} s: {what}"
        time.sleep(0.05)
    return answer


def free_port() -> int:
    with socket.socket() as candidate:
        candidate.bind(("127.0.0.1", 0))
        return int(candidate.getsockname()[1])


class Running:
    """A supervisor with its data directory, its port and what it printed."""

    def __init__(self, data_dir: Path, port: int, *, log: Path, **environment: str) -> None:
        self.data_dir, self.port, self.log = data_dir, port, log
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("WAYMARK_")}
        ours = {"WAYMARK_DATA_DIR": str(data_dir), "WAYMARK_PORT": str(port), "WAYMARK_DEMO": "0"}
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "backend.cli", "run"],
                env=inherited | ours | environment,
                cwd=ROOT,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def await_ready(self) -> None:
        try:
            wait_until(lambda: "Waymark serves" in self.printed() or self.process.poll() is not None, "the ready line")
        except AssertionError as never:
            raise AssertionError(f"{never}\n{self.printed()}") from None
        assert self.process.poll() is None, self.printed()

    def printed(self) -> str:
        return self.log.read_text(errors="replace")

    def children(self) -> dict[str, psutil.Process]:
        """The running children by what they run: postgres, valkey-server, backend.serve, jobs.worker bulk, …"""
        found = {}
        with contextlib.suppress(psutil.NoSuchProcess):
            for child in psutil.Process(self.process.pid).children():
                with contextlib.suppress(psutil.NoSuchProcess):
                    command = child.cmdline()
                    if child.status() != psutil.STATUS_ZOMBIE and command:
                        name = " ".join(command[2:]) if "-m" in command[:2] else Path(command[0].split()[0]).name
                        found[name] = child
        return found

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/readyz", timeout=10).status_code == 200
        except httpx.HTTPError:
            return False

    def superuser_url(self) -> str:
        secret = json.loads((self.data_dir / "secrets.json").read_text())["postgres:postgres"]
        port = json.loads((self.data_dir / "ports.json").read_text())["postgres"]
        return f"postgresql://postgres:{secret}@127.0.0.1:{port}/waymark"

    def redis_url(self) -> str:
        secret = json.loads((self.data_dir / "secrets.json").read_text())["valkey"]
        port = json.loads((self.data_dir / "ports.json").read_text())["valkey"]
        return f"redis://:{secret}@127.0.0.1:{port}/0"

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def stop(self) -> int:
        """Ctrl-C, and the exit code."""
        self.interrupt()
        return self.process.wait(PATIENCE_SECONDS)


def checkout_in(folder: Path) -> Path:
    """A folder like a checkout, whose `./waymark` runs these sources with this interpreter."""
    checkout = folder / "checkout"
    checkout.mkdir()
    for name in ("backend", "jobs", "migrations", "examples"):
        (checkout / name).symlink_to(ROOT / name)
    shutil.copy(ROOT / "waymark", checkout / "waymark")
    (checkout / ".venv" / "bin").mkdir(parents=True)
    python = checkout / ".venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    return checkout


def discard(data_dir: Path) -> None:
    """Delete the servers' files, which lie elsewhere when root's own folders are closed to them."""
    EmbeddedValkey(data_dir).remove()
    EmbeddedPostgres(data_dir).remove()


@contextlib.contextmanager
def running(data_dir: Path, port: int | None = None, **environment: str) -> Iterator[Running]:
    """A supervisor, ready, and ended afterwards whatever the test did to it."""
    started = Running(
        data_dir, port or free_port(), log=data_dir.with_suffix(f".{time.monotonic_ns()}.log"), **environment
    )
    try:
        started.await_ready()
        yield started
    finally:
        if started.process.poll() is None:
            started.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                started.process.wait(PATIENCE_SECONDS)
            if started.process.poll() is None:
                started.process.kill()
                started.process.wait()
