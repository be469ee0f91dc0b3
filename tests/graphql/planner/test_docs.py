"""The examples of docs/planner.md run."""

from __future__ import annotations

import re
import sys
import types
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest

from backend.graphql.planner import encode_id
from backend.viewer import Viewer
from tests.graphql.planner.conftest import Pools
from tests.graphql.planner.data import Data

PAGE = Path(__file__).parents[3] / "docs" / "planner.md"


@pytest.fixture
def examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A module made of the page's examples."""
    parts = re.findall(r"<!-- example: \w+ -->\n```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(parts) == 3
    file = tmp_path / "planner_examples.py"
    file.write_text("\n".join(parts), encoding="utf-8")
    module = types.ModuleType("planner_examples")
    module.__file__ = str(file)
    monkeypatch.setitem(sys.modules, "planner_examples", module)
    exec(compile(file.read_text(encoding="utf-8"), str(file), "exec"), module.__dict__)  # noqa: S102 - our own page
    return module


async def test_the_examples_of_the_page_run(examples: Any, pools: Pools, data: Data) -> None:
    outcome = await examples.names(pools)

    names = sorted(row["name"] for row in data.accounts)[:2]
    assert orjson.loads(outcome.data) == {"accounts": {"nodes": [{"name": name, "internal": None} for name in names]}}
    assert "Rows of a Select over this row" in examples.planner.sdl


async def test_the_feed_of_the_page_merges_its_types(examples: Any, pools: Pools, data: Data) -> None:
    account = data.badge_awards[0]["account_id"]
    document = "query($id: ID!) { story(id: $id) { happenings(first: 100) { nodes { __typename } } } }"
    viewer = Viewer("staff", permissions=frozenset({"badges:read"}))

    outcome = await examples.planner.execute(document, None, {"id": encode_id("acct", account)}, viewer, pools)

    found = Counter(row["__typename"] for row in orjson.loads(outcome.data)["story"]["happenings"]["nodes"])
    assert found == {
        "Milestone": sum(row["account_id"] == account for row in data.milestones),
        "BadgeAward": sum(row["account_id"] == account for row in data.badge_awards),
    }
