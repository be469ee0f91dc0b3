"""Telling of alerts: who is to know, and that they are told."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, true

from backend import webhooks
from backend.accounts.models import Account, AccountOwner
from backend.alerts.models import Alert, AlertRule, AlertSeverity, AlertState
from backend.alerts.program import Notify, Rule
from backend.alerts.queries import sentence
from backend.db.engine import WriteSession
from backend.events import DomainEventRow
from backend.identity.models import Person, Staff, StaffRole
from backend.notifications import service as notifications
from backend.notifications.models import Matter

LAST_RESORTS: tuple[ColumnElement[bool], ...] = (
    Staff.role == StaffRole.MANAGER.value,
    Staff.role == StaffRole.ADMIN.value,
    true(),
)
"""Who is told where a rule's own find nobody: an alert never reaches nobody while anybody works here."""


async def tell(session: WriteSession, event_id: UUID) -> None:
    """Tell whom the alert's rule names, and endpoints of webhooks, of what became of it.

    Whoever resolved it knows already.
    """
    event = await session.get_one(DomainEventRow, event_id)
    alert = await session.get(Alert, UUID(event.body["alert_id"]))
    if alert is None:
        return
    rule_row = await session.get_one(AlertRule, alert.rule_key)
    data = await _data(session, alert, rule_row)
    await webhooks.publish(session, _type(event), data, event_id=event.id, at=event.occurred_at)
    matter = _matter(event, alert)
    if matter is None:
        return
    notify = Rule.model_validate(rule_row.definition).notify
    persons = await recipients(session, notify, alert.account_id)
    if matter is Matter.ALERT_RESOLVED:
        persons -= {alert.resolved_by}
    await notifications.tell(session, persons, matter, event, alert_id=alert.id)


def _matter(event: DomainEventRow, alert: Alert) -> Matter | None:
    """What to tell; None where it is nothing for an inbox, or is not so any more."""
    if event.type == "AlertOpened":
        return Matter.URGENT_ALERT if alert.severity == AlertSeverity.URGENT else Matter.ALERT
    after, is_over = AlertState(event.body["after"]), alert.state == AlertState.RESOLVED
    if after is AlertState.RESOLVED and is_over:
        return Matter.ALERT_RESOLVED
    return Matter.ALERT_REOPENED if after is AlertState.OPEN and not is_over else None


def _type(event: DomainEventRow) -> str:
    """The type of the webhook."""
    state = AlertState.OPEN if event.type == "AlertOpened" else AlertState(event.body["after"])
    if state is AlertState.OPEN:
        return "alert.opened" if event.type == "AlertOpened" else "alert.reopened"
    return f"alert.{state.lower()}"


async def _data(session: WriteSession, alert: Alert, rule: AlertRule) -> dict[str, Any]:
    """What a webhook says of an alert: ids, numbers, and the names of account and rule; nothing of persons."""
    account = await session.get_one(Account, alert.account_id)
    return {
        "alertId": f"alert_{alert.id.hex}",
        "accountId": f"acct_{account.id.hex}",
        "accountExternalId": account.external_id,
        "accountName": account.name,
        "ruleKey": rule.key,
        "ruleName": rule.name,
        "severity": alert.severity,
        "sentence": await session.scalar(select(sentence(Alert)).where(Alert.id == alert.id)),
        "facts": alert.facts,
    }


async def recipients(session: WriteSession, notify: Notify, account_id: UUID) -> set[UUID]:
    """The persons of the staff whom a rule wants told about an account, never nobody unless nobody works here."""
    found: set[UUID] = set()
    if notify.success_manager:
        manager = select(Account.success_manager_id).where(Account.id == account_id).scalar_subquery()
        found |= await _at_work(session, Staff.id == manager) or await _at_work(session, LAST_RESORTS[0])
    if notify.owners:
        owners = select(AccountOwner.staff_id).where(
            AccountOwner.account_id == account_id, AccountOwner.role_key.in_(notify.owners)
        )
        found |= await _at_work(session, Staff.id.in_(owners))
    if notify.roles:
        found |= await _at_work(session, Staff.role.in_(notify.roles))
    for those in LAST_RESORTS:
        found = found or await _at_work(session, those)
    return found


async def _at_work(session: WriteSession, those: ColumnElement[bool]) -> set[UUID]:
    persons = select(Staff.person_id).join(Person, Person.id == Staff.person_id)
    return set(await session.scalars(persons.where(Staff.is_active, Person.erased_at.is_(None), those)))
