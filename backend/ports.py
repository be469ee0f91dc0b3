"""Who holds a TCP port of this machine, as far as one may see it."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from pathlib import Path

from backend.children import LINUX
from backend.operation import OperationError

LISTENING = "0A"
PATIENCE_SECONDS = 1.0  # the children of a killed supervisor take a moment to end


def require_free(host: str, port: int) -> None:
    """Raise OperationError, naming the holder where it can be seen and a free port, unless `port` can be had."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not _can_bind(host, port):
        if time.monotonic() > deadline:
            break
        time.sleep(0.05)
    else:
        return
    free = next((other for other in range(port + 1, min(port + 100, 65_536)) if _can_bind(host, other)), None)
    advice = f" Choose another: WAYMARK_PORT={free} make run" if free else " Choose another with WAYMARK_PORT."
    raise OperationError(f"Port {port} on {host} is taken by {holder(port) or 'another program'}.{advice}")


def holder(port: int) -> str | None:
    """`process 123 (its command)` for whoever listens on the port; None where that cannot be seen."""
    if LINUX:
        inodes = _listening_inodes(port)
        for process in Path("/proc").iterdir():
            if process.name.isdigit() and inodes & _socket_inodes(process):
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                return f"process {process.name} ({command[:120]})"
        return None
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        question = ["lsof", "-nP", f"-iTCP:{port}", "-sTCP:LISTEN", "-Fpc"]
        answer = subprocess.run(question, capture_output=True, text=True, timeout=5, check=False).stdout.splitlines()
        if len(answer) >= 2:
            return f"process {answer[0][1:]} ({answer[1][1:]})"
    return None


def _can_bind(host: str, port: int) -> bool:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as candidate:
            candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            candidate.bind(address)
            candidate.listen(1)
    except socket.gaierror:
        raise OperationError(f"WAYMARK_HOST={host}: no such address on this machine.") from None
    except PermissionError:
        raise OperationError(
            f"Port {port} needs privileges that this user lacks. Choose one above 1023 with WAYMARK_PORT."
        ) from None
    except OSError:
        return False
    return True


def _listening_inodes(port: int) -> set[str]:
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                columns = line.split()
                if columns[3] == LISTENING and int(columns[1].rpartition(":")[2], 16) == port:
                    inodes.add(f"socket:[{columns[9]}]")
    return inodes


def _socket_inodes(process: Path) -> set[str]:
    found = set()
    with contextlib.suppress(OSError):
        for descriptor in (process / "fd").iterdir():
            with contextlib.suppress(OSError):
                found.add(str(descriptor.readlink()))
    return found
