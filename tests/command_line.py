"""`waymark …` as a person runs it: a process of its own, against one test database."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

from backend.settings import Settings


async def waymark(settings: Settings, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "WAYMARK_SECRET": settings.secret,
        "WAYMARK_SYSTEM_URL": settings.system_url,
        "WAYMARK_SMTP_URL": settings.smtp_url,
        "WAYMARK_MAIL_FROM": settings.mail_from,
    }

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "backend.cli", *arguments],
            env=environment,
            input=typed,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return await asyncio.to_thread(run)
