"""docs/case-study.md is what the documented command writes, to the letter."""

from __future__ import annotations

from pathlib import Path

import pytest

from examples.churnsim.study import study

PAGE = Path(__file__).resolve().parents[1] / "docs" / "case-study.md"


@pytest.mark.slow
def test_the_case_study_is_what_the_data_says(shared_data: Path) -> None:
    assert study(shared_data / "churnsim_crm5_b2b") == PAGE.read_text("utf-8")
