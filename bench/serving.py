"""One API process as a child of the benchmark, and the clients that load it."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from socket import socket
from typing import Any

import httpx

from backend.settings import Settings, environment_name

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Server:
    """A server that answers GraphQL requests on a loopback port."""

    port: int
    pid: int

    def ask(self, query: str, key: str, variables: dict[str, Any] | None = None) -> Any:
        """What one request is answered with: `data` or `errors`."""
        answer = httpx.post(
            f"http://127.0.0.1:{self.port}/graphql",
            json={"query": query, "variables": variables or {}},
            headers={"authorization": f"Bearer {key}", "accept": "application/json"},
            timeout=30,
        )
        body: dict[str, Any] = answer.json()
        body.pop("extensions", None)  # what is left in a bucket differs from request to request
        return body

    async def load(
        self,
        requests: list[tuple[str, str]],
        count: int,
        *,
        connections: int = 8,
        path: str = "/graphql",
        scheme: str = "Bearer",
    ) -> Load:
        """Send `count` requests, (key, body) in turn, over kept connections from a process of its own."""
        client = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.load", stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
        )
        order = {
            "port": self.port,
            "path": path,
            "requests": [(f"{scheme} {key}", body) for key, body in requests],
            "count": count,
            "connections": connections,
        }
        printed, _ = await client.communicate(json.dumps(order).encode())
        if client.returncode:
            raise RuntimeError(f"the load generator ended with exit code {client.returncode}")
        return Load(**json.loads(printed))


@dataclass(frozen=True)
class Load:
    """What a load generator saw."""

    seconds: float
    statuses: dict[str, int]
    bytes: int
    median_ms: float
    p95_ms: float

    @property
    def per_second(self) -> float:
        """Requests answered in a second."""
        return sum(self.statuses.values()) / self.seconds


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket() as candidate:
        candidate.bind(("127.0.0.1", 0))
        return int(candidate.getsockname()[1])


def environment(settings: Settings) -> dict[str, str]:
    """The settings as a child process reads them."""
    defaults = Settings()
    values = ((field.name, getattr(settings, field.name)) for field in fields(Settings))
    return {
        environment_name(name): str(int(value)) if isinstance(value, bool) else str(value)
        for name, value in values
        if value != getattr(defaults, name)
    }


@contextmanager
def api(settings: Settings) -> Iterator[Server]:
    """Waymark's own API process, started as the supervisor starts it."""
    chosen = replace(settings, port=free_port())
    with _child(["-m", "backend.serve"], chosen) as server:
        yield server


@contextmanager
def rival(module: str, settings: Settings) -> Iterator[Server]:
    """A rival of `bench/rivals`, under the same server with the same options."""
    chosen = replace(settings, port=free_port())
    with _child(["-m", "bench.rivals.serve", module], chosen) as server:
        yield server


@contextmanager
def _child(arguments: list[str], settings: Settings) -> Iterator[Server]:
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, *arguments], env=environment(settings), cwd=ROOT, stdout=log, stderr=log
        )
        try:
            _await_answer(process, settings.port, log)
            yield Server(settings.port, process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _await_answer(process: subprocess.Popen[bytes], port: int, log: Any) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/livez", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        if process.poll() is not None or time.monotonic() > deadline:
            log.seek(0)
            raise RuntimeError(f"the server did not start:\n{log.read().decode(errors='replace')[-4000:]}")
        time.sleep(0.05)
