"""Clients that others made subscribe to what is announced."""

from __future__ import annotations

import asyncio
import json

from backend.announcing import Announcement, Topic, announce
from backend.db.engine import Database
from backend.work.doorbell import Doorbell
from tests.clients.conftest import RunScript
from tests.graphql.world import World
from tests.serving import listen


async def test_graphql_sse_is_told_what_changes(own_world: World, node: RunScript) -> None:
    query = "subscription { healthChanged { name health { band } } }"
    acme = own_world.acme.account
    with Doorbell(own_world.settings.redis_url) as doorbell:
        database = Database(own_world.settings, announce=doorbell.announce)
        await database.open()
        async with listen(own_world.settings) as url:
            environment = {"WAYMARK_URL": url, "WAYMARK_KEY": own_world.credential("staff key")}
            running = asyncio.ensure_future(node("subscribe.mjs", query, "2", **environment))
            while not running.done():  # until it has subscribed and heard two, within the script's own time limit
                async with database.begin() as session:
                    announce(session, Announcement(Topic.HEALTH, acme, acme))
                await asyncio.wait((running,), timeout=0.2)
            printed = await running
        await database.close()

    _, *results = printed.splitlines()
    assert [json.loads(line) for line in results] == 2 * [
        {"data": {"healthChanged": {"name": "Acme", "health": {"band": "YELLOW"}}}}
    ]
