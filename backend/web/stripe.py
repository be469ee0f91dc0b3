"""`POST /webhooks/stripe` and `/webhooks/stripe/{source}`: events of Stripe, signed.

Answered 200 once the event is durable, whatever is made of it; 400 for what Stripe did not sign within five minutes.
"""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backend.billing.stripe import inbox
from backend.billing.stripe.events import NoEvent
from backend.billing.stripe.inbox import Verdict
from backend.billing.stripe.signature import TOLERANCE_SECONDS, read
from backend.errors import DomainError, InvalidInput, NotFound
from backend.web.json_requests import Unreceived, answer, received, refusal

LONGEST_BODY = 1_048_576
"""Events of Stripe are a few kilobytes; the largest invoices some hundred."""
DEFAULT_SOURCE = "stripe"

REFUSALS: dict[Verdict, DomainError] = {
    Verdict.FORGED: InvalidInput("The signature is not of this body and a secret of this endpoint."),
    Verdict.STALE: InvalidInput(f"The signature is older than {TOLERANCE_SECONDS} seconds, or lies ahead."),
    Verdict.NOT_CONNECTED: NotFound("No Stripe account is connected here: waymark stripe set-secret."),
}
SOURCE_KEY = re.compile(r"[A-Za-z0-9_.-]{1,100}")


async def webhook(request: Request) -> Response:
    """Take one event."""
    try:
        body = await received(request, LONGEST_BODY)
    except Unreceived as error:
        return refusal(error)
    signature = read(request.headers.get("stripe-signature", ""))
    if signature is None:
        return refusal(InvalidInput("The header Stripe-Signature is missing or malformed."))
    source_key = request.path_params.get("source", DEFAULT_SOURCE)
    if not SOURCE_KEY.fullmatch(source_key):
        return refusal(REFUSALS[Verdict.NOT_CONNECTED])
    async with request.state.database.begin() as session:
        origin = await inbox.verify(
            session, request.state.settings, source_key=source_key, signature=signature, body=body
        )
        if origin.source_id is None:
            return refusal(REFUSALS[origin.verdict])
        try:
            outcome = await inbox.receive(session, origin.source_id, body)
        except NoEvent as error:
            return refusal(InvalidInput(str(error)))
    return answer({"status": outcome.value})


ROUTES = [
    Route("/webhooks/stripe", webhook, methods=["POST"]),
    Route("/webhooks/stripe/{source}", webhook, methods=["POST"]),
]
