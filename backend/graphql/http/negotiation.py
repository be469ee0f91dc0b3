"""The two media types of an answer, and the status that each gives an error."""

from __future__ import annotations

from functools import lru_cache

RESPONSE = "application/graphql-response+json"
JSON = "application/json"
EVENTS = "text/event-stream"
KEPT = 50
"""How many different Accept headers are remembered; clients send few."""

STATUS = {
    "UNAUTHENTICATED": 401,
    "FORBIDDEN": 403,
    "NOT_FOUND": 404,
    "THROTTLED": 429,
    "TIMEOUT": 504,
    "INTERNAL_SERVER_ERROR": 500,
}


@lru_cache(KEPT)
def media_type(accept: str) -> str | None:
    """The type to answer with; JSON where the client does not say, None where it takes neither.

    Takes the first of the two with the highest `q`, as RFC 9110 weighs them.
    """
    if not accept.strip():
        return JSON
    best, best_weight = None, 0.0
    for part in accept.split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        name = name.lower()
        weight = _weight(parameters)
        found = {RESPONSE: RESPONSE, JSON: JSON, "application/*": JSON, "*/*": JSON}.get(name)
        if found is not None and weight > best_weight:
            best, best_weight = found, weight
    return best


@lru_cache(KEPT)
def takes_events(accept: str) -> bool:
    """Whether a client names server-sent events among what it takes. Some do with every request, so that the operation
    decides what they get."""
    return any(part.partition(";")[0].strip().lower() == EVENTS for part in accept.split(","))


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0


def status(code: str, media: str) -> int:
    """The status of an answer whose first error has this code and which carries no data.

    Clients of plain JSON take any answer to a well-formed request from status 200; only who is asking, and a fault
    of ours, show in the status.
    """
    if media == RESPONSE:
        return STATUS.get(code, 400)
    return STATUS[code] if code in {"UNAUTHENTICATED", "INTERNAL_SERVER_ERROR"} else 200
