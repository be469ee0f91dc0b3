"""`scripts/portal.sh`, which `make run` calls: what is built, what is kept of builds before, and what is no failure."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.e2e.running import ROOT
from tests.patience import PATIENCE_SECONDS

pytestmark = pytest.mark.unit
PACKAGE = '{"name": "portal", "version": "1.0.0", "scripts": {"build": "node build.js"}}'
LOCK = '{"name": "portal", "lockfileVersion": 3, "packages": {"": {"name": "portal", "version": "1.0.0"}}}'
BUILD = """const { mkdirSync, readFileSync, writeFileSync } = require("node:fs");
const name = readFileSync("source.txt", "utf8");
mkdirSync("dist/assets", { recursive: true });
for (const ending of ["", ".br"]) writeFileSync(`dist/assets/${name}.js${ending}`, name);
writeFileSync("dist/index.html", name);
if (name === "broken") process.exit(1);
"""
DAY = 24 * 3600


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose portal is one file, which names the asset that its build makes."""
    if shutil.which("npm") is None:
        pytest.skip("needs Node 20 or later with npm; Debian, Ubuntu: sudo apt install nodejs npm")
    for name in ("scripts/portal.sh", "scripts/environment.sh", "scripts/node.lock", "schema.graphql"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    for name, text in (("package.json", PACKAGE), ("package-lock.json", LOCK), ("build.js", BUILD)):
        (tmp_path / "portal").mkdir(exist_ok=True)
        (tmp_path / "portal" / name).write_text(text)
    return tmp_path


def build(checkout: Path, source: str, *options: str, path: str = "") -> subprocess.CompletedProcess[str]:
    (checkout / "portal" / "source.txt").write_text(source)
    return subprocess.run(
        [checkout / "scripts" / "portal.sh", *options],
        env={"PATH": path + os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "PYTHON": "no-python"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def assets(checkout: Path) -> list[str]:
    return sorted(path.name for path in (checkout / "portal" / "dist" / "assets").iterdir())


def age(checkout: Path, days: float) -> None:
    """Let time pass since the last build."""
    then = time.time() - days * DAY
    for path in (checkout / "portal" / "dist").rglob("*"):
        moved = path.stat().st_mtime - days * DAY
        os.utime(path, (then, min(then, moved)))


def test_the_portal_is_built_once_for_its_sources_and_keeps_what_was_before_for_30_days(checkout: Path) -> None:
    first, again = build(checkout, "one"), build(checkout, "one")
    age(checkout, 100)  # the days count from the build that came without it
    second = build(checkout, "two")
    after_second = assets(checkout)
    age(checkout, 29)
    build(checkout, "three")
    after_third = assets(checkout)
    age(checkout, 2)
    build(checkout, "four", "--strict")

    assert "Building the portal ..." in first.stdout
    assert (again.returncode, again.stdout) == (0, "")
    assert second.returncode == 0
    assert after_second == ["one.js", "one.js.br", "two.js", "two.js.br"]
    assert after_third == ["one.js", "one.js.br", "three.js", "three.js.br", "two.js", "two.js.br"]
    assert assets(checkout) == ["four.js", "four.js.br", "three.js", "three.js.br", "two.js", "two.js.br"]


def test_sources_that_cannot_be_built_are_a_failure_only_where_that_is_asked(checkout: Path) -> None:
    tolerant, strict = build(checkout, "broken"), build(checkout, "broken", "--strict")

    said = "The sources in portal/ cannot be built. The portal is not built; Waymark runs without it.\n"
    assert (tolerant.returncode, strict.returncode) == (0, 1)
    assert tolerant.stderr.endswith(said)
    assert strict.stderr.endswith(said)
    assert not (checkout / "portal" / "dist" / ".built").exists()


def test_no_node_and_no_registry_are_no_failures(checkout: Path) -> None:
    bin_ = checkout / "bin"
    bin_.mkdir()
    (bin_ / "node").write_text("#!/bin/sh\nexit 1\n")
    (bin_ / "node").chmod(0o755)
    without_node = build(checkout, "one", "--strict", path=f"{bin_}:")
    needy = PACKAGE.replace('"scripts"', '"dependencies": {"not-in-the-lock": "1.0.0"}, "scripts"')
    (checkout / "portal" / "package.json").write_text(needy)
    without_packages = build(checkout, "one", "--strict")

    assert (without_node.returncode, without_packages.returncode) == (0, 0)
    assert without_node.stderr.endswith(
        "There is no Node 20.19 or later with npm, and its wheel cannot be installed. The portal is not built; Waymark "
        "runs without it.\n"
    )
    assert without_packages.stderr.endswith(
        "npm ci failed: the packages of portal/package-lock.json are not to be had. The portal is not built; Waymark "
        "runs without it.\n"
    )
    assert not (checkout / "portal" / "dist").exists()
