"""The few pages that are there without any portal: plain HTML without scripts, styles from a file of this site."""

from __future__ import annotations

from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from backend.errors import DomainError
from backend.identity.sessions import Issued
from backend.settings import Settings
from backend.web import cookies
from backend.web.json_requests import status_of, told_beside

STYLE = Path(__file__).resolve().parent / "assets" / "page.css"
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>{title} · Waymark</title>
<link rel="stylesheet" href="/page.css">
</head>
<body>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""


def page(title: str, body: str, status: int = 200) -> Response:
    """A page with a title, which is escaped, and a body, which is HTML; no cache keeps it."""
    content = PAGE.format(title=escape(title), body=body)
    return HTMLResponse(content, status, headers={"cache-control": "no-store"})


def refusal_page(error: DomainError, hint: str = "") -> Response:
    """A refusal as a page, with a hint in HTML."""
    made = page("This did not work", f"<p>{escape(error.message)}</p>{hint}", status_of(error))
    made.headers.update(told_beside(error))
    return made


def signed_in_page(settings: Settings, issued: Issued) -> Response:
    """Who has signed in on one of these pages goes on to the portal, or as staff to the console."""
    place = "/console" if issued.kind == "staff" else "/"
    done = RedirectResponse(place, status_code=303, headers={"cache-control": "no-store"})
    cookies.keep(done, settings, issued)
    return done


def problem_line(error: DomainError | None) -> str:
    """What was wrong, as a line above a form; nothing where nothing was."""
    return f'<p><strong role="alert">{escape(error.message)}</strong></p>' if error else ""


async def style(_request: Request) -> Response:
    """How the pages look."""
    return FileResponse(STYLE, headers={"cache-control": "no-cache"})


ROUTES = [Route("/page.css", style, methods=["GET"])]
