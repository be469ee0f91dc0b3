"""The case study: import the ChurnSim data set, score two years of weeks, and write docs/case-study.md.

    make case-study DATA=FOLDER

FOLDER holds accounts.csv.gz, subscriptions.csv.gz and events_daily.csv.gz. Everything runs on servers of its own,
through the commands that a company would use, once with the default formula and once without the ramp of new seats.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import asyncpg

from backend.db.access import LOGINS
from backend.db.embedded import EmbeddedPostgres, EmbeddedValkey
from examples.churnsim.report import FIRST_DAY, LAST_DAY, QUARTER, Evidence, evidence, page

ROOT = Path(__file__).resolve().parents[2]
DEFAULT = ROOT / "backend" / "program" / "default"
DEFAULT_RAMP = "ramp_days: 28"
DEFAULT_TIER, ITS_TIER = "from_tier: professional", "from_tier: standard"
"""From which tier on the formula proposes that another team comes; the study has tiers of other names."""
SECRET = "of-servers-that-end-with-the-study-0123456789"  # noqa: S105


@dataclass(frozen=True)
class Installation:
    """One database with the commands that work on it."""

    environment: Mapping[str, str]
    system_url: str

    def waymark(self, *arguments: str) -> None:
        """Run a command of `waymark`; its output is ours. Raises CalledProcessError when it fails."""
        print("$ waymark", *arguments, flush=True)
        subprocess.run([sys.executable, "-m", "backend.cli", *arguments], env=self.environment, cwd=ROOT, check=True)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """A clock, and a worker of the queue that scores."""
        modules = (("jobs.clock",), ("jobs.worker", "bulk"))
        processes = [
            subprocess.Popen([sys.executable, "-m", *module], env=self.environment, cwd=ROOT, stdout=subprocess.DEVNULL)
            for module in modules
        ]
        try:
            yield
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(60)


def main() -> None:
    """Run the study."""
    parser = argparse.ArgumentParser(description="Import the ChurnSim data set, score it, write the case study.")
    parser.add_argument("folder", type=Path, help="the folder with the three files of the data set")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "case-study.md")
    chosen = parser.parse_args()
    if not (chosen.folder / "events_daily.csv.gz").is_file():
        parser.error(f"{chosen.folder} has no events_daily.csv.gz: name the folder churnsim_crm5_b2b")
    chosen.output.write_text(study(chosen.folder.resolve()), encoding="utf-8")
    print(f"Wrote {chosen.output}.")


def study(folder: Path) -> str:
    """The text of the case study. Takes some minutes."""
    with tempfile.TemporaryDirectory(prefix="waymark-study-") as name:
        base = Path(name)
        base.chmod(0o711)
        with EmbeddedPostgres(base / "servers") as postgres, EmbeddedValkey(base / "servers") as valkey:
            with_ramp = _installation(base, postgres, valkey.url(0), "with_ramp")
            without = _installation(base, postgres, valkey.url(1), "without_ramp")
            postgres.ensure_database("with_ramp")
            _import(with_ramp, base, folder)
            # The same facts, before anything was scored.
            asyncio.run(_copy(postgres.url(), "with_ramp", "without_ramp"))
            _apply(without, base, "ramp_days: 0")
            first, last = QUARTER
            return page(
                _scored(with_ramp, FIRST_DAY, LAST_DAY, "7"),
                _scored(without, first, last, "91"),
            )


def _installation(base: Path, postgres: EmbeddedPostgres, redis_url: str, name: str) -> Installation:
    urls = {kind: postgres.url(login, name) for kind, login in LOGINS.items()}
    return Installation(
        {name: value for name, value in os.environ.items() if not name.startswith("WAYMARK_")}
        | {f"WAYMARK_{kind.upper()}_URL": url for kind, url in urls.items()}
        | {
            "WAYMARK_MIGRATE_URL": postgres.url(database=name),
            "WAYMARK_REDIS_URL": redis_url,
            "WAYMARK_SECRET": SECRET,
            "WAYMARK_DATA_DIR": str(base),
        },
        urls["system"],
    )


def _import(installation: Installation, base: Path, folder: Path) -> None:
    installation.waymark("migrate")
    installation.waymark("init", "--name", "ChurnSim CRM")
    _apply(installation, base, DEFAULT_RAMP)
    installation.waymark(
        "import", "--folder", str(folder), "--mapping", "examples/mappings/churnsim.yaml",
        "--rejects", str(base / "rejects.csv"),
    )  # fmt: skip


def _apply(installation: Installation, base: Path, ramp: str) -> None:
    """Apply the study's program, with a ramp of new seats."""
    program = Path(tempfile.mkdtemp(prefix="program-", dir=base))
    shutil.copytree(DEFAULT, program, dirs_exist_ok=True)  # what the study does not change
    shutil.copytree(Path(__file__).parent / "program", program, dirs_exist_ok=True)
    formula = (DEFAULT / "health.yaml").read_text("utf-8")
    for words in (DEFAULT_RAMP, DEFAULT_TIER):
        assert formula.count(words) == 1, f"the default formula says {words} once"  # noqa: S101
    changed = formula.replace(DEFAULT_RAMP, ramp).replace(DEFAULT_TIER, ITS_TIER)
    (program / "health.yaml").write_text(changed, "utf-8")
    installation.waymark("program", "apply", str(program), "--yes")


async def _copy(url: str, original: str, name: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f"create database {name} template {original} strategy file_copy")
    finally:
        await connection.close()


def _scored(installation: Installation, first: date, last: date, step: str) -> Evidence:
    with installation.at_work():
        installation.waymark("score", "--from", str(first), "--to", str(last), "--every", step)
    return asyncio.run(_evidence(installation.system_url))


async def _evidence(url: str) -> Evidence:
    connection = await asyncpg.connect(url)
    try:
        return await evidence(connection)
    finally:
        await connection.close()


if __name__ == "__main__":
    main()
