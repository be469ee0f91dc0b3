"""What both rivals take from Waymark unchanged: pools, authentication, throttle, middleware, request log, headers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route

from backend import logging
from backend.db.engine import Database
from backend.graphql.http.buckets import Buckets
from backend.identity.authentication import Authenticator
from backend.settings import settings
from backend.web.access_log import AccessLog
from backend.web.health import livez
from backend.web.security_headers import SecurityHeaders


def application(*routes: BaseRoute) -> Starlette:
    """A Starlette application with the same lifespan and middleware as `backend.app`, and these routes."""
    chosen = settings()
    logging.configure(chosen, "api")

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[Mapping[str, Any]]:
        database = Database(chosen, ("system", "staff", "member"), reads=("staff", "member"))
        buckets = Buckets(chosen.redis_url)
        try:
            await database.open()
            await buckets.open()
            yield {
                "database": database,
                "settings": chosen,
                "authenticator": Authenticator(database, chosen),
                "buckets": buckets,
            }
        finally:
            await buckets.close()
            await database.close()

    return Starlette(
        routes=[Route("/livez", livez), *routes],
        lifespan=lifespan,
        middleware=[
            Middleware(AccessLog),
            Middleware(SecurityHeaders, https=chosen.base_url.startswith("https://")),
        ],
    )
