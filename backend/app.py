"""The API process: routes, middleware, lifespan; nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route, WebSocketRoute

from backend.applications.registry import Registry
from backend.db.engine import Database
from backend.graphql.http import GraphQL, accounts_csv
from backend.graphql.http.buckets import Buckets
from backend.graphql.http.documents import Sent
from backend.graphql.http.sockets import GraphQLSocket, Sockets
from backend.graphql.live.hub import Hub
from backend.graphql.planner import Planner
from backend.graphql.schema import schema
from backend.identity.authentication import Authenticator
from backend.identity.oidc import Providers
from backend.patience import Patience
from backend.settings import Settings
from backend.settings import settings as settings_of_process
from backend.telemetry import Tracing, traced_statement
from backend.web import (
    dev_mail,
    front_page,
    graphiql,
    inbound_mail,
    ingest,
    link,
    oidc,
    own_copy,
    pages,
    portal,
    second_factor,
    set_up,
    sign_in,
    stripe,
    vouch,
)
from backend.web.checks import checks
from backend.web.cross_origin import CrossOrigin
from backend.web.entrance import Entrance
from backend.web.face import Faces
from backend.web.faults import Faults
from backend.web.health import livez, readyz
from backend.web.metrics import Measurements, metrics
from backend.web.shortcut import Shortcut
from backend.web.view_as_customer import ROUTES as VIEW_ROUTES
from backend.web.view_as_customer import ReadOnlyViews
from backend.work.doorbell import Doorbell

GRAPHQL = Route("/graphql", GraphQL())
ROUTES: list[BaseRoute] = [
    GRAPHQL,
    WebSocketRoute("/graphql", GraphQLSocket()),
    *pages.ROUTES,
    Route("/livez", livez),
    Route("/readyz", readyz),
    Route("/metrics", metrics),
    *sign_in.ROUTES,
    *second_factor.ROUTES,
    *stripe.ROUTES,
    *inbound_mail.ROUTES,
    *ingest.ROUTES,
    *oidc.ROUTES,
    *vouch.ROUTES,
    *own_copy.ROUTES,
    *VIEW_ROUTES,
    *link.ROUTES,
    *set_up.ROUTES,
    *accounts_csv.ROUTES,
    *dev_mail.ROUTES,
]


def create_app(settings: Settings | None = None) -> Starlette:
    """The ASGI application. Handlers find `database`, `redis` and `settings` in `request.state`."""
    chosen = settings or settings_of_process()
    chosen.require("secret", "redis_url")
    planner = Planner(schema(), viewer_form=chosen.viewer_form)
    routes = [*ROUTES, *(() if chosen.env == "production" else graphiql.ROUTES)]
    built = portal.read(chosen.portal_dir)
    if built is None:
        routes += front_page.ROUTES
    paths = {"/", portal.CONSOLE} | {route.path for route in routes if isinstance(route, Route)}
    measurements = Measurements(planner, paths)
    if chosen.otlp_url:
        planner.observers.append(traced_statement)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[Mapping[str, Any]]:
        doorbell = Doorbell(chosen.redis_url)
        database = Database(
            chosen,
            ("system", "staff", "member"),
            reads=("system", "staff", "member"),
            ring=doorbell.ring,
            announce=doorbell.announce,
        )
        redis = Redis.from_url(chosen.redis_url, socket_timeout=5, socket_connect_timeout=5)
        buckets = Buckets(chosen.redis_url)
        hub = Hub(chosen.redis_url, planner, database.read)
        try:
            await database.open()
            await buckets.open()
            hub.open()
            yield {
                "database": database,
                "redis": redis,
                "settings": chosen,
                "checks": checks(database, redis),
                "authenticator": Authenticator(database, chosen),
                "oidc": Providers(chosen),
                "planner": planner,
                "measurements": measurements,
                "buckets": buckets,
                "hub": hub,
                "patience": Patience(),
                "sockets": Sockets(),
                "ingestion": ingest.Ingestion(database, chosen),
                "applications": Registry(database),
                "sent": Sent(),
                "faces": Faces(database),
            }
        finally:
            await hub.close()
            await buckets.close()
            await redis.aclose()
            await database.close()
            await asyncio.to_thread(doorbell.close)

    app = Starlette(
        routes=routes,
        lifespan=lifespan,
        middleware=[
            Middleware(Entrance, measurements=measurements, https=chosen.base_url.startswith("https://")),
            *([Middleware(Tracing, routes=paths)] if chosen.otlp_url else ()),
            Middleware(CrossOrigin),
            Middleware(Faults),
            Middleware(Shortcut, routes=[GRAPHQL, *ingest.ROUTES]),
            Middleware(ReadOnlyViews),
        ],
    )
    if built is not None:
        built.closed = {path.split("/")[1] for path in paths} - {"", portal.CONSOLE.strip("/")}
        app.router.default = built
    return app
