from __future__ import annotations

import subprocess
import sys

import pytest

from tests.patience import PATIENCE_SECONDS

pytestmark = pytest.mark.unit


def waymark(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "backend.cli", *arguments],
        env={"PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def test_the_settings_command_hides_secrets() -> None:
    shown = waymark("settings", WAYMARK_SECRET="x" * 40, WAYMARK_PORT="8123")

    assert shown.returncode == 0
    assert "x" * 40 not in shown.stdout
    assert [
        line.split() for line in shown.stdout.splitlines() if line.startswith(("WAYMARK_SECRET ", "WAYMARK_PORT "))
    ] == [
        ["WAYMARK_SECRET", "(set)"],
        ["WAYMARK_PORT", "8123"],
    ]


def test_an_unknown_setting_is_one_line_without_a_traceback() -> None:
    refused = waymark("settings", WAYMARK_PROT="8123")

    assert refused.returncode == 2
    assert refused.stdout == ""
    assert refused.stderr == "WAYMARK_PROT: no such setting. docs/settings.md lists every setting.\n"


def test_an_unknown_command_is_refused() -> None:
    refused = waymark("setings")

    assert refused.returncode == 2
    assert "No such command 'setings'" in refused.stderr


def test_every_listed_command_can_be_imported() -> None:
    listed = waymark("--help")

    assert listed.returncode == 0, listed.stderr


@pytest.mark.parametrize(
    "command, setting", [(("migrate",), "WAYMARK_MIGRATE_URL"), (("ping", "clock"), "WAYMARK_SYSTEM_URL")]
)
def test_a_database_that_cannot_be_reached_is_one_line_without_its_password(
    command: tuple[str, ...], setting: str
) -> None:
    url = "postgresql://somebody:the-password@127.0.0.1:1/nowhere"
    names = ("MIGRATE", "SYSTEM", "STAFF", "MEMBER")

    refused = waymark(
        *command, WAYMARK_REDIS_URL="redis://127.0.0.1:1/0", **{f"WAYMARK_{name}_URL": url for name in names}
    )

    assert refused.returncode == 1
    assert refused.stderr.startswith(f"The database of {setting} cannot be used: ConnectionRefusedError: ")
    assert refused.stderr.count("\n") == 1
    assert "the-password" not in refused.stderr


def test_the_api_refuses_to_start_with_one_line() -> None:
    refused = subprocess.run(
        [sys.executable, "-m", "backend.serve"],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )

    assert refused.returncode == 1
    assert refused.stderr == (
        "WAYMARK_SECRET, WAYMARK_REDIS_URL must be set. docs/settings.md lists every setting; "
        "`make run` sets all of them.\n"
    )
