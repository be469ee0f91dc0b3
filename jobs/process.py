"""How a process of jobs runs: by the settings, under its name in the log, to an exit code that the supervisor reads."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from backend import logging
from backend.operation import OperationError
from backend.settings import Settings, SettingsError, settings

UNUSABLE_SETTINGS = 2
SERVER_LOST = 3
"""PostgreSQL or Valkey does not answer: worth starting the process anew."""

Run = Callable[[Settings], Coroutine[Any, Any, int]]


def main_of(name: str, arguments: Sequence[str], run: Run) -> int:
    """Run `python -m jobs.NAME`, which takes no arguments; its exit code."""
    if arguments:
        sys.stderr.write(f"usage: python -m jobs.{name}\n")
        return UNUSABLE_SETTINGS
    return run_as(name, run)


def run_as(name: str, run: Run) -> int:
    """Run to the end under a name; the exit code, after a line for people where it could not begin."""
    try:
        chosen = settings()
        chosen.require("redis_url", "system_url")
        logging.configure(chosen, name)
        return asyncio.run(run(chosen))
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return UNUSABLE_SETTINGS
    except OperationError as error:
        sys.stderr.write(f"{error}\n")
        return SERVER_LOST
