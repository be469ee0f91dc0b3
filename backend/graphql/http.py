"""`/graphql`: an ASGI application that hands documents to the planner and its bytes to the client, untouched."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.responses import HTMLResponse
from starlette.types import Receive, Scope, Send

from backend.db.engine import Database
from backend.graphql.negotiation import JSON, RESPONSE, media_type, status
from backend.graphql.page import PAGE
from backend.graphql.planner import Outcome, Planner, Refusal, problem
from backend.identity.authentication import Authenticator
from backend.identity.errors import BadCredential
from backend.viewer import Viewer

LONGEST_BODY = 100 * 1024
OPERATION_SECONDS = 10.0
WATCHED_AFTER_SECONDS = 0.1
"""An operation that takes longer is watched for a client that goes away, and then cancelled in the database."""
NOBODY = Viewer(kind="member")


class Unreadable(Exception):
    """The request is not a GraphQL request."""

    def __init__(self, status: int, message: str, code: str = "BAD_USER_INPUT") -> None:
        super().__init__(message)
        self.status = status
        self.error = problem(code, message)


class Gone(Exception):
    """The client has closed the connection."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A well-formed request."""

    query: str
    operation_name: str | None
    variables: dict[str, Any]


class GraphQL:
    """Serves GraphQL over HTTP. The state of the process has `planner`, `authenticator` and `database`."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        if scope["method"] in {"GET", "HEAD"} and "text/html" in headers.get(b"accept", ""):
            await HTMLResponse(PAGE)(scope, receive, send)
            return
        media = media_type(headers.get(b"accept", ""))
        try:
            if media is None:
                raise Unreadable(406, f"Accept one of {RESPONSE} and {JSON}.")
            asked = await _read(scope, headers, receive)
            viewer = await _viewer(scope["state"]["authenticator"], headers)
            outcome = await _watched(_execute(scope["state"], asked, viewer), receive)
        except Unreadable as unreadable:
            await _send(send, unreadable.status, media or JSON, orjson.dumps({"errors": [unreadable.error]}))
        except Gone:
            return
        else:
            await _answer(scope, send, media, outcome, is_known=viewer is not None)


async def _viewer(authenticator: Authenticator, headers: dict[bytes, str]) -> Viewer | None:
    try:
        return await authenticator.viewer(headers.get(b"authorization"))
    except BadCredential as error:
        raise Unreadable(401, error.message, error.code) from None


async def _execute(state: dict[str, Any], asked: Asked, viewer: Viewer | None) -> Outcome:
    planner: Planner = state["planner"]
    database: Database = state["database"]
    try:
        async with asyncio.timeout(OPERATION_SECONDS):
            return await planner.execute(
                asked.query, asked.operation_name, asked.variables, viewer or NOBODY, database.read
            )
    except TimeoutError:
        return Outcome(errors=[problem("TIMEOUT", "The operation took too long. Ask for less at a time.")])
    except Refusal as refusal:
        return Outcome(errors=refusal.errors)


async def _watched(operation: Any, receive: Receive) -> Outcome:
    """Run the operation; cancel it, and with it its statement in the database, when the client goes away."""
    task: asyncio.Task[Outcome] = asyncio.ensure_future(operation)
    try:
        done, _ = await asyncio.wait({task}, timeout=WATCHED_AFTER_SECONDS)
        if done:
            return task.result()
        leaving = asyncio.ensure_future(_disconnected(receive))
        try:
            await asyncio.wait({task, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
        if not task.done():
            raise Gone
        return task.result()
    finally:
        task.cancel()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _answer(scope: Scope, send: Send, media: str, outcome: Outcome, *, is_known: bool) -> None:
    if outcome.data is not None and not outcome.errors:
        await _send(send, 200, media, b'{"data":' + outcome.data + b"}")
        return
    request_id = scope["state"].get("request_id", "")
    for error in outcome.errors:
        extensions = error["extensions"]
        if extensions["code"] == "FORBIDDEN" and not is_known:
            extensions["code"] = "UNAUTHENTICATED"
            error["message"] = "Sign in, or send an API key, in the header Authorization: Bearer ...."
        if extensions["code"] == "INTERNAL_SERVER_ERROR":
            extensions["requestId"] = request_id
    code = outcome.errors[0]["extensions"]["code"]
    await _send(send, status(code, media), media, orjson.dumps({"errors": outcome.errors}, default=str))


async def _send(send: Send, code: int, media: str, body: bytes) -> None:
    headers = [
        (b"content-type", f"{media}; charset=utf-8".encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"vary", b"accept, authorization"),
    ]
    if code == 405:
        headers.append((b"allow", b"POST"))
    if code == 401:
        headers.append((b"www-authenticate", b'Bearer realm="waymark"'))
    await send({"type": "http.response.start", "status": code, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _read(scope: Scope, headers: dict[bytes, str], receive: Receive) -> Asked:
    if scope["method"] != "POST":
        raise Unreadable(405, "Send the operation with POST.")
    kind, _, parameters = headers.get(b"content-type", "").partition(";")
    if kind.strip().lower() != JSON:
        raise Unreadable(415, f"Send the operation as {JSON}.")
    if "charset" in parameters.lower() and "utf-8" not in parameters.lower():
        raise Unreadable(415, "Send the operation as UTF-8.")
    if headers.get(b"content-encoding", "identity").strip().lower() not in {"", "identity"}:
        raise Unreadable(415, "Send the operation without content-encoding.")
    body = await _body(headers, receive)
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Unreadable(400, "The body is not JSON.") from None
    if not isinstance(asked, dict):
        raise Unreadable(400, "The body must be one JSON object; batches are not taken.")
    return _asked(asked)


async def _body(headers: dict[bytes, str], receive: Receive) -> bytes:
    length = headers.get(b"content-length", "0")
    too_long = Unreadable(413, f"The body is longer than {LONGEST_BODY:,} bytes.")
    if length.isdigit() and int(length) > LONGEST_BODY:
        raise too_long
    received: bytes = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        received += message.get("body", b"")
        if len(received) > LONGEST_BODY:
            raise too_long
        if not message.get("more_body", False):
            return received


def _asked(body: dict[str, Any]) -> Asked:
    query, name = body.get("query"), body.get("operationName")
    variables, extensions = body.get("variables"), body.get("extensions")
    if extensions is not None and not isinstance(extensions, dict):
        raise Unreadable(400, "extensions must be an object.")
    if query is None and isinstance((extensions or {}).get("persistedQuery"), dict):
        raise Unreadable(400, "No operation is registered under this hash; send its text.", "PERSISTED_QUERY_NOT_FOUND")
    if not isinstance(query, str) or not query.strip():
        raise Unreadable(400, "query must be the text of a GraphQL document.")
    if name is not None and not isinstance(name, str):
        raise Unreadable(400, "operationName must be text.")
    if variables is not None and not isinstance(variables, dict):
        raise Unreadable(400, "variables must be an object.")
    return Asked(query, name or None, variables or {})
