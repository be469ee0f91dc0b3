"""Answers doorbells: claims due items of the kind that was rung and does each, one after the other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import structlog
from opentelemetry.trace import Span, Status, StatusCode

from backend.announcing import Announcement, Topic
from backend.db.engine import Database
from backend.telemetry import tracer
from backend.work import claims
from backend.work.claims import Claim, Claimer
from backend.work.failures import describe
from backend.work.kinds import Kind, kind_of
from jobs.actor import ACTORS, Actor, Draining, Lease, LeaseLost

log = structlog.get_logger("waymark.worker")

LIMIT_SHARE = 0.9  # the actor is told before the database ends its transaction


class Runner:
    """Does the work of one process. `answer` may run many times at once, on one event loop."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._engine = database.engine()
        self._claimer = Claimer(self._engine)
        self._running: set[asyncio.Task[None]] = set()
        self.is_draining = False

    async def answer(self, kind: str) -> None:
        """Do a batch of this kind. What else is due is rung for, before the batch is begun."""
        if self.is_draining:
            return
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - coroutines run in tasks
        self._running.add(task)
        try:
            batch = await self._claimer.claim(kind)
            if batch:
                await self._ring_for_more(kind)
                await self._do(ACTORS[kind], kind_of(kind), batch)
        finally:
            self._running.discard(task)

    def cancel(self) -> None:
        """Interrupt what still runs: transactions roll back and their items are given back."""
        for task in self._running:
            task.cancel()

    async def _ring_for_more(self, kind: str) -> None:
        async with claims.autocommit(self._engine) as connection:
            more = await claims.due_kinds(connection, [kind])
        self._database.ring(more)

    async def _do(self, actor: Actor, spec: Kind, batch: Sequence[Claim]) -> None:
        began = time.monotonic()
        left = list(batch)
        try:
            while left and not self.is_draining and time.monotonic() - began <= claims.LEASE_SECONDS / 2:
                await self._do_one(actor, spec, left.pop(0))
        finally:
            # Out of time, told to stop, or cancelled: others may have what was not begun, at once.
            for claim in left:
                await asyncio.shield(claims.give_back(self._engine, claim))
            if left:
                self._database.ring([actor.kind])

    async def _do_one(self, actor: Actor, spec: Kind, claim: Claim) -> None:
        logger = log.bind(kind=claim.kind, item=str(claim.id), attempt=claim.attempts)
        attributes: dict[str, str | int] = {"waymark.item": str(claim.id), "waymark.attempt": claim.attempts}
        with tracer.start_as_current_span(claim.kind, attributes=attributes) as span:
            await self._settle(actor, spec, claim, logger, span)

    async def _settle(self, actor: Actor, spec: Kind, claim: Claim, logger: Any, span: Span) -> None:
        """Do an item, and note what came of it."""
        try:
            if claim.attempts > claim.parks_after:
                raise WorkerEnded(f"The worker ended in each of {spec.attempts} attempts.")
            if actor.is_long:
                await self._do_long(actor, claim)
            else:
                await self._do_at_once(actor, spec, claim)
        except LeaseLost:
            logger.warning("lost its lease")
        except (asyncio.CancelledError, Draining) as error:
            await asyncio.shield(claims.give_back(self._engine, claim))
            if isinstance(error, asyncio.CancelledError):
                raise
        except Exception as error:
            span.set_status(Status(StatusCode.ERROR, type(error).__name__))
            is_parked = await claims.fail(self._engine, claim, describe(error))
            if is_parked:
                self._database.announce([str(Announcement(Topic.WORK, None, claim.id))])
                logger.exception("parked")
            else:
                logger.warning("failed", error=describe(error))
        else:
            logger.debug("done")

    async def _do_at_once(self, actor: Actor, spec: Kind, claim: Claim) -> None:
        seconds = spec.limit_seconds * LIMIT_SHARE
        try:
            async with asyncio.timeout(seconds) as limit, self._database.begin() as session:
                if not await claims.hold(session, claim):
                    raise LeaseLost
                await claims.finish_twins(session, claim)
                await actor.function(session, **actor.arguments(claim.args))
                await claims.finish(session, claim)
        except TimeoutError:
            if limit.expired():
                raise TookTooLong(f"It took longer than {seconds:g} seconds.") from None
            raise

    async def _do_long(self, actor: Actor, claim: Claim) -> None:
        lease = Lease(self._database, claim, lambda: self.is_draining)
        async with lease.begin() as session:
            await claims.finish_twins(session, claim)
        await actor.function(lease, **actor.arguments(claim.args))
        async with lease.begin() as session:
            await claims.finish(session, claim)


class TookTooLong(Exception):
    """The attempt was ended at its time limit."""


class WorkerEnded(Exception):
    """Worker processes ended while they did this item, and nobody was left to say why."""
