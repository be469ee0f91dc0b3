"""The committed sample is what its script makes, and imports whole into the default program."""

from __future__ import annotations

from pathlib import Path

from backend.db.engine import Database
from backend.program import service
from backend.program.assemble import DEFAULT, load
from backend.settings import Settings
from examples.make_sample import files
from tests.command_line import waymark

SAMPLE = Path(__file__).resolve().parents[2] / "examples" / "sample"


def test_the_sample_is_what_its_script_makes() -> None:
    stored = {path.name: path.read_text("utf-8") for path in SAMPLE.glob("*.csv")}

    assert stored == files(), "run: python -m examples.make_sample"
    assert sum(len(text) for text in stored.values()) < 300_000


async def test_the_sample_imports_whole(settings: Settings, database: Database, tmp_path: Path) -> None:
    async with database.begin() as session:
        await service.apply(session, load(DEFAULT))
    command = ("import", "--folder", str(SAMPLE), "--mapping", str(SAMPLE / "mapping.yaml"))

    done = await waymark(settings, *command, "--rejects", str(tmp_path / "rejects.csv"))
    again = await waymark(settings, *command, "--rejects", str(tmp_path / "rejects.csv"))

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "accounts.csv: 40 rows of accounts, 2023-05-16 to 2025-04-09: 40 taken, 0 unchanged, 0 rejected.",
        "members.csv: 114 rows of members, 2023-05-16 to 2025-04-09: 114 taken, 0 unchanged, 0 rejected.",
        "subscriptions.csv: 42 rows of subscriptions, 2023-05-16 to 2025-04-09: 42 taken, 0 unchanged, 0 rejected.",
        "usage.csv: 4,344 rows of usage, 2025-01-01 to 2025-04-30: 4,344 taken, 0 unchanged, 0 rejected.",
        "tickets.csv: 129 rows of tickets, 2025-01-01 to 2025-04-30: 129 taken, 0 unchanged, 0 rejected.",
        "invoices.csv: 144 rows of invoices, 2025-01-01 to 2025-04-01: 144 taken, 0 unchanged, 0 rejected.",
        "Health is fed for 9 of 9 leaves, 100 % of the weight.",
    ]
    assert [line.split(": ")[-1] for line in again.stdout.splitlines()[:-1]] == [
        f"0 taken, {rows} unchanged, 0 rejected." for rows in ("40", "114", "42", "4,344", "129", "144")
    ]
    assert not (tmp_path / "rejects.csv").exists()
