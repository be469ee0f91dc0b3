"""The API on a real port, for clients that others made, and the Node project that pins them."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.graphql.world import World
from tests.patience import PATIENCE_SECONDS
from tests.serving import listen

HERE = Path(__file__).parent
RunScript = Callable[..., Awaitable[str]]
"""Runs a script of this folder: its name, arguments, and environment variables by keyword; gives what it printed."""


@pytest.fixture(scope="session")
async def address(world: World) -> AsyncIterator[str]:
    """Where the world's API listens."""
    async with listen(world.settings) as url:
        yield url


@pytest.fixture(scope="session")
def node() -> RunScript:
    """Runs scripts of this folder with Node; skips where Node or the pinned packages are absent."""
    if shutil.which("node") is None:
        pytest.skip("needs Node 20 or later; Debian, Ubuntu: sudo apt install nodejs npm")
    if not (HERE / "node_modules" / ".installed").exists():
        pytest.skip("needs the packages that tests/clients/package-lock.json pins: scripts/clients.sh installs them")

    async def run(script: str, *arguments: str, **environment: str) -> str:
        process = await asyncio.create_subprocess_exec(
            "node",
            script,
            *arguments,
            cwd=HERE,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                printed, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        text = printed.decode()
        assert process.returncode == 0, text
        return text

    return run
