"""The directory in which `make run` keeps what must survive restarts: secrets, ports, locks, the servers' data."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from backend.operation import OperationError


class InUseError(OperationError):
    """Another process holds a lock: `pid` is its process id (0 where unknown), `note` what it wrote there."""

    def __init__(self, path: Path, pid: int, note: str) -> None:
        holder = f"process {pid}" if pid else "another process"
        super().__init__(f"{path} is held by {holder}. Wait for it to end, or set WAYMARK_DATA_DIR to another place.")
        self.pid = pid
        self.note = note


class DataDirectory:
    """A directory that belongs to one installation, made at first use. Raises OperationError when it may not."""

    def __init__(self, path: Path) -> None:
        try:
            path.mkdir(parents=True, exist_ok=True, mode=0o711)
        except OSError as error:
            raise OperationError(f"{path.absolute()} cannot be made: {error.strerror}. Set WAYMARK_DATA_DIR.") from None
        self.path = path.resolve()
        if os.geteuid() == 0 == self.path.stat().st_uid:
            # The servers' own account has to pass through; the secrets below are readable by root alone.
            self.path.chmod(0o711)
        if not os.access(self.path, os.W_OK | os.X_OK):
            owner = self.path.stat().st_uid
            raise OperationError(
                f"{self.path} belongs to user id {owner}. Run as that user, or set WAYMARK_DATA_DIR to another place."
            )

    def secret(self, name: str) -> str:
        """The secret of this name: 48 URL-safe characters, made at first use and kept in `secrets.json` (0600)."""
        with self._record("secrets.json") as values:
            return str(values.setdefault(name, secrets.token_urlsafe(36)))

    def port(self, name: str) -> int:
        """A loopback TCP port for the server of this name: the one used last while it is free, else another."""
        with self._record("ports.json") as values:
            taken = {port for other, port in values.items() if other != name}
            port = values.get(name)
            while not isinstance(port, int) or port in taken or not _is_free(port):
                port = _any_free_port()
            values[name] = port
            return port

    def last_port(self, name: str) -> int:
        """The port that the server of this name used last, and uses if it runs; 0 where it never ran."""
        with self._record("ports.json") as values:
            port = values.get(name)
        return port if isinstance(port, int) else 0

    def lock(self, name: str, note: str = "") -> IO[str]:
        """Hold the lock of this name until the returned file is closed. Raises InUseError when it is held.

        Whoever finds it held is told this process's id and `note`.
        """
        path = self.path / f"{name}.lock"
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid, _, other = file.read().partition(" ")
            file.close()
            raise InUseError(path, int(pid) if pid.isdigit() else 0, other) from None
        file.truncate(0)
        file.write(f"{os.getpid()} {note}")
        file.flush()
        return file

    def data(self) -> tuple[str, bool]:
        """Which data are shown, as `show` was told, and whether they are to be made anew; `""` before it was."""
        with self._record("data.json") as values:
            return str(values.get("shown", "")), bool(values.get("anew"))

    def show(self, name: str, *, anew: bool = False) -> None:
        """Show the data of this name from the next look on."""
        with self._record("data.json") as values:
            values.update(shown=name, anew=anew)

    @contextlib.contextmanager
    def _record(self, name: str) -> Iterator[dict[str, Any]]:
        """A small JSON object that is read and written under a lock and replaced whole."""
        path = self.path / name
        with (self.path / f".{name}.lock").open("w") as guard:
            fcntl.flock(guard, fcntl.LOCK_EX)
            before = path.read_text() if path.exists() else "{}"
            values = json.loads(before)
            yield values
            after = json.dumps(values, indent=1, sort_keys=True)
            if after != before:
                draft = path.with_suffix(".new")
                with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                    file.write(after)
                    file.flush()
                    os.fsync(file.fileno())
                draft.replace(path)


def _is_free(port: int) -> bool:
    with socket.socket() as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _any_free_port() -> int:
    with socket.socket() as candidate:
        candidate.bind(("127.0.0.1", 0))
        return int(candidate.getsockname()[1])
