"""What a browser sees at `/graphql`."""

from __future__ import annotations

from html import escape

from starlette.responses import Response

from backend.web.pages import page

BODY = """<p>Send operations with POST to this address. A key comes from the command line:</p>
<pre>waymark create-key --name "First look" --staff-role ADMIN</pre>
<pre>curl -s {address}/graphql \\
  -H 'content-type: application/json' \\
  -H 'authorization: Bearer wmk_...' \\
  -d '{{"query": "{{ organization {{ name }} viewer {{ kind permissions }} }}"}}'</pre>
<p>Any GraphQL client can read the schema by introspection; <code>schema.graphql</code> in the source is the same schema
with its descriptions. <code>docs/api.md</code> explains signing in, pages and errors.</p>
"""


def api_page(base_url: str) -> Response:
    """How to use the API."""
    return page("GraphQL API", BODY.format(address=escape(base_url)))
