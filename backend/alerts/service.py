"""When alerts are looked for, and what staff do with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert

from backend.account_filter import account_condition
from backend.accounts.models import Account
from backend.alerts import opening, use
from backend.alerts.errors import AlertClosed, AlertNotFound
from backend.alerts.events import AlertChanged
from backend.alerts.models import Alert, AlertHold, AlertResolution, AlertRule, AlertState
from backend.alerts.opening import Occurrence
from backend.alerts.program import Happens, Holds, Rule
from backend.announcing import Announcement, Topic, announce
from backend.db import clock
from backend.db.engine import WriteSession
from backend.errors import Conflict, InvalidInput
from backend.events import DomainEventRow, emit
from backend.health import service as health
from backend.identity import audit
from backend.permissions import Permission
from backend.texts import prose
from backend.viewer import Viewer

SWEEP_BACK = timedelta(hours=3)
"""How far a sweep looks back for events of sources: longer than the time between two sweeps."""
LONGEST_SNOOZE_DAYS = 90
LONGEST_REASON = 500
EVENTS = text(
    """
select e.id, e.account_id, e.name, e.occurred_at from events e
where e.received_at >= greatest((:since)::timestamptz, (:in_force_since)::timestamptz)
    and e.occurred_at >= greatest((:in_force_since)::timestamptz, waymark_now() - make_interval(days => :days))
    and e.name = any((:names)::text[]) and e.account_id is not null
    and ((:accounts)::uuid[] is null or e.account_id = any((:accounts)::uuid[]))
    and not exists (select from alert_occurrences n where n.rule_key = :rule and n.occurrence_id = e.id)
order by e.received_at, e.id limit 10000
"""
)
QUIET = text(
    """
select account_id from alerts where rule_key = :rule and state <> 'RESOLVED'
    and last_seen_at < waymark_now() - make_interval(days => :days)
"""
)
WAKE = text(
    """
update alerts set state = 'OPEN', snoozed_until = null, snooze_reason = null
where state = 'SNOOZED' and snoozed_until <= waymark_now() returning id, account_id, rule_key
"""
)


async def consider(
    session: WriteSession, accounts: Sequence[UUID] | None, *, since: datetime, past: Sequence[UUID] | None = None
) -> list[UUID]:
    """Hold every rule against accounts, or all of them; ids of alerts that were opened.

    Events of sources count from `since`, the time of receipt. `past` are those accounts whose facts of days that are
    over have changed, the only ones whose use can have fallen or recovered; left out, it is all of `accounts`. Safe to
    repeat at any time.
    """
    if accounts is not None and not accounts:
        return []
    opened: list[UUID] = []
    for row, rule in await _rules(session):
        if rule.use_falls is not None:
            fallen, recovered = await use.falls(session, rule.use_falls, accounts if past is None else past)
            reasons = {one.account_id: one.facts(rule.use_falls.days) for one in fallen}
            opened += await opening.open_for(session, row.key, rule, reasons)
            await opening.close_for(session, row.key, recovered)
        elif rule.holds is not None:
            opened += await _hold(session, row.key, rule, rule.holds, accounts)
        elif rule.happens is not None and rule.happens.events:
            occurrences = await _received(session, row, rule.happens, accounts, since)
            opened += await opening.note(session, row.key, rule, occurrences)
    return opened


async def sweep(session: WriteSession) -> None:
    """Look at every account, wake what was snoozed, and close what has been quiet for long."""
    await consider(session, None, since=await clock.now(session) - SWEEP_BACK)
    for row, rule in await _rules(session):
        if rule.happens is not None:
            values = {"rule": row.key, "days": rule.happens.quiet_after_days}
            await opening.close_for(session, row.key, (await session.scalars(QUIET, values)).all())
    for woken in await session.execute(WAKE):
        await _changed(session, woken.id, woken.account_id, woken.rule_key, AlertState.SNOOZED, AlertState.OPEN)


async def hear(session: WriteSession, event_id: UUID) -> None:
    """Hold the rules against something that Waymark itself noticed, which may have happened long before."""
    event, now = await session.get(DomainEventRow, event_id), await clock.now(session)
    if event is None or event.account_id is None:
        return
    for row, rule in await _rules(session):
        if rule.happens and event.type in rule.happens.over_after:
            await opening.close_for(session, row.key, [event.account_id])
            await health.end_override(session, account_id=event.account_id, signal=row.key)
        if rule.happens and event.type in rule.happens.facts:
            said = event.body.get("happened_at")
            at = event.occurred_at if said is None else min(datetime.fromisoformat(said), event.occurred_at)
            if at >= max(row.in_force_since, now - timedelta(days=rule.happens.quiet_after_days)):
                await opening.note(session, row.key, rule, [Occurrence(event.account_id, event.id, event.type, at)])


async def acknowledge(session: WriteSession, viewer: Viewer, *, alert_id: UUID) -> UUID:
    """Say that somebody looks at it. Raises AlertNotFound, AlertClosed."""
    alert, now = await _still_open(session, viewer, alert_id), await clock.now(session)
    before, alert.state = alert.state, AlertState.ACKNOWLEDGED.value
    alert.snoozed_until = alert.snooze_reason = None
    alert.acknowledged_at, alert.acknowledged_by = now, viewer.person_id
    return await _done(session, viewer, alert, before)


async def snooze(session: WriteSession, viewer: Viewer, *, alert_id: UUID, until: datetime, reason: str) -> UUID:
    """Put it away until an instant within 90 days. Raises InvalidInput, AlertNotFound, AlertClosed."""
    now = await clock.now(session)
    if not now < until <= now + timedelta(days=LONGEST_SNOOZE_DAYS):
        raise InvalidInput(
            f"Snooze until a time within the next {LONGEST_SNOOZE_DAYS} days.",
            field=["until"],
            params={"most": LONGEST_SNOOZE_DAYS},
        )
    alert = await _still_open(session, viewer, alert_id)
    before, alert.state = alert.state, AlertState.SNOOZED.value
    alert.snoozed_until, alert.snooze_reason = until, prose(reason, field="reason", most=LONGEST_REASON)
    return await _done(session, viewer, alert, before)


async def resolve(session: WriteSession, viewer: Viewer, *, alert_id: UUID, is_useful: bool | None = None) -> UUID:
    """Close it. Its rule stays quiet about the account until the reason is over. Raises AlertNotFound, AlertClosed."""
    alert, now = await _still_open(session, viewer, alert_id), await clock.now(session)
    before, alert.state = alert.state, AlertState.RESOLVED.value
    alert.snoozed_until = None
    alert.resolved_at, alert.resolved_by = now, viewer.person_id
    alert.resolution = AlertResolution.BY_STAFF.value
    rule = await session.get_one(AlertRule, alert.rule_key)
    if "happens" not in rule.definition:  # a new occurrence is a new reason; a state that goes on is not
        held = insert(AlertHold).values(rule_key=alert.rule_key, account_id=alert.account_id)
        await session.execute(held.on_conflict_do_nothing())
    if is_useful is not None:
        alert.is_useful, alert.judged_by = is_useful, viewer.person_id
    return await _done(session, viewer, alert, before)


async def reopen(session: WriteSession, viewer: Viewer, *, alert_id: UUID) -> UUID:
    """Take back what was done about it. Raises AlertNotFound, and Conflict where it or another one is open."""
    alert = await _found(session, viewer, alert_id)
    before = AlertState(alert.state)
    if before == AlertState.OPEN:
        raise Conflict("The alert is open.", field=["alertId"])
    if before != AlertState.RESOLVED:
        alert.state = AlertState.OPEN.value
        alert.acknowledged_at = alert.acknowledged_by = alert.snoozed_until = alert.snooze_reason = None
        return await _done(session, viewer, alert, before)
    same = (Alert.account_id == alert.account_id, Alert.rule_key == alert.rule_key)
    if await session.scalar(select(Alert.id).where(*same, Alert.state != AlertState.RESOLVED.value)):
        raise Conflict("The same reason has opened a newer alert. Go on with that one.", field=["alertId"])
    alert.state = AlertState.OPEN.value
    alert.resolved_at = alert.resolved_by = alert.resolution = None
    await session.execute(
        delete(AlertHold).where(AlertHold.rule_key == alert.rule_key, AlertHold.account_id == alert.account_id)
    )
    return await _done(session, viewer, alert, AlertState.RESOLVED)


async def judge(session: WriteSession, viewer: Viewer, *, alert_id: UUID, is_useful: bool) -> UUID:
    """Say whether it was worth having, open or closed. Raises AlertNotFound."""
    alert = await _found(session, viewer, alert_id)
    before, alert.is_useful, alert.judged_by = alert.is_useful, is_useful, viewer.person_id
    await session.flush()
    announce(session, Announcement(Topic.ALERT, alert.account_id, alert.id))
    await audit.record_of(
        session,
        viewer,
        "alert.judged",
        account_id=alert.account_id,
        subject=f"alert:{alert.id}",
        before={"is_useful": before},
        after={"is_useful": is_useful},
    )
    return alert.id


async def _rules(session: WriteSession) -> list[tuple[AlertRule, Rule]]:
    rows = await session.scalars(select(AlertRule).where(AlertRule.is_retired.is_(False)).order_by(AlertRule.key))
    return [(row, Rule.model_validate(row.definition)) for row in rows]


async def _hold(
    session: WriteSession, key: str, rule: Rule, holds: Holds, accounts: Sequence[UUID] | None
) -> list[UUID]:
    """Open where the one condition holds; close, and end holds, where the other does."""
    chosen = select(Account.id)
    if accounts is not None:
        chosen = chosen.where(Account.id.in_(accounts))
    found = (await session.scalars(chosen.where(account_condition(holds.when)))).all()
    opened = await opening.open_for(session, key, rule, {account: {} for account in found})
    concerned = select(Alert.account_id).where(Alert.rule_key == key, Alert.state != AlertState.RESOLVED.value)
    held = select(AlertHold.account_id).where(AlertHold.rule_key == key)
    over = chosen.where(Account.id.in_(concerned.union(held)), account_condition(holds.until))
    await opening.close_for(session, key, (await session.scalars(over)).all())
    return opened


async def _received(
    session: WriteSession, row: AlertRule, happens: Happens, accounts: Sequence[UUID] | None, since: datetime
) -> list[Occurrence]:
    values = {
        "rule": row.key,
        "names": list(happens.events),
        "since": since,
        "in_force_since": row.in_force_since,
        "days": happens.quiet_after_days,
        "accounts": None if accounts is None else list(accounts),
    }
    found = await session.execute(EVENTS, values)
    return [Occurrence(one.account_id, one.id, one.name, one.occurred_at) for one in found]


async def _found(session: WriteSession, viewer: Viewer, alert_id: UUID) -> Alert:
    viewer.require(Permission.ALERTS_WRITE)
    alert = await session.scalar(select(Alert).where(Alert.id == alert_id).with_for_update())
    if alert is None:
        raise AlertNotFound
    return alert


async def _still_open(session: WriteSession, viewer: Viewer, alert_id: UUID) -> Alert:
    alert = await _found(session, viewer, alert_id)
    if alert.state == AlertState.RESOLVED:
        raise AlertClosed
    return alert


async def _done(session: WriteSession, viewer: Viewer, alert: Alert, before: str) -> UUID:
    await session.flush()
    await _changed(session, alert.id, alert.account_id, alert.rule_key, AlertState(before), AlertState(alert.state))
    await audit.record_of(
        session,
        viewer,
        "alert.changed",
        account_id=alert.account_id,
        subject=f"alert:{alert.id}",
        before={"state": before},
        after={"state": alert.state},
    )
    return alert.id


async def _changed(
    session: WriteSession, alert_id: UUID, account_id: UUID, rule_key: str, before: AlertState, after: AlertState
) -> None:
    await emit(
        session,
        AlertChanged(account_id=account_id, alert_id=alert_id, rule_key=rule_key, before=before, after=after),
    )
