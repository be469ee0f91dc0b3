from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import asyncpg
import psutil
import pytest
import redis

from backend.children import start_child
from backend.data_directory import InUseError
from backend.db.embedded import EmbeddedPostgres, EmbeddedValkey
from backend.db.server_home import EmbeddedServerError
from tests.e2e.running import ROOT, wait_until
from tests.patience import PATIENCE_SECONDS

START_AND_DIE = """
import os, sys, time
from pathlib import Path
from backend.db.embedded import EmbeddedPostgres, EmbeddedValkey
servers = [EmbeddedPostgres(Path(sys.argv[1])).start(), EmbeddedValkey(Path(sys.argv[1])).start()]
print(*(server.process.pid for server in servers), flush=True)
time.sleep(600)
"""


async def test_a_login_needs_its_password(postgres: EmbeddedPostgres) -> None:
    right = await asyncpg.connect(postgres.url())
    over_socket = await asyncpg.connect(postgres.url(over_socket=True))
    await right.close()
    await over_socket.close()
    wrong = postgres.url().replace(postgres.password("postgres"), "wrong")

    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(wrong)


async def test_it_listens_on_loopback_alone(postgres: EmbeddedPostgres, valkey: EmbeddedValkey) -> None:
    assert postgres.process is not None
    assert valkey.process is not None
    listening = [
        connection.laddr.ip
        for server in (postgres.process, valkey.process)
        for connection in psutil.Process(server.pid).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]

    assert listening == ["127.0.0.1", "127.0.0.1"]


async def test_text_sorts_by_code_point_and_knows_unicode(postgres: EmbeddedPostgres) -> None:
    connection = await asyncpg.connect(postgres.url())

    assert await connection.fetchval("select upper('é') = 'É'") is True
    assert await connection.fetchval("select 'Z' < 'a'") is True
    await connection.close()


def test_valkey_refuses_strangers_and_evicts_nothing(valkey: EmbeddedValkey) -> None:
    with redis.Redis.from_url(valkey.url()) as known, redis.Redis(port=valkey.port) as stranger:
        assert known.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        with pytest.raises(redis.AuthenticationError):
            stranger.ping()


def test_what_valkey_acknowledged_survives_a_restart(tmp_path: Path) -> None:
    server = EmbeddedValkey(tmp_path)
    try:
        server.start()
        with redis.Redis.from_url(server.url()) as client:
            client.set("kept", "1")
        server.stop()
        server.start()
        with redis.Redis.from_url(server.url()) as client:
            assert client.get("kept") == b"1"
    finally:
        server.remove()


def test_a_server_in_use_is_left_alone(postgres: EmbeddedPostgres) -> None:
    with pytest.raises(InUseError) as refused:
        EmbeddedPostgres(postgres.home.data.path, durable=False).start()

    assert refused.value.pid == os.getpid()
    assert postgres.process is not None
    assert postgres.process.poll() is None


def test_servers_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", START_AND_DIE, tmp_path], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    servers = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
    parent.kill()
    parent.wait()
    parent.stdout.close()

    wait_until(lambda: not any(server.is_running() for server in servers), "the servers' end")
    EmbeddedPostgres(tmp_path).remove()
    EmbeddedValkey(tmp_path).remove()


def test_a_leftover_server_is_ended_and_a_stranger_with_its_number_is_not(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path, durable=False)
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        server.start()
        leftover = server.process
        assert leftover is not None
        server.process = None
        server.home.close()  # as after the death of whoever held it

        server.start()
        assert leftover.poll() is not None
        server.stop()
        (server.cluster / "postmaster.pid").write_text(f"{stranger.pid}\n{server.cluster}\n")

        server.start()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()
        server.remove()


def test_an_interrupted_first_start_heals(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path, durable=False)
    server.home.open()
    (server.home.directory / "cluster.new").mkdir()
    (server.home.directory / "cluster.new" / "half").write_text("made")
    server.home.close()

    with server:
        assert not (server.home.directory / "cluster.new").exists()


def test_a_server_that_cannot_start_shows_the_end_of_its_log(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path, durable=False, options={"shared_buffers": "many"})
    try:
        with pytest.raises(EmbeddedServerError) as refused:
            server.start()
    finally:
        server.remove()

    assert str(refused.value).splitlines()[0].startswith("PostgreSQL ended at its start with exit code 1.")
    assert 'invalid value for parameter "shared_buffers": "many"' in str(refused.value)


def test_a_socket_folder_of_somebody_else_is_not_used(tmp_path: Path) -> None:
    server = EmbeddedValkey(tmp_path)
    server.home.sockets.symlink_to(tmp_path)
    try:
        with pytest.raises(EmbeddedServerError, match="is not ours"):
            server.start()
    finally:
        server.home.sockets.unlink()


def test_the_guard_ends_groups_once_its_parent_is_gone() -> None:
    """What stands in for the kernel's signal where there is none."""
    sleeper = start_child([sys.executable, "-c", "import time; time.sleep(600)"])
    forgotten = start_child([sys.executable, "-c", "import time; time.sleep(600)"])
    guard = subprocess.Popen([sys.executable, "-S", ROOT / "backend/child_guard.py"], stdin=subprocess.PIPE)
    assert guard.stdin is not None
    guard.stdin.write(f"{sleeper.pid} {int(signal.SIGTERM)}\n{forgotten.pid} 15\n{forgotten.pid} 0\n".encode())
    guard.stdin.close()
    try:
        assert sleeper.wait(PATIENCE_SECONDS) == -signal.SIGTERM
        assert guard.wait(PATIENCE_SECONDS) == 0
        assert forgotten.poll() is None
    finally:
        forgotten.kill()
        forgotten.wait()
