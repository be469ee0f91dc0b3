"""Ends process groups once the parent is gone: `<group> <signal>` lines on stdin, signal 0 to forget a group.

Run as a script by `backend.children` where the kernel has no signal at the parent's death; imports nothing of ours.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterable

PATIENCE_SECONDS = 15.0


def main(lines: Iterable[str]) -> None:
    """Follow the lines to their end, which is the parent's end, then signal every group and kill what stays."""
    groups: dict[int, int] = {}
    for line in lines:
        group, number = map(int, line.split())
        groups[group] = number
        if number == 0:
            del groups[group]
    for group, number in groups.items():
        _signal(group, number)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while groups and time.monotonic() < deadline:
        time.sleep(0.05)
        groups = {group: number for group, number in groups.items() if _signal(group, 0)}
    for group in groups:
        _signal(group, signal.SIGKILL)


def _signal(group: int, number: int) -> bool:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
        return True
    return False


if __name__ == "__main__":
    main(sys.stdin)
