"""What was counted as events came equals what a count of all of them gives."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import text

from backend.db.engine import Database, WriteSession
from backend.db.ids import uuid7
from backend.errors import Conflict
from backend.ingest import service, upkeep
from backend.ingest.counting import count_marks
from backend.ingest.rebuild import rebuild
from backend.ingest.service import Incoming, Outcome, digest
from tests.factories import make_account, make_person

BERLIN = ZoneInfo("Europe/Berlin")
# The hours around both changes of 2024: 31 March at 01:00 UTC, 27 October at 01:00 UTC.
CHANGES = (datetime(2024, 3, 30, 20, tzinfo=UTC), datetime(2024, 10, 26, 20, tzinfo=UTC))
ROLLUPS = "select account_id, day, metric_id, source_id, known_on, delta, users from usage_daily order by 1, 2, 3, 4, 5"
SEEN = "select account_id, day, metric_id, person_id, known_on from member_days order by 1, 2, 3, 4"

EVENTS = st.lists(
    st.tuples(
        st.integers(0, 15),  # message
        st.integers(0, 1),  # account
        st.sampled_from(["signed_in", "paid", "unknown"]),
        st.integers(0, 1),  # which change
        st.integers(0, 12 * 60),  # minutes after it
        st.one_of(st.none(), st.integers(0, 3)),  # known so many days later
        st.integers(0, 2),  # person, 2 is nobody
        st.sampled_from([{}, {"worth": 1.005}, {"worth": "2.5"}, {"worth": -1}, {"worth": True}, {"worth": 1e300}]),
    ),
    min_size=1,
    max_size=25,
)


class World:
    """Two accounts, two persons, a source, and events mapped to two metrics."""

    def __init__(self) -> None:
        self.accounts: list[UUID] = []
        self.persons: list[UUID] = []
        self.source = uuid7()

    @classmethod
    async def make(cls, session: WriteSession) -> World:
        world = cls()
        world.accounts = [(await make_account(session)).id for _ in range(2)]
        world.persons = [(await make_person(session)).id for _ in range(2)]
        for statement in (
            "insert into organizations (name, time_zone) values ('Test', 'Europe/Berlin') on conflict do nothing",
            "insert into metrics (key, name, scale) values ('logins', 'l', 0), ('revenue', 'r', 2)"
            " on conflict do nothing",
            """insert into event_mappings (event_name, metric_id, amount_property, counts_as_active)
               select 'signed_in', id, null, true from metrics where key = 'logins'
               union all select 'paid', id, 'worth', false from metrics where key = 'revenue'
               union all select 'paid', id, null, true from metrics where key = 'logins' on conflict do nothing""",
        ):
            await session.execute(text(statement))
        await session.execute(
            text("insert into sources (id, key, name, kind) values (:id, :key, 's', 'API')"),
            {"id": world.source, "key": str(world.source)},
        )
        await upkeep.make_partitions(session)
        return world

    def event(self, said: tuple[Any, ...]) -> Incoming:
        message, account, name, change, minutes, later, person, properties = said
        occurred = CHANGES[change] + timedelta(minutes=minutes)
        return Incoming(
            f"message {message}",
            name,
            occurred,
            digest(*said),
            properties=json.dumps(properties),
            account_id=self.accounts[account],
            person_id=self.persons[person] if person < 2 else None,
            known_at=None if later is None else occurred + timedelta(days=later),
        )


async def counted(session: WriteSession) -> tuple[list[Any], list[Any]]:
    return list((await session.execute(text(ROLLUPS))).all()), list((await session.execute(text(SEEN))).all())


@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=EVENTS, seed=st.integers(0, 1_000))
async def test_counting_as_events_come_equals_counting_them_all(
    session: WriteSession, said: list[tuple[Any, ...]], seed: int
) -> None:
    async with session.begin_nested() as attempt:
        world = await World.make(session)
        events = [world.event(one) for one in said]
        order = random.Random(seed)  # noqa: S311 - a shuffle
        repeated = events + order.sample(events, len(events) // 2)
        order.shuffle(repeated)
        cut = sorted(order.sample(range(len(repeated) + 1), min(2, len(repeated))))
        for first, last in zip([0, *cut], [*cut, len(repeated)], strict=True):
            await service.receive(session, world.source, repeated[first:last])
            await count_marks(session)
        incremental = await counted(session)

        await session.execute(text("delete from member_days"))
        rows = await rebuild(session)

        assert await counted(session) == incremental
        assert rows == len(incremental[0])
        await attempt.rollback()


async def test_a_day_is_a_day_of_the_organization_across_both_changes(session: WriteSession) -> None:
    world = await World.make(session)
    times = [
        datetime(2024, 3, 30, 22, 59, 59, tzinfo=UTC),  # 23:59:59 on the 30th, UTC+1
        datetime(2024, 3, 30, 23, 0, tzinfo=UTC),  # midnight of the 31st, a day of 23 hours
        datetime(2024, 3, 31, 21, 59, 59, tzinfo=UTC),  # its last second, UTC+2
        datetime(2024, 3, 31, 22, 0, tzinfo=UTC),
        datetime(2024, 10, 26, 21, 59, 59, tzinfo=UTC),
        datetime(2024, 10, 26, 22, 0, tzinfo=UTC),  # midnight of the 27th, a day of 25 hours
        datetime(2024, 10, 27, 22, 59, 59, tzinfo=UTC),
        datetime(2024, 10, 27, 23, 0, tzinfo=UTC),
    ]

    await service.receive(
        session,
        world.source,
        [
            Incoming(str(n), "signed_in", time, digest(n), account_id=world.accounts[0], known_at=time)
            for n, time in enumerate(times)
        ],
    )
    await count_marks(session)

    rows = await session.execute(text("select day::text, delta, known_on::text from usage_daily order by 1"))
    assert rows.all() == [
        ("2024-03-30", 1, "2024-03-30"),
        ("2024-03-31", 2, "2024-03-31"),
        ("2024-04-01", 1, "2024-04-01"),
        ("2024-10-26", 1, "2024-10-26"),
        ("2024-10-27", 2, "2024-10-27"),
        ("2024-10-28", 1, "2024-10-28"),
    ]


async def test_one_message_is_stored_once_and_another_body_is_refused(session: WriteSession) -> None:
    world = await World.make(session)
    first = world.event((1, 0, "signed_in", 0, 5, 0, 0, {}))
    other = world.event((1, 0, "signed_in", 0, 6, 0, 0, {}))

    outcomes = [
        await service.receive(session, world.source, [first, first, other]),
        await service.receive(session, world.source, [other, first]),
    ]

    assert outcomes == [
        [Outcome.STORED, Outcome.REPEATED, Outcome.CONTRADICTS],
        [Outcome.CONTRADICTS, Outcome.REPEATED],
    ]
    assert await session.scalar(text("select count(*) from events where source_id = :s"), {"s": world.source}) == 1


async def test_a_source_of_events_and_totals_is_not_rebuilt(session: WriteSession) -> None:
    world = await World.make(session)
    await service.receive(session, world.source, [world.event((1, 0, "signed_in", 0, 5, 0, 0, {}))])
    await session.execute(
        text(
            """insert into imports (source_id, kind, file_name, file_hash, mapping, state, rows_taken)
               values (:s, 'usage', 'f', '', '{}', 'FINISHED', 1)"""
        ),
        {"s": world.source},
    )

    with pytest.raises(Conflict, match="sent both events and daily totals"):
        await rebuild(session)


async def test_message_ids_of_live_sources_are_forgotten_after_sixty_days(session: WriteSession) -> None:
    world = await World.make(session)
    files = uuid7()
    await session.execute(
        text("insert into sources (id, key, name, kind) values (:id, 'files of old', 's', 'CSV')"), {"id": files}
    )
    for source in (world.source, files):
        for days in (59, 61):
            await session.execute(
                text(
                    """insert into event_keys (source_id, message_id, body_hash, received_at)
                       values (:s, :m, '', waymark_now() - make_interval(days => :d))"""
                ),
                {"s": source, "m": str(days), "d": days},
            )

    assert await upkeep.prune_event_keys(session) == 1

    left = await session.execute(
        text("select message_id from event_keys where source_id = any(:s) order by 1"), {"s": [world.source, files]}
    )
    assert [row.message_id for row in left] == ["59", "59", "61"]


async def test_partitions_are_made_ahead_and_old_ones_dropped(database: Database) -> None:
    names = "select relname from pg_class where relname ~ '^events_[0-9]{4}_' and relkind = 'r' order by 1"
    async with database.begin() as session:
        await session.execute(text("select waymark_make_event_partition('2020-01-15')"))
        await upkeep.make_partitions(session)
        await upkeep.make_partitions(session)
        made = (await session.scalars(text(names))).all()

        await upkeep.drop_partitions(session, 25)

        assert len(made) == 1 + 1 + upkeep.MONTHS_AHEAD
        assert (await session.scalars(text(names))).all() == made[1:]
