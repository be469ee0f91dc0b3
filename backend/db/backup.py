"""One file that holds a whole database, and bringing it back.

The file is PostgreSQL's own custom format, written by `pg_dump` as the role that owns the tables. It holds neither
login roles nor passwords nor WAYMARK_SECRET: a restore makes the logins from the URLs of the place it restores to.
All functions block; none may be called from a running event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit, urlunsplit

import asyncpg

from backend.db.access import LOGINS, OWNER
from backend.db.binaries import find_client
from backend.db.migrate import OWNER_GRANTS, known_revisions, make_logins, migrate
from backend.db.reaching import reaching
from backend.operation import OperationError
from backend.settings import Settings

CONNECT_SECONDS = 10
LOCK_WAIT = "30s"
"""How long a dump waits for a table that a migration holds."""
PROGRESS_SECONDS = 2.0
END_SECONDS = 10.0
OPEN_WORK = "finished_at is null and parked_at is null"
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Restored:
    """What a restore brought back."""

    revision: str
    """Where the backup's tables stood; the database stands at this version's newest now."""
    open_work: int
    """Items of work that the workers will do once they run, or that were parked if that was asked for."""


def back_up(settings: Settings, file: Path, progress: Progress) -> int:
    """Write the database to a new file that only its owner may read; its size in bytes.

    The dump is one snapshot, taken beside running processes. Raises OperationError; then there is no file.
    """
    settings.require("migrate_url")
    if file.exists():
        raise OperationError(f"{file} exists. Name a file that does not, so that no backup is overwritten.")
    asyncio.run(_reach(settings))
    draft = file.with_name(f"{file.name}.part")
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    except OSError as error:
        raise OperationError(f"{draft} cannot be written: {error.strerror}.") from None
    where, environment = _place(settings)
    command = ["--format=custom", f"--role={OWNER}", "--enable-row-security", f"--lock-wait-timeout={LOCK_WAIT}"]
    try:
        with _Program("pg_dump", *command, "--no-password", f"--file={draft}", where, environment=environment) as dump:
            while not dump.ends_within(PROGRESS_SECONDS):
                progress(f"{draft.stat().st_size / 1e6:,.1f} MB written")
            dump.require_success()
        with _Program("pg_restore", "--list", str(draft), output=subprocess.DEVNULL) as listing:
            listing.require_success()
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        draft.rename(file)
    finally:
        draft.unlink(missing_ok=True)
    return file.stat().st_size


def restore(settings: Settings, file: Path, progress: Progress, *, park_work: bool) -> Restored:
    """Replace the whole content of the database by that of a backup, in one transaction; then migrate it.

    Raises OperationError, and then the database holds what it held before: the file is no backup of Waymark or one of
    a newer version, other processes are connected, or PostgreSQL refuses.
    """
    settings.require("migrate_url", *(f"{kind}_url" for kind in LOGINS))
    revision = revision_of(file)
    if revision not in known_revisions():
        raise OperationError(
            f"{file} stands at revision {revision}, which this version does not know. "
            "Restore it with the version of Waymark that wrote it, or a newer one."
        )
    asyncio.run(_require_alone(settings))
    asyncio.run(make_logins(settings))
    _replay(settings, file, progress)
    progress(f"restored at revision {revision}; migrating")
    asyncio.run(migrate(settings))
    return Restored(revision, asyncio.run(_open_work(settings, park=park_work)))


def revision_of(file: Path) -> str:
    """The revision at which a backup's tables stand. Raises OperationError for a file that is no backup of Waymark."""
    if not file.is_file():
        raise OperationError(f"{file} is no file.")
    wanted = ("--data-only", "--table=alembic_version", "--file=-", str(file))
    with _Program("pg_restore", *wanted, output=subprocess.PIPE) as program:
        script = program.process.communicate()[0].decode(errors="replace")
        program.require_success()
    found = re.search(r"^COPY public\.alembic_version .*?;\n(\S+)\n\\\.$", script, re.MULTILINE)
    if found is None:
        raise OperationError(f"{file} is a backup, but not one of a Waymark.")
    return found[1]


def _replay(settings: Settings, file: Path, progress: Progress) -> None:
    """Run a backup's script in the transaction that empties the database first.

    `commit` is the last line and ours: it is sent only when the script was read to its end, so that one that breaks
    off anywhere changes nothing.
    """
    where, environment = _place(settings)
    begin = f"begin; set local role {OWNER}; drop owned by {OWNER} cascade; reset role; {OWNER_GRANTS}"
    # No comments: that of an extension is its owner's to write, who is somebody else where it was there before.
    script = ("--no-owner", "--no-privileges", "--no-comments", f"--role={OWNER}", "--file=-", str(file))
    into = ("--no-psqlrc", "--no-password", "--quiet", "--set=ON_ERROR_STOP=1", f"--command={begin}", "--file=-", where)
    with (
        _Program("pg_restore", *script, output=subprocess.PIPE) as reading,
        _Program("psql", *into, input=subprocess.PIPE, output=subprocess.DEVNULL, environment=environment) as writing,
    ):
        source, sink = reading.process.stdout, writing.process.stdin
        assert source is not None  # noqa: S101 - a pipe, as asked for
        assert sink is not None  # noqa: S101 - likewise
        done, told = 0, time.monotonic()
        with contextlib.suppress(BrokenPipeError):  # psql has ended, and said why
            while chunk := source.read(1 << 20):
                sink.write(chunk)
                done += len(chunk)
                if time.monotonic() - told > PROGRESS_SECONDS:
                    told = time.monotonic()
                    progress(f"{done / 1e6:,.0f} MB of the script done")
            if reading.process.wait() == 0:
                sink.write(b"\ncommit;\n")
        with contextlib.suppress(BrokenPipeError):
            sink.close()
        writing.require_success("Nothing was changed.")
        reading.require_success("Nothing was changed.")


class _Program:
    """A running program of PostgreSQL; what it complains about is kept, and it ends with the block."""

    def __init__(
        self,
        name: str,
        *arguments: str,
        input: int = subprocess.DEVNULL,  # noqa: A002 - as subprocess has it
        output: int = subprocess.DEVNULL,
        environment: dict[str, str] | None = None,
    ) -> None:
        self._name = name
        self._complaints: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the block of the program
        self.process = subprocess.Popen(
            [find_client(name), *arguments],
            env={"PATH": os.defpath, **(environment or {})},
            stdin=input,
            stdout=output,
            stderr=self._complaints,
        )

    def ends_within(self, seconds: float) -> bool:
        """Whether it ends within some seconds."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        return self.process.returncode is not None

    def require_success(self, also: str = "") -> None:
        """Wait for its end. Raises OperationError with the last things it said where it failed."""
        if self.process.wait() != 0:
            self._complaints.seek(0)
            said = " ".join(self._complaints.read().decode(errors="replace").strip().splitlines()[-3:])
            raise OperationError(f"{self._name} failed. {also} {said or 'It says nothing.'}".replace("  ", " "))

    def __enter__(self) -> _Program:
        return self

    def __exit__(self, *_error: object) -> None:
        if not self.ends_within(0):
            self.process.terminate()
            if not self.ends_within(END_SECONDS):
                self.process.kill()
                self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self._complaints):
            with contextlib.suppress(BrokenPipeError):
                if pipe is not None:
                    pipe.close()


def _place(settings: Settings) -> tuple[str, dict[str, str]]:
    """`--dbname` without its password, which goes by the environment: other users can read arguments."""
    parts = urlsplit(settings.migrate_url)
    user, _, host = parts.netloc.rpartition("@")
    url = urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}@{host}" if user else host))
    environment = {"PGCONNECT_TIMEOUT": str(CONNECT_SECONDS), "PGAPPNAME": "waymark", "LC_ALL": "C"}
    if parts.password:
        environment["PGPASSWORD"] = unquote(parts.password)
    return f"--dbname={url}", environment


async def _connect(settings: Settings) -> asyncpg.Connection[asyncpg.Record]:
    with reaching("migrate_url"):
        return await asyncpg.connect(settings.migrate_url, timeout=CONNECT_SECONDS)


async def _reach(settings: Settings) -> None:
    await (await _connect(settings)).close()


async def _require_alone(settings: Settings) -> None:
    """Raise OperationError where anything of Waymark is connected to the database."""
    connection = await _connect(settings)
    others = await connection.fetchval(
        "select string_agg(distinct usename, ', ') from pg_stat_activity"
        " where datname = current_database() and usename = any($1)",
        list(LOGINS.values()),
    )
    await connection.close()
    if others:
        raise OperationError(f"{others} is connected. Stop the API, the clock and the workers first, then restore.")


async def _open_work(settings: Settings, *, park: bool) -> int:
    connection = await _connect(settings)
    await connection.execute(f"set role {OWNER}")
    count: int = await connection.fetchval(f"select count(*) from work_items where {OPEN_WORK}")
    if park:
        await connection.execute(
            "update work_items set parked_at = waymark_now(), lease_until = null,"
            f" last_error = 'Parked by a restore.' where {OPEN_WORK}"
        )
    await connection.close()
    return count
