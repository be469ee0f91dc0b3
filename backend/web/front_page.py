"""The page at `/` for as long as there is no portal."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from backend.web.pages import page

BODY = """<p>The portal is not built yet. What works today is the API and the command line:</p>
<ul>
<li><a href="/graphql">GraphQL API</a></li>
{tools}<li><a href="/readyz">State of this server</a></li>
</ul>
<p>The folder <code>docs/</code> of the source explains both; <code>waymark --help</code> lists the commands.</p>
"""
TOOLS = """<li><a href="/graphiql">GraphiQL</a>, to try queries on</li>
<li><a href="/dev/mail">Mail</a> that is kept here while no mail server is set</li>
"""


async def front_page(request: Request) -> Response:
    """Say what is here."""
    tools = TOOLS if request.state.settings.env == "development" else ""
    return page("Waymark is running", BODY.format(tools=tools))
