"""How results are shown: a table on the terminal, and JSON in bench/results/."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.harness import Result

RESULTS = Path(__file__).parent / "results"


def write(name: str, results: Sequence[Result]) -> None:
    """Write the results beside those of other runs."""
    RESULTS.mkdir(exist_ok=True)
    report = {
        "machine": platform.platform(),
        "python": platform.python_version(),
        "results": [r.as_json() for r in results],
    }
    (RESULTS / name).write_text(json.dumps(report, indent=2) + "\n")


def print_table(title: str, results: Sequence[Result]) -> None:
    """Print the results against their bars."""
    table = Table("what", "measured", "bar", "", "detail", title=title)
    for r in results:
        sign = "≤" if r.better == "lower" else "≥"
        table.add_row(
            r.name, f"{r.value:.2f} {r.unit}", f"{sign} {r.bar:g} {r.unit}", "met" if r.is_met else "MISSED", r.detail
        )
    Console(width=160).print(table)
