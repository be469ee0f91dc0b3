"""The fields of Subscription."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import UNSET

from backend.accounts.graphql import AccountType
from backend.alerts.graphql import AlertType
from backend.announcing import Topic
from backend.graphql.planner import event, subscription
from backend.graphql.system import WorkItemType
from backend.notifications.graphql import NotificationType
from backend.permissions import Permission
from backend.tasks.graphql import TaskType

AccountIds = Annotated[
    list[strawberry.ID] | None,
    strawberry.argument(description="Public ids of the accounts to follow, 100 at most; all that you may see without."),
]


@subscription(AccountType, Topic.HEALTH, permission=Permission.ACCOUNTS_READ)
def health_changed(account_ids: AccountIds = UNSET) -> None:
    """An account whose live health changed: its score, or its band. Needs accounts:read."""


@subscription(AlertType, Topic.ALERT, permission=Permission.ACCOUNTS_INTERNAL)
def alert_changed(account_ids: AccountIds = UNSET) -> None:
    """[staff] An alert that was opened, acknowledged, snoozed, resolved or judged, or whose facts are others now. Needs
    accounts:internal."""


@subscription(TaskType, Topic.TASK, permission=Permission.ACCOUNTS_INTERNAL)
def task_changed(account_ids: AccountIds = UNSET) -> None:
    """[staff] A task that was created, changed, passed on, closed or reopened. Needs accounts:internal."""


@subscription(NotificationType, Topic.NOTIFICATION, permission=Permission.PROFILE_WRITE)
def notification_changed() -> None:
    """Something that one was told, or has read on another device: ask anew how much is unread. Several that are told or
    read at once may come as one. Everybody is told of their own alone. Needs profile:write."""


@subscription(WorkItemType, Topic.WORK, permission=Permission.SYSTEM_READ)
def work_parked() -> None:
    """[staff] Work that was given up after its retries. Needs system:read."""


@event
class ResyncType:
    """Something may have changed without being told."""

    at: datetime | None
    """When that was noticed."""


@subscription(ResyncType, Topic.RESYNC)
def resync() -> None:
    """Told when changes may have been missed, because Valkey was away, a process of Waymark started, or more changed at
    once than can be told one by one: ask anew for what is on the screen."""
