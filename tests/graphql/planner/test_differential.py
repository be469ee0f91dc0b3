"""Random operations: the planner must answer exactly as graphql-core does over the same rows."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast

import orjson
import pytest
from graphql import DocumentNode, GraphQLSchema, build_schema

from backend.db.engine import Database
from backend.graphql.mutation import execute_mutation
from backend.graphql.planner import Assembled, Outcome, Planner, Prepared, Refusal, encode_id
from backend.viewer import Viewer
from tests.graphql.planner.conftest import Pools, Transactions
from tests.graphql.planner.data import Data
from tests.graphql.planner.generator import Generator, Made
from tests.graphql.planner.oracle import PREFIXES, TABLES, Cursors, Oracle
from tests.graphql.planner.orderings import KEYS

OPERATIONS = int(os.environ.get("PLANNER_OPERATIONS", "5000"))
"""How many operations in all parts together; `PLANNER_OPERATIONS=50000 PLANNER_SEED=5000 pytest …` for a long run."""
FIRST_SEED = int(os.environ.get("PLANNER_SEED", "0"))
PARTS = 10
"""Tests that the operations are divided into, so that several processes share them."""

PAGE = "({}: 100{}) {{ edges {{ cursor node {{ ... on Node {{ id }} }} }} }}"


@pytest.fixture(scope="module")
async def cursors(assembled: Assembled, pools: Pools, data: Data) -> Cursors:
    """Every cursor of every list, as the planner makes them; the oracle decides what they mean."""
    planner, staff = Planner(assembled), Viewer("staff", permissions=frozenset({"badges:read"}))
    rows: dict[str, dict[str, Any]] = {
        encode_id(prefix, row["id"]): row for prefix, name in PREFIXES.items() for row in getattr(data, TABLES[name])
    }
    found = Cursors()

    async def harvest(ordering: str, document: str) -> None:
        outcome = await planner.execute(document, None, None, staff, pools)
        assert outcome.data is not None, outcome.errors
        for edge in _edges(orjson.loads(outcome.data)):
            row = rows[edge["node"]["id"]]
            found.rows[edge["cursor"]] = (ordering, row)
            found.texts[ordering, row["id"]] = edge["cursor"]

    for ordering in KEYS:
        field, *order = ordering.split()
        arguments = ""
        if field == "happenings":
            arguments = f", oldestFirst: {str(order == ['up']).lower()}"
        elif order:
            arguments = f", orderBy: {{field: {order[0]}, descending: {str(order[1] == 'down').lower()}}}"
        for end in ("first", "last"):
            page = field + PAGE.format(end, arguments)
            at_root = field in ("accounts", "named", "ranking")
            await harvest(
                ordering, f"{{ {page} }}" if at_root else f"{{ accounts(first: 100) {{ nodes {{ {page} }} }} }}"
            )
    return found


def _edges(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        if "cursor" in value:
            return [value]
        return [edge for inner in value.values() for edge in _edges(inner)]
    if isinstance(value, list):
        return [edge for inner in value for edge in _edges(inner)]
    return []


def in_order(value: Any) -> Any:
    """The value with its objects as lists of pairs, so that the order of keys counts."""
    if isinstance(value, dict):
        return [(key, in_order(inner)) for key, inner in value.items()]
    if isinstance(value, list):
        return [in_order(inner) for inner in value]
    return value


@dataclass(frozen=True)
class Setting:
    """What every part of the run needs."""

    schema: GraphQLSchema
    forms: list[Planner]
    """The two ways of setting the viewer."""
    viewers: dict[str, Viewer]
    oracles: dict[str, Oracle]
    ids: list[str]
    cursors: dict[str, list[str]]


@pytest.fixture(scope="module")
def setting(assembled: Assembled, data: Data, cursors: Cursors) -> Setting:
    viewers = {
        "staff": Viewer("staff", permissions=frozenset({"accounts:internal", "badges:read"})),
        "plain staff": Viewer("staff"),
        "member": Viewer("member", account_id=data.accounts[0]["id"], permissions=frozenset({"badges:read"})),
    }
    statement = Planner(assembled)
    known: dict[str, list[str]] = {}
    for text, (ordering, _) in cursors.rows.items():
        known.setdefault(ordering, []).append(text)
    known["other"] = ["WyJhIiwgImIiXQ", known["badges"][0] + "AA"]
    return Setting(
        build_schema(statement.sdl),
        [statement, Planner(assembled, viewer_form="transaction")],
        viewers,
        {name: Oracle(statement.sdl, data, viewer, cursors) for name, viewer in viewers.items()},
        [encode_id(prefix, row["id"]) for prefix, name in PREFIXES.items() for row in getattr(data, TABLES[name])[:9]],
        known,
    )


@pytest.mark.parametrize("part", range(PARTS))
async def test_random_operations_agree_with_graphql_core(
    part: int, setting: Setting, pools: Pools, transactions: Transactions
) -> None:
    """One in five is a mutation, whose payload the general path reads in a transaction; the others are queries."""
    outcomes: Counter[str] = Counter()
    wrong: list[str] = []
    for seed in range(FIRST_SEED + part, FIRST_SEED + OPERATIONS, PARTS):
        turn = seed // PARTS
        name = list(setting.viewers)[turn % 3]
        planner = setting.forms[turn // 3 % 2]
        kind = "mutation" if turn % 5 == 4 else "query"
        generator = Generator(setting.schema, seed, setting.ids, setting.cursors, badges=name != "plain staff")
        made = generator.operation(kind)

        async def run(prepared: Prepared, planner: Planner = planner) -> Outcome:
            if prepared.operation.kind == "mutation":
                return await execute_mutation(prepared, cast(Database, transactions), "")
            return await planner.run(prepared, pools)

        what, difference = await _compare(planner, run, setting.oracles[name], setting.viewers[name], made)
        outcomes[what] += 1
        if difference:
            wrong.append(f"PLANNER_SEED={seed} as {name}\n{difference}")

    compared = outcomes["the same"] + outcomes["refused as planted"]
    assert wrong == [], f"{outcomes}\n" + "\n\n".join(wrong[:3])
    assert compared >= 0.95 * outcomes.total(), outcomes


async def _compare(
    planner: Planner, run: Callable[[Prepared], Awaitable[Outcome]], oracle: Oracle, viewer: Viewer, made: Made
) -> tuple[str, str | None]:
    """What became of an operation, and the two answers where they differ."""
    try:
        prepared = planner.prepare(made.document, None, made.variables, viewer)
    except Refusal as refusal:
        codes = {error["extensions"]["code"] for error in refusal.errors}
        if codes <= {"GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED"}:
            return f"not valid: {refusal.errors[0]['message'][:60]}", None
        if codes == {made.fault}:
            return "refused as planted", None
        return "MISMATCH", _report(made, Outcome(errors=refusal.errors), None)
    operation = prepared.operation
    outcome = await run(prepared)
    document = DocumentNode(definitions=(operation.node(), *operation.tree().fragments.values()))
    expected = oracle.answer(document, made.variables)
    if (
        made.fault is None
        and not expected.errors
        and not outcome.errors
        and outcome.data is not None
        and in_order(orjson.loads(outcome.data)) == in_order(expected.data)
    ):
        return "the same", None
    return "MISMATCH", _report(made, outcome, expected)


def _report(made: Made, outcome: Outcome, expected: Any) -> str:
    answer = expected and f"{orjson.dumps(expected.data, default=str).decode()} {expected.errors}"
    return (
        f"fault {made.fault}\n{made.document}\n{orjson.dumps(made.variables).decode()}\n"
        f"planner: {outcome.data and outcome.data.decode()} {outcome.errors} {outcome.fault!r}\noracle:  {answer}"
    )
