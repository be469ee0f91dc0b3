"""`POST /webhooks/mail`: a raw mail (RFC 822) of a mail provider, signed as Standard Webhooks has it.

Answered 200 once the mail is durable, also where it came before; 400 for what was not signed within five minutes.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backend.engagement.inbound import intake
from backend.errors import InvalidInput, LimitReached, NotFound
from backend.settings import Settings
from backend.web.json_requests import Unreceived, answer, received, refusal

BODY_SECONDS = 60.0
FORGED = "The headers webhook-id, webhook-timestamp and webhook-signature are not those of this body and secret."


async def take(request: Request) -> Response:
    """Take one mail."""
    settings: Settings = request.state.settings
    if not settings.inbound_address:
        return refusal(NotFound("No mail is taken here: WAYMARK_INBOUND_ADDRESS is not set."))
    try:
        body = await received(request, settings.inbound_bytes, BODY_SECONDS)
    except Unreceived as error:
        return refusal(error)
    async with request.state.database.begin() as session:
        if not await intake.is_signed(session, request.headers, body):
            return refusal(InvalidInput(FORGED))
        try:
            made = await intake.receive(session, body)
        except LimitReached as error:
            return answer({"errors": [{"message": error.message, "extensions": {"code": error.code}}]}, 503)
    return answer({"status": "taken" if made else "known already"})


ROUTES = [Route("/webhooks/mail", take, methods=["POST"])]
