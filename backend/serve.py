"""The API process: `python -m backend.serve`."""

from __future__ import annotations

import uvicorn

from backend.settings import settings


def main() -> None:
    """Serve until told to stop, then finish what was begun within WAYMARK_DRAIN_SECONDS."""
    chosen = settings()
    uvicorn.run(
        "backend.app:create_app",
        factory=True,
        host=chosen.host,
        port=chosen.port,
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=chosen.drain_seconds,
    )


if __name__ == "__main__":
    main()
