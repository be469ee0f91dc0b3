"""From marks to scores: counted once, scored, told; and nobody who sends waits for it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from backend.db.engine import ANNOUNCED, Database, WriteSession
from backend.db.ids import uuid7
from backend.health.live import HealthChange, rescore
from backend.ingest import counting
from backend.ingest.rebuild import rebuild
from backend.ingest.service import Incoming, digest, receive
from backend.ingest.upkeep import make_partitions
from backend.program.assemble import DEFAULT, load
from backend.program.service import apply
from backend.usage.service import mark_accounts
from jobs.live import follow_once, follow_where_needed
from tests.factories import make_account
from tests.patience import PATIENCE_SECONDS

SIGNED_IN = "signed_in"


async def world(session: WriteSession, accounts: int = 2) -> tuple[UUID, list[UUID]]:
    """A source and accounts under the default program."""
    await session.execute(text("insert into organizations (name) values ('Test') on conflict do nothing"))
    await apply(session, load(DEFAULT, applied_by="test"))
    source = uuid7()
    await session.execute(
        text("insert into sources (id, key, name, kind) values (:id, :key, 's', 'API')"),
        {"id": source, "key": str(source)},
    )
    await make_partitions(session)
    return source, [(await make_account(session, external_id=f"a{n}")).id for n in range(accounts)]


def event(account: UUID, number: int, name: str = SIGNED_IN) -> Incoming:
    return Incoming(str(number), name, datetime.now(UTC), digest(number), account_id=account)


async def total(session: WriteSession) -> int:
    return int(await session.scalar(text("select coalesce(sum(delta), 0) from usage_daily")) or 0)


async def test_a_pass_counts_what_is_marked_and_scores_its_accounts(session: WriteSession) -> None:
    source, (first, second) = await world(session)
    await receive(session, source, [event(first, 1), event(first, 2), event(second, 3, "of no metric")])

    worked = await follow_once(session)
    idle = await follow_once(session)

    assert (worked, idle) == (True, False)
    assert (await session.execute(text("select account_id, delta from usage_daily"))).all() == [(first, 2)]
    assert (await session.scalars(text("select account_id from current_health"))).all() == [first]
    assert await session.scalar(text("select sum(facts) from source_days where source_id = :s"), {"s": source}) == 3
    assert await session.scalar(text("select last_received_at is not null from sources where id = :s"), {"s": source})
    assert await session.scalar(text("select count(*) from event_marks")) == 0


async def test_other_features_have_accounts_scored_by_marking_them(session: WriteSession) -> None:
    _, accounts = await world(session)

    await mark_accounts(session, set(accounts))
    worked = await follow_once(session)

    assert worked
    assert (await session.scalars(text("select account_id from current_health order by 1"))).all() == sorted(accounts)
    assert await session.scalar(text("select count(*) from account_marks")) == 0


async def test_without_a_model_events_are_counted_all_the_same(session: WriteSession) -> None:
    source, (account, _) = await world(session)
    for table in ("health_leaves", "health_words", "health_models"):
        await session.execute(text(f"delete from {table}"))
    await receive(session, source, [event(account, 1)])

    assert await follow_once(session)
    assert await total(session) == 1


async def test_a_change_of_band_is_on_the_timeline_and_a_change_of_score_is_told(session: WriteSession) -> None:
    _, (account, other) = await world(session)
    first = await rescore(session, [account, other])
    same = await rescore(session, [account, other])
    await session.execute(
        text("update current_health set band = 'GREEN', score = 90000000 where account_id = :a"), {"a": account}
    )

    (changed,) = await rescore(session, [account, other])

    assert [(change.account_id, change.before) for change in first] == [
        (each, None) for each in sorted([account, other])
    ]
    assert same == []
    assert isinstance(changed, HealthChange)
    assert (changed.account_id, changed.is_of_band) == (account, True)
    rows = await session.execute(
        text("select type, account_id, body ->> 'before' from domain_events where type = 'HealthBandChanged'")
    )
    assert rows.all() == [("HealthBandChanged", account, "GREEN")]
    assert set(session.info[ANNOUNCED]) == {f"health {each} {each}" for each in (account, other)}


async def test_a_pass_tells_whose_days_that_are_over_have_changed(session: WriteSession) -> None:
    source, (first, second) = await world(session)
    of_before = replace(event(second, 2), occurred_at=datetime.now(UTC) - timedelta(days=2))
    await receive(session, source, [event(first, 1), of_before])

    found = await counting.count_marks(session)

    assert found is not None
    assert (set(found.counted), found.of_past) == ({first, second}, (second,))


async def test_every_account_has_its_turn_before_any_has_a_second(
    session: WriteSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, (loud, quiet) = await world(session)
    for number in range(30):
        await receive(session, source, [event(loud, number)])
    await receive(session, source, [event(quiet, 100)])
    monkeypatch.setattr(counting, "COUNT", counting.COUNT.replace(f"limit {counting.MARKS_A_PASS}", "limit 10"))

    found = await counting.count_marks(session)

    assert found is not None
    assert set(found.accounts) == {loud, quiet}
    assert await session.scalar(text("select count(*) from event_marks")) == 21


async def test_amounts_beyond_all_sums_stall_nobody(session: WriteSession) -> None:
    source, (loud, quiet) = await world(session)
    large = '{"calls": 9007199254740991}'
    for start in (0, 2_000):
        said = [replace(event(loud, start + n, "api_called"), properties=large) for n in range(1_100)]
        await receive(session, source, [*said, event(quiet, start + 1_999)])

        assert await follow_once(session)

    counted = sorted([(loud, 2**53 - 1), (quiet, 2)])
    assert (await session.execute(text("select account_id, delta from usage_daily order by 1"))).all() == counted
    await rebuild(session)
    assert (await session.execute(text("select account_id, delta from usage_daily order by 1"))).all() == counted
    assert await session.scalar(text("select count(*) from current_health")) == 2


async def test_who_sends_does_not_wait_for_who_counts_nor_the_other_way(database: Database) -> None:
    async with database.begin() as session:
        source, (account, _) = await world(session)
        await receive(session, source, [event(account, 1)])

    async with asyncio.timeout(PATIENCE_SECONDS):
        async with database.begin() as counting_one:
            await follow_once(counting_one)
            async with database.begin() as sending:  # while what was counted is not committed
                await receive(sending, source, [event(account, 2)])
        async with database.begin() as sending:
            await receive(sending, source, [event(account, 3)])
            async with database.begin() as counting_one:  # while what is sent is not committed
                await follow_once(counting_one)
        async with database.begin() as session:
            after_two = await total(session)
            await follow_once(session)
            after_three = await total(session)

    assert (after_two, after_three) == (2, 3)


async def test_one_counts_at_a_time(database: Database) -> None:
    async with database.begin() as session:
        source, (account, _) = await world(session)
        await receive(session, source, [event(account, 1)])

    async with database.begin() as first:
        worked = await follow_once(first)
        async with database.begin() as second:
            meanwhile = await follow_once(second)

    assert (worked, meanwhile) == (True, False)


async def test_a_count_of_all_events_leaves_what_is_marked_to_whoever_counts_marks(session: WriteSession) -> None:
    source, (account, _) = await world(session)
    await receive(session, source, [event(account, 1)])
    await follow_once(session)
    await receive(session, source, [event(account, 2)])

    await rebuild(session)
    recounted = await total(session)
    await follow_once(session)

    assert (recounted, await total(session)) == (1, 2)


async def test_the_clock_asks_once_while_there_are_marks(session: WriteSession) -> None:
    async def asked() -> list[Any]:
        await follow_where_needed(session)
        rows = await session.execute(text("select lease_until is null from work_items where kind = 'health.follow'"))
        return [row[0] for row in rows]

    _, accounts = await world(session)
    none = await asked()
    await mark_accounts(session, accounts)
    one, still_one = await asked(), await asked()
    await session.execute(text("update work_items set lease_until = waymark_now() + interval '1 minute'"))
    followed = await asked()
    await session.execute(text("update account_marks set marked_at = marked_at - interval '4 seconds'"))
    gone = await asked()

    assert (none, one, still_one, followed, sorted(gone)) == ([], [True], [True], [False], [False, True])
