"""Alerts open once, close when their reason is over, and neither flap nor repeat."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select, text, update

from backend.accounts.models import AccountInternal
from backend.alerts import program, service
from backend.alerts.models import Alert, AlertResolution, AlertState
from backend.alerts.program import Alerts
from backend.db import clock
from backend.db.engine import ANNOUNCED, WriteSession
from backend.db.ids import uuid7
from backend.events import DomainEventRow
from backend.health.models import HealthOverride
from backend.ingest.models import Event
from backend.permissions import Permission
from backend.program.section import Program
from backend.usage.models import Metric, Source, SourceDay, UsageDaily
from backend.viewer import Viewer
from tests.factories import make_account, make_person

STAFF = Viewer(kind="staff", permissions=frozenset({Permission.ALERTS_WRITE}))
USE_HALVED = {
    "name": "Use has halved",
    "severity": "WARNING",
    "use_falls": {"days": 28, "percent": 50, "recovered_at": 40, "least_before": 20},
    "sentence": "Use fell by {percent} % in {days} days, from {before} to {recent}.",
}
CANCELLATION = {
    "name": "Cancellation intent",
    "severity": "URGENT",
    "happens": {"events": ["Cancellation Page Viewed"], "quiet_after_days": 30},
    "sentence": "Looked for a way out ({count} times).",
    "forces": {"category": "CRITICAL", "days": 14},
}
CHURN_RISK = {
    "name": "Small and dear",
    "severity": "INFO",
    "holds": {"when": {"mrrMinor": {"gte": 1000}}, "until": {"mrrMinor": {"lt": 800}}},
    "sentence": "Pays much.",
}


async def rules(session: WriteSession, **chosen: dict[str, Any]) -> None:
    section = Alerts.model_validate_json(json.dumps({"alerts": chosen}), strict=True)
    await program.apply(session, section, Program({}, {}, ""))


async def metric(session: WriteSession) -> int:
    made = Metric(key="conversations", name="Conversations", is_core=True)
    session.add(made)
    await session.flush()
    return made.id


async def source(session: WriteSession, *, last: date) -> UUID:
    """A source that has delivered each day up to one."""
    made = Source(key=f"source_{uuid7().hex[-8:]}", name="Product", kind="PRODUCT")
    session.add(made)
    await session.flush()
    days = [{"source_id": made.id, "day": last - timedelta(days=n), "known_on": last, "facts": 1} for n in range(60)]
    await session.execute(insert(SourceDay), days)
    return made.id


async def used(session: WriteSession, account: UUID, metric_id: int, source_id: UUID, amounts: dict[int, int]) -> None:
    """Use so many days ago."""
    today = await clock.today(session)
    for ago, amount in amounts.items():
        day = today - timedelta(days=ago)
        row = {"account_id": account, "day": day, "metric_id": metric_id, "source_id": source_id, "known_on": today}
        await session.execute(insert(UsageDaily).values(**row, delta=amount))


async def look(session: WriteSession, accounts: Sequence[UUID] | None = None) -> list[UUID]:
    return await service.consider(session, accounts, since=await clock.now(session) - timedelta(hours=1))


async def alerts_of(session: WriteSession, account: UUID) -> list[Alert]:
    found = await session.scalars(select(Alert).where(Alert.account_id == account).order_by(Alert.id))
    rows = list(found)
    for row in rows:
        await session.refresh(row)
    return rows


async def happened(
    session: WriteSession, account: UUID, name: str = "Cancellation Page Viewed", *, minutes_ago: int = 0
) -> UUID:
    now = await clock.now(session) - timedelta(minutes=minutes_ago)
    source_id = await session.scalar(select(Source.id).limit(1)) or await source(session, last=now.date())
    made = uuid7()
    await session.execute(text("select waymark_make_event_partition(:month)"), {"month": now.date()})
    await session.execute(
        insert(Event).values(
            id=made,
            account_id=account,
            source_id=source_id,
            message_id=made.hex,
            name=name,
            occurred_at=now,
            known_at=now,
            received_at=now,
            properties={},
        )
    )
    return made


async def pass_days(session: WriteSession, days: int) -> None:
    """Make every alert older: the clock is one and the same within a transaction."""
    await session.execute(
        text(
            "update alerts set opened_at = opened_at - make_interval(days => :days),"
            " last_seen_at = last_seen_at - make_interval(days => :days),"
            " snoozed_until = snoozed_until - make_interval(days => :days)"
        ),
        {"days": days},
    )


async def test_use_that_halves_opens_one_alert_with_its_numbers(session: WriteSession) -> None:
    await rules(session, use_halved=USE_HALVED)
    account = (await make_account(session)).id
    today = await clock.today(session)
    await used(session, account, await metric(session), await source(session, last=today), {40: 100, 10: 45})

    first = await look(session)
    again = await look(session, [account])

    [alert] = await alerts_of(session, account)
    assert first == [alert.id]
    assert again == []
    assert (alert.state, alert.severity) == ("OPEN", "WARNING")
    assert alert.facts == {"percent": 55, "before": 100, "recent": 45, "days": 28}
    events = await session.execute(select(DomainEventRow.type, DomainEventRow.body))
    assert events.all() == [
        ("AlertOpened", {"alert_id": str(alert.id), "rule_key": "use_halved", "severity": "WARNING"})
    ]


@pytest.mark.parametrize(
    "amounts, opens",
    [
        ({40: 100, 10: 50}, True),  # exactly half
        ({40: 100, 10: 51}, False),
        ({40: 19}, False),  # too little before to say anything
        ({40: 20}, True),
        ({40: 100, 0: 100}, True),  # today is not over
        ({28: 100}, False),  # the 28th day back is recent
        ({29: 100}, True),
        ({57: 100}, False),  # too long ago
    ],
)
async def test_only_whole_days_and_enough_use_count(
    session: WriteSession, amounts: dict[int, int], opens: bool
) -> None:
    await rules(session, use_halved=USE_HALVED)
    account = (await make_account(session)).id
    today = await clock.today(session)
    await used(session, account, await metric(session), await source(session, last=today), amounts)

    opened = await look(session)

    assert bool(opened) is opens


async def test_only_accounts_whose_past_has_changed_can_have_fallen(session: WriteSession) -> None:
    await rules(session, use_halved=USE_HALVED)
    metric_id, source_id = await metric(session), await source(session, last=await clock.today(session))
    accounts = [(await make_account(session)).id for _ in range(2)]
    for account in accounts:
        await used(session, account, metric_id, source_id, {40: 100, 10: 45})
    now = await clock.now(session)

    neither = await service.consider(session, accounts, since=now, past=[])
    opened = await service.consider(session, accounts, since=now, past=accounts[:1])

    assert neither == []
    assert opened == [alert.id for alert in await alerts_of(session, accounts[0])]
    assert len(opened) == 1
    assert await alerts_of(session, accounts[1]) == []


async def test_it_closes_only_when_use_has_clearly_recovered(session: WriteSession) -> None:
    await rules(session, use_halved=USE_HALVED)
    account = (await make_account(session)).id
    metric_id, source_id = await metric(session), await source(session, last=await clock.today(session))
    await used(session, account, metric_id, source_id, {40: 100, 10: 45})
    await look(session)

    await used(session, account, metric_id, source_id, {9: 10})  # 45 % less: neither halved nor recovered
    await look(session)
    between = (await alerts_of(session, account))[0].state
    await used(session, account, metric_id, source_id, {8: 10})  # 35 % less
    await look(session)
    after = (await alerts_of(session, account))[0]

    assert between == "OPEN"
    assert (after.state, after.resolution) == (AlertState.RESOLVED, AlertResolution.RECOVERED)


async def test_a_source_that_fell_silent_raises_no_alert_and_closes_none(session: WriteSession) -> None:
    await rules(session, use_halved=USE_HALVED)
    account = (await make_account(session)).id
    silent = await source(session, last=await clock.today(session) - timedelta(days=20))
    await used(session, account, await metric(session), silent, {40: 100})

    opened = await look(session)

    assert opened == []
    assert await alerts_of(session, account) == []


async def test_a_resolved_state_stays_quiet_until_it_is_over_and_comes_back(session: WriteSession) -> None:
    await rules(session, dear=CHURN_RISK)
    account = (await make_account(session, mrr_minor=1000)).id
    [alert] = await look(session)
    await service.resolve(session, STAFF, alert_id=alert, is_useful=False)

    while_it_lasts = await look(session)
    await session.execute(update(AccountInternal).values(mrr_minor=900))
    still_in_between = await look(session)
    await session.execute(update(AccountInternal).values(mrr_minor=700))
    over = await look(session)
    await session.execute(update(AccountInternal).values(mrr_minor=1000))
    back = await look(session)

    assert (while_it_lasts, still_in_between, over) == ([], [], [])
    assert len(back) == 1
    first, second = await alerts_of(session, account)
    assert (first.state, first.resolution, first.is_useful) == ("RESOLVED", "BY_STAFF", False)
    assert (second.id, second.state) == (back[0], "OPEN")


async def test_occurrences_count_once_and_add_to_the_open_alert(session: WriteSession) -> None:
    await rules(session, cancel=CANCELLATION)
    account, other = (await make_account(session)).id, (await make_account(session)).id
    await happened(session, account)

    first = await look(session, [account])
    repeated = await look(session)
    await happened(session, account)
    await happened(session, other, "Something Else")
    more = await look(session)

    [alert] = await alerts_of(session, account)
    assert (first, repeated, more) == ([alert.id], [], [])
    assert alert.facts == {"count": 2}
    assert await alerts_of(session, other) == []
    forced = await session.execute(select(HealthOverride.category, HealthOverride.signal))
    assert forced.all() == [("CRITICAL", "cancel")]


async def noticed(session: WriteSession, account: UUID, kind: str) -> None:
    """Something that Waymark noticed."""
    row = DomainEventRow(type=kind, account_id=account, body={})
    session.add(row)
    await session.flush()
    await service.hear(session, row.id)


async def test_what_is_over_closes_the_alert_and_ends_what_it_forced(session: WriteSession) -> None:
    happens = {"facts": ["SecondPaymentFailed"], "over_after": ["PaymentRecovered"], "quiet_after_days": 30}
    await rules(session, unpaid={**CANCELLATION, "happens": happens})
    account, other = [(await make_account(session)).id for _ in range(2)]
    for one in (account, other):
        await noticed(session, one, "SecondPaymentFailed")
    person = await make_person(session)
    by_hand = HealthOverride(
        account_id=account,
        category="AT_RISK",
        signal="unpaid",
        reason="They told me.",
        ends_at=await clock.now(session) + timedelta(days=9),
        set_by=person.id,
    )
    session.add(by_hand)
    await session.flush()

    await noticed(session, account, "PaymentRecovered")

    states = dict((await session.execute(select(Alert.account_id, Alert.state))).all())
    assert states == {account: AlertState.RESOLVED.value, other: AlertState.OPEN.value}
    forced = await session.execute(
        select(HealthOverride.account_id, HealthOverride.set_by).where(
            HealthOverride.ends_at > await clock.now(session) + timedelta(minutes=1)
        )
    )
    assert sorted(forced.all(), key=str) == sorted([(other, None), (account, person.id)], key=str)


async def test_a_new_occurrence_after_it_was_resolved_is_a_new_alert(session: WriteSession) -> None:
    await rules(session, cancel=CANCELLATION)
    account = (await make_account(session)).id
    await happened(session, account)
    [alert] = await look(session)
    await service.resolve(session, STAFF, alert_id=alert)

    quiet = await look(session)
    await happened(session, account)
    anew = await look(session)

    assert quiet == []
    assert len(anew) == 1
    assert [row.facts for row in await alerts_of(session, account)] == [{"count": 1}, {"count": 1}]


async def test_what_occurred_before_the_rule_is_no_reason(session: WriteSession) -> None:
    account = (await make_account(session)).id
    await happened(session, account, minutes_ago=1)
    await rules(session, cancel=CANCELLATION)

    opened = await look(session)

    assert opened == []


async def test_a_sweep_wakes_the_snoozed_and_closes_the_quiet(session: WriteSession) -> None:
    await rules(session, cancel=CANCELLATION)
    account = (await make_account(session)).id
    await happened(session, account)
    [alert] = await look(session)
    until = await clock.now(session) + timedelta(days=2)
    await service.snooze(session, STAFF, alert_id=alert, until=until, reason="They are on holiday.")

    await service.sweep(session)
    asleep = (await alerts_of(session, account))[0].state
    await pass_days(session, 3)
    await service.sweep(session)
    awake = (await alerts_of(session, account))[0]
    assert (asleep, awake.state, awake.snooze_reason) == ("SNOOZED", "OPEN", None)
    await pass_days(session, 30)
    await service.sweep(session)

    [over] = await alerts_of(session, account)
    assert (over.state, over.resolution) == ("RESOLVED", "RECOVERED")


async def test_customers_who_left_and_retired_rules_have_no_open_alerts(session: WriteSession) -> None:
    await rules(session, dear=CHURN_RISK)
    gone, here = (await make_account(session, mrr_minor=2000)).id, (await make_account(session, mrr_minor=2000)).id
    await session.execute(
        update(AccountInternal).where(AccountInternal.account_id == gone).values(churned_on=date(2024, 1, 1))
    )
    await look(session)
    before = [row.state for row in await alerts_of(session, here)]

    await rules(session, cancel=CANCELLATION)

    assert await alerts_of(session, gone) == []
    assert before == ["OPEN"]
    [alert] = await alerts_of(session, here)
    assert (alert.state, alert.resolution) == ("RESOLVED", "RULE_RETIRED")


async def test_who_follows_an_alert_is_told_that_its_rule_was_retired(session: WriteSession) -> None:
    await rules(session, dear=CHURN_RISK)
    account = (await make_account(session, mrr_minor=2000)).id
    [alert] = await look(session)
    await service.acknowledge(session, STAFF, alert_id=alert)
    session.info.pop(ANNOUNCED)

    await rules(session)
    await rules(session)

    told = await session.scalars(
        select(DomainEventRow.body).where(DomainEventRow.type == "AlertChanged", DomainEventRow.account_id == account)
    )
    assert [(body["alert_id"], body["before"], body["after"]) for body in told] == [
        (str(alert), "OPEN", "ACKNOWLEDGED"),
        (str(alert), "ACKNOWLEDGED", "RESOLVED"),
    ]
    assert list(session.info[ANNOUNCED]) == [f"alert {account} {alert}"]


async def test_what_was_snoozed_can_be_taken_back(session: WriteSession) -> None:
    await rules(session, dear=CHURN_RISK)
    account = (await make_account(session, mrr_minor=1000)).id
    person = await make_person(session)
    staff = Viewer(kind="staff", person_id=person.id, permissions=STAFF.permissions)
    [alert] = await look(session)
    await service.acknowledge(session, staff, alert_id=alert)
    until = await clock.now(session) + timedelta(days=7)
    await service.snooze(session, staff, alert_id=alert, until=until, reason="They are on holiday.")

    await service.reopen(session, staff, alert_id=alert)

    [row] = await alerts_of(session, account)
    assert (row.state, row.snoozed_until, row.snooze_reason, row.acknowledged_by) == ("OPEN", None, None, None)


async def test_a_resolved_alert_can_be_taken_back(session: WriteSession) -> None:
    await rules(session, dear=CHURN_RISK)
    account = (await make_account(session, mrr_minor=1000)).id
    person = await make_person(session)
    staff = Viewer(kind="staff", person_id=person.id, permissions=STAFF.permissions)
    [alert] = await look(session)
    await service.acknowledge(session, staff, alert_id=alert)
    await service.resolve(session, staff, alert_id=alert)

    await service.reopen(session, staff, alert_id=alert)
    await look(session)

    [row] = await alerts_of(session, account)
    assert (row.state, row.resolved_at, row.acknowledged_by) == ("OPEN", None, person.id)
