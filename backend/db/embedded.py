"""PostgreSQL and Valkey as child processes, run from the programs that `backend.db.binaries` finds.

Both listen on loopback and on a socket in a folder that only their account may enter, and ask for passwords that
are made once per data directory. All functions block; start from the main thread (`backend.children` says why).
"""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from backend.children import end_child, start_child
from backend.db.binaries import bring_within_reach, find_postgres, find_valkey
from backend.db.server_home import ServerHome

SUPERUSER = "postgres"
START_SECONDS = 120.0  # recovery after a crash replays at most `max_wal_size`

# Passwords are 288 random bits, so that a slow derivation protects nothing and only delays each connection.
SCRAM_ITERATIONS = 64

POSTGRES_OPTIONS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "password_encryption": "scram-sha-256",
    "scram_iterations": str(SCRAM_ITERATIONS),
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u@%d ",
    "lc_messages": "C",
    "datestyle": "iso, ymd",
}
THROW_AWAY_OPTIONS: Mapping[str, str] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "summarize_wal": "off",
}


class EmbeddedPostgres:
    """One PostgreSQL cluster below `data_dir`.

    `durable=False` is for tests: no safety against crashes of the machine, and as a context manager it deletes the
    cluster at the end. `options` are further settings of postgresql.conf.
    """

    def __init__(self, data_dir: Path, *, durable: bool = True, options: Mapping[str, str] | None = None) -> None:
        self.home = ServerHome(data_dir, "postgres", durable=durable)
        self.cluster = self.home.directory / "cluster"
        self._durable = durable
        self._options = {**POSTGRES_OPTIONS, **({} if durable else THROW_AWAY_OPTIONS), **(options or {})}
        self._programs: Path | None = None
        self.process: subprocess.Popen[bytes] | None = None
        self.port = self.home.data.last_port("postgres")

    def start(self, *, same_port: bool = False) -> Self:
        """Make the cluster at first use, start it and return when it takes connections.

        `same_port` is for a restart under clients that know the port. Raises NoServerError, InUseError and
        EmbeddedServerError.
        """
        self.home.open()
        try:
            self._start(same_port)
        except BaseException:
            self.stop()
            raise
        return self

    def _start(self, same_port: bool) -> None:
        home = self.home
        programs = self.programs()
        home.end_leftover(self.cluster / "postmaster.pid", polite=signal.SIGINT, program="postgres")
        if not self.cluster.exists():
            self._make_cluster(programs)
        self.port = self.port if same_port else home.data.port("postgres")
        self._write_configuration()
        with home.open_log() as log:
            self.process = start_child(
                [programs / "postgres", "-D", self.cluster],
                env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
                cwd=self.cluster,
                account=home.account,
                output=log,
                death_signal=signal.SIGINT if self._durable else signal.SIGQUIT,
            )
        process = self.process
        _await(lambda: self._is_ready(process.pid), process, home, "PostgreSQL")

    def stop(self) -> None:
        """Stop the server, waiting for its last checkpoint; connections are ended."""
        if self.process is not None:
            first = signal.SIGINT if self._durable else signal.SIGQUIT
            end_child(self.process, [(first, 30.0), (signal.SIGQUIT, 5.0)])
            self.process = None
        self.home.close()

    def remove(self) -> None:
        """Stop and delete the cluster for good."""
        self.stop()
        self.home.remove()

    def programs(self) -> Path:
        """The folder with `psql`, `pg_dump` and their like of the server's version."""
        if self._programs is None:
            self._programs = bring_within_reach(find_postgres(), self.home.account, self.home.store)
        return self._programs

    def password(self, login: str) -> str:
        """The password of a login role: made at first asking, then the same for this data directory."""
        return self.home.data.secret(f"postgres:{login}")

    def url(self, login: str = SUPERUSER, database: str = "postgres", *, over_socket: bool = False) -> str:
        """A libpq connection URL with the password of `password(login)`, over loopback TCP or over the socket."""
        place = f"127.0.0.1:{self.port}"
        query = ""
        if over_socket:
            place, query = "", f"?host={quote(str(self.home.sockets), safe='')}&port={self.port}"
        return f"postgresql://{quote(login)}:{quote(self.password(login))}@{place}/{quote(database)}{query}"

    def ensure_database(self, name: str) -> None:
        """Make the database of this name unless it is there."""
        if not self.has_database(name):
            self._query(f'create database "{name}"')

    def has_database(self, name: str) -> bool:
        """Whether there is a database of this name."""
        return self._query(f"select 1 from pg_database where datname = '{name}'") == "1"

    def drop_database(self, name: str) -> None:
        """Delete the database of this name, where there is one, whoever is connected to it."""
        self._query(f'drop database if exists "{name}" with (force)')

    def _query(self, statement: str) -> str:
        command: list[str | Path] = [self.programs() / "psql", "-XAtqw", "-v", "ON_ERROR_STOP=1", "-c", statement]
        place = {"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": SUPERUSER, "PGDATABASE": "postgres"}
        environment = {**place, "PGPASSWORD": self.password(SUPERUSER), "LC_ALL": "C"}
        answer = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
        if answer.returncode != 0:
            raise self.home.failure(f"PostgreSQL refused: {answer.stderr.strip()}")
        return answer.stdout.strip()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._durable:
            self.stop()
        else:
            self.remove()

    def _make_cluster(self, programs: Path) -> None:
        home = self.home
        draft = home.directory / "cluster.new"  # renamed when whole, so that an interrupted first start heals
        shutil.rmtree(draft, ignore_errors=True)
        password_file = home.sockets / "superuser-password"
        home.write(password_file, self.password(SUPERUSER))
        command: list[str | Path] = [programs / "initdb", "--pgdata", draft, "--username", SUPERUSER]
        command += ["--pwfile", password_file]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin"]
        command += ["--builtin-locale=C.UTF-8", f"--set=scram_iterations={SCRAM_ITERATIONS}"]
        if not self._durable:
            command.append("--no-sync")
        try:
            with home.open_log() as log:
                maker = start_child(
                    command,
                    env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
                    cwd=home.directory,
                    account=home.account,
                    output=log,
                    death_signal=signal.SIGKILL,
                )
                failed = maker.wait() != 0
        finally:
            password_file.unlink()
        if failed:
            raise home.failure("The PostgreSQL cluster could not be made.")
        draft.rename(self.cluster)

    def _write_configuration(self) -> None:
        options = {**self._options, "port": str(self.port), "unix_socket_directories": str(self.home.sockets)}
        lines = ["# Written at each start by backend/db/embedded.py."]
        lines += [f"{name} = '{value}'" for name, value in sorted(options.items())]
        access = ["local all all scram-sha-256", "host all all 127.0.0.1/32 scram-sha-256"]
        for name, content in (("postgresql.conf", lines), ("pg_hba.conf", access)):
            self.home.write(self.cluster / name, "\n".join(content) + "\n")

    def _is_ready(self, pid: int) -> bool:
        """Whether the server's own pid file says that it takes connections (its eighth line)."""
        try:
            lines = (self.cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"


class EmbeddedValkey:
    """One Valkey (or Redis) server below `data_dir`: append-only file, one flush a second, nothing evicted."""

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        self.home = ServerHome(data_dir, "valkey", durable=durable)
        self._durable = durable
        self.process: subprocess.Popen[bytes] | None = None
        self.port = self.home.data.last_port("valkey")

    def start(self, *, same_port: bool = False) -> Self:
        """Start the server and return when it answers; as `EmbeddedPostgres.start`."""
        self.home.open()
        try:
            self._start(same_port)
        except BaseException:
            self.stop()
            raise
        return self

    def _start(self, same_port: bool) -> None:
        home, directory = self.home, self.home.directory
        found = find_valkey()
        program = bring_within_reach(found.parent, home.account, home.store) / found.name
        pid_file = directory / "valkey.pid"
        home.end_leftover(pid_file, polite=signal.SIGTERM, program=program.name)
        self.port = self.port if same_port else home.data.port("valkey")
        configuration = directory / "valkey.conf"
        home.write(configuration, "".join(f"{line}\n" for line in self._configuration()))
        with home.open_log() as log:
            self.process = start_child(
                [program, configuration],
                env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
                cwd=directory,
                account=home.account,
                output=log,
                death_signal=signal.SIGTERM if self._durable else signal.SIGKILL,
            )
        home.write(pid_file, str(self.process.pid))
        _await(self._is_ready, self.process, home, "Valkey")

    def stop(self) -> None:
        """Stop the server; what it acknowledged is on disk."""
        if self.process is not None:
            end_child(self.process, [(signal.SIGTERM if self._durable else signal.SIGKILL, 15.0)])
            self.process = None
        self.home.close()

    def remove(self) -> None:
        """Stop and delete the server's files for good."""
        self.stop()
        self.home.remove()

    def url(self, database: int = 0) -> str:
        """The `redis://` URL of one of its 16 numbered databases."""
        return f"redis://:{quote(self._password())}@127.0.0.1:{self.port}/{database}"

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._durable:
            self.stop()
        else:
            self.remove()

    def _password(self) -> str:
        return self.home.data.secret("valkey")

    def _configuration(self) -> list[str]:
        return [
            "bind 127.0.0.1",
            f"port {self.port}",
            f"unixsocket {self.home.sockets / 'valkey.sock'}",
            "unixsocketperm 700",
            f"requirepass {self._password()}",
            f"dir {self.home.directory}",
            "daemonize no",
            'save ""',
            f"appendonly {'yes' if self._durable else 'no'}",
            "appendfsync everysec",
            "maxmemory-policy noeviction",
        ]

    def _is_ready(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self._password()}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2 and (part := connection.recv(200)):
                    answer += part
        except OSError:
            return False
        return answer == b"+OK\r\n+PONG\r\n"


def _await(ready: Callable[[], bool], process: subprocess.Popen[bytes], home: ServerHome, title: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if (code := process.poll()) is not None:
            raise home.failure(f"{title} ended at its start with exit code {code}.")
        if time.monotonic() > deadline:
            raise home.failure(f"{title} was not ready within {START_SECONDS:.0f} seconds.")
        time.sleep(0.02)
