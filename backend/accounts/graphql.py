"""Accounts: what customers see, what only staff see behind `internal`, and lists of accounts."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    Double,
    Integer,
    Select,
    Text,
    cast,
    column,
    exists,
    func,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased
from strawberry import UNSET

from backend.accounts.models import (
    Account,
    AccountInternal,
    AccountOwner,
    HealthVisibility,
    OwnerRole,
    Tier,
    Trait,
    TraitKind,
)
from backend.billing.graphql import invoices_of, own_invoices_of, subscriptions_of, timeline_of
from backend.billing.models import BillingFact, Invoice, Subscription
from backend.engagement.graphql import notes_of, pulse_of
from backend.engagement.models import Note, Pulse, Touchpoint
from backend.graphql.account_filter import AccountFilter, condition
from backend.graphql.customer_health_change import customer_change_of
from backend.graphql.customer_home import celebrations_of, marks_of, people_active
from backend.graphql.enums import OrderDirection, describe
from backend.graphql.health_change import ChangeWindow, change_of, score_change, why_moved
from backend.graphql.limits import limits_of
from backend.graphql.money import MoneyType, money
from backend.graphql.planner import (
    JSON,
    Computed,
    Connection,
    Decimal,
    Merged,
    Node,
    connection,
    embedded,
    given,
    in_order,
    key_of,
    many,
    never_null,
    newest_first,
    node,
    one,
    row,
    sql,
    to_many,
    to_one,
)
from backend.graphql.stages import stage_of
from backend.graphql.timeline import TimelineEntryType, entries_of
from backend.health.graphql import (
    customer_health,
    customer_history,
    internal_health,
    internal_history,
    next_actions_of,
)
from backend.health.models import CurrentHealth, HealthOverride
from backend.identity.models import Member, MemberState
from backend.permissions import Permission
from backend.support.graphql import tickets_of
from backend.support.models import Ticket
from backend.tasks.graphql import tasks_of
from backend.tasks.models import Task
from backend.usage.graphql import usage_by_metric_of, usage_of
from backend.usage.models import Metric, Source, UsageDaily

if TYPE_CHECKING:
    from backend.billing.graphql import BillingFactType, BillingInvoiceType, BillingSubscriptionType, InvoiceType
    from backend.engagement.graphql import NoteType, PulseType, TouchpointType
    from backend.graphql.customer_health_change import CustomerHealthChangeType
    from backend.graphql.customer_home import AccountMarkType, CelebrationType, PeopleActiveType
    from backend.graphql.health_change import HealthChangeType
    from backend.graphql.limits import LimitStatusType
    from backend.graphql.stages import AccountStageType
    from backend.health.graphql import HealthOverrideType, HealthPointType, HealthScoreType, NextActionType
    from backend.identity.graphql import MemberType, StaffType
    from backend.support.graphql import TicketType
    from backend.tasks.graphql import TaskType
    from backend.usage.graphql import MetricType, MetricUsageType, SourceType, UsagePointType


@row()
class TierLimitType:
    """What a tier includes of a metric in a month."""

    metric: MetricType | None = to_one(lambda limit: select(Metric).where(Metric.key == limit.key))
    """What is limited; null where the metric is not meant for the viewer."""
    included: Decimal
    """Included in a month."""


def _limits_of_tier(tier: Any) -> Computed:
    entry: Any = func.jsonb_each_text(tier.limits).table_valued(
        column("key", Text()), column("value", Text()), name="entry"
    )
    return (
        select(entry.c.key.label("key"), cast(entry.c.value, Double()).label("included"))
        .select_from(entry)
        .join(Metric, Metric.key == entry.c.key)
        .order_by(never_null(entry.c.key))
    )


@row(Tier)
class TierType:
    """A service tier of the running program."""

    key: str
    """The word for it in arguments and filters."""
    name: str
    """Its name."""
    rank: int
    """Its place among the tiers, lowest first."""
    monthly_price: MoneyType | None = embedded(
        lambda t: money(t.price_minor, t.price_currency),
        when=lambda t: t.price_minor.is_not(None) & t.price_currency.is_not(None),
    )
    """List price of a month; null where there is none."""
    health_visibility: HealthVisibility
    """What its customers see of their health."""
    limits: list[TierLimitType] = to_many(_limits_of_tier)
    """What it includes in a month, unless a subscription says otherwise; a metric that is not named is unlimited."""


def _members_of(
    account: Any,
    state: Annotated[MemberState | None, strawberry.argument(description="Only those in this state.")] = UNSET,
) -> Select[Member]:
    chosen = select(Member).where(Member.account_id == account.id)
    return chosen.where(Member.state == literal_column(f"'{state.value}'")) if given(state) else chosen


@node(Account, prefix="acct", permission=Permission.ACCOUNTS_READ)
class AccountType(Node):
    """A company that is a customer."""

    name: str
    """Its name."""
    external_id: str | None
    """Its key in the organization's own systems."""
    tier: TierType | None = to_one(lambda account: select(Tier).where(Tier.key == account.tier_key))
    """Its service tier."""
    stage: AccountStageType | None = to_one(stage_of)
    """Where it stands in its life as a customer; null where no stage of the program holds."""
    industry: str | None
    """What it does."""
    use_case: str | None
    """What it uses the product for."""
    customer_since: date
    """First day as a customer."""
    parent: AccountType | None = to_one(Account.parent_id)
    """The account that it belongs to; customers do not see it."""
    children: Connection[AccountType] = to_many(Account.parent_id, order_by=in_order(Account.name))
    """The accounts that belong to it; customers do not see them."""
    success_manager: StaffType | None = to_one(Account.success_manager_id)
    """Who looks after it."""
    members: Connection[MemberType] = to_many(
        _members_of, order_by=in_order(Member.joined_on), permission=Permission.PEOPLE_READ
    )
    """Its people, longest in the account first."""
    health: HealthScoreType | None = to_one(customer_health)
    """How well it does, as its customers see it. Null where the tier hides it, and before it was first scored."""
    health_history: list[HealthPointType] = to_many(customer_history)
    """Its closing scores as its customers see them, one a day that has one; none where the tier hides them."""
    health_change: CustomerHealthChangeType | None = to_one(customer_change_of)
    """Why the health that its customers see changed between any two days. Null where the tier hides it."""
    next_actions: list[NextActionType] = to_many(next_actions_of)
    """What its people can do for their health today, the largest gain first. Nothing on factors that its customers do
    not see, and nothing at all where the tier hides health."""
    people_active: PeopleActiveType = embedded(people_active)
    """How many of its people use the product."""
    celebrations: list[CelebrationType] = to_many(celebrations_of)
    """What went well in it in the last seven whole days, the rarest first; usually nothing."""
    marks: list[AccountMarkType] = to_many(marks_of)
    """What happened in it in a range of days, in the words of its people, the earliest first: marks for a chart of its
    health."""
    usage: list[UsagePointType] = to_many(usage_of)
    """What was counted of a metric, day by day. Days on which nothing was recorded are left out."""
    usage_by_metric: list[MetricUsageType] = to_many(usage_by_metric_of)
    """What was counted of several metrics at once, core metrics first; metrics that the viewer may not see are left
    out."""
    limits: list[LimitStatusType] = to_many(limits_of)
    """What its subscriptions, else its tier, include in a month, how much of it is used, and when it will be used
    up."""
    subscriptions: list[BillingSubscriptionType] = to_many(
        subscriptions_of, order_by=in_order(Subscription.starts_on), permission=Permission.BILLING_READ
    )
    """Subscriptions in force today. Needs billing:read."""
    invoices: Connection[BillingInvoiceType] = to_many(
        own_invoices_of, order_by=newest_first(Invoice.issued_on), permission=Permission.BILLING_READ
    )
    """Its invoices, newest first. Needs billing:read."""
    internal: AccountInternalType | None = to_one(
        lambda account: select(AccountInternal).where(AccountInternal.account_id == account.id),
        gate=Permission.ACCOUNTS_INTERNAL,
    )
    """[staff] What its members never see; null without accounts:internal."""


def _sources_of(internal: Any) -> Select[Source]:
    def has(model: Any) -> ColumnElement[bool]:
        facts = select(model.source_id).where(model.account_id == internal.account_id)
        return facts.where(model.source_id == Source.id).correlate(Source).exists()

    return select(Source).where(or_(has(UsageDaily), has(Subscription), has(Invoice), has(Ticket)))


@row(AccountInternal)
class AccountInternalType:
    """[staff] What staff know of an account and its members never see."""

    health: HealthScoreType | None = to_one(internal_health)
    """How well it does, over every factor. Null before it was first scored."""
    health_history: list[HealthPointType] = to_many(internal_history)
    """Its closing scores, one a day that has one."""
    health_change: HealthChangeType | None = to_one(change_of)
    """Why the score changed between any two days."""
    score_change: Decimal | None = sql(AccountInternal, score_change)
    """Points gained over some days, negative where points were lost, 0 without a score before; null before it was
    first scored."""
    why_moved: str | None = sql(AccountInternal, why_moved)
    """Why, in a sentence that adds up; null where either score is missing."""
    mrr: MoneyType = embedded(lambda a: money(a.mrr_minor, a.mrr_currency))
    """Monthly recurring revenue in force today."""
    seats: int | None
    """Seats in force today; null where none are sold."""
    renews_on: date | None
    """The next renewal."""
    churned_on: date | None
    """The day on which it left."""
    churn_reason: str | None
    """Why it left."""
    tags: list[str]
    """Words that staff put on it."""
    traits: JSON
    """What the organization's systems say of it, by key."""
    last_touch_at: datetime | None
    """When staff last had contact."""
    owners: list[AccountOwnerType] = to_many(
        lambda internal: select(AccountOwner).where(AccountOwner.account_id == internal.account_id),
        order_by=in_order(AccountOwner.role_key),
    )
    """Who of the staff looks after it, beside the success manager."""
    pulse: PulseType | None = to_one(pulse_of)
    """How staff feel about it today; null where nobody said so, or not lately."""
    pulses: Connection[PulseType] = to_many(
        lambda internal: select(Pulse).where(Pulse.account_id == internal.account_id),
        order_by=newest_first(Pulse.created_at),
    )
    """How staff felt about it, newest first, withdrawn ones as well."""
    notes: Connection[NoteType] = to_many(notes_of, order_by=newest_first(Note.created_at))
    """What staff wrote down about it, newest first."""
    tasks: Connection[TaskType] = to_many(tasks_of, order_by=in_order(Task.id))
    """What staff have to do for it."""
    touchpoints: Connection[TouchpointType] = to_many(
        lambda internal: select(Touchpoint).where(Touchpoint.account_id == internal.account_id),
        order_by=newest_first(Touchpoint.occurred_at),
    )
    """Contacts that staff noted, newest first."""
    overrides: Connection[HealthOverrideType] = to_many(
        lambda internal: select(HealthOverride).where(HealthOverride.account_id == internal.account_id),
        order_by=newest_first(HealthOverride.started_at),
    )
    """Categories that acute signals forced, newest first."""
    billing_timeline: Connection[BillingFactType] = to_many(
        timeline_of, order_by=newest_first(BillingFact.occurred_at), permission=Permission.BILLING_READ
    )
    """What happened with its money, newest first. Needs billing:read."""
    invoices: Connection[InvoiceType] = to_many(
        invoices_of, order_by=newest_first(Invoice.issued_on), permission=Permission.BILLING_READ
    )
    """Its invoices, newest first. Needs billing:read."""
    tickets: Connection[TicketType] = to_many(tickets_of, order_by=newest_first(Ticket.opened_at))
    """Its conversations with support, newest first."""
    timeline: Connection[TimelineEntryType] = to_many(entries_of)
    """What happened in it, whatever it was, newest first."""
    data_sources: list[SourceType] = to_many(_sources_of, order_by=in_order(Source.key))
    """The sources that have delivered facts of it."""


class AccountOrderField(StrEnum):
    """What accounts are ordered by."""

    NAME = "NAME"
    HEALTH = "HEALTH"
    HEALTH_CHANGE = "HEALTH_CHANGE"
    MRR = "MRR"
    RENEWS_ON = "RENEWS_ON"
    LAST_TOUCH = "LAST_TOUCH"


describe(
    AccountOrderField,
    "What accounts are ordered by. Accounts with the same value follow in the order in which they were made, "
    "with DESC the newest first.",
    NAME="The name.",
    HEALTH="The live internal score; accounts without one come last, whichever the direction.",
    HEALTH_CHANGE="Points gained over some days; without a score before or now it counts 0.",
    MRR="Monthly recurring revenue in minor units, whatever the currency.",
    RENEWS_ON="The next renewal; without one an account counts as the latest.",
    LAST_TOUCH="The last contact that staff noted; without one an account counts as the earliest.",
)


@strawberry.input(description="An ordering of accounts.")
class AccountOrder:
    """An ordering of accounts."""

    field: AccountOrderField = strawberry.field(description="What decides.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.DESC, description="Which end comes first.")
    window: ChangeWindow = strawberry.field(
        default=ChangeWindow.DAYS_7, description="For HEALTH_CHANGE: over how many days."
    )


ORDERING_INTERNAL = aliased(AccountInternal, name="ordering_internal")
ORDERING_HEALTH = aliased(CurrentHealth, name="ordering_health")
"""What lists are ordered by, under a name of its own: a filter of the same list looks into the tables as well."""


LAST = 2_000_000_000
"""More micro-points than any score has."""


def ordered(chosen: Select[Account], order: AccountOrder) -> Select[Account] | Merged:
    """Accounts in an order whose keys are never null."""
    if order.field in (AccountOrderField.MRR, AccountOrderField.RENEWS_ON, AccountOrderField.LAST_TOUCH):
        chosen = chosen.outerjoin(ORDERING_INTERNAL, ORDERING_INTERNAL.account_id == Account.id)
    never = literal_column("date '9999-12-31'", Date())
    is_descending = order.direction is OrderDirection.DESC
    key: Any
    match order.field:
        case AccountOrderField.NAME:
            key = Account.name
        case AccountOrderField.HEALTH:
            return _by_health(chosen, is_descending=is_descending)
        case AccountOrderField.HEALTH_CHANGE:
            change = CurrentHealth.change_7 if order.window is ChangeWindow.DAYS_7 else CurrentHealth.change_30
            chosen, key = _by_health_change(chosen, change)
        case AccountOrderField.MRR:
            key = func.coalesce(ORDERING_INTERNAL.mrr_minor, _number(0))
        case AccountOrderField.RENEWS_ON:
            key = func.coalesce(ORDERING_INTERNAL.renews_on, never)
        case AccountOrderField.LAST_TOUCH:
            first = literal_column("timestamptz '0001-01-01 00:00:00+00'", DateTime(timezone=True))
            key = func.coalesce(ORDERING_INTERNAL.last_touch_at, first)
    return chosen.order_by(key.desc() if is_descending else key)


def _by_health(chosen: Select[Account], *, is_descending: bool) -> Merged:
    """Accounts by live score, then those without one, such as customers who left.

    As two lists the first comes from an index in its order, and the second, for which every account has to be looked
    at, is only read where the first does not fill the page.
    """
    has_score = (
        select(CurrentHealth.account_id).where(CurrentHealth.account_id == Account.id).correlate(Account).exists()
    )
    scored = chosen.join(ORDERING_HEALTH, ORDERING_HEALTH.account_id == Account.id)
    key, last = ORDERING_HEALTH.sort_score, _number(-2 if is_descending else LAST)
    if is_descending:
        return [scored.order_by(key.desc()), chosen.where(~has_score).order_by(last.desc())]
    return [scored.order_by(key), chosen.where(~has_score).order_by(last)]


def _by_health_change(chosen: Select[Account], key: Any) -> tuple[Select[Account], Any]:
    """Join a change of live health, which is 0 for accounts that have none.

    As two lists, scored and not: the first comes from an index in its order, so that a page reads its own rows where a
    join to every account would sort them all (staff's list of 50 among 10,000 accounts took half as long again).
    """
    other = aliased(Account)
    unscored = ~exists().where(CurrentHealth.account_id == other.id)
    ranked = union_all(
        select(CurrentHealth.account_id.label("account_id"), key.label("key")),
        select(other.id, _number(0)).where(unscored),
    ).subquery("ranked")
    return chosen.join(ranked, ranked.c.account_id == Account.id), never_null(ranked.c.key)


def _number(value: int) -> Any:
    return cast(literal_column(str(value)), Integer())


@one(AccountType, permission=Permission.ACCOUNTS_READ)
def account(id: Annotated[strawberry.ID, strawberry.argument(description="Public id.")]) -> Select[Account]:  # noqa: A002 - the argument's name in the schema
    """One account. Customers find their own; unknown and invisible ones look alike."""
    return select(Account).where(Account.id == key_of(id, "acct"))


@connection(AccountType, order_by=in_order(Account.name), permission=Permission.ACCOUNTS_INTERNAL)
def accounts(
    filter: Annotated[AccountFilter | None, strawberry.argument(description="Which accounts; all by default.")] = UNSET,  # noqa: A002 - the argument's name in the schema
    order_by: Annotated[AccountOrder | None, strawberry.argument(description="By name by default.")] = UNSET,
) -> Select[Account] | Merged:
    """[staff] Accounts, in pages."""
    chosen = select(Account)
    if given(filter):
        chosen = chosen.where(condition(filter))
    return ordered(chosen, order_by) if given(order_by) else chosen


describe(
    TraitKind,
    "What the values of a trait are.",
    TEXT="Texts of one line.",
    NUMBER="Numbers.",
    BOOLEAN="True or false.",
    DATE="Days, as texts such as 2026-05-01.",
    CHOICE="One of the trait's choices.",
)


@row(Trait)
class TraitType:
    """[staff] A trait that accounts may have, as the running program declares it."""

    key: str
    """The word for it in filters and changes."""
    name: str
    """Its name."""
    kind: TraitKind
    """What its values are."""
    choices: list[str]
    """What a CHOICE may be; empty for every other kind."""


@row(OwnerRole)
class OwnerRoleType:
    """[staff] A role in which staff look after accounts, beside the success manager's."""

    key: str
    """The word for it in changes."""
    name: str
    """Its name."""


@row(AccountOwner)
class AccountOwnerType:
    """[staff] Who of the staff has a role for an account."""

    role: OwnerRoleType | None = to_one(lambda owner: select(OwnerRole).where(OwnerRole.key == owner.role_key))
    """The role."""
    staff: StaffType | None = to_one(AccountOwner.staff_id)
    """Who has it."""
    since: datetime
    """Since when."""


@row()
class TagType:
    """[staff] A word that staff put on accounts."""

    name: str
    """The word."""
    account_count: int
    """How many accounts have it."""


@many(TraitType, order_by=in_order(Trait.position, Trait.key), permission=Permission.ACCOUNTS_INTERNAL)
def traits() -> Select[Trait]:
    """[staff] The traits that accounts may have, in the program's order."""
    return select(Trait).where(Trait.is_retired.is_(False))


@many(OwnerRoleType, order_by=in_order(OwnerRole.position, OwnerRole.key), permission=Permission.ACCOUNTS_INTERNAL)
def owner_roles() -> Select[OwnerRole]:
    """[staff] The roles in which staff look after accounts, in the program's order."""
    return select(OwnerRole).where(OwnerRole.is_retired.is_(False))


@many(TagType, permission=Permission.ACCOUNTS_INTERNAL)
def tags(
    starts_with: Annotated[
        str | None, strawberry.argument(description="Only those that begin so, in any case.")
    ] = UNSET,
) -> Computed:
    """[staff] The tags that accounts have, 200 at most, the most used first."""
    each = func.unnest(AccountInternal.tags).column_valued("tag")
    words = select(each.label("name")).select_from(AccountInternal).subquery("words")
    chosen = select(words.c.name, cast(func.count(), Integer()).label("account_count")).group_by(words.c.name)
    if given(starts_with):
        chosen = chosen.where(func.starts_with(func.lower(words.c.name), func.lower(starts_with)))
    used = chosen.subquery("used")
    return (
        select(used.c.name, used.c.account_count)
        .order_by(never_null(used.c.account_count).desc(), never_null(used.c.name))
        .limit(200)
    )
