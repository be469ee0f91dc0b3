"""Random operations: the planner must answer exactly as graphql-core does over the same rows."""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

import orjson
import pytest
from graphql import build_schema

from backend.graphql.planner import Assembled, Planner, encode_id
from backend.viewer import Viewer
from tests.graphql.planner.conftest import Pools
from tests.graphql.planner.data import Data
from tests.graphql.planner.generator import Generator
from tests.graphql.planner.oracle import PREFIXES, TABLES, Cursors, Oracle

OPERATIONS = int(os.environ.get("PLANNER_OPERATIONS", "300"))
"""How many operations; `PLANNER_OPERATIONS=5000 pytest …` for a long run."""
FIRST_SEED = int(os.environ.get("PLANNER_SEED", "0"))

PAGE = "(first: 100{}) {{ edges {{ cursor node {{ id }} }} }}"


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

    await harvest("account NAME plain", "{ accounts" + PAGE.format("") + " }")
    for word in ("NAME", "MRR", "SCORE"):
        for down, name in (("true", "down"), ("false", "up")):
            order = f", orderBy: {{field: {word}, descending: {down}}}"
            await harvest(f"account {word} {name}", "{ accounts" + PAGE.format(order) + " }")
    await harvest("badges", "{ badgeAwards" + PAGE.format("") + " }")
    await harvest("badges", "{ badgeAwards" + PAGE.replace("first", "last").format("") + " }")
    for ordering in ("children", "members"):
        await harvest(ordering, "{ accounts(first: 100) { nodes { " + ordering + PAGE.format("") + " } } }")
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


async def test_random_operations_agree_with_graphql_core(
    planner: Planner, pools: Pools, data: Data, cursors: Cursors
) -> None:
    schema = build_schema(planner.sdl)
    viewers = {
        "staff": Viewer("staff", permissions=frozenset({"accounts:internal", "badges:read"})),
        "plain staff": Viewer("staff"),
        "member": Viewer("member", account_id=data.accounts[0]["id"], permissions=frozenset({"badges:read"})),
    }
    oracles = {name: Oracle(planner.sdl, data, viewer, cursors) for name, viewer in viewers.items()}
    ids = [encode_id(prefix, row["id"]) for prefix, name in PREFIXES.items() for row in getattr(data, TABLES[name])[:9]]
    known: dict[str, list[str]] = {}
    for text, (ordering, _) in cursors.rows.items():
        known.setdefault(ordering, []).append(text)
    known["accounts"] = known["account NAME plain"]
    known["other"] = ["WyJhIiwgImIiXQ", known["badges"][0] + "AA"]
    outcomes: Counter[str] = Counter()
    wrong: list[str] = []
    for seed in range(FIRST_SEED, FIRST_SEED + OPERATIONS):
        name = list(viewers)[seed % 3]
        made = Generator(schema, seed, ids, known, badges=name != "plain staff").operation()
        outcome = await planner.execute(made.document, None, made.variables, viewers[name], pools)
        codes = [error["extensions"]["code"] for error in outcome.errors]
        if "GRAPHQL_VALIDATION_FAILED" in codes or "GRAPHQL_PARSE_FAILED" in codes:
            agrees = True
            outcomes["not valid: " + outcome.errors[0]["message"][:60]] += 1
        elif made.fault is not None:
            agrees = outcome.data is None and set(codes) == {made.fault}
            outcomes["refused as planted" if agrees else "MISMATCH"] += 1
        else:
            expected = oracles[name].answer(made.document, made.variables)
            agrees = (
                not expected.errors
                and outcome.data is not None
                and in_order(orjson.loads(outcome.data)) == in_order(expected.data)
            )
            outcomes["the same" if agrees else "MISMATCH"] += 1
        if not agrees:
            wrong.append(_report(seed, name, made, outcome, oracles[name]))

    compared = outcomes["the same"] + outcomes["refused as planted"]
    assert wrong == [], f"{outcomes}\n" + "\n".join(wrong[:3])
    assert compared >= 0.95 * OPERATIONS, outcomes


def _report(seed: int, name: str, made: Any, outcome: Any, oracle: Oracle) -> str:
    expected = oracle.answer(made.document, made.variables)
    return (
        f"seed {seed} as {name}, fault {made.fault}\n{made.document}\n{made.variables}\n"
        f"planner: {outcome.data and outcome.data.decode()} {outcome.errors} {outcome.fault}\n"
        f"oracle:  {orjson.dumps(expected.data, default=str).decode()} {expected.errors}"
    )
