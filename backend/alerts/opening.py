"""Opening and closing alerts, set by set. Every statement may be repeated and changes nothing the second time."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from backend.alerts.events import AlertChanged, AlertOpened
from backend.alerts.models import AlertState
from backend.alerts.program import Rule
from backend.announcing import Announcement, Topic, announce
from backend.db import clock
from backend.db.engine import WriteSession
from backend.events import emit_all
from backend.health import service as health

# Churned customers need other care; an alert is about one who can still be kept.
OPEN = text(
    """
insert into alerts (id, account_id, rule_key, severity, facts)
select uuidv7(), r.account_id, :rule, :severity, r.facts
from jsonb_to_recordset((:reasons)::jsonb) as r (account_id uuid, facts jsonb)
join account_internals i on i.account_id = r.account_id and (i.churned_on is null or i.churned_on > waymark_today())
where not exists (select from alert_holds h where h.rule_key = :rule and h.account_id = r.account_id)
order by r.account_id
on conflict (account_id, rule_key) where state <> 'RESOLVED'
do update set facts = excluded.facts, last_seen_at = waymark_now() where alerts.facts <> excluded.facts
returning id, account_id, opened_at = last_seen_at and xmax = 0 as is_new
"""
)
CLOSE = text(
    """
with released as (delete from alert_holds where rule_key = :rule and account_id = any(:accounts)),
closing as (
    select id, state from alerts where rule_key = :rule and account_id = any(:accounts) and state <> 'RESOLVED'
    order by id for update
)
update alerts a set state = 'RESOLVED', snoozed_until = null, resolved_at = waymark_now(), resolution = 'RECOVERED'
from closing c where c.id = a.id returning a.id, a.account_id, c.state as before
"""
)
# An occurrence is seen once per rule: alerts are opened or found for what is fresh, then it is noted, then counted.
OCCUR = text(
    """
with fresh as (
    select o.* from jsonb_to_recordset((:occurrences)::jsonb)
        as o (account_id uuid, occurrence_id uuid, name text, occurred_at timestamptz)
    join account_internals i on i.account_id = o.account_id and (i.churned_on is null or i.churned_on > waymark_today())
    where not exists (
        select from alert_occurrences n where n.rule_key = :rule and n.occurrence_id = o.occurrence_id)
),
opened as (
    insert into alerts (id, account_id, rule_key, severity, facts)
    select uuidv7(), account_id, :rule, :severity, '{"count": 0}' from fresh group by account_id order by account_id
    on conflict (account_id, rule_key) where state <> 'RESOLVED' do update set last_seen_at = waymark_now()
    returning id, account_id, xmax = 0 as is_new
),
noted as (
    insert into alert_occurrences (rule_key, occurrence_id, alert_id, name, occurred_at)
    select :rule, f.occurrence_id, o.id, f.name, f.occurred_at from fresh f join opened o using (account_id)
    on conflict do nothing
)
select id, account_id, is_new from opened order by account_id
"""
)
COUNT = text(
    """
update alerts a set facts = jsonb_build_object('count', n.count)
from (select alert_id, count(*) as count from alert_occurrences where alert_id = any(:alerts) group by 1) n
where n.alert_id = a.id and a.facts <> jsonb_build_object('count', n.count)
"""
)


@dataclass(frozen=True)
class Occurrence:
    """Something that happened to an account."""

    account_id: UUID
    id: UUID
    name: str
    occurred_at: datetime


async def open_for(
    session: WriteSession, key: str, rule: Rule, reasons: Mapping[UUID, Mapping[str, Any]]
) -> list[UUID]:
    """Open a rule's alert on accounts, or bring the facts of open ones up to date; ids of those that are new."""
    if not reasons:
        return []
    given = [{"account_id": str(account), "facts": facts} for account, facts in reasons.items()]
    values = {"rule": key, "severity": rule.severity.value, "reasons": json.dumps(given)}
    return await _opened(session, key, rule, (await session.execute(OPEN, values)).all())


async def note(session: WriteSession, key: str, rule: Rule, occurrences: Sequence[Occurrence]) -> list[UUID]:
    """Let occurrences open a rule's alerts or add to open ones, each once; ids of alerts that are new."""
    if not occurrences:
        return []
    given = [
        {
            "account_id": str(one.account_id),
            "occurrence_id": str(one.id),
            "name": one.name,
            "occurred_at": one.occurred_at.isoformat(),
        }
        for one in occurrences
    ]
    values = {"rule": key, "severity": rule.severity.value, "occurrences": json.dumps(given)}
    rows = (await session.execute(OCCUR, values)).all()
    await session.execute(COUNT, {"alerts": [row.id for row in rows]})
    return await _opened(session, key, rule, rows)


async def close_for(session: WriteSession, key: str, accounts: Sequence[UUID]) -> list[UUID]:
    """Close a rule's alerts on accounts whose reason is over, and end its holds there; ids of those closed."""
    if not accounts:
        return []
    rows = (await session.execute(CLOSE, {"rule": key, "accounts": list(accounts)})).all()
    changed = [
        AlertChanged(
            account_id=row.account_id, alert_id=row.id, rule_key=key, before=row.before, after=AlertState.RESOLVED
        )
        for row in rows
    ]
    await emit_all(session, changed)
    return [row.id for row in rows]


async def _opened(session: WriteSession, key: str, rule: Rule, rows: Sequence[Any]) -> list[UUID]:
    """Tell of alerts that are new, and announce those that were open and have other facts now; ids of the new ones."""
    for row in rows:
        if not row.is_new:
            announce(session, Announcement(Topic.ALERT, row.account_id, row.id))
    alerts = [(row.id, row.account_id) for row in rows if row.is_new]
    opened = [
        AlertOpened(account_id=account, alert_id=alert, rule_key=key, severity=rule.severity.value)
        for alert, account in alerts
    ]
    await emit_all(session, opened)
    if rule.forces is not None:
        for _, account in alerts:
            await health.override(
                session,
                account_id=account,
                category=rule.forces.category,
                signal=key,
                reason=rule.name,
                ends_at=await clock.now(session) + timedelta(days=rule.forces.days),
            )
    return [alert for alert, _ in alerts]
