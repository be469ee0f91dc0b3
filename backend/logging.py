"""Structured logs: one JSON object a line, or columns for people. Libraries' own logs go the same way."""

from __future__ import annotations

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from threading import RLock
from typing import Any

import orjson
import structlog
from structlog.types import EventDict, Processor

from backend.settings import Settings

TRACEBACKS = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
"""Local variables stay out of the logs: they hold requests, keys and settings."""
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""Marks every log that is written while a request is served."""


class Logger:
    """Writes finished lines where the logs of libraries go, without a record of `logging` for each."""

    def __init__(self, handler: logging.StreamHandler[Any], name: str = "") -> None:
        self._handler, self.name = handler, name
        self._lock = handler.lock or RLock()

    def write(self, line: str) -> None:
        """Write one line. Nobody's work fails because a log cannot be written, as with `logging`."""
        with self._lock:
            stream = self._handler.stream
            try:
                stream.write(line + "\n")
                stream.flush()
            except (OSError, ValueError):
                return

    debug = info = warning = warn = error = critical = exception = fatal = log = msg = write


def configure(settings: Settings, process: str) -> None:
    """Send every log of this process to stdout, marked with the name of the process."""

    def marked(_logger: Any, level: str, event: EventDict) -> EventDict:
        event["level"] = level
        event["timestamp"] = datetime.now(UTC)
        event["process"] = process
        if (asked := request_id.get()) is not None:
            event["request_id"] = asked
        return event

    finish: list[Processor]
    if settings.log_format == "json" or settings.env == "production":
        finish = [structlog.processors.ExceptionRenderer(TRACEBACKS), _json]
    else:
        plain = structlog.dev.plain_traceback  # the default shows local variables, and takes seconds to draw
        finish = [structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty(), exception_formatter=plain)]
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, structlog.stdlib.ExtraAdder(), marked],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *finish],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level)
    for chatty in ("uvicorn", "alembic"):  # the supervisor and the access log say the rest
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.configure(
        processors=[_named, marked, *finish],
        logger_factory=lambda *names: Logger(handler, *names),
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
        cache_logger_on_first_use=True,
    )


def _named(logger: Any, _method: str, event: EventDict) -> EventDict:
    event["logger"] = logger.name
    return event


def _json(_logger: Any, _method: str, event: EventDict) -> str:
    try:
        return orjson.dumps(event, default=repr, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z).decode()
    except TypeError:  # a lone surrogate, a number of more than 64 bits
        written = event["timestamp"].isoformat().replace("+00:00", "Z")
        return json.dumps({**event, "timestamp": written}, default=repr, skipkeys=True)
