"""`waymark run`: servers, migration, then the API, the clock and the workers as children that are kept alive."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import select
import signal
import subprocess
import sys
import time
from types import FrameType

import click
import structlog

from backend import logging, ports
from backend.children import kill_group, start_child
from backend.data_directory import DataDirectory, InUseError
from backend.db.embedded import EmbeddedPostgres, EmbeddedValkey
from backend.installation import DEMO, Installation
from backend.operation import OperationError
from backend.processes import API, INBOUND, MIGRATE, MIGRATE_DEMO, SERVICES, SETUP_LINK, SIGN_INS, SIMULATOR, Process
from backend.settings import Settings

log = structlog.get_logger("waymark.supervisor")

FIRST_DELAY_SECONDS = 0.2
LONGEST_DELAY_SECONDS = 30.0
PROVEN_SECONDS = 30.0  # a child that ran this long starts anew with the first delay
READY_SECONDS = 60.0
SETUP_LINK_SECONDS = 30.0


class StopRequested(BaseException):
    """Somebody asked the supervisor to stop while it was still starting."""


class Backoff:
    """When something that ended may start again: 0.2 seconds later, then twice as long each time, at most 30."""

    def __init__(self) -> None:
        self.not_before = 0.0
        self._delay = FIRST_DELAY_SECONDS
        self._started = 0.0

    def started(self) -> None:
        """It runs now."""
        self._started = time.monotonic()

    def ended(self) -> float:
        """It ended; returns the seconds until it may start again."""
        now = time.monotonic()
        if now - self._started > PROVEN_SECONDS:
            self._delay = FIRST_DELAY_SECONDS
        delay, self._delay = self._delay, min(self._delay * 2, LONGEST_DELAY_SECONDS)
        self.not_before = now + delay
        return delay


class Service:
    """One child of `SERVICES`, started again whenever it ends."""

    def __init__(self, process: Process, installation: Installation) -> None:
        self.process = process
        self.child: subprocess.Popen[bytes] | None = None
        self._installation = installation
        self._backoff = Backoff()

    def tend(self) -> None:
        """Notice its end, or start it once its time has come."""
        if self.child is None:
            if time.monotonic() >= self._backoff.not_before:
                self._start()
        elif (code := self.child.poll()) is not None:
            kill_group(self.child.pid)
            self.child = None
            delay = self._backoff.ended()
            log.warning("ended", child=self.process.name, how=describe(code), again_in_seconds=delay)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the child, SIGKILL to its whole group."""
        if self.child is not None and self.child.poll() is None:
            if number is signal.SIGKILL:
                kill_group(self.child.pid)
            else:
                self.child.send_signal(number)

    def is_running(self) -> bool:
        """Whether the child has not ended yet."""
        return self.child is not None and self.child.poll() is None

    def _start(self) -> None:
        # Work is safe against SIGKILL, and nobody would be there to wait for a drain after the supervisor's death.
        self.child = start_child(
            [sys.executable, *self.process.arguments],
            env=self._installation.environment(self.process, os.environ),
            death_signal=signal.SIGKILL,
        )
        self._backoff.started()
        log.info("started", child=self.process.name, pid=self.child.pid)


class Supervisor:
    """Runs until a signal: the first drains, the second kills."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._asked = 0
        self._starting = True
        self._ready = False
        self._complain_at = 0.0
        self._wakeup, self._bell = os.pipe()
        os.set_blocking(self._wakeup, False)
        os.set_blocking(self._bell, False)

    def run(self) -> None:
        """Start everything, keep it alive, stop it. Raises OperationError or SettingsError when it cannot start."""
        settings = self._settings
        data = DataDirectory(settings.data_dir)
        try:
            lock = data.lock("supervisor", settings.base_url)
        except InUseError as error:
            raise OperationError(
                f"Waymark already runs here: process {error.pid} serves {error.note} from {data.path}. Stop it first, "
                "or give a second one its own place: WAYMARK_DATA_DIR=.waymark2 WAYMARK_PORT=8001 make run"
            ) from None
        with lock:
            ports.require_free(settings.host, settings.port)
            self._listen_to_signals()
            installation = Installation(settings)
            try:
                installation.start()
                while not self._asked:
                    self._serve(installation)
            except StopRequested:
                log.info("stopping before everything was started")
            finally:
                self._starting = False
                installation.stop()

    def _serve(self, installation: Installation) -> None:
        """Serve the data that are shown, until other data are to be, or a signal."""
        services: list[Service] = []
        self._starting, self._ready = True, False
        try:
            installation.prepare()
            self._migrate(installation)
            processes = (*SERVICES, SIMULATOR) if installation.shown == DEMO else SERVICES
            if self._settings.inbound_smtp_port:
                processes = (*processes, INBOUND)
            services += [Service(process, installation) for process in processes]
            self._starting = False
            self._complain_at = time.monotonic() + READY_SECONDS
            self._keep_alive(installation, services)
        finally:
            self._starting = False
            self._drain(services)

    def _listen_to_signals(self) -> None:
        signal.set_wakeup_fd(self._bell, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)  # it rings the bell; polling does the rest
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._asked += 1
        if self._starting:
            self._starting = False
            raise StopRequested

    def _migrate(self, installation: Installation) -> None:
        migrate = MIGRATE_DEMO if installation.shown == DEMO else MIGRATE
        child = start_child(
            [sys.executable, *migrate.arguments],
            env=installation.environment(migrate, os.environ),
            death_signal=signal.SIGKILL,
        )
        try:
            code = child.wait()
        finally:
            kill_group(child.pid)
        if code != 0:
            raise OperationError("The database could not be migrated; the reason is above. Nothing was started.")

    def _keep_alive(self, installation: Installation, services: list[Service]) -> None:
        backoffs = {server: Backoff() for server in installation.servers}
        while not self._asked and not installation.is_outdated:
            for server, backoff in backoffs.items():
                self._tend_server(server, backoff)
            for service in services:
                service.tend()
            if not self._ready:
                self._announce(installation)
            self._wait(0.2)

    def _tend_server(self, server: EmbeddedPostgres | EmbeddedValkey, backoff: Backoff) -> None:
        """Start an embedded server again after its end; its port stays, so that the others only reconnect."""
        if server.process is not None and (code := server.process.poll()) is not None:
            log.warning("ended", child=server.home.name, how=describe(code), again_in_seconds=backoff.ended())
            server.stop()
        if server.process is None and time.monotonic() >= backoff.not_before:
            backoff.started()
            try:
                server.start(same_port=True)
                log.info("started", child=server.home.name)
            except OperationError as error:
                log.error("does not start", child=server.home.name, why=str(error), again_in_seconds=backoff.ended())

    def _announce(self, installation: Installation) -> None:
        """Say once that the API is ready, or after a minute what keeps it from being so."""
        state = self._ask_readiness()
        if state is None:
            self._ready = True
            say(f"Waymark serves {self._settings.base_url} (Ctrl-C stops it).")
            self._show_way_in(installation)
        elif time.monotonic() > self._complain_at:
            self._complain_at = time.monotonic() + READY_SECONDS
            log.error("not ready yet", why=state)

    def _show_way_in(self, installation: Installation) -> None:
        """Have the link of the first admin shown while there is none, or who may sign in to the demo.

        Waymark runs on without it.
        """
        way_in = SIGN_INS if installation.shown == DEMO else SETUP_LINK
        child = start_child(
            [sys.executable, *way_in.arguments],
            env=installation.environment(way_in, os.environ),
            death_signal=signal.SIGKILL,
        )
        try:
            child.wait(timeout=SETUP_LINK_SECONDS)
        except subprocess.TimeoutExpired:
            log.warning("nobody was told in time how to sign in", ask="waymark " + " ".join(way_in.arguments[2:]))
        finally:
            kill_group(child.pid)

    def _ask_readiness(self) -> str | None:
        """None when ready, else the reason."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._settings.host, self._settings.host)  # noqa: S104
        connection = http.client.HTTPConnection(host, self._settings.port, timeout=5)
        try:
            connection.request("GET", API.health)
            answer = connection.getresponse()
            body = answer.read()
        except OSError as error:
            return f"the API does not answer ({error})"
        except http.client.HTTPException as error:
            return f"the API's answer is no HTTP ({type(error).__name__})"
        finally:
            connection.close()
        if answer.status == http.HTTPStatus.OK:
            return None
        failed = {name: state for name, state in json.loads(body)["checks"].items() if state != "ok"}
        return "; ".join(f"{name}: {state}" for name, state in failed.items())

    def _drain(self, services: list[Service]) -> None:
        asked = self._asked  # before the terminal is told: whoever reads it may ask again at once
        if any(service.is_running() for service in services):
            say(f"Stopping: up to {self._settings.drain_seconds} s to finish; Ctrl-C again kills.")
        for service in services:
            service.signal(signal.SIGTERM)
        deadline = time.monotonic() + self._settings.drain_seconds + 1
        while any(service.is_running() for service in services):
            if self._asked > max(asked, 1) or time.monotonic() > deadline:
                break
            self._wait(0.5)
        for service in services:
            service.signal(signal.SIGKILL)
        for service in services:
            if service.child is not None:
                service.child.wait()

    def _wait(self, seconds: float) -> None:
        """Sleep, but wake at once for a signal or the end of a child."""
        if select.select([self._wakeup], [], [], seconds)[0]:
            os.read(self._wakeup, 4096)


def say(sentence: str) -> None:
    """Tell the terminal. One that was closed must not keep the children from being drained."""
    with contextlib.suppress(OSError):
        click.echo(sentence)


def describe(code: int) -> str:
    """How a child ended, in words."""
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def run(settings: Settings) -> None:
    """Run Waymark on this machine until it is told to stop."""
    logging.configure(settings, "supervisor")
    Supervisor(settings).run()
