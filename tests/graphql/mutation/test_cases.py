"""Each mutation: allowed, for the wrong account, without the permission, by nobody. What is refused changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from backend.graphql.schema import schema
from tests.graphql.mutation import cases
from tests.graphql.mutation.administration import ADMINISTRATION
from tests.graphql.mutation.cases import document
from tests.graphql.mutation.conftest import Rows
from tests.graphql.mutation.own import OWN
from tests.graphql.world import World

mutation: Any = schema().types["Mutation"]
CASES = {**cases.CASES, **ADMINISTRATION, **OWN}
REPEATED = ("add", "create", "invite", "log", "record", "rotate", "test")
"""Verbs of what has an effect each time that it is sent."""


def takes_key(name: str) -> bool:
    kind: Any = schema().graphql.type_map[f"{name[0].upper()}{name[1:]}Input"]
    return "idempotencyKey" in kind.fields


@pytest.mark.unit
def test_every_mutation_has_a_case() -> None:
    assert sorted(mutation.fields) == sorted(CASES), (
        "give the mutation its row in tests/graphql/mutation/cases.py, administration.py or own.py"
    )


@pytest.mark.unit
def test_what_has_an_effect_each_time_can_be_sent_again_under_a_key() -> None:
    assert [name for name in CASES if name.startswith(REPEATED) and not takes_key(name)] == []


@pytest.mark.unit
@pytest.mark.parametrize("name", CASES)
def test_a_case_says_why_where_it_leaves_one_out(name: str) -> None:
    case = CASES[name]

    assert (case.wrong is None) == bool(case.never_wrong)
    assert bool(case.forbidden)
    assert mutation.fields[name].mapping.permission is not None, "whoever has no credential changes nothing"


@pytest.mark.parametrize("name", CASES)
async def test_a_mutation_is_done_where_it_is_allowed_and_changes_nothing_where_it_is_refused(
    own_world: World, rows: Rows, name: str
) -> None:
    case = CASES[name]
    sent = await case.input(own_world)
    if takes_key(name):
        sent["idempotencyKey"] = "the same"
    query = document(name, case.selection)
    before = await rows()

    anonymous = await own_world.errors("nobody", query, {"input": sent})
    assert [error["extensions"]["code"] for error in anonymous] == ["UNAUTHENTICATED"]
    assert await rows() == before, "nobody changed something"

    for who in case.forbidden:
        forbidden = await own_world.errors(who, query, {"input": sent})
        assert {error["extensions"]["code"] for error in forbidden} == {"FORBIDDEN"}, who
        assert await rows() == before, f"{who} changed something"

    if case.wrong is not None:
        wrong = await own_world.data(case.wrong_as or case.allowed, query, {"input": case.wrong(own_world, sent)})
        assert [error["code"] for error in wrong[name]["userErrors"]] == ["NOT_FOUND"]
        assert await rows() == before, "something of another account was changed"

    allowed = await own_world.data(case.allowed, query, {"input": sent})
    assert allowed[name]["userErrors"] == []
    after = await rows()
    assert (after != before) == (case.leaves_nothing == "")
    assert (after["audit_entries"] != before["audit_entries"]) == (case.unaudited == ""), "who did it is written down"

    if takes_key(name):
        again = await own_world.data(case.allowed, query, {"input": sent})
        assert again[name] == {word: value if word != "secret" else None for word, value in allowed[name].items()}
        assert await rows() == after, "sent again it did something again"
