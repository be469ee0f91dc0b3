from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from functools import partial
from pathlib import Path

import asyncpg
import psutil
import pytest
import redis

from backend.processes import SERVICES, WORKERS, Process
from backend.settings import Settings, environment_name
from backend.work.doorbell import alive_key
from tests.e2e.running import ROOT, Running, discard, free_port, running, wait_until
from tests.patience import PATIENCE_SECONDS

CHILDREN = {"postgres", "valkey-server", *(" ".join(service.arguments[1:]) for service in SERVICES)}

SECRET_NAMES = {environment_name(field.name) for field in fields(Settings) if field.metadata["secret"]}


def running_child(supervisor: Running, name: str) -> psutil.Process:
    """The process; a worker that began while a server was away ends, and is started again a moment later."""
    return wait_until(lambda: supervisor.children().get(name), f"{name} among the children")


def child_of(supervisor: Running, service: Process) -> psutil.Process:
    return running_child(supervisor, " ".join(service.arguments[1:]))


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One data directory for this module's tests; as root its parents are closed to the servers' account."""
    place = tmp_path_factory.mktemp("run") / "data"
    yield place
    discard(place)


async def test_however_a_supervisor_ends_nothing_of_it_stays_and_the_next_one_has_the_data(data_dir: Path) -> None:
    with running(data_dir) as stopped:
        # The command that makes the set-up link ends by itself.
        wait_until(lambda: set(stopped.children()) == CHILDREN, "the children that stay")
        children = list(stopped.children().values())
        connection = await asyncpg.connect(stopped.superuser_url())
        await connection.execute("create schema mine; create table mine.kept as select 42 as answer")
        await connection.close()
        with redis.Redis.from_url(stopped.redis_url()) as valkey:
            valkey.set("kept", "43")
        code = stopped.stop()
    assert code == 0
    assert [child.pid for child in children if child.is_running()] == []

    with running(data_dir) as killed:
        connection = await asyncpg.connect(killed.superuser_url())
        answer = await connection.fetchval("select answer from mine.kept")
        await connection.close()
        with redis.Redis.from_url(killed.redis_url()) as valkey:
            remembered = valkey.get("kept")
        children = list(killed.children().values())
        killed.process.kill()
        killed.process.wait()
        wait_until(lambda: not [child for child in children if child.is_running()], "the children's end")
    assert (answer, remembered) == (42, b"43")

    with running(data_dir, killed.port) as outlived:
        assert outlived.is_ready()
        postgres = outlived.children()["postgres"]
        postgres.suspend()  # a stopped process keeps its death signal pending: the next start looks for it
        outlived.process.kill()
        outlived.process.wait()
    try:
        assert postgres.is_running()
        postgres.resume()
        with running(data_dir, WAYMARK_DRAIN_SECONDS="600") as hurried:
            assert hurried.children()["postgres"].pid != postgres.pid
            assert not postgres.is_running()
            hanging = hurried.children()["backend.serve"]
            hanging.suspend()
            hurried.interrupt()
            wait_until(lambda: "Ctrl-C again kills" in hurried.printed(), "the answer to the first Ctrl-C")
            assert hurried.stop() == 0  # a second Ctrl-C does not wait for a child that hangs
            assert not hanging.is_running()
    finally:
        if postgres.is_running():
            postgres.kill()


def test_a_second_one_beside_it_says_so_and_changes_nothing(steady: Running) -> None:
    second = Running(steady.data_dir, free_port(), log=steady.data_dir.with_suffix(".second.log"))

    assert second.process.wait(PATIENCE_SECONDS) == 1
    assert second.printed() == (
        f"Waymark already runs here: process {steady.process.pid} serves http://127.0.0.1:{steady.port} from "
        f"{steady.data_dir}. Stop it first, or give a second one its own place: "
        "WAYMARK_DATA_DIR=.waymark2 WAYMARK_PORT=8001 make run\n"
    )
    assert steady.is_ready()


def test_a_taken_port_names_its_holder_and_a_way_out(data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as squatter:
        port = squatter.getsockname()[1]
        refused = Running(data_dir, port, log=data_dir.with_suffix(".port.log"))
        code = refused.process.wait(PATIENCE_SECONDS)

    printed = refused.printed()
    assert code == 1
    assert printed.startswith(f"Port {port} on 127.0.0.1 is taken by process {os.getpid()} (")
    assert printed.endswith(" make run\n")
    assert f" Choose another: WAYMARK_PORT={port + 1}"[:-2] in printed


def test_every_killed_child_comes_back(steady: Running) -> None:
    for name in sorted(CHILDREN):
        victim = running_child(steady, name)
        victim.kill()

        def is_replaced(name: str = name, old: int = victim.pid) -> bool:
            children = steady.children()
            return name in children and children[name].pid != old

        wait_until(is_replaced, f"a new {name}")
        wait_until(steady.is_ready, f"ready after the death of {name}")

    wait_until(lambda: set(steady.children()) == CHILDREN, "all children")


def test_the_servers_are_unprivileged_and_the_secrets_closed(steady: Running) -> None:
    children = steady.children()
    secrets = steady.data_dir / "secrets.json"

    assert 0 not in {children[name].uids().effective for name in ("postgres", "valkey-server")}
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    assert all(len(secret) >= 32 for secret in json.loads(secrets.read_text()).values())


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_a_process_is_given_the_secrets_that_it_needs_and_no_other(steady: Running, service: Process) -> None:
    given = child_of(steady, service).environ()

    assert SECRET_NAMES & set(given) == {environment_name(name) for name in service.secrets}


def test_every_process_answers_its_health_check_until_it_hangs(steady: Running) -> None:
    def ping(service: Process) -> tuple[int, str]:
        environment = child_of(steady, service).environ()
        asked = subprocess.run(
            [sys.executable, *service.check], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        return asked.returncode, asked.stdout + asked.stderr

    def is_at_work(service: Process) -> bool:
        return ping(service) == (0, "ready\n")

    for service in SERVICES:
        wait_until(partial(is_at_work, service), f"{service.name} to answer")
    hanging = child_of(steady, WORKERS[2])
    hanging.suspend()
    with redis.Redis.from_url(steady.redis_url()) as valkey:
        valkey.delete(alive_key("worker-bulk"))  # as after ALIVE_SECONDS
    told = ping(WORKERS[2])
    hanging.resume()

    assert told == (1, "worker-bulk: no sign of life within 15 seconds\n")


def test_some_database_urls_but_not_all_are_refused_without_a_traceback(tmp_path: Path) -> None:
    some = {"WAYMARK_MEMBER_URL": "postgresql://a:b@127.0.0.1:1/x"}
    refused = subprocess.run(
        [sys.executable, "-m", "backend.cli", "run"],
        env={"PATH": "/usr/bin:/bin", "WAYMARK_DATA_DIR": str(tmp_path), "WAYMARK_PORT": str(free_port()), **some},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )

    assert refused.returncode == 2
    assert refused.stderr == (
        "Set WAYMARK_MIGRATE_URL, WAYMARK_SYSTEM_URL, WAYMARK_STAFF_URL too, "
        "or none of the database URLs to get an embedded PostgreSQL.\n"
    )


def _runs(child: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return child.is_running() and child.status() != psutil.STATUS_ZOMBIE
    return False


def test_a_signal_while_starting_stops_what_was_started(tmp_path_factory: pytest.TempPathFactory) -> None:
    data_dir = tmp_path_factory.mktemp("early") / "data"
    started = Running(data_dir, free_port(), log=data_dir.with_suffix(".log"))
    wait_until(lambda: "postgres" in started.children() or "initdb" in started.children(), "a first child")
    children = list(started.children().values())
    started.process.send_signal(signal.SIGTERM)

    code = started.process.wait(PATIENCE_SECONDS)
    discard(data_dir)

    assert code == 0, started.printed()
    # A guard ends what the supervisor left in the middle of a start; it may take a moment longer than the supervisor.
    wait_until(lambda: not any(map(_runs, children)), "the end of what was started")
