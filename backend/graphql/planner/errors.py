"""Errors of the planner.

DeclarationError    a type or query field was declared wrongly; raised at start-up with every fault found
Refusal             an operation is refused; carries GraphQL errors that are ready to send
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphql import GraphQLError


class DeclarationError(Exception):
    """A declaration cannot be planned; the message names type, field and remedy."""


class Refusal(Exception):
    """The operation is refused before or instead of its execution."""

    def __init__(self, errors: Sequence[dict[str, Any]]) -> None:
        super().__init__("; ".join(str(error["message"]) for error in errors))
        self.errors = list(errors)


def problem(
    code: str,
    message: str,
    *,
    path: Sequence[str | int] = (),
    locations: Sequence[tuple[int, int]] = (),
    **extensions: Any,
) -> dict[str, Any]:
    """One GraphQL error as it is sent, with `extensions.code`."""
    error: dict[str, Any] = {"message": message}
    if locations:
        error["locations"] = [{"line": line, "column": column} for line, column in locations]
    if path:
        error["path"] = list(path)
    error["extensions"] = {"code": code, **extensions}
    return error


def from_graphql(error: GraphQLError, code: str) -> dict[str, Any]:
    """An error of graphql-core as it is sent."""
    locations = [(place.line, place.column) for place in error.locations or ()]
    return problem(code, error.message, path=error.path or (), locations=locations)
