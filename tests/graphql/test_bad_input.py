"""Values that are too large, too deep or no text: each is refused with its code and reason, and none is a fault."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from backend.graphql.http.negotiation import RESPONSE
from backend.graphql.planner.binds import Binds
from tests.graphql.world import World
from tests.patience import PATIENCE_SECONDS
from tests.serving import listen

ACCOUNTS = "query($f: AccountFilter) { accounts(first: 1, filter: $f) { totalCount } }"
TRAIT = 'query($v: JSON) { accounts(first: 1, filter: {trait: {key: "a", equals: $v}}) { totalCount } }'
PAGE = "query($n: Int) { accounts(first: $n) { totalCount } }"
SET = "mutation($i: SetAccountTraitsInput!) { setAccountTraits(input: $i) { userErrors { message } } }"
IDS = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"


def nested(opening: str, inner: str, closing: str, depth: int) -> str:
    return opening * depth + inner + closing * depth


async def answer(world: World, body: bytes) -> tuple[int, Any]:
    """Status and body of what staff are answered."""
    headers = {"content-type": "application/json", "accept": RESPONSE}
    headers["authorization"] = f"Bearer {world.credential('staff')}"
    answered = await world.client.post("/graphql", content=body, headers=headers)
    return answered.status_code, answered.json()


def sent(query: str, variables: str = "{}") -> bytes:
    """A body whose variables are written as given, which no Python value need be able to say."""
    return b'{"query": %b, "variables": %b}' % (json.dumps(query).encode(), variables.encode())


@pytest.mark.parametrize(
    "body",
    [sent(ACCOUNTS, f'{{"f": {{"text": "{"x" * 90_000}"}}}}'), sent(TRAIT, f'{{"v": {nested("[", "1", "]", 900)}}}')],
    ids=["a text of 90,000 characters", "JSON of 900 levels"],
)
async def test_a_value_that_is_large_but_of_its_type_meets_nothing(world: World, body: bytes) -> None:
    status, answered = await answer(world, body)

    assert (status, answered["data"]) == (200, {"accounts": {"totalCount": 0}})


def many_objects(lists: int) -> str:
    return '{"f": {"and": [' + ", ".join(['{"and": [' + ", ".join(["{}"] * 240) + "]}"] * lists) + "]}}"


def conditions(count: int) -> str:
    return "{and: [" + ", ".join(["{}"] * count) + "]}"


async def test_a_filter_of_too_many_conditions_is_refused_before_it_is_compiled(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled: list[Any] = []
    real: Any = Binds.finished

    def finished(self: Binds, sql: str) -> Any:
        compiled.append(sql)
        return real(self, sql)

    monkeypatch.setattr(Binds, "finished", finished)
    many = '{"f": {"and": [' + ", ".join(['{"tier": {"in": ["business"]}}'] * 201) + "]}}"

    for body in (sent(FILTERED.format(conditions(201))), sent(ACCOUNTS, many), sent(ACCOUNTS, many_objects(12))):
        status, answered = await answer(world, body)
        assert (status, [error["extensions"]["code"] for error in answered["errors"]]) == (400, [INPUT])
        assert answered["errors"][0]["message"].endswith("is beyond 12 levels or 200 conditions. Simplify the filter.")

    assert compiled == []


FILTERED = "{{ accounts(first: 1, filter: {}) {{ totalCount }} }}"
PARSE, VALIDATION, INPUT = "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"


@pytest.mark.parametrize(
    "body, code",
    [
        pytest.param(sent("{ accounts(first: 2147483648) { totalCount } }"), VALIDATION, id="an Int literal"),
        pytest.param(sent(f"{{ accounts(first: {'9' * 5_000}) {{ totalCount }} }}"), VALIDATION, id="a long literal"),
        pytest.param(sent(PAGE, '{"n": 2147483648}'), INPUT, id="an Int variable"),
        pytest.param(sent(PAGE, f'{{"n": {"9" * 5_000}}}'), INPUT, id="a long variable"),
        pytest.param(sent(PAGE, '{"n": 1e400}'), INPUT, id="a number beyond all"),
        pytest.param(sent(PAGE, '{"n": 1.5}'), INPUT, id="a fraction"),
        pytest.param(sent(FILTERED.format("{mrrMinor: {gt: 9007199254740992}}")), VALIDATION, id="a Long literal"),
        pytest.param(sent(FILTERED.format("{mrrMinor: {gt: 1e3}}")), VALIDATION, id="a Long with an exponent"),
        pytest.param(sent(ACCOUNTS, '{"f": {"mrrMinor": {"gt": 9007199254740992}}}'), INPUT, id="a Long variable"),
        pytest.param(sent(ACCOUNTS, '{"f": {"mrrMinor": {"gt": 1e300}}}'), INPUT, id="a Long from a float"),
        pytest.param(sent(ACCOUNTS, f'{{"f": {{"mrrMinor": {{"gt": -{"9" * 40}}}}}}}'), INPUT, id="a long Long"),
        pytest.param(sent(ACCOUNTS, '{"f": {"health": {"lt": 1e400}}}'), INPUT, id="a Decimal beyond all"),
        pytest.param(sent(FILTERED.format("{health: {lt: 1e400}}")), VALIDATION, id="a Decimal literal"),
        pytest.param(sent(FILTERED.format('{text: "a\\u0000b"}')), INPUT, id="NUL in a literal"),
        pytest.param(sent(ACCOUNTS, '{"f": {"text": "a\\u0000b"}}'), INPUT, id="NUL in a variable"),
        pytest.param(sent(TRAIT, '{"v": "a\\u0000b"}'), INPUT, id="NUL in JSON"),
        pytest.param(sent(FILTERED.format('{text: "\\uD800"}')), PARSE, id="half a character in a literal"),
        pytest.param(sent(ACCOUNTS, '{"f": {"text": "\\ud800"}}'), INPUT, id="half a character in a variable"),
        pytest.param(sent(IDS, '{"ids": ["acct_\\ud800"]}'), INPUT, id="half a character in an id"),
        pytest.param(sent(IDS, f'{{"ids": {json.dumps(["x"] * 5_000)}}}'), INPUT, id="thousands of ids"),
        pytest.param(sent(ACCOUNTS, many_objects(100)), INPUT, id="many objects"),
        pytest.param(
            sent(ACCOUNTS, '{"f": {' + ", ".join(f'"x{i}": 1' for i in range(5_000)) + "}}"), INPUT, id="many keys"
        ),
        pytest.param(sent(FILTERED.format(nested("{not: ", "{}", "}", 900))), PARSE, id="deep objects in a literal"),
        pytest.param(sent(FILTERED.format(nested("[", "1", "]", 950))), PARSE, id="deep lists in a literal"),
        pytest.param(sent(FILTERED.format('{trait: {key: "a", equals: ' + nested("[", "1", "]", 950) + "}}")), PARSE,
                     id="deep JSON in a literal"),
        pytest.param(sent(ACCOUNTS, f'{{"f": {nested(chr(123) + chr(34) + "not" + chr(34) + ":", "{}", "}", 900)}}}'),
                     INPUT, id="deep objects in a variable"),
        pytest.param(sent(ACCOUNTS, f'{{"f": {nested("[", "1", "]", 900)}}}'), INPUT, id="deep lists in a variable"),
        pytest.param(sent(TRAIT, f'{{"v": {nested("[", "1", "]", 20_000)}}}'), INPUT, id="deeper than JSON is read"),
        pytest.param(sent(SET, '{"i": {"accountId": "acct_0", "traits": [{"key": "goal", "value": '
                               + nested("[", "1", "]", 500) + "}]}}"), INPUT, id="deep JSON in an input"),
        pytest.param(sent("{ " + "a { " * 900 + "b" + " }" * 901), PARSE, id="deep fields"),
        pytest.param(sent("{ " + "... { " * 900 + "__typename" + " }" * 901), PARSE, id="deep inline fragments"),
        pytest.param(sent(f"query($v: {nested('[', 'Int', ']', 900)}) {{ __typename }}"), PARSE, id="a deep type"),
    ],
)  # fmt: skip
async def test_a_value_that_cannot_be_used_is_refused_with_its_code(world: World, body: bytes, code: str) -> None:
    async with asyncio.timeout(5):
        status, answered = await answer(world, body)

    codes = {error["extensions"]["code"] for error in answered["errors"]}
    assert set(answered) <= {"errors", "extensions"}
    assert (status, codes) == (400, {code})


DEEP = nested("[", "1", "]", 500)
SCHEMA = "{ __schema { queryType { name } } }"
WITH_JSON = TRAIT.replace("{ accounts", "{ __schema { queryType { name } } accounts")


async def test_a_variable_that_is_not_declared_is_as_good_as_absent_however_deep(world: World) -> None:
    headers = {"content-type": "application/json", "accept": RESPONSE}

    answered = await world.client.post("/graphql", content=sent(SCHEMA, f'{{"x": {DEEP}}}'), headers=headers)

    assert (answered.status_code, answered.json()["data"]) == (200, {"__schema": {"queryType": {"name": "Query"}}})


async def test_deep_json_beside_introspection_is_refused(world: World) -> None:
    status, answered = await answer(world, sent(WITH_JSON, f'{{"v": {DEEP}}}'))

    assert (status, [error["extensions"]["code"] for error in answered["errors"]]) == (400, [INPUT])


async def test_a_subscription_begins_whatever_variables_it_does_not_declare(world: World) -> None:
    headers = {"content-type": "application/json", "accept": "text/event-stream"}
    headers["authorization"] = f"Bearer {world.credential('staff')}"
    body = sent("subscription { resync { at } }", f'{{"x": {DEEP}}}')

    async with (
        listen(world.settings) as url,
        httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as client,
        client.stream("POST", "/graphql", content=body, headers=headers) as response,
    ):
        first = await anext(response.aiter_lines())

    assert response.status_code == 200
    assert first.startswith(":"), "an open stream, without an error"
