"""Which connection a statement is read on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress

import asyncpg
import pytest

from backend.db.engine import Database
from backend.db.readers import Readers
from backend.settings import Settings
from tests.patience import PATIENCE_SECONDS

WHO = "select pg_backend_pid()"


@pytest.fixture
async def readers(settings: Settings) -> AsyncIterator[Readers]:
    opened = Readers(3)
    await opened.open(settings.member_url)
    yield opened
    await opened.close()


async def test_one_at_a_time_needs_one_connection(readers: Readers) -> None:
    used = {await readers.fetchval(f"{WHO} /* {number} */") for number in range(20)}

    assert len(used) == 1


async def test_a_statement_goes_to_the_connection_that_has_it_while_that_is_free(readers: Readers) -> None:
    mine, other = f"{WHO} /* mine */", f"{WHO} /* another's */"
    async with readers.acquire(mine) as first, readers.acquire(other) as second:
        pids = [await connection.fetchval(WHO) for connection in (first, second)]

    found = [await readers.fetchval(statement) for statement in (mine, other, other, mine)]

    assert found == [pids[0], pids[1], pids[1], pids[0]]


async def test_new_statements_spread_over_the_connections_that_are_there(readers: Readers) -> None:
    async with readers.acquire("select 1"), readers.acquire("select 2"), readers.acquire("select 3"):
        pass

    found = [await readers.fetchval(f"{WHO} /* {number} */") for number in range(9)]

    assert sorted(map(found.count, set(found))) == [3, 3, 3]


async def test_a_statement_whose_connection_is_in_use_goes_to_another_which_then_has_it_too(readers: Readers) -> None:
    async with readers.acquire(WHO) as first, readers.acquire(WHO) as second:
        pids = [await connection.fetchval(WHO) for connection in (first, second)]

    async with readers.acquire(WHO) as first, readers.acquire(WHO) as second:
        assert [await connection.fetchval(WHO) for connection in (first, second)] == pids


async def test_who_finds_all_in_use_waits_and_may_give_up(readers: Readers) -> None:
    async with AsyncExitStack() as stack:
        for number in range(3):
            await stack.enter_async_context(readers.acquire(f"select {number}"))
        waiting = [asyncio.create_task(readers.fetchval(WHO)) for _ in range(4)]
        await asyncio.sleep(0)
        assert not any(task.done() for task in waiting)
        waiting.pop(0).cancel()

    async with asyncio.timeout(PATIENCE_SECONDS):
        found = await asyncio.gather(*waiting)
        async with readers.acquire(WHO), readers.acquire(WHO), readers.acquire(WHO):
            assert len(found) == 3


async def test_a_statement_that_is_cancelled_leaves_its_connection_to_others(readers: Readers) -> None:
    for _ in range(5):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await readers.fetchval("select pg_sleep(600)")

    async with asyncio.timeout(PATIENCE_SECONDS):
        assert await readers.fetchval("select 1") == 1


async def test_a_connection_that_was_lost_is_made_again(readers: Readers, settings: Settings) -> None:
    lost = found = await readers.fetchval(WHO)
    owner = await asyncpg.connect(settings.migrate_url)
    await owner.fetchval("select pg_terminate_backend($1, 5000)", lost)
    await owner.close()

    async with asyncio.timeout(PATIENCE_SECONDS):
        while found == lost:
            with suppress(asyncpg.PostgresError, asyncpg.InterfaceError):  # until the driver has seen it
                found = await readers.fetchval(WHO)

    assert await readers.fetchval(WHO) == found


async def test_members_statements_are_planned_once_and_those_of_staff_by_their_values(database: Database) -> None:
    modes = {kind: await readers.fetchval("show plan_cache_mode") for kind, readers in database.read.items()}

    assert modes == {"system": "auto", "staff": "auto", "member": "force_generic_plan"}
