"""The page at `/` for as long as there is no portal."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Waymark</title>
</head>
<body>
<main>
<h1>Waymark is running</h1>
<p>The portal is not built yet. What works today is the API and the command line:</p>
<ul>
<li><a href="/graphql">GraphQL API</a></li>
<li><a href="/readyz">State of this server</a></li>
</ul>
<p>The folder <code>docs/</code> of the source explains both; <code>waymark --help</code> lists the commands.</p>
</main>
</body>
</html>
"""


async def front_page(_request: Request) -> Response:
    """Say what is here."""
    return HTMLResponse(PAGE)
