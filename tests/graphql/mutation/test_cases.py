"""Each mutation: allowed, for the wrong account, without the permission, by nobody. What is refused changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from backend.graphql.schema import schema
from tests.graphql.mutation.cases import CASES, document
from tests.graphql.mutation.conftest import Rows
from tests.graphql.world import World

mutation: Any = schema().types["Mutation"]


@pytest.mark.unit
def test_every_mutation_has_a_case() -> None:
    assert sorted(mutation.fields) == sorted(CASES), "give the mutation its row in tests/graphql/mutation/cases.py"


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
    assert after != before
    assert (after["audit_entries"] != before["audit_entries"]) == (case.unaudited == ""), "who did it is written down"
