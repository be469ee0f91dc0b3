"""What stays of the names of an erased person: keyed hashes, by which they are recognised and not brought back.

A source that states an erased person again states an id without a name: what they do still counts, who they are is not
stored. An invitation, or `waymark create-staff`, is no source: it makes a new person.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Column, exists, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from backend.db.engine import SETTINGS
from backend.identity.models import Person
from backend.sealing import keyed_hash
from backend.settings import Settings

START = "erased:"
LONGEST_WAIT = "3s"
LOCK = "hashtextextended('facts about persons', 0)"
HOLD = f"select pg_advisory_xact_lock_shared({LOCK})"


def tombstone(settings: Settings, column: Column[str] | InstrumentedAttribute[str | None], value: str) -> str:
    """What is left of a value of a column that declares `Erasure.HASHED`."""
    return START + keyed_hash(settings, f"erased {column.table.name}.{column.name}", value)


async def hold(session: AsyncSession) -> None:
    """Keep erasures out until this transaction ends: whoever states facts about persons calls it first."""
    await session.execute(text(HOLD))


async def shut(session: AsyncSession) -> None:
    """Keep out whoever states facts about persons until this transaction ends, waiting LONGEST_WAIT at most."""
    await session.execute(text(f"set local lock_timeout = '{LONGEST_WAIT}'"))
    await session.execute(text(f"select pg_advisory_xact_lock({LOCK})"))


async def tombstones(
    session: AsyncSession, column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None], values: Iterable[str]
) -> dict[str, str]:
    """The tombstone that each value would have, by tombstone; empty as long as nobody was erased."""
    if not await session.scalar(select(exists().where(Person.erased_at.is_not(None)))):
        return {}
    settings: Settings = session.info[SETTINGS]
    return {tombstone(settings, column, value): value for value in values}
