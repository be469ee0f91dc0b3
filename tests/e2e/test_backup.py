"""`waymark backup`, `restore` and `upgrade` beside `make run`, as a person uses them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import asyncpg

from tests.e2e.running import ROOT, discard, running
from tests.patience import PATIENCE_SECONDS


def waymark(data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "backend.cli", *arguments],
        env={"PATH": os.environ["PATH"], "WAYMARK_DATA_DIR": str(data_dir)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


async def rename(url: str, name: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("update organizations set name = $1", name)
    await connection.close()


async def name_of_organization(url: str) -> str:
    connection = await asyncpg.connect(url)
    name: str = await connection.fetchval("select name from organizations")
    await connection.close()
    return name


async def test_a_running_waymark_is_saved_and_a_stopped_one_restored(tmp_path: Path) -> None:
    place, file = tmp_path / "data", tmp_path / "waymark.dump"
    with running(place) as first:
        await rename(first.superuser_url(), "As it was")
        saved = waymark(place, "backup", str(file))
        await rename(first.superuser_url(), "As it became")
        refused = waymark(place, "restore", str(file), "--yes")
        current = waymark(place, "upgrade", "--check")
        first.stop()

    restored = waymark(place, "restore", str(file), "--yes")

    with running(place) as second:
        name = await name_of_organization(second.superuser_url())
        second.stop()
    discard(place)
    assert saved.returncode == 0, saved.stderr
    assert saved.stdout.startswith(f"{file} is written: ")
    assert refused.returncode == 1
    assert refused.stderr == "Waymark is running. Stop it first: Ctrl-C in its terminal.\n"
    assert (current.returncode, current.stdout.partition(";")[2]) == (0, " this version has nothing newer.\n")
    assert restored.returncode == 0, restored.stderr
    assert restored.stdout.startswith("Restored from revision ")
    assert name == "As it was"
