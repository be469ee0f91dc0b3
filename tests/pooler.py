"""A real PgBouncer in transaction mode before the test cluster."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from backend.settings import Settings

BUILT = Path(__file__).resolve().parents[1] / ".tools" / "pgbouncer"


def find_pgbouncer() -> str:
    """The program, or a skip that says how to get it."""
    for candidate in (str(BUILT) if BUILT.exists() else None, shutil.which("pgbouncer")):
        if candidate and _version(candidate) >= (1, 21):
            return candidate
    pytest.skip("needs PgBouncer >= 1.21: `scripts/install-pgbouncer .tools/pgbouncer`")


@contextmanager
def pooled(settings: Settings, folder: Path) -> Iterator[Settings]:
    """The same settings with every application login going through a pooler of four server connections."""
    program = find_pgbouncer()
    folder.chmod(0o755)
    direct = urlsplit(settings.system_url)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    urls = {name: urlsplit(getattr(settings, name)) for name in ("system_url", "staff_url", "member_url")}
    users = "".join(f'"{url.username}" "{url.password}"\n' for url in urls.values())
    (folder / "users.txt").write_text(users)
    (folder / "pgbouncer.ini").write_text(
        f"[databases]\n* = host=127.0.0.1 port={direct.port}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n"
        f"listen_port = {port}\nunix_socket_dir =\nauth_type = plain\nauth_file = {folder}/users.txt\n"
        "pool_mode = transaction\ndefault_pool_size = 4\nmax_prepared_statements = 200\nlog_connections = 0\n"
    )
    for name in ("users.txt", "pgbouncer.ini"):
        (folder / name).chmod(0o644)
    process = subprocess.Popen(
        [program, "-q", "-u", "nobody", str(folder / "pgbouncer.ini")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(port, process)
        through = {
            name: url._replace(netloc=f"{url.username}:{url.password}@127.0.0.1:{port}").geturl()
            for name, url in urls.items()
        }
        yield replace(settings, pooler=True, **through)
    finally:
        process.terminate()
        process.wait(10)


def _version(program: str) -> tuple[int, ...]:
    printed = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10, check=True).stdout
    return tuple(int(part) for part in printed.split()[1].split(".")[:2])


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        assert process.poll() is None, "PgBouncer ended at start"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("PgBouncer does not listen")
