"""The audits of GraphQL over HTTP that ship with npm graphql-http."""

from __future__ import annotations

import json

from tests.clients.conftest import RunScript
from tests.graphql.world import World


async def test_all_audits_of_graphql_over_http_pass(world: World, address: str, node: RunScript) -> None:
    printed = await node("audit.mjs", f"{address}/graphql", CREDENTIAL=world.credential("acme"))

    audits = [json.loads(line) for line in printed.splitlines()]
    assert [audit for audit in audits if audit["status"] != "ok"] == []
    assert len(audits) == 61
