"""`waymark score` as a person runs it, on the sample that ships."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.settings import Settings
from tests.command_line import waymark
from tests.e2e.running import ROOT

SAMPLE = ROOT / "examples" / "sample"
IMPORT = ("import", "--mapping", str(SAMPLE / "mapping.yaml"))


@pytest.mark.slow
async def test_days_are_closed_repeated_as_known_then_and_restated(settings: Settings, tmp_path: Path) -> None:
    async def told(*arguments: str) -> list[str]:
        done = await waymark(settings, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    await told("init")
    await told(*IMPORT, "--folder", str(SAMPLE))
    usage = tmp_path / "usage.csv"
    head = (SAMPLE / "usage.csv").read_text().partition("\n")[0]
    usage.write_text(f"{head}\nc001,2025-03-21{',9999' + ',' * (head.count(',') - 2)}\n")

    closed = await told("score", "--from", "2025-03-01", "--to", "2025-03-22", "--every", "7", "--here")
    repeated = await told("score", "--as-of", "2025-03-22", "--here")
    await told(*IMPORT, "usage", str(usage))  # another total of a day that was closed with the first one
    as_known_then = await told("score", "--as-of", "2025-03-22", "--here")
    restated = await told("score", "--from", "2025-03-22", "--to", "2025-03-22", "--restated", "--here")
    restated_again = await told("score", "--from", "2025-03-22", "--to", "2025-03-22", "--restated", "--here")
    one = await told("score", "--as-of", "2025-03-22", "--account", "c001", "--here")
    today = await told("score", "--here")

    bands = "36 accounts scored: 34 green, 2 yellow."
    assert closed == [
        "2025-03-01 to 2025-03-22: 144 closing snapshots stored, 0 as stored before, 0 different.",
        bands,
    ]
    assert repeated == ["2025-03-22: 0 closing snapshots stored, 36 as stored before, 0 different.", bands]
    assert as_known_then == repeated
    assert restated == ["2025-03-22: 1 revisions stored, 35 as stored before, 1 different.", bands]
    assert restated_again == ["2025-03-22: 0 revisions stored, 36 as stored before, 0 different.", bands]
    assert one == [
        "2025-03-22: 0 closing snapshots stored, 1 as stored before, 0 different.",
        "1 account scored: 1 green.",
    ]
    assert today == ["0 accounts scored."]  # the sample's customers have left


@pytest.mark.parametrize(
    "arguments, code, told",
    [
        (("--today", "--as-of", "2025-03-22"), 2, "Error: Give one of --today, --as-of and --from.\n"),
        (("--every", "7"), 2, "Error: --to and --every belong to --from.\n"),
        (
            ("--as-of", "2025-03-22", "--restated"),
            2,
            "Error: --restated belongs to --from: it repeats stored days with what is known now.\n",
        ),
        (("--as-of", "0001-01-32"), 2, "'0001-01-32' does not match the format '%Y-%m-%d'.\n"),
        (("--as-of", "9999-12-31"), 1, "9999-12-31 is not over. Closings are of days before today, "),
        (("--account", "nobody"), 1, "There is no account nobody. Give its key in your systems, or its id.\n"),
    ],
)
async def test_what_cannot_be_scored_is_refused(
    settings: Settings, arguments: tuple[str, ...], code: int, told: str
) -> None:
    refused = await waymark(settings, "score", "--here", *arguments)

    assert (refused.returncode, refused.stdout) == (code, "")
    assert told in refused.stderr
