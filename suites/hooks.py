"""What schemathesis is told of Waymark: its scalars, and what no answer may hold. Schemathesis itself loads this."""

from __future__ import annotations

import json
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes, scalar

FAULTS = {"INTERNAL_SERVER_ERROR", "TIMEOUT"}
TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200)
for name in ("Markdown", "URL"):
    scalar(name, TEXTS.map(nodes.String))
scalar("Long", st.integers(-(2**60), 2**60).map(nodes.Int))
scalar("Decimal", st.floats(allow_nan=False, allow_infinity=False).map(nodes.Float))
scalar("JSON", st.one_of(TEXTS.map(nodes.String), st.integers().map(nodes.Int), st.booleans().map(nodes.Boolean)))


@schemathesis.check
def no_fault(ctx: Any, response: Any, case: Any) -> None:
    """Every answer is one that the caller has earned: no status of 500 or more, a code on every error, no fault."""
    assert response.status_code < 500, response.text
    for error in json.loads(response.text).get("errors", ()):
        code = error.get("extensions", {}).get("code")
        assert code, response.text
        assert code not in FAULTS, response.text
