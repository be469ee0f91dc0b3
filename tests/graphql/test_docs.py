"""Every operation in docs/api.md is run, and answers what the page says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from backend.graphql.schema import schema
from backend.web import json_requests
from tests.graphql.world import World, public

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
EXAMPLE = re.compile(r"```graphql as=(\w+)\n(.*?)```\n```json\n(.*?)```", re.DOTALL)
MASKED = {"endCursor", "cursor", "id"}


async def test_the_examples_of_the_api_page_answer_what_it_says(own_world: World) -> None:
    acme = public("acct", own_world.acme.account)
    examples = EXAMPLE.findall(PAGE.read_text("utf-8"))

    assert len(examples) == PAGE.read_text("utf-8").count("```graphql") > 8
    for who, query, expected in examples:
        answer = masked((await own_world.ask(who, query.replace("acct_…", acme))).json())
        answer.pop("extensions", None)  # the page explains the cost once
        assert answer == json.loads(expected), query


def masked(value: Any) -> Any:
    """The value without what differs from run to run."""
    if isinstance(value, dict):
        return {key: "…" if key in MASKED else masked(inner) for key, inner in value.items()}
    return [masked(item) for item in value] if isinstance(value, list) else value


def test_the_api_page_names_every_error_code_of_the_api() -> None:
    page = PAGE.read_text("utf-8")
    backend = PAGE.parents[1] / "backend"
    codes = {
        code
        for path in (backend / "graphql").rglob("*.py")
        for code in re.findall(r'"((?:[A-Z]+_)*[A-Z]{6,})"', path.read_text("utf-8"))
        if code.endswith(("FAILED", "INPUT", "FOUND", "FORBIDDEN", "UNAUTHENTICATED", "THROTTLED", "TIMEOUT", "ERROR"))
    }

    codes |= json_requests.STATUS.keys()  # of the routes beside GraphQL
    assert {code for code in codes if f"`{code}`" not in page} <= {"NOT_FOUND"}
    assert schema().types["Query"].fields.keys() >= {"account", "accounts", "portfolio", "viewer"}
