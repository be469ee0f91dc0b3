"""`/metrics` tells the state of the deployment and this process's work, to those who may know it."""

from __future__ import annotations

import asyncpg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from backend.db.engine import Database
from backend.identity import keys
from backend.permissions import Permission
from backend.settings import Settings
from backend.work.asking import enqueue
from tests.graphql.world import World
from tests.serving import serve

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


async def key_with(database: Database, *scopes: Permission) -> str:
    async with database.begin() as session:
        return (await keys.create(session, name="prometheus", words=scopes)).text


def samples(page: str) -> Samples:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def value(found: Samples, name: str, **labels: str) -> float:
    return found[name, frozenset(labels.items())]


async def test_a_scrape_tells_what_the_process_did_and_what_the_deployment_has_to_do(
    settings_with_valkey: Settings, database: Database
) -> None:
    key = await key_with(database, Permission.SYSTEM_READ, Permission.ORGANIZATION_READ)
    headers = {"authorization": f"Bearer {key}"}
    async with database.begin() as session:
        await enqueue(session, "work.prune")
    async with serve(settings_with_valkey) as client:
        for _ in range(3):
            asked = await client.post("/graphql", json={"query": "{ organization { name } }"}, headers=headers)
            assert asked.status_code == 200
        await client.get("/nowhere/at/all")

        answer = await client.get("/metrics", headers=headers)

    found = samples(answer.text)
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert value(found, "waymark_http_requests_total", route="/graphql", method="POST", status="200") == 3
    assert value(found, "waymark_http_requests_total", route="other", method="GET", status="404") == 1
    assert value(found, "waymark_http_request_seconds_count", route="/graphql") == 3
    assert value(found, "waymark_statement_seconds_count", viewer="staff") == 3
    assert value(found, "waymark_cache_hits_total", cache="plans") == 2
    assert value(found, "waymark_cache_misses_total", cache="plans") == 1
    assert value(found, "waymark_cache_entries", cache="documents") == 1
    assert value(found, "waymark_work_items", kind="work.prune", state="DUE") == 1
    assert value(found, "waymark_work_items", kind="work.prune", state="PARKED") == 0
    assert value(found, "waymark_work_oldest_due_seconds", kind="work.prune") >= 0
    assert value(found, "waymark_database_connections", login="waymark_system") >= 1
    assert value(found, "waymark_database_connections_limit") == 197
    assert value(found, "waymark_ingest_lag_seconds") == 0
    assert value(found, "waymark_database_bytes") > 1_000_000


async def test_ages_are_those_of_the_database(own_world: World) -> None:
    owner = await asyncpg.connect(own_world.settings.migrate_url)
    for statement in (
        "insert into account_marks (account_id, marked_at)"
        " select id, waymark_now() - interval '1 minute' from accounts",
        "update sources set last_received_at = waymark_now() - interval '2 minutes'",
        "insert into schedule_slots (schedule, slot, work_item_id)"
        " select 'health.sweep', waymark_now() - interval '3 minutes', id from work_items",
        "update current_health set computed_at = waymark_now() - interval '4 minutes'",
        "update work_items set run_at = waymark_now() - interval '5 minutes'",
    ):
        await owner.execute(statement)
    await owner.close()
    headers = {"authorization": f"Bearer {own_world.credential('staff key')}"}

    found = samples((await own_world.client.get("/metrics", headers=headers)).text)

    minutes = {
        "waymark_ingest_lag_seconds": value(found, "waymark_ingest_lag_seconds"),
        "waymark_source_age_seconds": value(found, "waymark_source_age_seconds", source="warehouse"),
        "waymark_schedule_age_seconds": value(found, "waymark_schedule_age_seconds", schedule="health.sweep"),
        "waymark_health_oldest_seconds": value(found, "waymark_health_oldest_seconds"),
        "waymark_work_oldest_due_seconds": value(found, "waymark_work_oldest_due_seconds", kind="health.score"),
    }
    assert {name: round(seconds // 60) for name, seconds in minutes.items()} == {
        "waymark_ingest_lag_seconds": 1,
        "waymark_source_age_seconds": 2,
        "waymark_schedule_age_seconds": 3,
        "waymark_health_oldest_seconds": 4,
        "waymark_work_oldest_due_seconds": 5,
    }


@pytest.mark.parametrize("authorization, status", [(None, 401), ("Bearer wm_nothing", 401), ("scoped", 403)])
async def test_others_learn_nothing(
    settings_with_valkey: Settings, database: Database, authorization: str | None, status: int
) -> None:
    if authorization == "scoped":
        authorization = f"Bearer {await key_with(database, Permission.ACCOUNTS_READ)}"
    async with serve(settings_with_valkey) as client:
        answer = await client.get("/metrics", headers={"authorization": authorization} if authorization else {})

    assert answer.status_code == status
    assert "waymark_" not in answer.text
