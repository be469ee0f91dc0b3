"""`scripts/environment.sh`, which every make target runs first, on machines that lack something."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.running import ROOT
from tests.patience import PATIENCE_SECONDS

pytestmark = pytest.mark.unit


def make_environment(tmp_path: Path, *, python: str) -> subprocess.CompletedProcess[str]:
    """Run the script with one interpreter on PATH, a shell script with this body."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "python3").write_text(f"#!/bin/sh\n{python}\n")
    (folder / "python3").chmod(0o755)
    return subprocess.run(
        ["/bin/sh", "scripts/environment.sh", "requirements.lock", str(tmp_path / "venv")],
        cwd=ROOT,
        env={"PATH": f"{folder}:/bin:/usr/bin", "PYTHON": "python3"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def test_a_python_without_ensurepip_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "ensurepip.py").write_text("raise ImportError('as Debian ships it')")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"

    refused = make_environment(tmp_path, python=f'PYTHONPATH={tmp_path} exec {sys.executable} "$@"')

    assert refused.returncode == 1
    assert refused.stdout == ""
    assert refused.stderr.splitlines()[:2] == [
        f"{tmp_path}/bin/python3 (Python {version}) cannot make virtual environments: ensurepip is missing.",
        f"Debian, Ubuntu:  sudo apt install python{version}-venv   (or python3-venv)",
    ]
    assert not (tmp_path / "venv").exists()


def test_a_python_that_is_too_old_is_named(tmp_path: Path) -> None:
    refused = make_environment(tmp_path, python='[ "$1" = --version ] && echo "Python 3.9.2"; exit 1')

    assert refused.returncode == 1
    assert refused.stderr == (
        "Waymark needs Python 3.11 or later; python3 is Python 3.9.2.\n"
        "Install one, or name one that is not on PATH: make run PYTHON=/path/to/python3.12\n"
    )


def test_the_development_lock_holds_all_of_the_other_one() -> None:
    """So that an environment made by `make test` serves `make run` too."""

    def pins(name: str) -> set[str]:
        lines = (ROOT / name).read_text().splitlines()
        return {line.split(" \\")[0].split(" ;")[0] for line in lines if line and not line.startswith((" ", "#"))}

    assert pins("requirements.lock") - pins("requirements-dev.lock") == set()


def test_locks_are_hash_checked_and_name_no_registry() -> None:
    for name in ("requirements.lock", "requirements-dev.lock", "suites/requirements.lock"):
        text = (ROOT / name).read_text()
        assert text.count("--hash=sha256:") >= text.count("==")
        assert "://" not in text
        for option in ("--index-url", "--extra-index-url", "--find-links"):
            assert option not in text
