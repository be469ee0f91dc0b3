"""Changes that subscriptions are told of, and how many of them an API process has."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from sqlalchemy import update

from backend.announcing import Announcement, Topic, announce
from backend.db.engine import Database
from backend.health.models import CurrentHealth
from backend.work.doorbell import Doorbell
from tests.graphql.world import World
from tests.patience import PATIENCE_SECONDS


@asynccontextmanager
async def announcing(world: World) -> AsyncIterator[Database]:
    """A process that writes and announces, as workers do."""
    with Doorbell(world.settings.redis_url) as doorbell:
        made = Database(world.settings, ring=doorbell.ring, announce=doorbell.announce)
        await made.open()
        yield made
        await made.close()


async def score(database: Database, world: World, *points: tuple[str, int]) -> None:
    """Store live scores, announced in this order once the transaction is committed."""
    async with database.begin() as session:
        for name, number in points:
            account = getattr(world, name).account
            await session.execute(
                update(CurrentHealth).where(CurrentHealth.account_id == account).values(score=number * 1_000_000)
            )
            announce(session, Announcement(Topic.HEALTH, account, account))


async def until_open(url: str, world: World, *, streams: int | None = None, sockets: int | None = None) -> None:
    """Wait until an API process has so many streams and sockets open."""
    wanted = {"waymark_subscriptions": streams, "waymark_sockets": sockets}
    headers = {"authorization": f"Bearer {world.credential('staff key')}"}
    async with httpx.AsyncClient(base_url=url, headers=headers) as client, asyncio.timeout(PATIENCE_SECONDS):
        while True:
            page = (await client.get("/metrics")).text
            found = {name: int(float(number)) for name, number in re.findall(r"^(\w+) ([\d.]+)$", page, re.MULTILINE)}
            if all(number is None or found[name] == number for name, number in wanted.items()):
                return
            await asyncio.sleep(0.02)
