"""Failures to connect, told by the setting that holds the address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from sqlalchemy.exc import SQLAlchemyError

from backend.operation import OperationError
from backend.settings import environment_name


@contextmanager
def reaching(field: str) -> Iterator[None]:
    """Raise OperationError, naming the setting and the reason but no password, when connecting fails inside."""
    try:
        yield
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, SQLAlchemyError) as error:
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise OperationError(f"The database of {environment_name(field)} cannot be used: {reason}") from error
