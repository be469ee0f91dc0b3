"""docs/programs.md, run: every command with the output that the page shows; `…` stands for what varies."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from backend.settings import Settings
from tests.patience import PATIENCE_SECONDS

ROOT = Path(__file__).resolve().parents[2]


async def test_the_guide_shows_what_happens(settings: Settings, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "programs.md").read_text("utf-8")
    steps = [
        (command, shown)
        for block in re.findall(r"```console\n(.*?)```", page, re.DOTALL)
        for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)
    ]
    waymark = f"{shlex.quote(sys.executable)} -m backend.cli"
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "WAYMARK_SYSTEM_URL": settings.system_url}

    def run(command: str) -> str:
        return subprocess.run(
            ["sh", "-c", re.sub(r"^waymark\b", waymark, command)],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        ).stdout

    assert len(steps) > 8
    for command, shown in steps:
        output = await asyncio.to_thread(run, command)
        pattern = ".*".join(re.escape(part) for part in shown.split("…"))
        assert re.fullmatch(pattern, output), f"$ {command}\n{output}"
