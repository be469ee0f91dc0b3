"""The processes of a deployment: the supervisor starts them, and a test holds docker-compose.yml against them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Process:
    """One kind of process. Its argv is the interpreter followed by `arguments`."""

    name: str
    arguments: tuple[str, ...]
    secrets: tuple[str, ...]
    """The secret settings that it is given; every other process does without them."""
    health: str = ""
    """The path of its HTTP port that says whether it can work, where it has one."""

    @property
    def check(self) -> tuple[str, ...]:
        """Arguments of the interpreter for a command that exits with 0 while the process can do its work."""
        return ("-m", "backend.cli", "ping", self.name)


LOGINS = ("system_url", "staff_url", "member_url")

MIGRATE = Process("migrate", ("-m", "backend.cli", "migrate", "--init"), ("migrate_url", *LOGINS))
SETUP_LINK = Process("setup-link", ("-m", "backend.cli", "setup-link", "--if-needed"), ("secret", "system_url"))
"""Shows the link of the first admin; the supervisor runs it once the API is ready."""
MIGRATE_DEMO = Process(MIGRATE.name, (*MIGRATE.arguments, "--demo"), MIGRATE.secrets)
"""Takes the place of MIGRATE where the demo is shown."""
SIGN_INS = Process("sign-ins", ("-m", "backend.cli", "demo", "sign-ins"), ("system_url",))
"""Shows who may sign in to the demo; takes the place of SETUP_LINK there."""
API = Process("api", ("-m", "backend.serve"), ("secret", "redis_url", *LOGINS), health="/readyz")
CLOCK = Process("clock", ("-m", "jobs.clock"), ("redis_url", "system_url"))


def _worker(queue: str, *more: str) -> Process:
    return Process(f"worker-{queue}", ("-m", "jobs.worker", queue), ("secret", "redis_url", "system_url", *more))


WORKERS = (_worker("critical"), _worker("default", "smtp_url"), _worker("bulk"))
SERVICES = (API, CLOCK, *WORKERS)
SIMULATOR = Process("simulator", ("-m", "jobs.simulator"), ("redis_url", "system_url"))
"""Keeps the customers of the demo living; runs beside the services where the demo is shown."""
INBOUND = Process("inbound-smtp", ("-m", "backend.inbound_smtp"), ("secret", "redis_url", "system_url"))
"""Takes mail; runs where the settings name a port for it."""
