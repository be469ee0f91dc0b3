"""Reading requests. Only the body counts with POST and only the address with GET; unknown fields are ignored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.types import Receive, Scope

from backend.graphql.http.negotiation import JSON
from backend.graphql.planner import problem
from backend.patience import Patience

LONGEST_BODY = 100 * 1024
MOST_DISCARDED = 1024 * 1024
"""Of a body that is too long, so much is taken and thrown away: who still sends when a connection closes seldom reads
why."""
LONGEST_ADDRESS = 16 * 1024
BODY_SECONDS = 10.0
"""How long a client may take to send a body."""
METHODS = b"GET, HEAD, POST"

Headers = Mapping[bytes, str]


class Unreadable(Exception):
    """The request is not a GraphQL request, or not one that this caller may send."""

    def __init__(self, status: int, message: str, code: str = "BAD_USER_INPUT") -> None:
        super().__init__(message)
        self.status = status
        self.error = problem(code, message)


class Gone(Exception):
    """The client has closed the connection."""


@dataclass(slots=True)
class Asked:
    """A well-formed request."""

    query: str | None
    """The text of the document; None where only its hash was sent."""
    sha256: str | None
    """The hash that the client says the document has, in lower case."""
    operation_name: str | None
    variables: dict[str, Any]
    is_safe: bool
    """Whether the method promises to change nothing."""


async def read(scope: Scope, headers: Headers, receive: Receive) -> Asked:
    """What a request asks. Raises Unreadable, and Gone."""
    method = scope["method"]
    if method == "POST":
        _require_json(headers)
        return asked_in(_object_in(await _body(headers, receive, scope["state"]["patience"])), is_safe=False)
    if method in {"GET", "HEAD"}:
        return asked_in(_in_address(scope["query_string"]), is_safe=True)
    raise Unreadable(405, "Send operations with POST, or queries with GET.")


def _require_json(headers: Headers) -> None:
    written = headers.get(b"content-type", "")
    if written != JSON:
        kind, _, parameters = written.lower().partition(";")
        if kind.strip() != JSON:
            raise Unreadable(415, f"Send the operation as {JSON}.")
        if "charset" in parameters and "utf-8" not in parameters:
            raise Unreadable(415, "Send the operation as UTF-8.")
    if headers.get(b"content-encoding", "").strip().lower() not in {"", "identity"}:
        raise Unreadable(415, "Send the operation without content-encoding.")


def _object_in(text: bytes) -> dict[str, Any]:
    try:
        body = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Unreadable(400, "The body is not JSON.") from None
    if not isinstance(body, dict):
        raise Unreadable(400, "The body must be one JSON object; batches are not taken.")
    return body


def _too_long() -> Unreadable:
    return Unreadable(413, f"The body is longer than {LONGEST_BODY:,} bytes.")


async def _body(headers: Headers, receive: Receive, patience: Patience) -> bytes:
    length = headers.get(b"content-length", "")
    if length.isdigit() and int(length) > MOST_DISCARDED:
        raise _too_long()
    received, size = b"", 0
    try:
        with patience.limit(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Gone
                part = message.get("body", b"")
                size += len(part)
                if size <= LONGEST_BODY:
                    received += part
                is_whole = not message.get("more_body", False)
                if size > (LONGEST_BODY if is_whole else MOST_DISCARDED):
                    raise _too_long()
                if is_whole:
                    return received
    except TimeoutError:
        raise Unreadable(408, f"The body did not arrive within {BODY_SECONDS:.0f} seconds.") from None


def _in_address(query_string: bytes) -> dict[str, Any]:
    if len(query_string) > LONGEST_ADDRESS:
        raise Unreadable(414, f"The address is longer than {LONGEST_ADDRESS:,} bytes; send the operation with POST.")
    try:
        pairs = parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=50)
    except ValueError:
        raise Unreadable(400, "The address is not well encoded: UTF-8 in percent signs, 50 fields at most.") from None
    found: dict[str, Any] = {}
    for name, text in pairs:
        if name in found:
            raise Unreadable(400, f"The address has {name} twice.")
        if text:  # an empty field is as good as none
            found[name] = text
    for name in ("variables", "extensions"):
        if name in found:
            try:
                found[name] = orjson.loads(found[name])
            except orjson.JSONDecodeError:
                raise Unreadable(400, f"{name} is not JSON.") from None
    return found


def asked_in(fields: dict[str, Any], *, is_safe: bool) -> Asked:
    """What the fields of a request ask. Raises Unreadable."""
    query, name = fields.get("query"), fields.get("operationName")
    variables, extensions = fields.get("variables"), fields.get("extensions")
    if extensions is not None and not isinstance(extensions, dict):
        raise Unreadable(400, "extensions must be an object.")
    sha256 = _sha256(extensions) if extensions else None
    if query == "" and sha256:  # from clients whose types demand a text
        query = None
    if not (query is None and sha256) and (not isinstance(query, str) or not query.strip()):
        raise Unreadable(400, "query must be the text of a GraphQL document.")
    if name is not None and not isinstance(name, str):
        raise Unreadable(400, "operationName must be text.")
    if variables is not None and not isinstance(variables, dict):
        raise Unreadable(400, "variables must be an object.")
    return Asked(query, sha256, name or None, variables or {}, is_safe)


def _sha256(extensions: dict[str, Any]) -> str | None:
    persisted = extensions.get("persistedQuery")
    if persisted is None:
        return None
    found = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    if not isinstance(found, str) or len(found) != 64 or not set(found.lower()) <= set("0123456789abcdef"):
        raise Unreadable(
            400, "extensions.persistedQuery.sha256Hash must be the SHA-256 of the document in hexadecimal."
        )
    return found.lower()
