"""schema.graphql under the linters that others wrote, and against the schema of the last release."""

from __future__ import annotations

import json
import re
from pathlib import Path

from backend.graphql.schema import sdl
from tests.clients.conftest import HERE, RunScript

ROOT = HERE.parents[1]
SCHEMA = str(ROOT / "schema.graphql")
RELEASED = str(ROOT / "tests" / "clients" / "released.graphql")
DECLARED: frozenset[str] = frozenset()
"""Paths whose break of what was released is meant, such as `Account.plan`; each also stands in the release's notes."""


async def test_graphql_schema_linter_finds_nothing(node: RunScript) -> None:
    # Its rules are in package.json: all but alphabetical order, since fields stand in the order that people need.
    printed = await node("node_modules/.bin/graphql-schema-linter", SCHEMA, "--format", "json")

    assert json.loads(printed) == {"errors": []}


async def test_graphql_eslint_finds_nothing(node: RunScript) -> None:
    assert await node("lint.mjs", SCHEMA) == ""


async def test_nothing_that_was_released_is_broken_unless_it_is_declared(node: RunScript) -> None:
    printed = await node("compare.mjs", RELEASED, SCHEMA, DECLARED=",".join(sorted(DECLARED)))

    assert printed == ""


async def test_a_break_is_named_and_may_be_declared(node: RunScript, tmp_path: Path) -> None:
    broken = tmp_path / "broken.graphql"
    broken.write_text(re.sub(r"^  organization: .*$", "  organization: String", sdl(), flags=re.MULTILINE))

    found = await node("compare.mjs", SCHEMA, str(broken), DECLARED="")
    declared = await node("compare.mjs", SCHEMA, str(broken), DECLARED="Query.organization")

    assert [json.loads(line)["path"] for line in found.splitlines()] == ["Query.organization"]
    assert declared == ""
