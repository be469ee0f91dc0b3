"""What systems write, read in the kind of a trait."""

from __future__ import annotations

from typing import Any

import pytest

from backend.accounts.models import TraitKind
from backend.accounts.traits import converted

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "kind, value, read",
    [
        ("NUMBER", 12, 12),
        ("NUMBER", 12.5, 12.5),
        ("NUMBER", " 12 ", 12),
        ("NUMBER", "-1.5e3", -1500.0),
        ("NUMBER", True, None),
        ("NUMBER", "many", None),
        ("NUMBER", "nan", None),
        ("NUMBER", "1_000", None),
        ("NUMBER", "\u0663", None),
        ("BOOLEAN", True, True),
        ("BOOLEAN", "False", False),
        ("BOOLEAN", 1, None),
        ("BOOLEAN", "yes", None),
        ("DATE", "2026-05-01", "2026-05-01"),
        ("DATE", "2026-05-01T23:30:00-08:00", "2026-05-01"),
        ("DATE", "2026-05-01T23:30:00.000Z", "2026-05-01"),
        ("DATE", "1 May 2026", None),
        ("DATE", 20260501.5, None),
        ("CHOICE", " europe", "Europe"),
        ("CHOICE", "Mars", None),
        ("CHOICE", True, None),
        ("TEXT", " to grow ", "to grow"),
        ("TEXT", 7, "7"),
        ("TEXT", "two\nlines", None),
        ("TEXT", "", None),
        ("TEXT", True, None),
        ("TEXT", "x" * 501, None),
    ],
)
def test_what_is_sent_is_read_in_the_kind_of_its_trait_or_not_at_all(kind: str, value: Any, read: Any) -> None:
    found = converted(TraitKind(kind), ["Africa", "Europe"], value)

    assert (found, type(found)) == (read, type(read))
