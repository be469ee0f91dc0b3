"""Claiming work and settling it. Only workers call this; `jobs/runner.py` has the order of the steps.

An item belongs to the worker whose claim raised `attempts` last. A claim is one call of a function
(`migrations/repeatable/work.sql`) in a transaction of its own, so that not even a worker that is stopped in the middle
keeps anybody waiting. From the first statement of its transaction on the worker holds the item's row, and claims skip
held rows: an item is never done twice at a time, even when its lease ends too early, and the database ends a
transaction that outlives its time limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from backend.work.kinds import KINDS, kind_of
from backend.work.models import OPEN

FREE = "(lease_until is null or lease_until <= waymark_now())"
MINE = f"id = :id and attempts = :attempts and {OPEN}"

CLAIM = text("select * from waymark_claim_work(:kind, :most, make_interval(secs => :lease), :after)")
DUE_KINDS = text("select waymark_due_work(:kinds)")
HOLD = text(f"select set_config('transaction_timeout', :limit, true) from work_items where {MINE} for no key update")
FINISH_TWINS = text(
    f"""update work_items set finished_at = waymark_now() where id in (
            select id from work_items where kind = :kind and dedupe_key = :key and id <> :id and {OPEN} and {FREE}
                and (run_at <= waymark_now() or attempts > 0) for update skip locked)"""
)
FINISH = text(f"update work_items set finished_at = waymark_now() where {MINE}")
RENEW = text(f"update work_items set lease_until = waymark_now() + make_interval(secs => :lease) where {MINE}")
GIVE_BACK = text(f"update work_items set lease_until = null, parks_after = parks_after + 1 where {MINE}")
# Tries are counted from the last re-run on: `parks_after - attempts` are left of `budget`.
FAIL = text(
    f"""update work_items set last_error = :error, lease_until = null,
            parked_at = case when attempts >= parks_after then waymark_now() end,
            run_at = waymark_now() + make_interval(secs => (0.5 + random() / 2)
                * least(:longest, :shortest * 2 ^ greatest(0, :budget - (parks_after - attempts) - 1)))
        where {MINE} returning parked_at is not null"""
)
LEASE_SECONDS = 60.0
"""How long a worker may keep an item that it does not hold in a transaction, and so how soon the item of a worker that
was killed is tried again."""
SHORTEST_WAIT_SECONDS = 5.0
LONGEST_WAIT_SECONDS = 3600.0


@dataclass(frozen=True)
class Claim:
    """An item as it was claimed."""

    id: UUID
    kind: str
    args: dict[str, Any]
    fair_key: str
    key: str | None
    attempts: int
    parks_after: int

    @property
    def mine(self) -> dict[str, Any]:
        """Parameters of MINE."""
        return {"id": self.id, "attempts": self.attempts}


class Claimer:
    """Claims for one worker process and remembers whose turn it is. The memory is only for fairness."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._after: dict[str, str] = {}

    async def claim(self, kind: str) -> list[Claim]:
        """Claim up to a batch of due items of this kind; empty when there are none."""
        spec = kind_of(kind)
        values = {
            "kind": kind,
            "most": spec.batch,
            "lease": LEASE_SECONDS,
            "after": self._after.pop(kind, None),
        }
        async with autocommit(self._engine) as connection:
            rows = (await connection.execute(CLAIM, values)).all()
        if rows and rows[0].keys == spec.batch:
            self._after[kind] = max(row.fair_key for row in rows)
        return [
            Claim(row.id, row.kind, row.args, row.fair_key, row.dedupe_key, row.attempts, row.parks_after)
            for row in sorted(rows, key=lambda row: row.id)  # the oldest first
        ]


def autocommit(engine: AsyncEngine) -> Any:
    """A connection on which each statement is a transaction of its own."""
    return engine.execution_options(isolation_level="AUTOCOMMIT").connect()


async def due_kinds(connection: AsyncConnection | AsyncSession, kinds: Sequence[str] | None = None) -> list[str]:
    """Those of these kinds (default all) that have work which is due and free."""
    names = list(KINDS if kinds is None else kinds)
    return list((await connection.execute(DUE_KINDS, {"kinds": names})).scalars())


async def hold(session: AsyncSession, claim: Claim) -> bool:
    """Begin a worker's transaction: False when the item is not this worker's any more.

    On True the item's row is held until the transaction's end, which the database enforces at the kind's time limit.
    """
    limit = str(kind_of(claim.kind).limit_seconds * 1000)
    return (await session.execute(HOLD, claim.mine | {"limit": limit})).first() is not None


async def finish_twins(session: AsyncSession, claim: Claim) -> None:
    """Finish every free twin that is committed by now: this run, which reads later, answers it too."""
    if claim.key is not None:
        await session.execute(FINISH_TWINS, {"kind": claim.kind, "key": claim.key, "id": claim.id})


async def finish(session: AsyncSession, claim: Claim) -> None:
    """Mark the item as done, in the transaction of its effect."""
    await session.execute(FINISH, claim.mine)


async def renew(session: AsyncSession, claim: Claim) -> None:
    """Begin the lease anew, in a transaction that holds the item."""
    await session.execute(RENEW, claim.mine | {"lease": LEASE_SECONDS})


async def give_back(engine: AsyncEngine, claim: Claim) -> None:
    """Free an item that was not tried, at once and without counting the attempt."""
    async with autocommit(engine) as connection:
        await connection.execute(GIVE_BACK, claim.mine)


async def fail(engine: AsyncEngine, claim: Claim, error: str) -> bool:
    """Note why the item failed and when to try again, or park it when its attempts are used up (True).

    Changes nothing when the item is not this worker's any more.
    """
    values = {
        "error": error,
        "budget": kind_of(claim.kind).attempts,
        "shortest": SHORTEST_WAIT_SECONDS,
        "longest": LONGEST_WAIT_SECONDS,
    }
    async with autocommit(engine) as connection:
        return bool((await connection.execute(FAIL, claim.mine | values)).scalar())
