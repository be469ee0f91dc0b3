"""The API process: `python -m backend.serve`."""

from __future__ import annotations

import asyncio
import gc
import sys
from socket import socket
from typing import Any

import uvicorn
from starlette.applications import Starlette

from backend import logging
from backend.db.engine import Database
from backend.operation import OperationError
from backend.processes import API
from backend.settings import Settings, SettingsError, settings
from backend.telemetry import tracing
from backend.web.connection import Connection
from backend.web.socket_connection import socket_options

LOOPBACK = "127.0.0.0/8,::1"


def main() -> None:
    """Serve until told to stop, then finish what was begun within WAYMARK_DRAIN_SECONDS."""
    try:
        chosen = settings()
        chosen.require("secret", "redis_url")
        logging.configure(chosen, "api")
        asyncio.run(_try_logins(chosen))
    except (OperationError, SettingsError) as error:
        sys.exit(str(error))  # one line; uvicorn would show a traceback
    with tracing(chosen, API.name):
        server = Server(
            uvicorn.Config(
                application(),
                host=chosen.host,
                port=chosen.port,
                **server_options(chosen),
            )
        )
        server.run()
    if not server.started:
        sys.exit(1)  # what stopped it is in the log


class Server(uvicorn.Server):
    """Ends sockets and subscriptions when it is told to stop, so that it need not wait for their clients to go."""

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Finish what was begun."""
        state = getattr(self.lifespan, "state", {})
        if state:
            await state["sockets"].end()
            state["hub"].end()
        await super().shutdown(sockets)


def application() -> Starlette:
    """The application, in a process that is prepared for it."""
    gc.disable()  # what an import makes stays: to look for garbage in it was a fifth of a start
    from backend.app import create_app

    made = create_app()
    prepare()
    return made


def prepare() -> None:
    """Let the process answer evenly.

    What lives as long as the process is no longer looked at by the garbage collector, which would stop all requests
    for it, and young objects are looked at less often, since requests leave no cycles behind; and a thread that reads
    a large document hands over to the event loop after a millisecond.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000)
    gc.enable()
    sys.setswitchinterval(0.001)


def server_options(chosen: Settings) -> dict[str, Any]:
    """How the API is served, in production and in tests."""
    return {
        "http": Connection,
        **socket_options(),
        "access_log": False,
        "log_config": None,
        "server_header": False,
        "forwarded_allow_ips": chosen.trusted_proxies or LOOPBACK,
        "timeout_graceful_shutdown": chosen.drain_seconds,
    }


async def _try_logins(chosen: Settings) -> None:
    database = Database(chosen, ("system", "staff", "member"))
    try:
        await database.open()
    finally:
        await database.close()


if __name__ == "__main__":
    main()
