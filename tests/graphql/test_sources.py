"""Sources over the API: their rhythm, whom they reach, and what was refused of them."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from backend.usage.rules import patience, silent_since
from tests.graphql.world import World, public

RHYTHM = "{ sources { key rhythm { state lastOn silentDays usualGapDays patienceDays } } }"
FEEDS = "{ sources { key recentRejectCount feeds { feed reach } } }"

CHURNED = "update account_internals set churned_on = $1 where account_id <> all($2)"
USED = """insert into usage_daily (account_id, day, metric_id, source_id, known_on, delta, users)
    select $1, $2, id, $3, $2, 1, 2 from metrics where key = 'logins'"""


@pytest.fixture
async def owner(own_world: World) -> Any:
    connection = await asyncpg.connect(own_world.settings.migrate_url)
    yield connection
    await connection.close()


async def source(owner: Any, key: str, feeds: tuple[str, ...] = ()) -> UUID:
    made: UUID = await owner.fetchval("insert into sources (key, name, kind) values ($1, $1, 'API') returning id", key)
    await owner.executemany(
        "insert into source_feeds (source_id, feed, since, until, first_known_on)"
        " values ($1, $2, waymark_today(), waymark_today(), waymark_today())",
        [(made, feed) for feed in feeds],
    )
    return made


async def test_a_source_is_silent_by_the_rule_that_health_goes_by(own_world: World, owner: Any) -> None:
    draw, today, delivered = Random(11), own_world.today, {}  # noqa: S311 - it draws days
    for number in range(60):
        step, key = draw.choice((1, 1, 2, 7, 30)), f"s{number:02}"
        places = [draw.randint(0, 40) + step * place + draw.randint(0, 1) for place in range(draw.randint(0, 40))]
        delivered[key] = sorted({today - timedelta(days=place) for place in places})
        made = await source(owner, key)
        await owner.executemany(
            "insert into source_days (source_id, day, known_on, facts) values ($1, $2, $3, 1)",
            [(made, day, today - timedelta(days=known)) for day in delivered[key] for known in (0, 1)],
        )

    found = {each["key"]: each["rhythm"] for each in (await own_world.data("CSM", RHYTHM))["sources"]}

    for key, days in delivered.items():
        silent = silent_since(days, today)
        rhythm = found[key]
        assert rhythm["patienceDays"] == patience(days), days
        assert rhythm["state"] == ("NEW" if not days else "SILENT" if silent else "FLOWING"), days
        assert rhythm["lastOn"] == (str(days[-1]) if days else None)
        assert rhythm["silentDays"] == ((today - days[-1]).days if days else None)
    assert {rhythm["state"] for rhythm in found.values()} == {"NEW", "FLOWING", "SILENT"}


async def test_a_feed_says_what_share_of_customers_it_reaches(own_world: World, owner: Any) -> None:
    feeds = ("metric:logins", "active_members", "seats", "limits", "invoices", "tickets", "members")
    made = await source(owner, "product", feeds)
    acme, zenith, today = own_world.acme.account, own_world.zenith.account, own_world.today
    await owner.execute(CHURNED, today, [acme, zenith])
    await owner.execute(USED, acme, today, made)
    await owner.execute(USED, zenith, today - timedelta(days=28), made)
    await owner.execute("update invoices set source_id = $1", made)
    await owner.execute("update tickets set source_id = $1 where account_id = $2", made, acme)
    await owner.execute("update subscriptions set source_id = $1, seats = null where account_id = $2", made, acme)

    async def reach() -> dict[str, Any]:
        nodes = (await own_world.data("MANAGER", FEEDS))["sources"]
        return {feed["feed"]: feed["reach"] for node in nodes if node["key"] == "product" for feed in node["feeds"]}

    assert await reach() == {
        "metric:logins": 0.5,
        "active_members": 0.5,
        "seats": 0.0,
        "limits": 0.5,
        "invoices": 1.0,
        "tickets": 0.5,
        "members": None,
    }
    await owner.execute(CHURNED, today, [acme])
    assert (await reach())["metric:logins"] == 1.0


async def test_what_was_refused_within_a_day_is_counted_and_listed_by_source(own_world: World, owner: Any) -> None:
    made, other = await source(owner, "website"), await source(owner, "shop")
    key = await owner.fetchval(
        "insert into write_keys (source_id, name, kind, prefix, secret_hash) values ($1, 'k', 'SERVER', 'wmw_x', 'x')"
        " returning id",
        made,
    )
    for number, (whose, hours) in enumerate([(made, 1), (made, 23), (made, 25), (other, 1)]):
        await owner.execute(
            "insert into event_rejects (id, source_id, write_key_id, code, field, reason, body, digest, received_at)"
            " values ($1, $2, $3, 'MISSING', 'event', 'is missing', '{}', $4, waymark_now() - $5::interval)",
            uuid4(), whose, key, hashlib.sha256(bytes([number])).digest(), timedelta(hours=hours),
        )  # fmt: skip

    counted = {each["key"]: each["recentRejectCount"] for each in (await own_world.data("MANAGER", FEEDS))["sources"]}
    query = "query($id: ID) { system { ingestion { rejects(first: 9, sourceId: $id) { nodes { source { key } } } } } }"
    listed = await own_world.data("MANAGER", query, {"id": public("src", made)})

    assert (counted["website"], counted["shop"]) == (2, 1)
    nodes = listed["system"]["ingestion"]["rejects"]["nodes"]
    assert [node["source"]["key"] for node in nodes] == ["website"] * 3
    [error] = await own_world.errors("CSM", FEEDS)
    assert error["extensions"]["code"] == "FORBIDDEN"
