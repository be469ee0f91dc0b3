"""A rival's process: `python -m bench.rivals.serve MODULE`, with uvicorn's options as `backend/serve.py` has them."""

from __future__ import annotations

import sys

import uvicorn

from backend.settings import settings


def main() -> None:
    """Serve the application that the module's `create_app` makes."""
    chosen = settings()
    uvicorn.run(
        f"bench.rivals.{sys.argv[1]}:create_app",
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
