"""A rival's process: `python -m bench.rivals.serve MODULE`, served as `backend/serve.py` serves Waymark."""

from __future__ import annotations

import sys

import uvicorn

from backend.serve import server_options
from backend.settings import settings


def main() -> None:
    """Serve the application that the module's `create_app` makes."""
    chosen = settings()
    uvicorn.run(
        f"bench.rivals.{sys.argv[1]}:create_app",
        factory=True,
        host=chosen.host,
        port=chosen.port,
        **server_options(chosen),
    )


if __name__ == "__main__":
    main()
