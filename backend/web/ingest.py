"""`/v1/{track,identify,group,page,screen,alias,batch}`: what Segment's and RudderStack's clients send.

200 says that each item is an event or a kept reject by now, and names the rejects. 400, 401, 403 and 413 refuse a body
as a whole: sending it again would not help. 429 and 503 say when to send it again; nothing of it was kept.
"""

from __future__ import annotations

from typing import Any

import asyncpg
import orjson
import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from backend.db.engine import CUT, Database
from backend.errors import DomainError, Forbidden, NotSignedIn
from backend.ingest import body as bodies
from backend.ingest.intake import Intake, Taken
from backend.ingest.messages import KINDS, Arrival, sender_time
from backend.ingest.models import WriteKeyKind
from backend.ingest.pace import Pace
from backend.ingest.write_keys import Writer, Writers
from backend.settings import Settings

log = structlog.get_logger("waymark.ingest")

WAITING_AT_MOST = 64
"""Requests that have sent their body and wait for a connection; beyond that the process is too busy for more."""
BODY_SECONDS = 60.0
"""How long a client may take to send a body, which may be five mebibytes over a slow line."""
BUSY_SECONDS = 1
AWAY_SECONDS = 5
AWAY = (SQLAlchemyError, asyncpg.PostgresError, *CUT, OSError, TimeoutError)
"""What is raised where the database is not there."""
STATUS = {"UNAUTHENTICATED": 401, "FORBIDDEN": 403, "TOO_LARGE": 413}
ALLOWED = {
    "access-control-allow-methods": "POST, OPTIONS",
    "access-control-allow-headers": "authorization, content-type, content-encoding",
    "access-control-max-age": "600",
}


class Ingestion:
    """What the routes share in one process."""

    def __init__(self, database: Database, settings: Settings) -> None:
        # Sign-in and the like keep a connection for themselves.
        slots = max(1, settings.write_pool_size - 1)
        self.writers = Writers(database)
        self.intake = Intake(database, slots=slots)
        self.pace = Pace(settings.ingest_rate)
        self.browser_pace = Pace(settings.ingest_browser_rate)
        self.event_bytes = settings.ingest_event_bytes
        self.batch_bytes = settings.ingest_batch_bytes


async def receive(request: Request) -> Response:
    """Take in one item or a batch."""
    ingestion: Ingestion = request.state.ingestion
    origin = request.headers.get("origin")
    headers: dict[str, str] = {}
    try:
        headers = await _readable_from(ingestion, origin)
        if ingestion.intake.waiting >= WAITING_AT_MOST:
            return _later(503, BUSY_SECONDS, "BUSY", "Too much is coming in at once.", headers)
        try:
            with request.state.patience.limit(BODY_SECONDS):
                found = await bodies.read(
                    request.stream(), request.headers.get("content-encoding", ""), ingestion.batch_bytes
                )
        except TimeoutError:
            late = {
                "success": False,
                "code": "TIMEOUT",
                "message": f"No whole body came in {BODY_SECONDS:.0f} seconds.",
            }
            return _answer(late, 408, {**headers, "connection": "close"})
        writer = await _writer(ingestion, bodies.key_of(request.headers.get("authorization"), found.fields))
        _check_origin(writer, origin)
        route = request.scope["path"].rpartition("/")[2]
        items = bodies.items_of(found.fields) if route == "batch" else [bodies.item_of(found.fields, route)]
        if seconds := _wait(ingestion, request, writer, len(items)):
            return _later(429, seconds, "TOO_FAST", "More comes in with this key than is taken.", headers)
        context = found.fields.get("context") if route == "batch" else None
        arrival = Arrival(
            sent_at=sender_time(found.fields.get("sentAt")),
            is_trusted=writer.is_trusted,
            context=context if isinstance(context, dict) else {},
            most_bytes=ingestion.event_bytes,
            may_be_large=found.size > ingestion.event_bytes,
            may_hold_nul=found.may_hold_nul,
        )
        taken = await ingestion.intake.take(writer, items, arrival)
    except DomainError as error:
        return _answer(
            {"success": False, "code": error.code, "message": error.message}, STATUS.get(error.code, 400), headers
        )
    except AWAY as error:
        log.exception("not taken in", error=type(error).__name__)
        return _later(503, AWAY_SECONDS, "UNAVAILABLE", "The database did not take it.", headers)
    return _answer(_told(taken), 200, headers)


async def preflight(request: Request) -> Response:
    """Tell a browser whether its page may send events at all; which key it uses is not known yet."""
    ingestion: Ingestion = request.state.ingestion
    origin = request.headers.get("origin", "")
    try:
        is_known = await ingestion.writers.is_origin(origin)
    except AWAY as error:
        log.exception("not known whose page", error=type(error).__name__)
        return _later(503, AWAY_SECONDS, "UNAVAILABLE", "The database did not say whose page it is.", {})
    if not is_known:
        return Response(status_code=403)
    return Response(status_code=204, headers={**ALLOWED, "access-control-allow-origin": origin, "vary": "origin"})


async def _writer(ingestion: Ingestion, key: str | None) -> Writer:
    writer = await ingestion.writers.writer(key) if key else None
    if writer is None:
        raise NotSignedIn(
            "The write key is missing, unknown or revoked. Send it as the user name of Basic authentication or as "
            "`writeKey`; `waymark write-keys create` makes one."
        )
    return writer


async def _readable_from(ingestion: Ingestion, origin: str | None) -> dict[str, str]:
    """The headers that let a page read the answer and when to come again, also where the body is not taken: what it
    cannot read is a lost connection to its client, which sends the same again."""
    if origin is None or not await ingestion.writers.is_origin(origin):
        return {}
    return {
        "access-control-allow-origin": origin,
        "access-control-expose-headers": "retry-after",
        "vary": "origin",
    }


def _check_origin(writer: Writer, origin: str | None) -> None:
    """Raise Forbidden for a key outside of where it belongs."""
    if writer.kind is WriteKeyKind.SERVER:
        if origin is not None:
            raise Forbidden("This key of a server came from a page, where everybody can read it. Revoke it.")
    elif origin not in writer.origins:
        raise Forbidden("This key of a browser does not count from here; its origins are named when it is made.")


def _wait(ingestion: Ingestion, request: Request, writer: Writer, items: int) -> int:
    if not writer.is_trusted:
        address = request.client.host if request.client else ""
        if seconds := ingestion.browser_pace.wait(address, items):
            return seconds
    return ingestion.pace.wait(writer.key_id, items)


def _told(taken: Taken) -> dict[str, Any]:
    """The answer: `success` is what clients look for; the numbers and names are for people and tests."""
    return {
        "success": True,
        "stored": taken.stored,
        "unresolved": taken.unresolved,
        "repeated": taken.repeated,
        "rejected": [
            {
                "index": each.place,
                "messageId": each.refusal.message_id,
                "code": each.refusal.code,
                "field": each.refusal.field,
                "message": f"{each.refusal.field or 'item'} {each.refusal.reason}",
            }
            for each in taken.refused
        ],
    }


def _later(status: int, seconds: int, code: str, message: str, headers: dict[str, str]) -> Response:
    again = {"success": False, "code": code, "message": f"{message} Send it again in {seconds} s; none of it was kept."}
    return _answer(again, status, {**headers, "retry-after": str(seconds)})


def _answer(content: dict[str, Any], status: int, headers: dict[str, str]) -> Response:
    return Response(
        orjson.dumps(content), status, {"cache-control": "no-store", **headers}, media_type="application/json"
    )


class Endpoint:
    """One of the routes as an ASGI application, which `Shortcut` can reach: it answers every method."""

    async def __call__(self, scope: Scope, receive_: Receive, send: Send) -> None:
        """Serve one request."""
        request = Request(scope, receive_)
        match request.method:
            case "POST":
                response = await receive(request)
            case "OPTIONS":
                response = await preflight(request)
            case _:
                response = _answer(
                    {"success": False, "code": "METHOD_NOT_ALLOWED", "message": "Send it with POST."},
                    405,
                    {"allow": "POST, OPTIONS"},
                )
        await response(scope, receive_, send)


ROUTES = [Route(f"/v1/{kind}", Endpoint()) for kind in (*KINDS, "batch")]
