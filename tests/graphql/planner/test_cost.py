"""What operations cost: page sizes as numbers and variables, whatever the way in which fields are selected."""

from __future__ import annotations

from typing import Any

import pytest

from backend.graphql.planner import Assembled, Planner
from backend.viewer import Viewer

IDS = [f"acct_{number:032x}" for number in range(5)]


@pytest.fixture(scope="module")
def planner(assembled: Assembled) -> Planner:
    return Planner(assembled)


@pytest.mark.parametrize(
    "document, variables, cost",
    [
        ("{ __typename }", {}, 1),
        ("{ __schema { types { name } } }", {}, 100),
        ('{ viewer { kind } __type(name: "Account") { name } }', {}, 11),
        ("{ viewer { kind } }", {}, 1),
        ("{ viewer { account { name csm { name } } } }", {}, 3),
        ("{ accounts(first: 1) { totalCount } }", {}, 1),
        ("{ accounts(first: 50) { nodes { name } } }", {}, 50),
        ("{ accounts(last: 7) { edges { cursor node { csm { name } } } pageInfo { hasNextPage } } }", {}, 14),
        ("{ accounts(first: 3) { nodes { name } edges { node { name } } } }", {}, 6),
        ("{ accounts(first: 3) { nodes { milestones { title } } } }", {}, 33),
        ("{ accounts(first: 3) { nodes { members(first: 5) { nodes { name } } } } }", {}, 18),
        ("query($n: Int) { accounts(first: $n) { nodes { name } } }", {"n": 9}, 9),
        ("query($n: Int = 4) { accounts(first: $n) { nodes { name } } }", {}, 4),
        ("query($n: Int, $m: Int) { accounts(first: $n, last: $m) { nodes { name } } }", {"n": None, "m": 6}, 6),
        (
            "query($n: Int!, $m: Int!)"
            " { accounts(first: $n) { nodes { csm { name } members(first: $m) { nodes { name } } } } }",
            {"n": 10, "m": 20},
            220,
        ),
        ("query($n: Int!) { accounts(first: $n) { nodes { members(first: $n) { nodes { name } } } } }", {"n": 9}, 90),
        ("{ accounts(first: 2) { nodes { csm { name } csm { id } ... on Account { csm { name } } } } }", {}, 4),
        ("{ a: viewer { kind } b: viewer { kind } ...F } fragment F on Query { c: viewer { kind } }", {}, 3),
        ("query($yes: Boolean!) { viewer { csm: account @include(if: $yes) { name } } }", {"yes": True}, 2),
        ("query($yes: Boolean!) { viewer { csm: account @include(if: $yes) { name } } }", {"yes": False}, 1),
        ("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": IDS}, 5),
        ("query($id: ID!) { nodes(ids: [$id, $id]) { id } node(id: $id) { id } }", {"id": IDS[0]}, 3),
        (f'{{ nodes(ids: "{IDS[0]}") {{ id }} }}', {}, 1),
        (
            "query($id: ID!) { node(id: $id) { ... on Account { csm { name } milestones { title } }"
            " ... on Member { account { name } } } }",
            {"id": IDS[0]},
            12,
        ),
    ],
)
def test_an_operation_costs_what_it_may_bring(
    planner: Planner, staff: Viewer, document: str, variables: dict[str, Any], cost: int
) -> None:
    assert planner.prepare(document, None, variables, staff).cost == cost


def test_the_cost_is_part_of_the_plan_and_its_page_sizes_are_not(planner: Planner, staff: Viewer) -> None:
    document = "query($n: Int!) { accounts(first: $n) { nodes { children(first: $n) { nodes { name } } } } }"

    small = planner.prepare(document, None, {"n": 2}, staff)
    large = planner.prepare(document, None, {"n": 100}, staff)

    assert small.plan is large.plan
    assert (small.cost, large.cost) == (6, 10_100)
    assert small.plan.cost.dearest == "accounts"


def test_pricing_nested_abstract_types_does_not_multiply(planner: Planner, staff: Viewer) -> None:
    inner = "id"
    for _ in range(5):
        inner = f"id ... on Account {{ csm {{ id }} children(first: 1) {{ nodes {{ {inner} }} }} }}"
    document = f'{{ node(id: "{IDS[0]}") {{ {inner} }} }}'

    assert planner.prepare(document, None, {}, staff).cost == 11
