"""The inbox of staff."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import Select, Text, case, func, select
from strawberry import UNSET

from backend.accounts.models import Account
from backend.alerts.models import Alert, AlertRule
from backend.graphql.enums import describe
from backend.graphql.mutation import Info, keys_in, mutation, mutation_payload, payload
from backend.graphql.planner import Node, given, node, sql, to_one, viewer_person
from backend.notifications import service
from backend.notifications.models import Matter, Notification
from backend.permissions import Permission
from backend.tasks.models import Task

if TYPE_CHECKING:
    from backend.accounts.graphql import AccountType
    from backend.alerts.graphql import AlertType
    from backend.tasks.graphql import TaskType

describe(
    Matter,
    "What somebody is told about.",
    URGENT_ALERT="An urgent alert was opened.",
    ALERT="Another alert was opened.",
    ALERT_REOPENED="An alert is open again: it was snoozed until now, or had been resolved too early.",
    ALERT_RESOLVED="An alert is over.",
    TASK_ASSIGNED="A task was given to one by somebody else.",
)


def _title(notification: Any) -> Any:
    """The rule's name or the task's title, and the account's name."""
    rule = (
        select(AlertRule.name)
        .join(Alert, Alert.rule_key == AlertRule.key)
        .where(Alert.id == notification.alert_id)
        .scalar_subquery()
    )
    task = select(Task.title).where(Task.id == notification.task_id).scalar_subquery()
    account = select(Account.name).where(Account.id == notification.account_id).scalar_subquery()
    return func.coalesce(func.concat_ws(": ", account, func.coalesce(rule, task), type_=Text()), "", type_=Text())


@node(Notification, prefix="told", permission=Permission.ACCOUNTS_INTERNAL)
class NotificationType(Node):
    """[staff] Something that one was told. Everybody sees their own alone."""

    matter: Matter
    """What it is about."""
    title: str = sql(Notification, _title)
    """The account, and the alert's rule or the task's title."""
    account: AccountType | None = to_one(Notification.account_id)
    """The account; null for a task of none."""
    alert: AlertType | None = to_one(Notification.alert_id)
    """The alert; null where it is about a task."""
    task: TaskType | None = to_one(Notification.task_id)
    """The task; null where it is about an alert."""
    created_at: datetime
    """When one was told."""
    read_at: datetime | None
    """When one read it."""


def own(
    _viewer: Any,
    is_read: Annotated[
        bool | None, strawberry.argument(description="Read or unread ones alone; both by default.")
    ] = UNSET,
) -> Select[Notification]:
    """The viewer's own notifications; none for an API key."""
    chosen = select(Notification).where(Notification.person_id == viewer_person())
    if given(is_read):
        chosen = chosen.where(Notification.read_at.is_not(None) if is_read else Notification.read_at.is_(None))
    return chosen


def unread_count() -> Any:
    """SQL: how many of the viewer's own notifications are unread."""
    unread = case((Notification.read_at.is_(None), 1))
    return select(func.count(unread)).where(Notification.person_id == viewer_person()).scalar_subquery()


@strawberry.input(description="Which notifications one has read.")
class MarkNotificationsReadInput:
    """Which notifications one has read."""

    notification_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Some of one's own, at most 1,000; left out: the newest 1,000 unread ones."
    )


@mutation_payload
class MarkNotificationsReadPayload:
    """What came of marking notifications as read."""

    notifications: list[NotificationType]
    """Those that were named, or that were unread."""


@mutation(permission=Permission.ACCOUNTS_INTERNAL)
async def mark_notifications_read(
    info: Info,
    input: MarkNotificationsReadInput,  # noqa: A002 - its name in the schema
) -> MarkNotificationsReadPayload:
    """[staff] Note that one has read some of one's notifications, or all of them. Needs accounts:internal."""
    async with info.context.begin() as session:
        named = input.notification_ids
        ids = None if named is None else keys_in(named, "told", field="notificationIds")
        marked = await service.mark_read(session, info.context.viewer, ids)
        return await payload(MarkNotificationsReadPayload, info, notifications=marked)
