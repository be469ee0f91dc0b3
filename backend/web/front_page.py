"""The page at `/` and `/console` where no portal was built."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backend.web.pages import page

BODY = """<p>The portal is not built here: <code>scripts/portal.sh</code> builds it, where there are
npm and its registry; then start Waymark again. What works without it is the API and the command line:</p>
<ul>
<li><a href="/graphql">GraphQL API</a></li>
{tools}<li><a href="/readyz">State of this server</a></li>
</ul>
<p>The folder <code>docs/</code> of the source explains both; <code>waymark --help</code> lists the commands.</p>
"""
TOOLS = """<li><a href="/graphiql">GraphiQL</a>, to try queries on</li>
<li><a href="/dev/mail">Mail</a> that is kept here while no mail server is set</li>
"""


async def show(request: Request) -> Response:
    """Say what is here."""
    tools = TOOLS if request.state.settings.env == "development" else ""
    return page("Waymark is running", BODY.format(tools=tools))


ROUTES = [Route("/", show), Route("/console", show)]
