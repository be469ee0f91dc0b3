"""`make bench`: run the benchmarks and print a table; the same as JSON goes to bench/results/.

Usage: python -m bench [NAME …]
"""

from __future__ import annotations

import asyncio
import json
import platform
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from rich.console import Console
from rich.table import Table

from backend.db.embedded import EmbeddedPostgres, EmbeddedValkey
from bench.harness import Result, Servers

BENCHMARKS = (
    "import_usage",
    "ingest",
    "live",
    "subscriptions",
    "score_day",
    "score_history",
    "staff_list",
    "member_home",
    "mutation",
    "documents",
    "row_security",
    "footprint",
)
RESULTS = Path(__file__).parent / "results"


def main() -> int:
    """Run what is named, or everything. Exit code 1 when a bar is missed."""
    names = sys.argv[1:] or list(BENCHMARKS)
    unknown = set(names) - set(BENCHMARKS)
    if unknown:
        print(f"No such benchmark: {', '.join(sorted(unknown))}. There are {', '.join(BENCHMARKS)}.", file=sys.stderr)
        return 2
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="waymark-bench-") as folder:
        base = Path(folder)
        base.chmod(0o711)  # started by root, the servers' own account has to get in, and all is deleted with the folder
        with EmbeddedPostgres(base / "pg") as postgres, EmbeddedValkey(base / "valkey") as valkey:
            for name in names:
                print(f"… {name}", file=sys.stderr)
                module = import_module(f"bench.{name}")
                results += asyncio.run(module.measure(Servers(postgres, valkey)))
    _print(results)
    RESULTS.mkdir(exist_ok=True)
    report = {
        "machine": platform.platform(),
        "python": platform.python_version(),
        "results": [r.as_json() for r in results],
    }
    (RESULTS / "latest.json").write_text(json.dumps(report, indent=2) + "\n")
    return 0 if all(result.is_met for result in results) else 1


def _print(results: list[Result]) -> None:
    table = Table("what", "measured", "bar", "", "detail", title="Waymark benchmarks")
    for r in results:
        sign = "≤" if r.better == "lower" else "≥"
        table.add_row(
            r.name, f"{r.value:.2f} {r.unit}", f"{sign} {r.bar:g} {r.unit}", "met" if r.is_met else "MISSED", r.detail
        )
    Console(width=160).print(table)


if __name__ == "__main__":
    sys.exit(main())
