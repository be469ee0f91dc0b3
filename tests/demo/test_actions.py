"""What can be made to happen in the demo happens on the way that the real thing takes."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from backend.db.engine import Database
from backend.db.ids import uuid7
from backend.demo import actions, situations
from backend.demo.actions import DemoAction
from backend.demo.errors import NotADemo
from backend.demo.habits import MIX, Habits, helpdesk_speaks, learn
from backend.errors import NotFound
from jobs import actors
from jobs.live import follow_once
from jobs.runner import Runner
from jobs.simulator import Simulator
from tests.demo.loading import Demo

assert actors.MODULES
SCORE = "select score from current_health where account_id = :account"
ALERTS = "select rule_key from alerts where account_id = :account and state <> 'RESOLVED' order by 1"


async def rows(demo: Demo, statement: str, **bound: Any) -> list[Any]:
    async with demo.database.begin() as session:
        return list((await session.execute(text(statement), bound)).scalars())


async def named(demo: Demo, name: str) -> UUID:
    found: UUID = (await rows(demo, "select id from accounts where name = :name", name=name))[0]
    return found


async def happen(demo: Demo, action: DemoAction, account: UUID | None) -> UUID:
    """Press the button, and do what follows as worker and clock do."""
    async with demo.database.begin() as session:
        chosen = await actions.ask(session, None, action=action, account_id=account)
    runner = Runner(demo.database)
    for kind in ("demo.act", "support.take_events", "alerts.hear"):
        await runner.answer(kind)
    is_more = True
    while is_more:
        async with demo.database.begin() as session:
            is_more = await follow_once(session)
    assert await rows(demo, "select last_error from work_items where kind = 'demo.act' and finished_at is null") == []
    return chosen


async def test_an_angry_ticket_moves_the_score_and_opens_an_alert(living: Demo) -> None:
    account = await named(living, situations.GROUP)
    before = await rows(living, SCORE, account=account)

    await happen(living, DemoAction.ANGRY_TICKET, account)

    after = await rows(living, SCORE, account=account)
    moods = await rows(
        living,
        "select sentiment < -0.5 from tickets where account_id = :account order by opened_at desc limit 1",
        account=account,
    )
    assert moods == [True]
    assert after[0] < before[0]
    assert await rows(living, ALERTS, account=account) == ["negative_ticket"]


async def test_a_busy_morning_has_everybody_of_the_customer_active_today(living: Demo) -> None:
    account = await named(living, "Aurelia Porto")

    await happen(living, DemoAction.BUSY_MORNING, account)

    active = "select count(distinct person_id) from member_days where account_id = :account and day = waymark_today()"
    people = "select count(*) from members where account_id = :account and state = 'ACTIVE'"
    assert await rows(living, active, account=account) == await rows(living, people, account=account)


async def test_the_second_failed_payment_of_an_invoice_is_urgent(living: Demo) -> None:
    account = await named(living, "Aurelia Madrid")

    await happen(living, DemoAction.PAYMENT_FAILS, account)
    first = await rows(living, ALERTS, account=account)
    await happen(living, DemoAction.PAYMENT_FAILS, account)

    assert first == ["payment_failed"]
    assert await rows(living, ALERTS, account=account) == ["payment_failed", "second_failed_payment"]


async def test_a_new_teammate_joins_the_customer(living: Demo) -> None:
    account = await named(living, situations.PUBLIC_SECTOR)
    people = "select count(*) from members where account_id = :account"
    before = await rows(living, people, account=account)

    await happen(living, DemoAction.NEW_TEAMMATE, account)

    assert await rows(living, people, account=account) == [before[0] + 1]


async def test_late_events_are_known_today_and_true_before(living: Demo) -> None:
    account = await named(living, situations.NEAR_LIMIT)

    await happen(living, DemoAction.LATE_EVENTS, account)

    late = "select distinct day < known_on from usage_daily where account_id = :account and known_on = waymark_today()"
    assert True in await rows(living, late, account=account)


async def test_the_same_press_happens_once(living: Demo) -> None:
    account, press = await named(living, situations.WON_BACK), uuid7()
    for _ in range(2):
        for action in (DemoAction.BUSY_MORNING, DemoAction.PAYMENT_FAILS):
            await actions.perform(living.database, action, account, press)

    told = "select count(*) from events where account_id = :account and message_id like :press"
    people = "select 5 * count(*) + 2 from members where account_id = :account and state = 'ACTIVE'"
    failed = "select count(*) from billing_facts where account_id = :account and kind = 'PAYMENT_FAILED'"
    assert await rows(living, told, account=account, press=f"{press}-%") == await rows(living, people, account=account)
    assert (await rows(living, failed, account=account))[0] >= 1
    assert await rows(living, failed + " and object_key like 'live-%'", account=account) == [1]


async def test_the_helpdesk_speaks_from_its_first_ticket_until_it_is_silenced(living: Demo) -> None:
    account = await named(living, situations.GROWN)
    heard = []
    for action in (DemoAction.HELPDESK_SILENT, DemoAction.ANGRY_TICKET, DemoAction.HELPDESK_SILENT):
        async with living.database.begin() as session:
            await actions.ask(session, None, action=action, account_id=account)
        async with living.database.begin() as session:
            heard.append(await helpdesk_speaks(session))

    assert heard == [False, True, False]


async def test_it_happens_to_the_largest_that_does_well_where_nobody_is_named(living: Demo) -> None:
    largest = """select account_id from account_internals join current_health using (account_id)
        where band = 'GREEN' and category = 'SECURE' order by mrr_minor desc limit 1"""
    expected = await rows(living, largest)

    assert [await happen(living, DemoAction.HELPDESK_SILENT, None)] == expected


async def test_nothing_is_made_up_outside_of_a_demo(database: Database) -> None:
    async with database.begin() as session:
        await session.execute(text("insert into organizations (name) values ('Mine')"))

    with pytest.raises(NotADemo):
        async with database.begin() as session:
            await actions.ask(session, None, action=DemoAction.BUSY_MORNING, account_id=None)
    with pytest.raises(NotADemo):
        await Simulator(database, Random(1)).step()


async def test_nothing_happens_to_who_does_not_exist(living: Demo) -> None:
    with pytest.raises(NotFound):
        async with living.database.begin() as session:
            await actions.ask(session, None, action=DemoAction.BUSY_MORNING, account_id=uuid7())


async def test_the_simulator_lets_customers_do_what_they_usually_do(living: Demo) -> None:
    simulator = Simulator(living.database, Random(1))

    stored = [await simulator.step() for _ in range(10)]

    assert stored == [1] * 10


async def test_habits_are_those_of_the_last_two_weeks(demo: Demo) -> None:
    async with demo.database.begin() as session:
        habits = await learn(session)
    rng, now = Random(1), datetime(2026, 1, 1, tzinfo=UTC)
    made = [habits.next(rng, now) for _ in range(500)]

    assert all(item is not None and item["event"] in MIX for item in made)
    assert sum(item is not None and item["event"] == "api_called" for item in made) > 350
    assert Habits({}, {}).next(rng, now) is None
