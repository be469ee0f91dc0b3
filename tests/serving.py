"""The API in this process: asked over ASGI, where everything but the socket is real, or on a port of loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from socket import AF_INET, IPPROTO_TCP, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, socket

import httpx
import uvicorn
from starlette.types import Receive, Scope, Send

from backend.app import create_app
from backend.serve import Server, server_options
from backend.settings import Settings


@asynccontextmanager
async def serve(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an API process with these settings; starts it up and shuts it down."""
    app = create_app(settings)
    async with app.router.lifespan_context(app) as state:

        async def with_state(scope: Scope, receive: Receive, send: Send) -> None:
            scope["state"] = dict(state or {})
            await app(scope, receive, send)

        transport = httpx.ASGITransport(app=with_state)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            yield client


class _Server(Server):
    """Fails as anything fails: leaving the process, as uvicorn does, would break the event loop of all tests."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.has_tried = asyncio.Event()

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        self.has_tried.set()

    async def serve(self, sockets: list[socket] | None = None) -> None:
        try:
            await super().serve(sockets)
        except SystemExit as error:
            raise RuntimeError("The API did not start; its log says why.") from error
        finally:
            self.has_tried.set()


@asynccontextmanager
async def listen(settings: Settings, port: int = 0) -> AsyncIterator[str]:
    """The address of an API process with these settings, served by uvicorn as in production; on any port by default."""
    server = _Server(uvicorn.Config(create_app(settings), **server_options(settings)))
    with socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) as listener:  # by which asyncio knows to send without delay
        listener.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        serving = asyncio.create_task(server.serve([listener]))
        try:
            await server.has_tried.wait()
            if server.started:
                yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving
