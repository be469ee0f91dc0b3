"""The errors that a service raises to refuse. Raising rolls the caller's transaction back.

DomainError
├── NotSignedIn        nobody is asking
├── Forbidden          the viewer lacks a permission
├── NotFound           no such object, or none that the viewer may see
├── InvalidInput       a value cannot be used
├── Conflict           it contradicts what is stored
│   └── KeyReused      an idempotency key was used before, with another input
└── LimitReached       a bound or a budget is used up
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class DomainError(Exception):
    """A refusal with a message for people, and a code, a field path and parameters for programs."""

    code = "INVALID"

    def __init__(self, message: str, *, field: Sequence[str] = (), params: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = list(field)
        self.params = dict(params or {})


class NotSignedIn(DomainError):
    """Nobody is asking, or the credential is not valid any more."""

    code = "UNAUTHENTICATED"


class Forbidden(DomainError):
    """The viewer lacks a permission."""

    code = "FORBIDDEN"


class NotFound(DomainError):
    """No such object, or none that the viewer may see; the two look alike on purpose."""

    code = "NOT_FOUND"


class InvalidInput(DomainError):
    """A value cannot be used."""

    code = "INVALID"


class Conflict(DomainError):
    """The request contradicts what is stored."""

    code = "CONFLICT"


class KeyReused(Conflict):
    """An idempotency key was used before, with another input."""

    code = "IDEMPOTENCY_KEY_REUSED"

    def __init__(self) -> None:
        super().__init__(
            "This idempotencyKey was used with another input. Send that input again, or use a new key.",
            field=["idempotencyKey"],
        )


class LimitReached(DomainError):
    """A bound or a budget is used up."""

    code = "LIMIT_REACHED"
