"""Every operation of the portal runs by its hash, with the cookie of somebody who may run it, on a demo of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import orjson
import pytest
from graphql import GraphQLNonNull, OperationDefinitionNode, parse, type_from_ast

from backend.db.embedded import EmbeddedPostgres, EmbeddedValkey
from backend.demo.situations import CHAMPION_LEFT, PAYS_NOT, visitor_address
from backend.demo.staffing import PASSWORD
from backend.graphql.schema import schema
from tests.demo.loading import copied
from tests.graphql.test_portal_documents import value_of
from tests.portal.conftest import ADMIN, DIST
from tests.serving import serve

REFUSED = {"FORBIDDEN", "UNAUTHENTICATED"}
OWN_PAGE = {"origin": "http://127.0.0.1:8000"}


@pytest.fixture
async def clients(postgres: EmbeddedPostgres, valkey: EmbeddedValkey, released: str) -> AsyncIterator[list[Any]]:
    """What a member and an admin of the staff send, each with an account to ask about."""
    async with copied(postgres, released, "waymark_test_documents") as demo:
        account = (await demo.account(CHAMPION_LEFT, "id"))["id"]
        settings = replace(demo.settings, redis_url=valkey.url(), env="production")
        async with serve(settings) as member, serve(settings) as staff:
            for client, email in ((member, visitor_address(PAYS_NOT)), (staff, ADMIN)):
                client.headers.update(OWN_PAGE)
                body = {"email": email, "password": PASSWORD, "cookie": True}
                assert (await client.post("/auth/sign-in", json=body)).status_code == 200
            yield [member, staff, account]


async def answered(client: httpx.AsyncClient, mark: str, variables: dict[str, Any]) -> tuple[bool, list[str]]:
    """Whether the one operation of a document may be run, and the codes of what went wrong."""
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": mark}}
    answer = (await client.post("/graphql", json={"extensions": extensions, "variables": variables})).json()
    codes = [error["extensions"]["code"] for error in answer.get("errors", ())]
    return not REFUSED.intersection(codes), codes


async def test_every_operation_of_the_portal_runs_as_somebody(clients: list[Any]) -> None:
    member, staff, account = clients
    faults: dict[str, Any] = {}
    ran: dict[str, int] = {"query": 0, "mutation": 0}
    for mark, document in orjson.loads((DIST / "documents.json").read_bytes()).items():
        operation = next(part for part in parse(document).definitions if isinstance(part, OperationDefinitionNode))
        if operation.operation.value == "subscription":
            continue
        variables = {
            variable.variable.name.value: value_of(kind)
            for variable in operation.variable_definitions or ()
            if isinstance(kind := type_from_ast(schema().graphql, variable.type), GraphQLNonNull)
            and variable.default_value is None
        }
        if any(variable.variable.name.value == "first" for variable in operation.variable_definitions or ()):
            variables.setdefault("first", 50)
        if operation.operation.value == "query" and "id" in variables:
            variables["id"] = account
        tried = [await answered(client, mark, variables) for client in (staff, member)]
        ran[operation.operation.value] += 1
        if not any(may and not codes for may, codes in tried):
            faults[operation.name.value if operation.name else mark] = [codes for _, codes in tried]

    assert faults == {}
    assert min(ran.values()) > 25
