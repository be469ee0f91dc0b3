"""Actors: the functions that do work, one for each kind.

    @actor("health.score_account")
    async def score_account(session: WriteSession, account_id: UUID) -> None:

runs in one transaction that also finishes its item: both happen or neither. Work that is long, or that talks to an
outside party between two transactions, opens its transactions itself:

    @long_actor("imports.run")
    async def run(lease: Lease, import_id: UUID) -> None:
        while True:
            async with lease.begin() as session:
                if not await import_next_chunk(session, import_id):
                    return

Every such transaction first makes sure that the item is still this worker's, and renews its lease. The item is
finished after the function has returned, so that a function that was cut off is called again: it looks up how far it
came. Either way an actor raises to fail; when and how often it is tried again is settled in `backend/work/kinds.py`.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, Concatenate, ParamSpec, TypeVar, get_type_hints
from uuid import UUID

from backend.db.engine import Database, WriteSession
from backend.work import claims
from backend.work.kinds import kind_of

P = ParamSpec("P")
First = TypeVar("First")

READERS: Mapping[type, Callable[[Any], Any]] = {UUID: UUID, date: date.fromisoformat, str: str, int: int}
"""How each type of argument is read back from JSON."""


class LeaseLost(Exception):
    """The item is another worker's by now. Nothing that this one did in its open transaction is kept."""


class Draining(Exception):
    """The process is about to stop. The item is given back, and another worker goes on with it at once."""


class Lease:
    """A claimed item, as a long actor sees it."""

    def __init__(self, database: Database, claim: claims.Claim, is_draining: Callable[[], bool]) -> None:
        self._database = database
        self._claim = claim
        self._is_draining = is_draining

    @property
    def database(self) -> Database:
        """The worker's database, for services that open transactions of their own; these do not hold the item."""
        return self._database

    @property
    def attempt(self) -> int:
        """1 for the first claim of the item, then rising: a fencing number to hand to outside parties."""
        return self._claim.attempts

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[WriteSession]:
        """A transaction as `waymark_system` that holds the item and renews its lease.

        It may take as long as the kind's `limit_seconds`, and a minute may pass until the next one. Raises
        LeaseLost when the item is not this worker's any more, Draining when the process is to stop: let both pass.
        """
        if self._is_draining():
            raise Draining
        async with self._database.begin() as session:
            if not await claims.hold(session, self._claim):
                raise LeaseLost
            yield session
            await claims.renew(session, self._claim)

    async def still_mine(self) -> bool:
        """Whether the item is still this worker's. True can be outdated at once; only `begin` makes sure."""
        async with self._database.begin() as session:
            return await claims.hold(session, self._claim)


@dataclass(frozen=True)
class Actor:
    """The function of a kind of work and how its arguments are read."""

    kind: str
    function: Callable[..., Awaitable[None]]
    is_long: bool
    readers: Mapping[str, Callable[[Any], Any]]

    def arguments(self, stored: Mapping[str, Any]) -> dict[str, Any]:
        """The stored arguments as the function takes them. Raises TypeError or ValueError for those it cannot take."""
        if unknown := sorted(stored.keys() - self.readers.keys()):
            raise TypeError(f"{self.kind} takes no argument {', '.join(unknown)}.")
        return {name: self.readers[name](value) for name, value in stored.items()}


ACTORS: dict[str, Actor] = {}
"""Kind → its actor. `jobs.actors` imports every module that declares some."""


def actor(
    kind: str,
) -> Callable[
    [Callable[Concatenate[WriteSession, P], Awaitable[None]]], Callable[Concatenate[WriteSession, P], Awaitable[None]]
]:
    """Declare the function that does a kind of work in one transaction. Raises LookupError for an unknown kind."""
    return _declare(kind, is_long=False)


def long_actor(
    kind: str,
) -> Callable[[Callable[Concatenate[Lease, P], Awaitable[None]]], Callable[Concatenate[Lease, P], Awaitable[None]]]:
    """Declare the function that does a kind of work in transactions of its own. Raises LookupError as `actor`."""
    return _declare(kind, is_long=True)


def _declare(kind: str, *, is_long: bool) -> Callable[[Callable[Concatenate[First, P], Awaitable[None]]], Any]:
    kind_of(kind)

    def declare(function: Callable[Concatenate[First, P], Awaitable[None]]) -> Any:
        if kind in ACTORS:
            raise ValueError(f"{kind} has two actors: {ACTORS[kind].function.__module__} and {function.__module__}.")
        _first, *names = inspect.signature(function).parameters
        hints = get_type_hints(function)
        wrong = [name for name in names if hints.get(name) not in READERS]
        if wrong:
            raise TypeError(f"{kind}: {', '.join(wrong)} must be annotated as UUID, str, int or date.")
        ACTORS[kind] = Actor(kind, function, is_long, {name: READERS[hints[name]] for name in names})
        return function

    return declare
