"""`make bench`: run the benchmarks and print a table; the same as JSON goes to bench/results/.

Usage: python -m bench [NAME …]
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from backend.db.embedded import EmbeddedPostgres, EmbeddedValkey
from bench.harness import Result, Servers
from bench.report import print_table, write

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
    "demo",
    "screens",
    "portal",
    "interaction",
    "first_page",
)


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
                write("latest.json", results)  # what is there already, should a later one fail
    print_table("Waymark benchmarks", results)
    return 0 if all(result.is_met for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
