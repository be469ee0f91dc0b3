"""What `waymark init` asks whoever sits at the terminal."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import subprocess
import sys
import time
from select import select as readable

from sqlalchemy import select

from backend.db.engine import Database
from backend.identity.models import Organization
from backend.settings import Settings
from tests.patience import PATIENCE_SECONDS

QUESTION = "begin with your own data (own)?"


def at_a_terminal(settings: Settings, *answers: str) -> tuple[int, str]:
    """The exit code and all that stood on the terminal, each answer typed once the question was asked again."""
    environment = {
        "PATH": os.environ["PATH"],
        "WAYMARK_SECRET": settings.secret,
        "WAYMARK_SYSTEM_URL": settings.system_url,
        "TERM": "dumb",
    }
    screen, keyboard = pty.openpty()
    command = [sys.executable, "-m", "backend.cli", "init", "--name", "Harbour"]
    process = subprocess.Popen(command, stdin=keyboard, stdout=keyboard, stderr=keyboard, env=environment)
    os.close(keyboard)
    shown, left, deadline = "", list(answers), time.monotonic() + PATIENCE_SECONDS
    with contextlib.suppress(OSError):  # EIO: the other end is closed
        while time.monotonic() < deadline and (process.poll() is None or readable([screen], [], [], 0)[0]):
            if not readable([screen], [], [], 0.1)[0]:
                continue
            read = os.read(screen, 4096)
            if not read:
                break
            shown += read.decode()
            if left and shown.count(QUESTION) > len(answers) - len(left):
                os.write(screen, f"{left.pop(0)}\n".encode())
    os.close(screen)
    return process.wait(PATIENCE_SECONDS), shown


async def test_whoever_is_there_is_asked_for_the_demo_or_their_own_data(settings: Settings, database: Database) -> None:
    code, shown = await asyncio.to_thread(at_a_terminal, settings, "both", "own")

    assert code == 0, shown
    assert "Look around in the demo organization first (demo), or begin with your own data (own)?" in shown
    assert "[demo]" in shown
    assert "'both' is not one of" in shown
    assert "Harbour is set up: time zone UTC" in shown
    async with database.begin() as session:
        assert await session.scalar(select(Organization.name)) == "Harbour"

    code, shown = await asyncio.to_thread(at_a_terminal, settings)
    assert (code, QUESTION in shown) == (0, False), "what is set up is not asked for again"
    assert "was set up before and stays as it is" in shown
