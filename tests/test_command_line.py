"""`waymark` in a second shell finds the installation that `make run` serves."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click

from backend.cli import COMMANDS, main
from backend.db.embedded import EmbeddedValkey
from backend.installation import DATABASES, OWN, Installation
from backend.settings import Settings
from tests.patience import PATIENCE_SECONDS

ROOT = Path(__file__).resolve().parents[1]


def run(*arguments: str, data_dir: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WAYMARK_")}
    return subprocess.run(
        [sys.executable, "-m", "backend.cli", *arguments],
        env=environment | {"WAYMARK_DATA_DIR": str(data_dir)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def test_settings_are_completed_from_the_installation_that_runs_here(tmp_path: Path) -> None:
    chosen = Settings(data_dir=tmp_path / "data", redis_url="redis://127.0.0.1:1/0")
    assert Installation.complete(chosen) == chosen

    plain = Settings(data_dir=tmp_path / "data")
    assert Installation.complete(plain) == plain
    with EmbeddedValkey(plain.data_dir) as server:
        completed = Installation.complete(plain)

    assert completed.redis_url == server.url()
    assert f"/{DATABASES[OWN]}" in completed.system_url
    assert len(completed.secret) >= 32


def test_a_command_says_when_nothing_runs(tmp_path: Path) -> None:
    result = run("create-key", "--name", "x", "--staff-role", "ADMIN", data_dir=tmp_path / "nothing")

    assert result.returncode == 2
    assert "WAYMARK_SYSTEM_URL must be set" in result.stderr
    assert "make run" in result.stderr


def test_every_command_explains_itself() -> None:
    root = click.Context(main, info_name="waymark")

    for name in COMMANDS:
        command = main.get_command(root, name)
        assert command is not None
        told = command.get_help(click.Context(command, info_name=name, parent=root))
        assert told.startswith(f"Usage: waymark {name} ")
        assert len(told.split("\n\n")[1].split()) > 2, f"{name} has no description"


def test_the_list_of_commands_is_printed_by_a_process_of_its_own(tmp_path: Path) -> None:
    listed = run("--help", data_dir=tmp_path)

    assert listed.returncode == 0
    lines = [line.split() for line in listed.stdout.split("Commands:")[1].strip().splitlines()]
    assert [words[0] for words in lines] == sorted(COMMANDS)
    assert [words for words in lines if len(words) < 4] == []
