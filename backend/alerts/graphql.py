"""Alerts as staff read and settle them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import Boolean, Float, Integer, Select, case, cast, func, select
from strawberry import UNSET

from backend.accounts.models import Account
from backend.alerts import queries, service
from backend.alerts.models import Alert, AlertOccurrence, AlertResolution, AlertRule, AlertSeverity, AlertState
from backend.graphql.enums import describe
from backend.graphql.mutation import Info, key_in, mutation, mutation_payload, payload
from backend.graphql.planner import (
    JSON,
    Connection,
    Decimal,
    any_of,
    column,
    connection,
    given,
    in_order,
    key_of,
    many,
    newest_first,
    node,
    row,
    sql,
    to_many,
    to_one,
    viewer_person,
)
from backend.graphql.timeline import TimelineEntryType
from backend.identity.models import Staff
from backend.permissions import Permission

if TYPE_CHECKING:
    from backend.accounts.graphql import AccountType
    from backend.identity.graphql import PersonType

describe(
    AlertSeverity,
    "How soon somebody should look.",
    INFO="When there is time.",
    WARNING="Today.",
    URGENT="Now.",
)
describe(
    AlertState,
    "Where an alert stands.",
    OPEN="Nobody has looked at it.",
    ACKNOWLEDGED="Somebody looks at it.",
    SNOOZED="Put away until a time.",
    RESOLVED="Over.",
)
describe(
    AlertResolution,
    "How an alert came to its end.",
    RECOVERED="Its reason is over.",
    BY_STAFF="Somebody resolved it.",
    RULE_RETIRED="The program has no such rule any more.",
)


def _useful_share(rule: Any) -> Any:
    judged = func.avg(case((Alert.is_useful.is_(True), 1.0), else_=0.0), type_=Float(53))
    return select(judged).where(Alert.rule_key == rule.key, Alert.is_useful.is_not(None)).scalar_subquery()


def _count(rule: Any, *conditions: Any) -> Any:
    return (
        select(func.count(type_=Integer))
        .select_from(Alert)
        .where(Alert.rule_key == rule.key, *conditions)
        .scalar_subquery()
    )


@row(AlertRule)
class AlertRuleType:
    """[staff] What the program says is worth an alert."""

    key: str
    """The word for it in the program files."""
    name: str
    """Its name."""
    severity: AlertSeverity
    """How soon somebody should look."""
    definition: JSON
    """The rule as the program has it."""
    is_retired: bool
    """Whether the running program has it no more."""
    alert_count: int = sql(AlertRule, lambda rule: _count(rule))
    """Alerts that it has ever opened."""
    open_count: int = sql(AlertRule, lambda rule: _count(rule, Alert.state != AlertState.RESOLVED.value))
    """Alerts of it that are not resolved."""
    judged_count: int = sql(AlertRule, lambda rule: _count(rule, Alert.is_useful.is_not(None)))
    """Alerts of it that staff have called useful or not."""
    useful_share: Decimal | None = sql(AlertRule, _useful_share)
    """Share of those that were useful, 1 is all; null while none was judged."""


@row(AlertOccurrence)
class AlertOccurrenceType:
    """[staff] Something that happened, and counts in an alert."""

    name: str
    """What happened."""
    occurred_at: datetime
    """When."""


@node(Alert, prefix="alert", permission=Permission.ACCOUNTS_INTERNAL)
class AlertType(TimelineEntryType):
    """[staff] A reason to look at an account. At most one of a rule is open on an account at a time."""

    account: AccountType | None = to_one(Alert.account_id)
    """The account."""
    rule: AlertRuleType | None = to_one(Alert.rule_key)
    """The rule that opened it."""
    severity: AlertSeverity
    """How soon somebody should look."""
    state: AlertState
    """Where it stands."""
    happened_at: datetime = column(Alert.opened_at)
    """When it was opened, as of every entry of the time line."""
    sentence: str = sql(Alert, queries.sentence)
    """Why, in words, with its numbers."""
    facts: JSON
    """The numbers of the sentence."""
    occurrences: Connection[AlertOccurrenceType] = to_many(
        AlertOccurrence.alert_id, order_by=newest_first(AlertOccurrence.occurred_at)
    )
    """What happened, newest first; nothing for a rule about a state."""
    opened_at: datetime
    """When it was opened."""
    last_seen_at: datetime
    """When its reason was last found."""
    acknowledged_at: datetime | None
    """When somebody said that they look at it."""
    acknowledged_by: PersonType | None = to_one(Alert.acknowledged_by)
    """Who."""
    snoozed_until: datetime | None
    """Until when it is put away."""
    snooze_reason: str | None
    """Why it is put away."""
    resolved_at: datetime | None
    """When it was resolved."""
    resolved_by: PersonType | None = to_one(Alert.resolved_by)
    """Who resolved it; null where its reason was over."""
    resolution: AlertResolution | None
    """How it came to its end."""
    is_useful: bool | None
    """What staff said of it; null while nobody has."""


@strawberry.input(description="Which alerts. Several fields must all hold.")
class AlertFilter:
    """Which alerts."""

    is_open: bool | None = strawberry.field(default=UNSET, description="Not resolved, or resolved.")
    state: list[AlertState] | None = strawberry.field(default=UNSET, description="In one of these states.")
    severity: list[AlertSeverity] | None = strawberry.field(default=UNSET, description="Of one of these severities.")
    rule_key: list[str] | None = strawberry.field(default=UNSET, description="Of one of these rules.")
    account_id: strawberry.ID | None = strawberry.field(default=UNSET, description="Of this account.")
    is_mine: bool | None = strawberry.field(
        default=UNSET, description="Of accounts whose success manager is whoever asks, or of all others."
    )
    is_judged: bool | None = strawberry.field(
        default=UNSET, description="Of which somebody said whether it was useful, or nobody has."
    )


def filtered(chosen: Select[Alert], wanted: AlertFilter) -> Select[Alert]:
    """The alerts that a filter lets through."""
    if given(wanted.is_open):
        chosen = chosen.where((Alert.state != AlertState.RESOLVED.value) == cast(wanted.is_open, Boolean))
    if given(wanted.state):
        chosen = chosen.where(any_of(Alert.state, wanted.state))
    if given(wanted.severity):
        chosen = chosen.where(any_of(Alert.severity, wanted.severity))
    if given(wanted.rule_key):
        chosen = chosen.where(any_of(Alert.rule_key, wanted.rule_key))
    if given(wanted.account_id):
        chosen = chosen.where(Alert.account_id == key_of(wanted.account_id, "acct"))
    if given(wanted.is_mine):
        own = select(Account.id).join(Staff, Staff.id == Account.success_manager_id)
        own = own.where(Account.id == Alert.account_id, Staff.person_id == viewer_person()).correlate(Alert)
        chosen = chosen.where(own.exists() if wanted.is_mine else ~own.exists())
    if given(wanted.is_judged):
        chosen = chosen.where(Alert.is_useful.is_not(None) if wanted.is_judged else Alert.is_useful.is_(None))
    return chosen


FilterArgument = Annotated[AlertFilter | None, strawberry.argument(description="Which alerts; all by default.")]


@connection(AlertType, order_by=newest_first(Alert.opened_at), permission=Permission.ACCOUNTS_INTERNAL)
def alerts(filter: FilterArgument = UNSET) -> Select[Alert]:  # noqa: A002 - the argument's name in the schema
    """[staff] Alerts, newest first."""
    chosen = select(Alert)
    return filtered(chosen, filter) if given(filter) else chosen


@many(AlertRuleType, order_by=in_order(AlertRule.key), permission=Permission.ACCOUNTS_INTERNAL)
def alert_rules() -> Select[AlertRule]:
    """[staff] The rules of alerts, with the share of alerts that staff found useful."""
    return select(AlertRule)


@mutation_payload
class AcknowledgeAlertPayload:
    """What came of acknowledging an alert."""

    alert: AlertType | None
    """The alert."""


@mutation_payload
class SnoozeAlertPayload:
    """What came of snoozing an alert."""

    alert: AlertType | None
    """The alert."""


@mutation_payload
class ResolveAlertPayload:
    """What came of resolving an alert."""

    alert: AlertType | None
    """The alert."""


@mutation_payload
class ReopenAlertPayload:
    """What came of opening an alert again."""

    alert: AlertType | None
    """The alert."""


@mutation_payload
class JudgeAlertPayload:
    """What came of judging an alert."""

    alert: AlertType | None
    """The alert."""


@strawberry.input(description="An alert that somebody looks at.")
class AcknowledgeAlertInput:
    """An alert that somebody looks at."""

    alert_id: strawberry.ID = strawberry.field(description="The alert.")


@strawberry.input(description="An alert that is put away.")
class SnoozeAlertInput:
    """An alert that is put away."""

    alert_id: strawberry.ID = strawberry.field(description="The alert.")
    until: datetime = strawberry.field(description="When it comes back, within 90 days.")
    reason: str = strawberry.field(description="Why; 1 to 500 characters.")


@strawberry.input(description="An alert that is over.")
class ResolveAlertInput:
    """An alert that is over."""

    alert_id: strawberry.ID = strawberry.field(description="The alert.")
    is_useful: bool | None = strawberry.field(default=None, description="Whether it was worth having.")


@strawberry.input(description="An alert that is not over after all.")
class ReopenAlertInput:
    """An alert that is not over after all."""

    alert_id: strawberry.ID = strawberry.field(description="The alert.")


@strawberry.input(description="What an alert was worth.")
class JudgeAlertInput:
    """What an alert was worth."""

    alert_id: strawberry.ID = strawberry.field(description="The alert.")
    is_useful: bool = strawberry.field(description="Whether it was worth having.")


@mutation(permission=Permission.ALERTS_WRITE)
async def acknowledge_alert(info: Info, input: AcknowledgeAlertInput) -> AcknowledgeAlertPayload:  # noqa: A002 - its name in the schema
    """[staff] Say that somebody looks at an alert. Needs alerts:write."""
    async with info.context.begin() as session:
        found = key_in(input.alert_id, "alert", field="alertId")
        done = await service.acknowledge(session, info.context.viewer, alert_id=found)
        return await payload(AcknowledgeAlertPayload, info, alert=done)


@mutation(permission=Permission.ALERTS_WRITE)
async def snooze_alert(info: Info, input: SnoozeAlertInput) -> SnoozeAlertPayload:  # noqa: A002 - its name in the schema
    """[staff] Put an alert away until a time. Needs alerts:write."""
    async with info.context.begin() as session:
        found = key_in(input.alert_id, "alert", field="alertId")
        done = await service.snooze(
            session, info.context.viewer, alert_id=found, until=input.until, reason=input.reason
        )
        return await payload(SnoozeAlertPayload, info, alert=done)


@mutation(permission=Permission.ALERTS_WRITE)
async def resolve_alert(info: Info, input: ResolveAlertInput) -> ResolveAlertPayload:  # noqa: A002 - its name in the schema
    """[staff] Resolve an alert; its rule stays quiet until the reason is over. Needs alerts:write."""
    async with info.context.begin() as session:
        found = key_in(input.alert_id, "alert", field="alertId")
        done = await service.resolve(session, info.context.viewer, alert_id=found, is_useful=input.is_useful)
        return await payload(ResolveAlertPayload, info, alert=done)


@mutation(permission=Permission.ALERTS_WRITE)
async def reopen_alert(info: Info, input: ReopenAlertInput) -> ReopenAlertPayload:  # noqa: A002 - its name in the schema
    """[staff] Take back that an alert was acknowledged, snoozed or resolved. Needs alerts:write."""
    async with info.context.begin() as session:
        found = key_in(input.alert_id, "alert", field="alertId")
        done = await service.reopen(session, info.context.viewer, alert_id=found)
        return await payload(ReopenAlertPayload, info, alert=done)


@mutation(permission=Permission.ALERTS_WRITE)
async def judge_alert(info: Info, input: JudgeAlertInput) -> JudgeAlertPayload:  # noqa: A002 - its name in the schema
    """[staff] Say whether an alert was worth having. Needs alerts:write."""
    async with info.context.begin() as session:
        found = key_in(input.alert_id, "alert", field="alertId")
        done = await service.judge(session, info.context.viewer, alert_id=found, is_useful=input.is_useful)
        return await payload(JudgeAlertPayload, info, alert=done)
