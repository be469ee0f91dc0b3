"""The place where an embedded server lives: folders it can reach, its account, its lock and what ran there before."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from backend.children import LINUX, Account, unprivileged_account
from backend.data_directory import DataDirectory
from backend.db.binaries import reachable
from backend.operation import OperationError


class EmbeddedServerError(OperationError):
    """An embedded server could not be started; the message says why, with the end of its log."""


class ServerHome:
    """Folders and account of one embedded server below a data directory."""

    def __init__(self, data_dir: Path, name: str, *, durable: bool) -> None:
        self.name = name
        self.data = DataDirectory(data_dir)
        visible = self.data.path / name
        self.account: Account | None = unprivileged_account(visible)
        key = hashlib.sha256(f"{self.data.path}".encode()).hexdigest()[:12]
        # Socket paths have some hundred bytes at most, so they do not live in the data directory.
        self.sockets = Path(tempfile.gettempdir() if len(tempfile.gettempdir()) < 60 else "/tmp") / f"waymark-{key}"  # noqa: S108
        if reachable(visible, self.account):
            self.store, self.directory = self.data.path, visible
        else:
            # Root's own folders are closed to the server's account: keep its files beside them, and leave a link.
            self.store = Path("/var/lib/waymark") / key if durable else self.sockets
            self.directory = self.store / name
        self.visible = visible
        self.log_path = self.data.path / "logs" / f"{name}.log"
        self._lock: IO[str] | None = None

    def open(self) -> None:
        """Take the lock and make the folders. Raises InUseError when another process runs this server."""
        self._lock = self.data.lock(self.name)
        try:
            self._make_folders()
        except BaseException:
            self.close()
            raise

    def _make_folders(self) -> None:
        self.log_path.parent.mkdir(exist_ok=True, mode=0o700)
        self._make_own(self.sockets)
        if self.directory != self.visible:
            self.store.mkdir(parents=True, exist_ok=True, mode=0o711)
            if not self.visible.is_symlink():
                self.visible.symlink_to(self.directory)
        self._make_own(self.directory)

    def close(self) -> None:
        """Release the lock."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def remove(self) -> None:
        """Delete the server's files for good; for throw-away servers."""
        for folder in (self.directory, self.sockets, *self.store.glob("programs-*")):
            shutil.rmtree(folder, ignore_errors=True)
        if self.store != self.data.path:
            with contextlib.suppress(OSError):  # the other server's files may still be there
                self.store.rmdir()
        if self.visible.is_symlink():
            self.visible.unlink()

    def write(self, path: Path, text: str) -> None:
        """Write a file that only the server's account may read.

        Written by that account: root that writes in another's folder could be led elsewhere by a link.
        """
        account = self.account
        subprocess.run(
            ["/bin/sh", "-c", 'umask 077; cat >"$0"', str(path)],
            input=text.encode(),
            check=True,
            user=None if account is None else account.uid,
            group=None if account is None else account.gid,
            extra_groups=None if account is None else [],
        )

    def open_log(self) -> IO[bytes]:
        """The log to append to; one that outgrew 10 MB is set aside as `.old` first."""
        if self.log_path.exists() and self.log_path.stat().st_size > 10_000_000:
            self.log_path.replace(self.log_path.with_suffix(".old"))
        return self.log_path.open("ab")

    def failure(self, what: str) -> EmbeddedServerError:
        """An error that carries the last lines of the server's log."""
        lines = self.log_path.read_text(errors="replace").splitlines()[-8:] if self.log_path.exists() else []
        return EmbeddedServerError("\n  ".join([f"{what} Its log, {self.log_path}, ends:", *lines]))

    def end_leftover(self, pid_file: Path, *, polite: signal.Signals, program: str) -> None:
        """End a server that an earlier, killed parent left behind, and remove its pid file.

        Servers work in the folder of their pid file, which tells ours from a stranger that got its number.
        """
        try:
            pid = int(pid_file.read_text().split()[0])
        except (FileNotFoundError, ValueError, IndexError):
            pid = 0
        folder = pid_file.parent
        for number, seconds in ((polite, 15.0), (signal.SIGQUIT, 5.0)):
            if pid and _works_in(folder, pid, program):
                os.kill(pid, number)
                _wait_until(lambda: not _works_in(folder, pid, program), seconds)
        # A killed PostgreSQL leaves sessions that end when their statement does; they would bar the new server.
        for leftover in _all_in(folder, pid, program):
            with contextlib.suppress(ProcessLookupError):
                os.kill(leftover, signal.SIGKILL)
        if not _wait_until(lambda: not _all_in(folder, pid, program), 10.0):
            raise EmbeddedServerError(f"An earlier {program} in {folder} does not end (process {pid}).")
        pid_file.unlink(missing_ok=True)

    def _make_own(self, folder: Path) -> None:
        """Make a folder that only the server's account may enter; refuse one that is somebody else's."""
        folder.mkdir(exist_ok=True, mode=0o700)
        status = folder.lstat()
        ours = {os.geteuid()} | ({self.account.uid} if self.account else set())
        if folder.is_symlink() or status.st_uid not in ours:
            raise EmbeddedServerError(f"{folder} is not ours (it belongs to user id {status.st_uid}). Remove it.")
        if status.st_uid == os.geteuid():  # nobody else can have exchanged it since
            folder.chmod(0o700)
            if self.account is not None:
                os.chown(folder, self.account.uid, self.account.gid)


def _works_in(folder: Path, pid: int, program: str) -> bool:
    if LINUX:
        try:
            return Path(f"/proc/{pid}/cwd").readlink() == folder.resolve()
        except OSError:
            return False
    answer = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return program in answer.stdout


def _all_in(folder: Path, pid: int, program: str) -> list[int]:
    """The processes that work in the folder; without /proc, at most `pid` itself."""
    candidates = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()] if LINUX else [pid]
    return [candidate for candidate in candidates if candidate and _works_in(folder, candidate, program)]


def _wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return met
