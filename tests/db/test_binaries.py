from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.running import ROOT
from tests.patience import PATIENCE_SECONDS

pytestmark = pytest.mark.unit


def find(what: str, path: Path) -> subprocess.CompletedProcess[str]:
    """Look for a server where no wheel is installed (-S leaves the environment's packages out)."""
    script = (
        f"from backend.db.binaries import *\ntry: print(find_{what}())\nexcept NoServerError as e: print(e); exit(1)"
    )
    return subprocess.run(
        [sys.executable, "-S", "-c", script],
        cwd=ROOT,
        env={"PATH": f"{path}:/bin"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def program(path: Path, says: str) -> None:
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)


def test_a_server_on_path_serves_where_there_is_no_wheel(tmp_path: Path) -> None:
    program(tmp_path / "postgres", "postgres (PostgreSQL) 18.1")
    program(tmp_path / "initdb", "")
    program(tmp_path / "valkey-server", "Valkey server v=9.0.0 sha=0")

    assert find("postgres", tmp_path).stdout == f"{tmp_path}\n"
    assert find("valkey", tmp_path).stdout == f"{tmp_path / 'valkey-server'}\n"


def test_servers_that_are_too_old_are_named_with_the_settings_to_use_instead(tmp_path: Path) -> None:
    program(tmp_path / "postgres", "postgres (PostgreSQL) 17.6")
    program(tmp_path / "redis-server", "Redis server v=6.2.0 sha=0")

    postgres, valkey = find("postgres", tmp_path), find("valkey", tmp_path)

    assert (postgres.returncode, valkey.returncode) == (1, 1)
    assert f"{tmp_path / 'postgres'} is version 17" in postgres.stdout
    assert "set WAYMARK_MIGRATE_URL, WAYMARK_SYSTEM_URL, WAYMARK_STAFF_URL and WAYMARK_MEMBER_URL" in postgres.stdout
    assert f"{tmp_path / 'redis-server'} is version 6" in valkey.stdout
    assert "set WAYMARK_REDIS_URL" in valkey.stdout
