"""Child processes that never outlive their parent, in process groups of their own.

On Linux the kernel ends a child when the thread that started it ends, so children are started from the main
thread. Elsewhere a small guard process (`backend/child_guard.py`) holds a pipe whose end tells it that the parent
is gone.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import pwd
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1
LINUX = platform.system() == "Linux"
_LIBC = ctypes.CDLL(None) if LINUX else None


@dataclass(frozen=True)
class Account:
    """The operating-system user and group that a child runs as."""

    uid: int
    gid: int


def unprivileged_account(existing: Path | None = None) -> Account | None:
    """The account for servers that refuse to run as root: None unless this process is root.

    Where `existing` is there already and belongs to somebody but root, its owner is used; else `nobody`.
    """
    if os.geteuid() != 0:
        return None
    if existing is not None and existing.exists() and existing.stat().st_uid != 0:
        status = existing.stat()
        return Account(status.st_uid, status.st_gid)
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return Account(65534, 65534)
    return Account(entry.pw_uid, entry.pw_gid)


def start_child(
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    account: Account | None = None,
    output: IO[bytes] | int | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a child in its own session. It receives `death_signal` when this process ends, however it ends.

    Raises RuntimeError outside the main thread, since the kernel watches the starting thread, not the process.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("Children are started from the main thread: they end with the thread that starts them.")
    child = subprocess.Popen(
        [str(part) for part in argv],
        env=None if env is None else dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
        preexec_fn=_die_with_parent(death_signal),
        user=None if account is None else account.uid,
        group=None if account is None else account.gid,
        extra_groups=None if account is None else [],
    )
    if not LINUX:
        _guard().watch(child.pid, death_signal)
    return child


def _die_with_parent(death_signal: signal.Signals) -> Callable[[], None] | None:
    if _LIBC is None:
        return None
    prctl, parent, number = _LIBC.prctl, os.getpid(), int(death_signal)

    def before_exec() -> None:
        prctl(PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:  # the parent ended between fork and here
            os._exit(1)

    return before_exec


def end_child(child: subprocess.Popen[bytes], steps: Sequence[tuple[signal.Signals, float]]) -> int:
    """Send each signal in turn until the child has ended within that step's seconds; SIGKILL its group at last.

    Returns the child's exit code (negative: the signal that ended it).
    """
    for number, seconds in steps:
        if child.poll() is not None:
            break
        child.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(seconds)
    kill_group(child.pid)
    code = child.wait()
    if not LINUX:
        _guard().forget(child.pid)
    return code


def kill_group(pid: int) -> None:
    """SIGKILL what is left of the process group that `start_child` made."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


class Guard:
    """A process that ends the watched process groups once this process is gone, wherever the kernel does not."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-S", str(Path(__file__).with_name("child_guard.py"))],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def watch(self, pid: int, death_signal: signal.Signals) -> None:
        """End this group when the parent ends."""
        self._tell(f"{pid} {int(death_signal)}")

    def forget(self, pid: int) -> None:
        """The group has ended; its number may soon belong to a stranger."""
        self._tell(f"{pid} 0")

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None  # noqa: S101 - it was opened as a pipe
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()


@cache
def _guard() -> Guard:
    return Guard()
