"""The inbox of staff."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import Boolean, Integer, Select, Text, and_, case, column, func, select, values
from strawberry import UNSET

from backend.accounts.models import Account
from backend.alerts.models import Alert, AlertRule
from backend.graphql.enums import describe
from backend.graphql.mutation import Info, keys_in, mutation, mutation_payload, payload
from backend.graphql.planner import Computed, Node, given, node, row, sql, to_one, viewer_person
from backend.notifications import preferences, service
from backend.notifications.models import MailWhen, Matter, Notification, NotificationPreference
from backend.notifications.preferences import DEFAULTS, Wish
from backend.permissions import Permission
from backend.tasks.models import Task

if TYPE_CHECKING:
    from backend.accounts.graphql import AccountType
    from backend.alerts.graphql import AlertType
    from backend.identity.graphql import PersonType
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


describe(
    MailWhen,
    "Whether and when something is mailed.",
    AT_ONCE="When it happens.",
    DAILY="In one mail a day, at eight in the morning of one's time zone.",
    OFF="Not at all.",
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
    chosen = select(Notification).where(Notification.person_id == viewer_person(), Notification.in_app)
    if given(is_read):
        chosen = chosen.where(Notification.read_at.is_not(None) if is_read else Notification.read_at.is_(None))
    return chosen


def unread_count() -> Any:
    """SQL: how many of the viewer's own notifications are unread."""
    unread = case((Notification.read_at.is_(None), 1))
    own = Notification.person_id == viewer_person(), Notification.in_app
    return select(func.count(unread)).where(*own).scalar_subquery()


@row()
class NotificationPreferenceType:
    """[staff] How one wants to be told of a matter."""

    matter: Matter
    """What it is about."""
    in_app: bool
    """Whether it comes to the inbox."""
    mail: MailWhen
    """Whether and when it is mailed."""


def own_preferences(_viewer: Any) -> Computed:
    """One row a matter: what the viewer chose, else what holds for everybody."""
    defaults = values(
        column("place", Integer),
        column("matter", Text),
        column("in_app", Boolean),
        column("mail", Text),
        name="defaults",
        literal_binds=True,
    ).data([(n, matter.value, wish.in_app, wish.mail.value) for n, (matter, wish) in enumerate(DEFAULTS.items())])
    chosen = NotificationPreference
    joined = defaults.outerjoin(chosen, and_(chosen.person_id == viewer_person(), chosen.matter == defaults.c.matter))
    return (
        select(
            defaults.c.matter.label("matter"),
            func.coalesce(chosen.in_app, defaults.c.in_app).label("in_app"),
            func.coalesce(chosen.mail, defaults.c.mail).label("mail"),
        )
        .select_from(joined)
        .order_by(defaults.c.place)
    )


@strawberry.input(description="How one wants to be told of a matter.")
class NotificationPreferenceInput:
    """How one wants to be told of a matter."""

    matter: Matter = strawberry.field(description="What it is about.")
    in_app: bool = strawberry.field(description="Whether it comes to the inbox.")
    mail: MailWhen = strawberry.field(description="Whether and when it is mailed.")


@strawberry.input(description="How one wants to be told.")
class SetNotificationPreferencesInput:
    """How one wants to be told."""

    preferences: list[NotificationPreferenceInput] = strawberry.field(
        description="Some matters, each once; the others stay as they are."
    )


@mutation_payload
class SetNotificationPreferencesPayload:
    """What came of setting one's preferences."""

    person: PersonType | None
    """Oneself."""


@mutation(permission=Permission.ACCOUNTS_INTERNAL)
async def set_notification_preferences(
    info: Info,
    input: SetNotificationPreferencesInput,  # noqa: A002 - its name in the schema
) -> SetNotificationPreferencesPayload:
    """[staff] Set how one wants to be told of matters. Needs accounts:internal."""
    async with info.context.begin() as session:
        wanted = [(one.matter, Wish(one.in_app, one.mail)) for one in input.preferences]
        person_id = await preferences.set_own(session, info.context.viewer, wanted)
        return await payload(SetNotificationPreferencesPayload, info, person=person_id)


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
