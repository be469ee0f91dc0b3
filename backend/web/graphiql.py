"""`/graphiql`: a page to try queries on, outside production.

GraphiQL and React come from this very site, so that the page works without the internet and no other site's script runs
on it. They are not part of Waymark: `make graphiql` puts them into `.tools/graphiql`.
"""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from backend.web.pages import page

INSTALLED = Path(__file__).resolve().parents[2] / ".tools" / "graphiql"
"""Where `scripts/install-graphiql` puts the files of others."""
OWN = Path(__file__).resolve().parent / "assets"
FILES = {
    "react.js": INSTALLED / "react.js",
    "react-dom.js": INSTALLED / "react-dom.js",
    "graphiql.js": INSTALLED / "graphiql.js",
    "graphiql.css": INSTALLED / "graphiql.css",
    "page.js": OWN / "graphiql.js",
    "page.css": OWN / "graphiql.css",
}
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>GraphiQL · Waymark</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/graphiql/graphiql.css">
<link rel="stylesheet" href="/graphiql/page.css">
<script defer src="/graphiql/react.js"></script>
<script defer src="/graphiql/react-dom.js"></script>
<script defer src="/graphiql/graphiql.js"></script>
<script defer src="/graphiql/page.js"></script>
</head>
<body>
<form id="who">
<label for="token">Access token or API key</label>
<input id="token" type="password" autocomplete="off" spellcheck="false" maxlength="8000">
</form>
<div id="graphiql"></div>
</body>
</html>
"""
MISSING = "<p>GraphiQL is not installed. <code>make graphiql</code> does it, once; it needs npm.</p>"
POLICY = (
    "default-src 'self'; font-src data:; img-src 'self' data:; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
)
"""Fonts and small pictures stand in GraphiQL's style sheet. Its dialogs would write a style into the page that keeps
what is behind them from scrolling; the policy refuses that, and nothing there scrolls anyway."""


async def show(_request: Request) -> Response:
    """The page, or how to get it."""
    if not all(path.is_file() for path in FILES.values()):
        return page("GraphiQL", MISSING, 404)
    return HTMLResponse(PAGE, headers={"content-security-policy": POLICY, "cache-control": "no-cache"})


async def file(request: Request) -> Response:
    """One of the files that the page names."""
    path = FILES.get(request.path_params["name"])
    if path is None or not path.is_file():
        return Response("Not found.", status_code=404, media_type="text/plain")
    return FileResponse(path, headers={"cache-control": "no-cache"})


ROUTES = [Route("/graphiql", show, methods=["GET"]), Route("/graphiql/{name}", file, methods=["GET"])]
