"""Forms that browsers post from pages of this site."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.requests import Request

from backend.errors import Forbidden, InvalidInput
from backend.web.json_requests import headers_of, received
from backend.web.same_origin import is_same_origin

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 10


def is_form(request: Request) -> bool:
    """Whether the body is a form's."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == FORM


async def form_of(request: Request) -> dict[str, str]:
    """The fields that were filled in. Raises InvalidInput for what is no form."""
    try:
        return dict(parse_qsl((await received(request)).decode("ascii"), max_num_fields=MOST_FIELDS))
    except ValueError:
        raise InvalidInput("The form cannot be read.") from None


def require_own_form(request: Request) -> None:
    """Raise Forbidden unless a page of this very site posted the form."""
    if "origin" not in request.headers or not is_same_origin(headers_of(request)):
        raise Forbidden("This form counts from this site's own page alone.")
