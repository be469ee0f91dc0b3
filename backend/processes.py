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
    health: str
    """A path of its HTTP port, or empty where running is all that can be asked."""


LOGINS = ("system_url", "staff_url", "member_url")

MIGRATE = Process("migrate", ("-m", "backend.cli", "migrate"), ("migrate_url", *LOGINS), health="")
API = Process("api", ("-m", "backend.serve"), ("secret", "redis_url", *LOGINS), health="/readyz")
CLOCK = Process("clock", ("-m", "jobs.clock"), ("redis_url", "system_url"), health="")


def _worker(queue: str) -> Process:
    return Process(f"worker-{queue}", ("-m", "jobs.worker", queue), ("secret", "redis_url", "system_url"), health="")


WORKERS = (_worker("critical"), _worker("default"), _worker("bulk"))
SERVICES: tuple[Process, ...] = (API,)
