"""What a browser sees at `/graphql`."""

from __future__ import annotations

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Waymark GraphQL API</title>
</head>
<body>
<main>
<h1>Waymark GraphQL API</h1>
<p>Send operations with POST to this address. A key comes from the command line:</p>
<pre>waymark create-key --name "First look" --staff-role ADMIN</pre>
<pre>curl -s http://127.0.0.1:8000/graphql \\
  -H 'content-type: application/json' \\
  -H 'authorization: Bearer wmk_...' \\
  -d '{"query": "{ organization { name } viewer { kind permissions } }"}'</pre>
<p>Any GraphQL client can read the schema by introspection; <code>schema.graphql</code> in the source is the same schema
with its descriptions. <code>docs/api.md</code> explains signing in, pages and errors.</p>
</main>
</body>
</html>
"""
