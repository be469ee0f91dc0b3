"""What came of an operation, and the error that stands for a fault while it ran."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from backend.graphql.planner.errors import problem

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Outcome:
    """What came of an operation."""

    data: bytes | None = None
    """The JSON text of `data`, untouched; None where the operation did not run."""
    errors: list[dict[str, Any]] = field(default_factory=list)
    """Errors ready to send, each with `extensions.code`. Beside data only where one field of a mutation failed."""
    fault: BaseException | None = None
    """What lies behind an INTERNAL_SERVER_ERROR, for the log."""


def outcome_of(error: BaseException) -> Outcome:
    """The outcome of a fault while a plan ran."""
    if isinstance(error, asyncpg.QueryCanceledError | TimeoutError):
        return Outcome(errors=[problem("TIMEOUT", "The operation took too long. Ask for less at a time.")])
    if isinstance(error, asyncpg.PostgresError) and (error.sqlstate or "").startswith("22"):
        return Outcome(errors=[problem("BAD_USER_INPUT", "A value cannot be used: it is out of range or malformed.")])
    logger.error("a planned operation failed", exc_info=error)
    return Outcome(errors=[problem("INTERNAL_SERVER_ERROR", "Something went wrong.")], fault=error)
