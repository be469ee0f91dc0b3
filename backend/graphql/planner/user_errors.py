"""`userErrors`: what services refuse, as data that a client can show. Their codes are those of every DomainError."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Iterator
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, Any

import strawberry

import backend
from backend.errors import DomainError, Forbidden, NotSignedIn
from backend.graphql.enums import describe
from backend.graphql.planner.scalars import JSON


def _codes() -> dict[str, str]:
    """Code → description, of the errors in `backend/errors.py` and each feature's `errors.py`.

    What concerns the viewer rather than the input (not signed in, not permitted) is a top-level error instead.
    """
    for module in pkgutil.iter_modules(backend.__path__):
        if module.ispkg and module.name != "graphql":
            names = {inner.name for inner in pkgutil.iter_modules([f"{backend.__path__[0]}/{module.name}"])}
            if "errors" in names:
                import_module(f"backend.{module.name}.errors")
    found = {
        vars(cls)["code"]: inspect.cleandoc(cls.__doc__ or "")
        for cls in _below(DomainError)
        if "code" in vars(cls) and cls.__module__.startswith("backend.") and cls.__module__.endswith("errors")
    }
    return dict(sorted(found.items()))


def _below(cls: type[DomainError]) -> Iterator[type[DomainError]]:
    for each in cls.__subclasses__():
        if not issubclass(each, NotSignedIn | Forbidden):
            yield each
            yield from _below(each)


CODES = _codes()
if TYPE_CHECKING:
    UserErrorCode = str
else:
    UserErrorCode = StrEnum("UserErrorCode", {code: code for code in CODES})
    describe(UserErrorCode, "Why a change was refused. Word it for people by this and by `params`.", **CODES)


@strawberry.type(description="Why a change was refused: something in the input, or what it met.")
class UserError:
    """Why a change was refused."""

    field: list[str] | None = strawberry.field(
        description='Where in `input` it lies, such as ["email"]; null where no one field is to blame.'
    )
    message: str = strawberry.field(description="What is wrong and what to do, in English.")
    code: UserErrorCode = strawberry.field(description="The same for programs.")
    params: JSON = strawberry.field(description="Values that the message names, by name; an object, maybe empty.")


def as_data(error: DomainError) -> dict[str, Any]:
    """A refusal by the fields of UserError."""
    return {
        "__typename": "UserError",
        "field": error.field or None,
        "message": error.message,
        "code": error.code,
        "params": error.params,
    }
