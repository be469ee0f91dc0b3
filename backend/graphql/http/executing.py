"""Running what a caller asks, whichever way it came: documents found, points charged, a time limit."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from backend.applications.models import PORTAL
from backend.applications.registry import Registry
from backend.db.engine import Database
from backend.graphql.http.callers import Caller
from backend.graphql.http.charging import Call, Charged
from backend.graphql.http.documents import registered_only, text_of
from backend.graphql.http.reading import Asked
from backend.graphql.live.hub import Hub, Stream
from backend.graphql.mutation import execute_mutation
from backend.graphql.planner import Outcome, Planner, Prepared, Refusal, problem
from backend.identity import customer_view
from backend.patience import Patience
from backend.settings import Settings

OPERATION_SECONDS = 10.0


async def execute(
    state: dict[str, Any], asked: Asked, who: Caller, request_id: str, *, takes_streams: bool
) -> tuple[Charged, Stream | None]:
    """Run an operation; of a subscription that is let in there is a stream, which the caller has to leave.

    Raises Unreadable for what is no request.
    """
    settings: Settings = state["settings"]
    database: Database = state["database"]
    strict = registered_only(who.application, is_development=settings.env == "development")
    planner: Planner = state["planner"]
    hub: Hub = state["hub"]
    patience: Patience = state["patience"]
    stream: Stream | None = None

    def run(prepared: Prepared) -> Awaitable[Outcome]:
        if prepared.operation.kind == "query":
            return planner.run(prepared, database.read)
        return subscribe(prepared) if prepared.operation.kind == "subscription" else change(prepared)

    async def subscribe(prepared: Prepared) -> Outcome:
        nonlocal stream
        if not takes_streams:
            message = "Subscribe with Accept: text/event-stream, or over a WebSocket."
            return Outcome(errors=[problem("BAD_USER_INPUT", message)])
        try:
            stream = await hub.join(prepared, who.buckets[0].key)
        except Refusal as refusal:
            return Outcome(errors=refusal.errors)
        return Outcome(b"{}")

    async def change(prepared: Prepared) -> Outcome:
        if prepared.viewer.impersonator is not None:
            return Outcome(errors=[problem("FORBIDDEN", customer_view.READ_ONLY)])
        return await execute_mutation(prepared, database, request_id)

    async def text() -> str:
        registry: Registry = state["applications"]
        # The portal asks by hash before anybody has signed in: who is nobody may mean its documents, beside any others.
        whose = who.application or (None if who.is_known else await registry.with_id(PORTAL))
        return await text_of(asked, whose, registry, state["sent"], strict=strict)

    call = Call(planner, run, state["buckets"], who, asked)
    try:
        with patience.limit(OPERATION_SECONDS):
            charged = await call.run(text)
    except BaseException as error:
        if stream is not None:
            hub.leave(stream)
        if not isinstance(error, TimeoutError):
            raise
        message = "The operation took too long. Ask for less at a time."
        return Charged(Outcome(errors=[problem("TIMEOUT", message)])), None
    return charged, stream
