"""Drafting a change of the model as files: the numbers in their places, and nothing else."""

from __future__ import annotations

import difflib

import pytest

from backend.errors import Conflict
from backend.health.tuning import Change
from backend.program.assemble import DEFAULT, load
from backend.program.draft import draft, spelled

pytestmark = pytest.mark.unit
FILES = dict(load(DEFAULT).files)
CHANGES = [
    Change("daily_active_rate", weight=0.275, poor=0.1, healthy=0.4),
    Change("feature_adoption_depth", weight=0.175),
    Change("payment_health", poor=12.5, healthy=-0.0000001),
]


def test_numbers_change_where_they_stand_and_all_else_stays() -> None:
    drafted = draft(FILES, CHANGES)

    lines = difflib.unified_diff(FILES["health.yaml"].splitlines(), drafted["health.yaml"].splitlines(), n=0)
    assert list(drafted) == ["health.yaml"]
    assert [line for line in lines if line[0] in "+-" and line[:3] not in ("+++", "---")] == [
        "-    weight: 25",
        "+    weight: 27.5",
        "-    poor: 0.05",
        "+    poor: 0.1",
        "-    weight: 20",
        "+    weight: 17.5",
        "-    poor: 30",
        "-    healthy: 0",
        "+    poor: 12.5",
        "+    healthy: -0.0000001",
    ]
    assert spelled(FILES, drafted).splitlines() == [
        "health.yaml",
        "  ~ leaf daily_active_rate: weight 25 → 27.5, poor 0.05 → 0.1",
        "  ~ leaf feature_adoption_depth: weight 20 → 17.5",
        "  ~ leaf payment_health: poor 30 → 12.5, healthy 0 → -1e-07",
    ]


def test_what_changes_nothing_drafts_nothing() -> None:
    assert draft(FILES, [Change("daily_active_rate", weight=0.25, healthy=0.4)]) == {}


def test_numbers_behind_an_alias_are_left_to_a_hand() -> None:
    text = FILES["health.yaml"].replace("poor: 0.05", "poor: &low 0.05", 1).replace("poor: 0.1\n", "poor: *low\n", 1)

    with pytest.raises(Conflict) as refused:
        draft({**FILES, "health.yaml": text}, [Change("feature_adoption_depth", poor=0.2)])

    assert refused.value.message == (
        "health.yaml shares these numbers by an alias, so that they cannot change alone. Edit it by hand."
    )
