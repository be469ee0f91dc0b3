"""The inbox, of staff and of members."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import (
    Boolean,
    Integer,
    Select,
    Text,
    and_,
    case,
    column,
    false,
    func,
    literal_column,
    or_,
    select,
    values,
)
from strawberry import UNSET

from backend.accounts.models import Account
from backend.alerts.models import Alert, AlertRule
from backend.graphql.enums import describe
from backend.graphql.mutation import Info, keys_in, mutation, mutation_payload, payload
from backend.graphql.planner import (
    Computed,
    Node,
    given,
    node,
    row,
    sql,
    to_one,
    viewer_kind,
    viewer_permissions,
    viewer_person,
)
from backend.notifications import preferences, service
from backend.notifications.models import MailWhen, Matter, Notification, NotificationPreference
from backend.notifications.preferences import DEFAULTS, Wish, matters_of
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
    URGENT_ALERT="[staff] An urgent alert was opened.",
    ALERT="[staff] Another alert was opened.",
    ALERT_REOPENED="[staff] An alert is open again: it was snoozed until now, or had been resolved too early.",
    ALERT_RESOLVED="[staff] An alert is over.",
    TASK_ASSIGNED="[staff] A task was given to one by somebody else.",
    PAYMENT_FAILED="[member] A payment of an open invoice failed; told to those who may see bills.",
    LIMIT_REACHED="[member] What is included in this month is used up; told to those who may see bills.",
    LIMIT_NEAR="[member] What is included in this month will be used up within a week; told to the same.",
    STANDING_CHANGED="[member] A day closed in another band than the day before, as customers see health.",
    TEAMMATE_JOINED="[member] Somebody joined the account; told to those who may see its people.",
)


describe(
    MailWhen,
    "Whether and when something is mailed.",
    AT_ONCE="When it happens.",
    DAILY="In one mail a day, at eight in the morning of one's time zone.",
    OFF="Not at all.",
)


def _title(notification: Any) -> Any:
    """For staff the account's name and the rule's name or the task's title; for members what happened."""
    if viewer_kind() == "member":
        return func.coalesce(func.waymark_told(notification.matter, notification.facts), "", type_=Text())
    rule = (
        select(AlertRule.name)
        .join(Alert, Alert.rule_key == AlertRule.key)
        .where(Alert.id == notification.alert_id)
        .scalar_subquery()
    )
    task = select(Task.title).where(Task.id == notification.task_id).scalar_subquery()
    account = select(Account.name).where(Account.id == notification.account_id).scalar_subquery()
    return func.coalesce(func.concat_ws(": ", account, func.coalesce(rule, task), type_=Text()), "", type_=Text())


@node(Notification, prefix="told", permission=Permission.PROFILE_WRITE)
class NotificationType(Node):
    """Something that one was told. Everybody sees their own alone, members those of the account they signed in for."""

    matter: Matter
    """What it is about."""
    title: str = sql(Notification, _title)
    """For staff the account, and the alert's rule or the task's title; for members what happened, as a sentence."""
    account: AccountType | None = to_one(Notification.account_id)
    """The account; null for a task of none."""
    alert: AlertType | None = to_one(Notification.alert_id, permission=Permission.ACCOUNTS_INTERNAL)
    """[staff] The alert; null where it is about a task."""
    task: TaskType | None = to_one(Notification.task_id, permission=Permission.ACCOUNTS_INTERNAL)
    """[staff] The task; null where it is about an alert."""
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
    """How one wants to be told of a matter."""

    matter: Matter
    """What it is about."""
    in_app: bool
    """Whether it comes to the inbox."""
    mail: MailWhen
    """Whether and when it is mailed."""


def own_preferences(_viewer: Any) -> Computed:
    """One row a matter of the viewer's: what they chose, else what holds for everybody."""
    own = matters_of(viewer_kind(), viewer_permissions())
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
        .where(or_(false(), *(defaults.c.matter == literal_column(f"'{matter.value}'") for matter in own)))
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


@mutation(permission=Permission.PROFILE_WRITE)
async def set_notification_preferences(
    info: Info,
    input: SetNotificationPreferencesInput,  # noqa: A002 - its name in the schema
) -> SetNotificationPreferencesPayload:
    """Set how one wants to be told of matters. Needs profile:write."""
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


@mutation(permission=Permission.PROFILE_WRITE)
async def mark_notifications_read(
    info: Info,
    input: MarkNotificationsReadInput,  # noqa: A002 - its name in the schema
) -> MarkNotificationsReadPayload:
    """Note that one has read some of one's notifications, or all of them. Needs profile:write."""
    async with info.context.begin() as session:
        named = input.notification_ids
        ids = None if named is None else keys_in(named, "told", field="notificationIds")
        marked = await service.mark_read(session, info.context.viewer, ids)
        return await payload(MarkNotificationsReadPayload, info, notifications=marked)
