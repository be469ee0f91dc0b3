from __future__ import annotations

import pytest

from backend.program.difference import difference, told

pytestmark = pytest.mark.unit


def between(before: str, after: str) -> str:
    return told(difference({"x.yaml": before}, {"x.yaml": after}))


@pytest.mark.parametrize(
    "before, after, expected",
    [
        ("leaves: {usage: {weight: 25}}", "leaves: {usage: {weight: 20}}", "~ leaf usage: weight 25 → 20"),
        ("leaves: [{key: a, weight: 1}]", "leaves: [{key: a, weight: 2}]", "~ leaf a: weight 1 → 2"),
        ("tiers: {a: {name: A}}", "tiers: {a: {name: A}, b: {name: B}}", "+ tier b"),
        ("tiers: {a: {name: A}, b: {name: B}}", "tiers: {b: {name: B}}", "- tier a"),
        ("tiers: {a: {name: A}}", "", "- tier a"),
        ("", "tiers: {a: {name: A}}", "+ tier a"),
        ("tiers: {a: {n: {x: 1}}}", "tiers: {a: {n: {x: 2, y: 3}}}", "~ tier a: n.x 1 → 2, n.y 3"),
        ("tiers: {a: {n: 1}}", "tiers: {a: {n: true}}", "~ tier a: n 1 → true"),
        ("tiers: {a: {p: [x, y]}}", "tiers: {a: {p: [y, z]}}", "~ tier a: p +z -x"),
        ("tiers: {a: {p: [x, y]}}", "tiers: {a: {p: [y, x]}}", '~ tier a: p ["x", "y"] → ["y", "x"]'),
        ("tiers: {a: {p: 1, q: 2}}", "tiers: {a: {q: 2}}", "~ tier a: p 1 → none"),
        ("margin: 2", "margin: 3", "~ margin 2 → 3"),
        ("margin: 2", "cuts: {red: 40}", "+ cuts.red 40\n  - margin"),
        ("days: [1, 2]", "days: [1, 2, 3]", "~ days +3"),
        ("cuts: {red: 40, green: 70}", "cuts: {red: 45, green: 70}", "~ cuts.red 40 → 45"),
        ("tiers: {a: {n: 1}, b: {n: 2}}", "tiers: {b: {n: 2}, a: {n: 1}}", "~ order of tier: b, a"),
        ("tiers: {a: {s: [{k: 1}]}}", "tiers: {a: {s: [{k: 2}]}}", "~ tier a: s[0].k 1 → 2"),
        ("words: {a: 'x\n  y'}", f"words: {{a: {'z' * 100}}}", f"~ words.a x y → {'z' * 79}…"),
    ],
)
def test_a_change_is_told_by_its_object(before: str, after: str, expected: str) -> None:
    assert between(before, after) == f"x.yaml\n  {expected}"


@pytest.mark.parametrize("text", ["", "tiers: {a: {name: A}}\nmargin: 2\nleaves: [{key: x}]\n"])
def test_equal_files_have_no_difference(text: str) -> None:
    assert between(text, f"# a comment\n{text}") == ""


def test_a_file_that_comes_or_goes_is_told() -> None:
    assert (
        told(difference({"a.yaml": "x: 1"}, {"b.yaml": "x: 1"})) == "b.yaml\n  + file\n  + x 1\na.yaml\n  - file\n  - x"
    )
