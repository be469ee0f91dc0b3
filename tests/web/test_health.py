from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import asyncpg
import httpx
import uvicorn

from backend.app import create_app
from backend.db.embedded import EmbeddedPostgres
from backend.settings import Settings
from tests.e2e.running import free_port

READY = {
    "database.system": "ok",
    "database.staff": "ok",
    "database.member": "ok",
    "database.system.read": "ok",
    "database.staff.read": "ok",
    "database.member.read": "ok",
    "migrations": "ok",
    "valkey": "ok",
}


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """The API on a socket of its own, inside this event loop."""
    server = uvicorn.Server(uvicorn.Config(create_app(settings), log_config=None, access_log=False, lifespan="on"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        running = asyncio.create_task(server.serve([listener]))
        while not server.started:
            assert not running.done(), "the API did not start"
            await asyncio.sleep(0.01)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            yield client
        server.should_exit = True
        await running


async def test_it_is_ready_when_everything_answers(settings_with_valkey: Settings) -> None:
    async with serving(settings_with_valkey) as client:
        alive, ready = await client.get("/livez"), await client.get("/readyz")

    assert (alive.status_code, alive.text) == (200, "alive\n")
    assert (ready.status_code, ready.json()) == (200, {"ready": True, "checks": READY})


async def test_it_names_a_missing_valkey_without_its_address(settings: Settings) -> None:
    unreachable = replace(settings, redis_url=f"redis://:a-password@127.0.0.1:{free_port()}/0")

    async with serving(unreachable) as client:
        alive, ready = await client.get("/livez"), await client.get("/readyz")

    assert alive.status_code == 200
    assert (ready.status_code, ready.json()) == (
        503,
        {"ready": False, "checks": READY | {"valkey": "failed (ConnectionError)"}},
    )


async def test_it_names_a_database_of_another_version(
    postgres: EmbeddedPostgres, settings_with_valkey: Settings
) -> None:
    async with serving(settings_with_valkey) as client:
        owner = await asyncpg.connect(settings_with_valkey.migrate_url)
        newest = await owner.fetchval("update alembic_version set version_num = 'before' returning old.version_num")
        await owner.close()
        ready = await client.get("/readyz")

    told = f"the database is at before, this version needs {newest}; run `waymark migrate`"
    assert (ready.status_code, ready.json()["checks"]) == (503, READY | {"migrations": told})


async def test_a_database_that_hangs_is_answered_within_the_bound(settings_with_valkey: Settings) -> None:
    async with serving(settings_with_valkey) as client:
        blocker = await asyncpg.connect(settings_with_valkey.migrate_url)
        async with blocker.transaction():
            await blocker.execute("lock table alembic_version")
            ready = await client.get("/readyz")
        await blocker.close()
        again = await client.get("/readyz")

    assert (ready.status_code, ready.json()["checks"]) == (503, READY | {"migrations": "no answer within 2 seconds"})
    assert again.status_code == 200


async def test_it_recovers_after_the_database_dropped_its_connections(settings_with_valkey: Settings) -> None:
    async with serving(settings_with_valkey) as client:
        superuser = await asyncpg.connect(settings_with_valkey.migrate_url)
        await superuser.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        )
        await superuser.close()
        await client.get("/readyz")
        again = await client.get("/readyz")

    assert (again.status_code, again.json()) == (200, {"ready": True, "checks": READY})


async def test_every_answer_carries_a_request_id_and_the_security_headers(settings_with_valkey: Settings) -> None:
    async with serving(settings_with_valkey) as client:
        page = await client.get("/", headers={"x-request-id": "given-by-a-proxy"})
        missing = await client.get("/no-such-page", headers={"x-request-id": "not allowed: spaces"})

    assert page.status_code == 200
    assert page.headers["x-request-id"] == "given-by-a-proxy"
    assert missing.status_code == 404
    assert len(missing.headers["x-request-id"]) == 16
    for answer in (page, missing):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("default-src 'self';")
        assert "strict-transport-security" not in answer.headers


async def test_https_alone_asks_browsers_for_https(settings_with_valkey: Settings) -> None:
    async with serving(replace(settings_with_valkey, public_url="https://success.example")) as client:
        page = await client.get("/")

    assert page.headers["strict-transport-security"] == "max-age=31536000"
