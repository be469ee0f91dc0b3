"""The refusals of ingestion. Each names the place and the remedy."""

from __future__ import annotations

from backend.errors import InvalidInput


class UnusableMapping(InvalidInput):
    """A mapping file cannot be used: file, line, field and what to write instead."""


class UnusableFile(InvalidInput):
    """A whole file is refused before any of it is stored."""


class NoSuchMetric(InvalidInput):
    """The running program has no such metric."""
