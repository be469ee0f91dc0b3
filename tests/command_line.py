"""`waymark …` as a person runs it: a process of its own, against one test database.

The process is forked from one that has imported every command, since a second of importing would be most of each of the
some hundred runs. `tests/e2e` and `tests/test_command_line.py` begin the interpreter anew.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from multiprocessing import get_context
from pathlib import Path

from backend.cli import COMMANDS, main
from backend.settings import Settings
from tests.patience import PATIENCE_SECONDS

IN, OUT, ERR = "in", "out", "err"
_processes = get_context("forkserver")
_processes.set_forkserver_preload(sorted({command.partition(":")[0] for command in COMMANDS.values()}))


async def waymark(settings: Settings, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    """What a command with these arguments printed, and its exit code; `typed` is its standard input."""
    environment = {
        "PATH": os.environ["PATH"],
        "WAYMARK_SECRET": settings.secret,
        "WAYMARK_SYSTEM_URL": settings.system_url,
        "WAYMARK_SMTP_URL": settings.smtp_url,
        "WAYMARK_MAIL_FROM": settings.mail_from,
    }
    with tempfile.TemporaryDirectory(prefix="waymark-command-") as name:
        folder = Path(name)
        (folder / IN).write_text(typed, "utf-8")
        code = await asyncio.to_thread(_run, folder, environment, arguments)
        printed, said = ((folder / each).read_text("utf-8") for each in (OUT, ERR))
        return subprocess.CompletedProcess(["waymark", *arguments], code, printed, said)


def _run(folder: Path, environment: Mapping[str, str], arguments: tuple[str, ...]) -> int:
    process = _processes.Process(target=_command, args=(folder, environment, arguments))
    process.start()
    process.join(PATIENCE_SECONDS)
    if process.exitcode is None:
        process.kill()
        process.join()
        raise subprocess.TimeoutExpired(["waymark", *arguments], PATIENCE_SECONDS)
    return process.exitcode


def _command(folder: Path, environment: Mapping[str, str], arguments: tuple[str, ...]) -> None:
    """Become the command: its environment and standard streams alone."""
    os.environ.clear()
    os.environ.update(environment)
    for descriptor, name in enumerate((IN, OUT, ERR)):
        with (folder / name).open("rb" if name == IN else "wb") as file:
            os.dup2(file.fileno(), descriptor)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - multiprocessing closed the one that was there
    main(list(arguments), prog_name="waymark")
