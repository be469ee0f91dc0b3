"""Documents that were not met before are read by a thread of their own, once, and leave little behind."""

from __future__ import annotations

import asyncio
import threading
from contextlib import ExitStack
from typing import Any

import pytest
from graphql import get_introspection_query

from backend.graphql.planner import Assembled, Planner, Refusal
from backend.graphql.planner import plan as planning
from backend.graphql.planner import run as module
from backend.viewer import Viewer
from tests.graphql.planner.conftest import Pools

DOCUMENT = (
    "query($n: Int!, $first: Boolean!) { accounts(first: $n) { nodes { name csm @include(if: $first) { name } } } }"
)


@pytest.fixture
def planner(assembled: Assembled) -> Planner:
    return Planner(assembled)


async def test_a_document_is_known_once_it_was_read_and_planned(planner: Planner, staff: Viewer) -> None:
    variables = {"n": 1, "first": True}
    assert planner.known(DOCUMENT, None, variables, staff) is None

    prepared = await planner.prepare_aside(DOCUMENT, None, variables, staff)

    again = planner.known(DOCUMENT, None, {"n": 2, "first": True}, staff)
    assert again is not None
    assert again.plan is prepared.plan
    assert planner.known(DOCUMENT, None, {"n": 1, "first": False}, staff) is None, "another shape needs another plan"
    with pytest.raises(Refusal):
        planner.known(DOCUMENT, None, {"n": "x", "first": False}, staff)


async def test_many_that_ask_for_a_new_document_at_once_have_it_read_once_and_aside(
    planner: Planner, staff: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled: list[str] = []
    real: Any = planning.compile_plan

    def counting(*arguments: Any) -> Any:
        compiled.append(threading.current_thread().name)
        return real(*arguments)

    monkeypatch.setattr(module, "compile_plan", counting)

    await asyncio.gather(*(planner.prepare_aside(DOCUMENT, None, {"n": n, "first": True}, staff) for n in range(1, 20)))

    assert len(compiled) == 1
    assert compiled[0].startswith("reader")


def test_so_many_documents_may_wait_to_be_read_and_equal_ones_are_one(planner: Planner) -> None:
    with ExitStack() as waiting:
        for number in range(module.MOST_READINGS):
            waiting.enter_context(planner.turn(f"{{ a{number}: __typename }}"))

        with planner.turn("{ a0: __typename }"):
            pass
        with pytest.raises(Refusal) as refused, planner.turn(DOCUMENT):
            pass

    with planner.turn(DOCUMENT):
        pass
    assert refused.value.errors[0]["extensions"] == {"code": "THROTTLED", "retryAfter": 1}


async def test_a_plan_is_made_again_after_the_document_s_tree_was_dropped(planner: Planner, staff: Viewer) -> None:
    planner.prepare(DOCUMENT, None, {"n": 1, "first": True}, staff)
    for number in range(10):
        planner.prepare(f"{{ viewer {{ a{number}: kind }} }}", None, {}, staff)

    assert len(planner.documents._trees) <= 4
    assert planner.prepare(DOCUMENT, None, {"n": 1, "first": False}, staff).cost == 1


async def test_introspection_is_answered_once_a_document(
    planner: Planner, pools: Pools, staff: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await planner.execute(get_introspection_query(), None, {}, staff, pools)
    monkeypatch.setattr(module, "execute_sync", None)

    second = await planner.execute(get_introspection_query(), None, {}, staff, pools)

    assert first.errors == []
    assert second.data == first.data


async def test_introspection_follows_its_variables(planner: Planner, pools: Pools, staff: Viewer) -> None:
    document = "query($name: String!) { viewer { kind } __type(name: $name) { name } }"

    answers = [
        (await planner.execute(document, None, {"name": name}, staff, pools)).data for name in ("Account", "Member")
    ]

    assert answers == [
        b'{"viewer":{"kind":"staff"},"__type":{"name":"Account"}}',
        b'{"viewer":{"kind":"staff"},"__type":{"name":"Member"}}',
    ]


@pytest.mark.parametrize(
    "document, message",
    [
        (
            "{ __schema { types { fields { type { fields { name } } } } } }",
            "The operation has 2 lists of fields, inputFields, interfaces, possibleTypes inside one another; 1 are"
            " allowed. Fragments count where they are spread.",
        ),
        (
            "{ a: __schema { description } ...F } fragment F on Query { b: __schema { description } }",
            "The operation has 2 fields __schema; 1 are allowed. Fragments count where they are spread.",
        ),
        (
            '{ __type(name: "A") { ...T } } fragment T on __Type { fields { type { interfaces { name } } } }',
            "The operation has 2 lists of fields, inputFields, interfaces, possibleTypes inside one another; 1 are"
            " allowed. Fragments count where they are spread.",
        ),
    ],
)
def test_introspection_that_multiplies_is_refused(planner: Planner, staff: Viewer, document: str, message: str) -> None:
    with pytest.raises(Refusal) as refused:
        planner.prepare(document, None, {}, staff)

    assert [error["message"] for error in refused.value.errors] == [message]
