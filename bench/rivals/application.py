"""What all rivals take from Waymark unchanged: pools, authentication, throttle, and every middleware: request log,
measurements, headers, requests from other origins."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route

from backend import logging
from backend.applications.registry import Registry
from backend.db.engine import Database
from backend.graphql.http.buckets import Buckets
from backend.graphql.planner import Planner
from backend.graphql.schema import schema
from backend.identity.authentication import Authenticator
from backend.serve import prepare
from backend.settings import settings
from backend.web.access_log import AccessLog
from backend.web.cross_origin import CrossOrigin
from backend.web.health import livez
from backend.web.metrics import Measure, Measurements
from backend.web.security_headers import SecurityHeaders


def application(*routes: BaseRoute) -> Starlette:
    """A Starlette application with the same lifespan and middleware as `backend.app`, and these routes."""
    chosen = settings()
    logging.configure(chosen, "api")
    measurements = Measurements(Planner(schema()), {"/graphql"})  # the planner only for its caches to be counted

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[Mapping[str, Any]]:
        database = Database(chosen, ("system", "staff", "member"), reads=("system", "staff", "member"))
        buckets = Buckets(chosen.redis_url)
        try:
            await database.open()
            await buckets.open()
            yield {
                "database": database,
                "settings": chosen,
                "authenticator": Authenticator(database, chosen),
                "buckets": buckets,
                "applications": Registry(database),
            }
        finally:
            await buckets.close()
            await database.close()

    made = Starlette(
        routes=[*routes, Route("/livez", livez)],
        lifespan=lifespan,
        middleware=[
            Middleware(AccessLog),
            Middleware(Measure, measurements=measurements),
            Middleware(SecurityHeaders, https=chosen.base_url.startswith("https://")),
            Middleware(CrossOrigin),
        ],
    )
    prepare()
    return made
