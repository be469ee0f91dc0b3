"""What all rivals take from Waymark unchanged: pools, authentication, throttle, and every middleware: request log,
measurements, headers, requests from other origins, faults."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from backend import logging
from backend.applications.registry import Registry
from backend.db.engine import Database
from backend.graphql.http.buckets import Buckets
from backend.graphql.planner import Planner
from backend.graphql.schema import schema
from backend.identity.authentication import Authenticator
from backend.serve import prepare
from backend.settings import settings
from backend.web.cross_origin import CrossOrigin
from backend.web.entrance import Entrance
from backend.web.faults import Faults
from backend.web.health import livez
from backend.web.metrics import Measurements
from backend.web.shortcut import Shortcut


def application(route: Route) -> Starlette:
    """A Starlette application with the same lifespan and middleware as `backend.app`, for one route."""
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
        routes=[route, Route("/livez", livez)],
        lifespan=lifespan,
        middleware=[
            Middleware(Entrance, measurements=measurements, https=chosen.base_url.startswith("https://")),
            Middleware(CrossOrigin),
            Middleware(Faults),
            Middleware(Shortcut, routes=[route]),
        ],
    )
    prepare()
    return made
