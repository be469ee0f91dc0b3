"""The README is true: its tour, run command by command against a real `waymark run`, and its commands in a clone."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.e2e.running import Running, checkout_in, free_port, wait_until
from tests.patience import PATIENCE_SECONDS

ROOT = Path(__file__).resolve().parents[2]
BETWEEN = "@@@ next @@@"


def steps_of(page: str) -> list[tuple[str, str]]:
    """Commands of the console blocks, each with what it prints; `…` stands for anything."""
    blocks = re.findall(r"```console\n(.*?)```", page, re.DOTALL)
    return [step for block in blocks for step in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)]


@pytest.mark.slow
def test_the_tour_of_the_readme_prints_what_it_says(steady: Running, tmp_path: Path) -> None:
    steps = steps_of((ROOT / "README.md").read_text("utf-8"))
    checkout = checkout_in(tmp_path)
    script = f"\necho '{BETWEEN}'\n".join(command for command, _ in steps).replace(":8000/", f":{steady.port}/")
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=checkout,
        env={**os.environ, "WAYMARK_DATA_DIR": str(steady.data_dir)},
        capture_output=True,
        text=True,
        timeout=len(steps) * PATIENCE_SECONDS,
        check=False,
    )

    printed = [part.strip("\n") for part in done.stdout.split(BETWEEN)]
    assert len(printed) == len(steps) > 6, done.stderr
    for (command, shown), output in zip(steps, printed, strict=True):
        pattern = ".*".join(re.escape(part) for part in shown.strip("\n").split("…"))
        assert re.fullmatch(pattern, output, re.DOTALL), f"$ {command}\n{output}\n{done.stderr}"


@pytest.mark.slow
def test_a_stranger_gets_from_an_empty_clone_to_a_running_waymark(tmp_path: Path) -> None:
    clone, port = tmp_path / "clone", free_port()
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True, timeout=PATIENCE_SECONDS)
    packages = ROOT / "portal" / "node_modules"
    if (packages / ".installed").is_file():  # by the same script from the same lock, before these tests began
        (clone / "portal" / "node_modules").symlink_to(packages.resolve())
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("WAYMARK_", "VIRTUAL_ENV"))
    }
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            ["make", "run"],
            cwd=clone,
            env=environment | {"WAYMARK_PORT": str(port), "WAYMARK_DEMO": "0"},  # test_demo.py has the demo
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        printed = tmp_path / "log"
        for _ in range(10):  # the first start installs what the locks pin, and builds the portal
            try:
                wait_until(
                    lambda: "Waymark serves" in printed.read_text() or process.poll() is not None, "the first start"
                )
                break
            except AssertionError:
                continue
        assert process.poll() is None, printed.read_text()
        page = httpx.get(f"http://127.0.0.1:{port}/", timeout=PATIENCE_SECONDS)
        help_text = subprocess.run(
            ["./waymark", "--help"], cwd=clone, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=True
        )
        targets = subprocess.run(
            ["make", "help"], cwd=clone, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=True
        )
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(PATIENCE_SECONDS)

    assert page.status_code == 200
    is_built = "The portal is not built" not in printed.read_text()  # where npm's registry cannot be reached
    assert ('<div id="root">' in page.text) == is_built
    assert "import" in help_text.stdout
    assert "make test" in targets.stdout
