"""Asking a process of a deployment whether it can do its work; the health checks of docker-compose.yml."""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request
from functools import partial

import click
from redis.asyncio import Redis

from backend.db.engine import Database
from backend.operation import OperationError
from backend.processes import API, INBOUND, SERVICES
from backend.settings import Settings, settings
from backend.web.checks import checks
from backend.web.health import NotReadyError, run
from backend.work.doorbell import ALIVE_SECONDS, alive_key

ANSWER_SECONDS = 10.0


@click.command()
@click.argument("process", type=click.Choice([service.name for service in (*SERVICES, INBOUND)]))
def ping(process: str) -> None:
    """Ask whether PROCESS is at work: the API over HTTP, the others by their servers and the sign that they leave."""
    found = _api(settings()) if process == API.name else asyncio.run(_servers(settings(), process))
    if found:
        raise OperationError(found)
    click.echo("ready")


def _api(chosen: Settings) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(chosen.host, chosen.host)  # noqa: S104
    try:
        with urllib.request.urlopen(f"http://{host}:{chosen.port}{API.health}", timeout=ANSWER_SECONDS):
            return ""
    except urllib.error.HTTPError as error:
        with error:
            return error.read().decode(errors="replace")
    except OSError as error:
        return f"The API does not answer: {error}"


async def _servers(chosen: Settings, process: str) -> str:
    database = Database(chosen, ("system",))
    redis = Redis.from_url(chosen.redis_url, socket_timeout=5, socket_connect_timeout=5)
    try:
        await database.open()
        found = await run({**checks(database, redis), process: partial(_sign_of_life, redis, process)})
    finally:
        await redis.aclose()
        await database.close()
    return "; ".join(f"{name}: {state}" for name, state in found.items() if state != "ok")


async def _sign_of_life(redis: Redis, process: str) -> None:
    if not await redis.exists(alive_key(process)):
        raise NotReadyError(f"no sign of life within {ALIVE_SECONDS} seconds")
