"""`/livez`: the process answers. `/readyz`: it can do its work; a load balancer sends requests only then."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

log = structlog.get_logger("waymark.health")

Check = Callable[[], Awaitable[object]]
CHECK_SECONDS = 2.0


class NotReadyError(Exception):
    """A check found a state that it can name; the message is shown to whoever asks, so it carries no secret."""


async def livez(_request: Request) -> Response:
    """Answer that the process runs, whatever the state of its servers."""
    return PlainTextResponse("alive\n")


async def readyz(request: Request) -> Response:
    """Run every check side by side; 503 unless all pass. Tells which failed and what kind of failure it was."""
    found = await run(request.state.checks)
    ready = all(state == "ok" for state in found.values())
    return JSONResponse(
        {"ready": ready, "checks": found}, status_code=200 if ready else 503, headers={"cache-control": "no-store"}
    )


async def run(checks: Mapping[str, Check]) -> dict[str, str]:
    """The outcome of each check: `ok`, or a reason without addresses, logins or passwords."""
    outcomes = await asyncio.gather(*(_outcome(name, check) for name, check in checks.items()))
    return dict(zip(checks, outcomes, strict=True))


async def _outcome(name: str, check: Check) -> str:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check()
    except TimeoutError:
        return f"no answer within {CHECK_SECONDS:.0f} seconds"
    except NotReadyError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - drivers raise many kinds; their texts may hold addresses
        log.warning("check failed", check=name, error=type(error).__name__)
        return f"failed ({type(error).__name__})"
    return "ok"
