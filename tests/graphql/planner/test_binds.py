"""Constants of declarations in the text of a statement."""

from __future__ import annotations

import pytest
from sqlalchemy import literal

from backend.graphql.planner.binds import Binds


@pytest.mark.unit
@pytest.mark.parametrize("value, text", [("LEFT", "'LEFT'::VARCHAR"), (7, "7::INTEGER"), (True, "true::BOOLEAN")])
def test_plain_constants_are_written_out_so_that_they_are_planned_with(value: object, text: str) -> None:
    binds = Binds("staff", frozenset())

    sql, parameters = binds.finished(binds.sql(literal(value)))

    assert (sql, parameters) == (text, ())


@pytest.mark.unit
@pytest.mark.parametrize("value", ["it's", "a b", "back\\slash", "é", "", "x" * 61, -1, 1.5])
def test_every_other_value_is_a_parameter(value: object) -> None:
    binds = Binds("staff", frozenset())

    sql, parameters = binds.finished(binds.sql(literal(value)))

    assert sql.startswith("$1::")
    assert [find({}, None) for find in parameters] == [value]  # type: ignore[arg-type]
