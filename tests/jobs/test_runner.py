"""Doing work in process: claims, twins, fairness, failures, and workers that lost their lease."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from backend.db.engine import Database, WriteSession
from backend.settings import Settings
from backend.work import Ask, Kind, Queue, WorkItem, claims, enqueue, enqueue_all, service
from backend.work.claims import Claimer
from backend.work.kinds import KINDS
from jobs.actor import Lease, LeaseLost
from jobs.runner import Runner
from tests.jobs import probe
from tests.jobs.clockwork import an_hour_later

INSERT = text("insert into effects (number) values (:number)")


async def ask(database: Database, number: int, kind: str = "probe.hook", **options: Any) -> UUID:
    async with database.begin() as session:
        return await enqueue(session, kind, number=number, **options)


async def item(database: Database, item_id: UUID) -> WorkItem:
    async with database.begin() as session:
        return (await session.execute(select(WorkItem).where(WorkItem.id == item_id))).scalar_one()


async def unfinished(database: Database) -> int:
    async with database.begin() as session:
        return await session.scalar(select(func.count()).where(WorkItem.finished_at.is_(None))) or 0


async def make_due(database: Database) -> None:
    async with database.begin() as session:
        await session.execute(text("update work_items set run_at = waymark_now()"))


class Pause:
    """A hook that does its effect, then waits inside its transaction until it is let go."""

    def __init__(self) -> None:
        self.reached, self.go = asyncio.Event(), asyncio.Event()

    async def __call__(self, session: WriteSession, number: int) -> None:
        await session.execute(INSERT, {"number": number})
        self.reached.set()
        await self.go.wait()


async def test_work_is_done_with_its_effect_and_finished(database: Database, runner: Runner) -> None:
    made = await ask(database, 7)

    await runner.answer("probe.hook")

    done = await item(database, made)
    assert await probe.effects(database) == [7]
    assert (done.finished_at is not None, done.attempts, done.last_error) == (True, 1, None)


async def test_work_that_is_not_yet_due_waits(database: Database, runner: Runner, settings: Settings) -> None:
    async with database.begin() as session:
        later = await session.scalar(select(func.waymark_now() + timedelta(minutes=30)))
    await ask(database, 1, run_at=later)

    await runner.answer("probe.hook")
    before = await probe.effects(database)
    await an_hour_later(settings)
    await runner.answer("probe.hook")

    assert (before, await probe.effects(database)) == ([], [1])


async def test_a_failure_undoes_the_effect_and_waits_longer_each_time(database: Database, runner: Runner) -> None:
    made = await ask(database, 1, "probe.fail")
    waits: list[tuple[float, float]] = []

    for _ in range(2):
        async with database.begin() as session:
            before = await session.scalar(select(func.waymark_now()))
        await runner.answer("probe.fail")
        async with database.begin() as session:
            at_least, at_most = (
                await session.execute(
                    text(
                        "select extract(epoch from run_at - waymark_now())::float8,"
                        " extract(epoch from run_at - cast(:before as timestamptz))::float8"
                        " from work_items where id = :id"
                    ),
                    {"id": made, "before": before},
                )
            ).one()
            waits.append((at_least, at_most))
        await make_due(database)

    failed = await item(database, made)
    assert await probe.effects(database) == []
    assert (failed.attempts, failed.last_error, failed.parked_at) == (2, "RuntimeError: as it should", None)
    assert waits[0][0] <= 5
    assert waits[0][1] >= 2.5
    assert waits[1][0] <= 10
    assert waits[1][1] >= 5


async def test_work_is_parked_after_its_attempts_and_can_be_run_again(database: Database, runner: Runner) -> None:
    made = await ask(database, 1, "probe.fail")

    async def try_until_parked() -> int:
        while (await item(database, made)).parked_at is None:
            await make_due(database)
            await runner.answer("probe.fail")
        return (await item(database, made)).attempts

    first = await try_until_parked()
    await make_due(database)
    await runner.answer("probe.fail")
    untouched = (await item(database, made)).attempts
    async with database.begin() as session:
        await service.rerun(session, made)
    second = await try_until_parked()

    assert (first, untouched, second) == (3, 3, 6)


async def test_one_run_answers_all_twins_that_were_committed_before_it(database: Database, runner: Runner) -> None:
    for _ in range(6):  # more than a batch
        await ask(database, 1, key="same")
    await ask(database, 2, key="other")

    await runner.answer("probe.hook")
    await runner.answer("probe.hook")

    assert await probe.effects(database) == [1, 2]
    assert await unfinished(database) == 0


async def test_a_twin_for_later_is_not_answered_now(database: Database, runner: Runner) -> None:
    async with database.begin() as session:
        tomorrow = await session.scalar(select(func.waymark_now() + timedelta(days=1)))
    await ask(database, 1, key="same", run_at=tomorrow)
    await ask(database, 2, key="same")

    await runner.answer("probe.hook")

    assert await probe.effects(database) == [2]
    assert await unfinished(database) == 1


async def test_a_run_answers_a_twin_that_failed_before(database: Database, runner: Runner) -> None:
    async def fail(session: WriteSession, number: int) -> None:
        raise RuntimeError

    await ask(database, 1, key="same")
    probe.HOOKS["probe.hook"] = fail
    await runner.answer("probe.hook")
    probe.HOOKS.clear()
    await ask(database, 2, key="same")

    await runner.answer("probe.hook")

    assert await probe.effects(database) == [2]
    assert await unfinished(database) == 0


async def test_work_asked_for_while_its_twin_runs_is_not_lost(database: Database, runner: Runner) -> None:
    pause = probe.HOOKS["probe.hook"] = Pause()
    await ask(database, 1, key="same")
    running = asyncio.create_task(runner.answer("probe.hook"))
    await pause.reached.wait()

    await ask(database, 2, key="same")  # commits: it waits for no worker
    pause.go.set()
    await running
    await runner.answer("probe.hook")

    assert await probe.effects(database) == [1, 2]
    assert await unfinished(database) == 0


async def test_work_asked_for_before_its_twin_ran_but_committed_after_is_not_lost(
    database: Database, runner: Runner
) -> None:
    await ask(database, 1, key="same")

    async with database.begin() as session:
        await enqueue(session, "probe.hook", key="same", number=2)
        await runner.answer("probe.hook")  # finishes although the asking transaction is open
        seen = await probe.effects(database)
    await runner.answer("probe.hook")

    assert seen == [1]
    assert await probe.effects(database) == [1, 2]


async def test_asking_does_not_wait_for_a_claim_that_is_not_committed(database: Database, runner: Runner) -> None:
    await ask(database, 1, key="same")

    async with database.begin() as claiming:
        values = {"kind": "probe.hook", "most": 4, "lease": 5.0, "after": None}
        claimed = (await claiming.execute(claims.CLAIM, values)).all()
        await ask(database, 2, key="same")  # commits

    assert len(claimed) == 1
    assert await unfinished(database) == 2


async def test_two_askers_of_the_same_key_do_not_wait_for_each_other(database: Database, runner: Runner) -> None:
    async with database.begin() as first, database.begin() as second:
        await enqueue(first, "probe.hook", key="a", number=1)
        await enqueue(second, "probe.hook", key="b", number=2)
        await enqueue(first, "probe.hook", key="b", number=2)
        await enqueue(second, "probe.hook", key="a", number=1)

    await runner.answer("probe.hook")

    assert await probe.effects(database) == [1, 2]
    assert await unfinished(database) == 0


async def test_an_account_with_much_work_does_not_starve_the_others(database: Database, runner: Runner) -> None:
    async with database.begin() as session:
        await enqueue_all(session, "probe.hook", [Ask({"number": 0}, fair_key="a") for _ in range(10_000)])
    await ask(database, 1, fair_key="b")
    await ask(database, 2, fair_key="c")

    await runner.answer("probe.hook")

    assert Counter(await probe.effects(database)) == {0: 2, 1: 1, 2: 1}


async def test_keys_take_turns_however_many_there_are(database: Database, runner: Runner) -> None:
    async with database.begin() as session:
        asks = [Ask({"number": number}, fair_key=f"account {number}") for number in range(9) for _ in range(5)]
        await enqueue_all(session, "probe.hook", asks)

    rounds = []
    for _ in range(3):
        before = Counter(await probe.effects(database))
        await runner.answer("probe.hook")
        rounds.append(sorted((Counter(await probe.effects(database)) - before).elements()))

    assert rounds == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 8, 8, 8]]


async def test_a_claim_reads_few_rows_however_long_the_queue_is(database: Database, runner: Runner) -> None:
    async with database.begin() as session:
        later = await session.scalar(select(func.waymark_now() + timedelta(days=1)))
        asks = [Ask({"number": 0}, fair_key="a") for _ in range(5_000)]
        asks += [Ask({"number": 0}, fair_key=f"later {n}", run_at=later) for n in range(2_000)]
        asks += [Ask({"number": 0}, fair_key=f"now {n}") for n in range(2_000)]
        await enqueue_all(session, "probe.hook", asks)  # and nothing has analysed the table since

    async with database.begin() as session:
        values = {"kind": "probe.hook", "most": 4, "lease": 5.0, "after": "a"}
        claimed = (await session.execute(claims.CLAIM, values)).all()
        due = (await session.scalars(claims.DUE_KINDS, {"kinds": ["probe.hook", "probe.long"]})).all()
        read = (
            await session.execute(
                text("select seq_scan, idx_tup_fetch from pg_stat_xact_user_tables where relname = 'work_items'")
            )
        ).one()

    assert sorted(row.fair_key for row in claimed) == ["now 0", "now 1", "now 10", "now 100"]
    assert due == ["probe.hook"]
    assert read.seq_scan == 0
    assert read.idx_tup_fetch < 50


async def test_work_that_is_being_done_cannot_be_claimed_even_when_its_lease_has_ended(
    database: Database, runner: Runner, settings: Settings
) -> None:
    pause = probe.HOOKS["probe.hook"] = Pause()
    made = await ask(database, 1)
    running = asyncio.create_task(runner.answer("probe.hook"))
    await pause.reached.wait()

    await an_hour_later(settings)
    claimed = await Claimer(database.engine()).claim("probe.hook")
    pause.go.set()
    await running

    assert claimed == []
    assert await probe.effects(database) == [1]
    assert (await item(database, made)).attempts == 1


async def test_a_worker_that_lost_its_lease_before_it_began_changes_nothing(
    database: Database, runner: Runner, settings: Settings
) -> None:
    made = await ask(database, 1)
    (stale,) = await Claimer(database.engine()).claim("probe.hook")
    await an_hour_later(settings)

    (fresh,) = await Claimer(database.engine()).claim("probe.hook")
    async with database.begin() as session:
        held = await claims.hold(session, stale)
        await claims.finish(session, stale)
    await claims.give_back(database.engine(), stale)
    await claims.fail(database.engine(), stale, "too late")

    kept = await item(database, made)
    assert not held
    assert (fresh.attempts, kept.attempts, kept.parks_after) == (2, 2, 3)
    assert (kept.finished_at, kept.last_error, kept.parked_at) == (None, None, None)


async def test_a_long_worker_that_lost_its_lease_changes_nothing_more(
    database: Database, runner: Runner, settings: Settings
) -> None:
    between, go = asyncio.Event(), asyncio.Event()
    lost: list[int] = []

    async def slow(lease: Lease, number: int) -> None:
        async with lease.begin() as session:
            await session.execute(INSERT, {"number": 10 + lease.attempt})
        if lease.attempt == 1:
            between.set()
            await go.wait()
        try:
            async with lease.begin() as session:
                await session.execute(INSERT, {"number": 20 + lease.attempt})
        except LeaseLost:
            lost.append(lease.attempt)
            raise

    probe.LONG_HOOKS["probe.long"] = slow
    made = await ask(database, 1, "probe.long")
    first = asyncio.create_task(runner.answer("probe.long"))
    await between.wait()

    await an_hour_later(settings)
    await Runner(database).answer("probe.long")
    go.set()
    await first

    done = await item(database, made)
    assert await probe.effects(database) == [11, 12, 22]
    assert lost == [1]
    assert (done.attempts, done.last_error, done.finished_at is not None) == (2, None, True)


async def test_each_transaction_of_a_long_worker_renews_its_lease(
    database: Database, runner: Runner, settings: Settings
) -> None:
    leases: list[datetime] = []

    async def slow(lease: Lease, number: int) -> None:
        for _ in range(2):
            async with lease.begin() as session:
                await session.execute(INSERT, {"number": number})
            until = (await item(database, made)).lease_until
            assert until is not None
            leases.append(until)
            await an_hour_later(settings)
        assert await lease.still_mine()

    probe.LONG_HOOKS["probe.long"] = slow
    made = await ask(database, 1, "probe.long")

    await runner.answer("probe.long")

    assert await probe.effects(database) == [1, 1]
    assert leases[1] - leases[0] > timedelta(minutes=59)
    assert await unfinished(database) == 0


async def test_an_attempt_ends_at_its_time_limit(
    database: Database, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(KINDS, "probe.hook", Kind(Queue.DEFAULT, limit_seconds=1))
    probe.HOOKS["probe.hook"] = Pause()
    made = await ask(database, 1)

    await runner.answer("probe.hook")

    assert await probe.effects(database) == []
    assert (await item(database, made)).last_error == "TookTooLong: It took longer than 0.9 seconds."


async def test_the_database_ends_the_transaction_of_a_worker_that_hangs(
    database: Database, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(KINDS, "probe.hook", Kind(Queue.DEFAULT, limit_seconds=1))
    await ask(database, 1)
    (claim,) = await Claimer(database.engine()).claim("probe.hook")

    async def hang() -> None:
        async with database.begin() as session:
            assert await claims.hold(session, claim)
            await session.execute(text("select pg_sleep(60)"))

    with pytest.raises(DBAPIError, match="transaction timeout"):
        await hang()


async def test_work_that_ends_its_worker_each_time_is_parked(
    database: Database, runner: Runner, settings: Settings
) -> None:
    made = await ask(database, 1)
    for _ in range(3):  # three workers that were never heard of again
        await Claimer(database.engine()).claim("probe.hook")
        await an_hour_later(settings)

    await runner.answer("probe.hook")

    parked = await item(database, made)
    assert parked.parked_at is not None
    assert parked.last_error == "WorkerEnded: The worker ended in each of 3 attempts."
    assert await probe.effects(database) == []


async def test_interrupted_work_is_given_back_without_losing_an_attempt(database: Database, runner: Runner) -> None:
    pause = probe.HOOKS["probe.hook"] = Pause()
    made = [await ask(database, number) for number in range(3)]
    running = asyncio.create_task(runner.answer("probe.hook"))
    await pause.reached.wait()

    runner.is_draining = True
    runner.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    probe.HOOKS.clear()
    given_back = [await item(database, item_id) for item_id in made]
    await runner.answer("probe.hook")
    while_draining = await probe.effects(database)
    await Runner(database).answer("probe.hook")

    assert [i.parks_after - i.attempts for i in given_back] == [3, 3, 3]
    assert while_draining == []
    assert await probe.effects(database) == [0, 1, 2]


async def test_a_long_worker_stops_between_transactions_when_its_process_drains(
    database: Database, runner: Runner
) -> None:
    async def endless(lease: Lease, number: int) -> None:
        while True:
            async with lease.begin() as session:
                await session.execute(INSERT, {"number": number})
            runner.is_draining = True

    probe.LONG_HOOKS["probe.long"] = endless
    made = await ask(database, 1, "probe.long")

    await runner.answer("probe.long")

    left = await item(database, made)
    assert await probe.effects(database) == [1]
    assert (left.parks_after - left.attempts, left.finished_at, left.last_error) == (3, None, None)


async def test_arguments_that_the_actor_does_not_take_are_a_failure(database: Database, runner: Runner) -> None:
    async with database.begin() as session:
        made = await enqueue(session, "probe.hook", colour="red")

    await runner.answer("probe.hook")

    assert (await item(database, made)).last_error == "TypeError: probe.hook takes no argument colour."
