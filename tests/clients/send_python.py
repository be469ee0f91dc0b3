"""Sends messages through a client for Python: `python send_python.py segment|rudderstack ADDRESS KEY FILE`.

Run with the environment that tests/clients/requirements.lock pins; the file has one message as JSON a line.
"""

from __future__ import annotations

import importlib
import json
import sys
from datetime import datetime
from typing import Any


def main(library: str, address: str, key: str, file: str) -> None:
    """Send everything; ends with an error where the client gave anything up."""
    failed: list[Any] = []
    client = importlib.import_module(f"{library}.analytics.client").Client(
        key,
        host=address,
        gzip=True,
        max_queue_size=1_000_000,
        upload_size=300,
        on_error=lambda error, items: failed.append((str(error), len(items))),
    )
    with open(file, encoding="utf-8") as lines:  # noqa: PTH123 - a script without the project's helpers
        for line in lines:
            said = json.loads(line)
            client.track(
                said["userId"],
                said["event"],
                said["properties"],
                timestamp=datetime.fromisoformat(said["timestamp"]),
                message_id=said["messageId"],
            )
    client.shutdown()
    if failed:
        sys.exit(f"{len(failed)} batches were given up: {failed[:3]}")


if __name__ == "__main__":
    main(*sys.argv[1:])
