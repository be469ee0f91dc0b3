from __future__ import annotations

import json
import subprocess
import sys

from structlog.testing import capture_logs

from backend.settings import Settings
from tests.e2e.running import ROOT
from tests.patience import PATIENCE_SECONDS
from tests.web.test_health import serving

LOGS = """
import logging
from backend import logging as ours
from backend.settings import Settings
import structlog
ours.configure(Settings(env="production"), "api")
ours.request_id.set("12345678")
structlog.get_logger("waymark.test").info("asked", number=float("nan"), who=object)
structlog.get_logger("waymark.test").debug("not told at this level")
logging.getLogger("some.library").warning("told %s", "us", extra={"path": "/x"})
try:
    1 / 0
except ZeroDivisionError:
    structlog.get_logger("waymark.test").exception("failed")
structlog.get_logger("waymark.test").warning("odd", half="\\ud800", large=2**70)
"""


async def test_a_request_is_one_entry_without_its_query(settings_with_valkey: Settings) -> None:
    with capture_logs() as entries:
        async with serving(settings_with_valkey) as client:
            await client.get("/no-such-page?token=hush", headers={"x-request-id": "12345678"})
            await client.get("/livez")

    requests = [entry for entry in entries if entry["event"] == "request"]
    assert [{**entry, "milliseconds": 0} for entry in requests] == [
        {
            "event": "request",
            "log_level": "info",
            "method": "GET",
            "path": "/no-such-page",
            "status": 404,
            "bytes": 9,
            "milliseconds": 0,
        }
    ]
    assert "hush" not in str(entries)


def test_production_logs_one_object_a_line_whoever_logs() -> None:
    written = subprocess.run(
        [sys.executable, "-c", LOGS],
        cwd=ROOT,
        env={},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    )
    ours, theirs, failure, odd = (json.loads(line) for line in written.stdout.splitlines())

    assert written.stderr == ""
    assert ours.pop("timestamp").endswith("Z")
    assert ours == {
        "event": "asked",
        "level": "info",
        "logger": "waymark.test",
        "process": "api",
        "request_id": "12345678",
        "number": None,
        "who": "<class 'object'>",
    }
    assert (theirs["event"], theirs["path"], theirs["process"]) == ("told us", "/x", "api")
    assert (theirs["logger"], theirs["request_id"]) == ("some.library", "12345678")
    assert failure["exception"][0]["exc_type"] == "ZeroDivisionError"
    assert (odd["level"], odd["half"], odd["large"]) == ("warning", "\ud800", 2**70)
