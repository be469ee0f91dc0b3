"""Declarations over the tests' tables that use everything the planner offers."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, TypeAlias

import strawberry
from sqlalchemy import ColumnElement, Double, Select, and_, func, literal_column, not_, or_, select
from strawberry import UNSET

from backend.graphql.mutation import Info, mutation, mutation_payload, payload
from backend.graphql.planner import (
    JSON,
    Computed,
    Connection,
    Decimal,
    Long,
    Merged,
    Node,
    any_of,
    arguments_of,
    column,
    connection,
    decode_id,
    embedded,
    given,
    in_order,
    interface,
    key_of,
    many,
    never_null,
    newest_first,
    node,
    one,
    row,
    same_row,
    sql,
    to_many,
    to_one,
    viewer_account,
    viewer_kind,
)
from tests.graphql.planner.models import Account, BadgeAward, Member, Milestone, Staff, Tier, UsageDay


@strawberry.enum(description="What accounts are ordered by.")
class AccountOrderField(StrEnum):
    NAME = "NAME"
    MRR = "MRR"
    SCORE = "SCORE"


@strawberry.input(description="An ordering of accounts.")
class AccountOrder:
    field: AccountOrderField
    descending: bool = False


@strawberry.enum(description="What members are ordered by.")
class MemberOrderField(StrEnum):
    SEATS = "SEATS"
    LAST_SEEN = "LAST_SEEN"


@strawberry.input(description="An ordering of members; the name settles ties.")
class MemberOrder:
    field: MemberOrderField
    descending: bool = False


@strawberry.input(description="A range of numbers.")
class DecimalFilter:
    lt: Decimal | None = UNSET
    gte: Decimal | None = UNSET
    is_null: bool | None = UNSET


@strawberry.input(description="Which accounts.")
class AccountFilter:
    and_: list[AccountFilter] | None = UNSET
    or_: list[AccountFilter] | None = UNSET
    not_: AccountFilter | None = UNSET
    name_contains: str | None = UNSET
    tier: Tier | None = UNSET
    tier_in: list[Tier] | None = UNSET
    name_in: list[str] | None = UNSET
    score: DecimalFilter | None = UNSET
    created_after: datetime | None = UNSET
    mrr_minor_at_least: Long | None = UNSET


def chosen(f: AccountFilter) -> ColumnElement[bool]:
    parts: list[ColumnElement[bool]] = [Account.id.is_not(None)]
    if given(f.and_):
        parts += [chosen(part) for part in f.and_]
    if given(f.or_):
        parts.append(or_(False, *(chosen(part) for part in f.or_)))
    if given(f.not_):
        parts.append(not_(func.coalesce(chosen(f.not_), False)))
    if given(f.name_contains):
        parts.append(func.strpos(Account.name, f.name_contains) > 0)
    if given(f.tier):
        parts.append(Account.tier == f.tier)
    if given(f.tier_in):
        parts.append(any_of(Account.tier, f.tier_in))
    if given(f.name_in):
        parts.append(any_of(Account.name, f.name_in))
    if given(f.score):
        if given(f.score.lt):
            parts.append(Account.score < f.score.lt)
        if given(f.score.gte):
            parts.append(Account.score >= f.score.gte)
        if given(f.score.is_null):
            parts.append(Account.score.is_(None) if f.score.is_null else Account.score.is_not(None))
    if given(f.created_after):
        parts.append(Account.created_at > f.created_after)
    if given(f.mrr_minor_at_least):
        parts.append(Account.mrr_minor >= f.mrr_minor_at_least)
    return and_(*(func.coalesce(part, False) for part in parts))


@interface
class NamedType:
    """Whatever has a name."""

    name: str
    """The name."""


@node(Staff, prefix="staff")
class StaffType(Node, NamedType):
    """Somebody who works for the organization."""

    name: str
    """Their name."""
    accounts: Connection[AccountType] = to_many(Account.csm_id, order_by=in_order(Account.name))
    """The accounts they look after."""


@row()
class MoneyType:
    """An amount in a currency."""

    amount_minor: Long
    """In the smallest unit."""
    currency_code: str
    """ISO 4217."""


@row(UsageDay)
class UsagePointType:
    """One day's count."""

    on_day: date
    """The day."""
    value: Decimal
    """The count."""


def usage_of(
    account: type[Account],
    metric: Annotated[str, strawberry.argument(description="Key of a metric.")],
    from_: date,
    to: date,
) -> Select[UsageDay]:
    return (
        select(UsageDay)
        .where(UsageDay.account_id == account.id, UsageDay.metric == metric, UsageDay.on_day.between(from_, to))
        .order_by(UsageDay.on_day)
    )


def latest_usage(account: type[Account], metric: str, as_of: date | None = UNSET) -> Select[UsageDay]:
    rows = select(UsageDay).where(UsageDay.account_id == account.id, UsageDay.metric == metric)
    if given(as_of):
        rows = rows.where(UsageDay.on_day <= as_of)
    return rows.order_by(UsageDay.on_day.desc())


def tag_rows(account: type[Account]) -> Computed:
    tags = func.unnest(account.tags).table_valued("tag", with_ordinality="position", name="tag").render_derived()
    return select(tags.c.tag, tags.c.position).order_by(never_null(tags.c.position))


@row()
class TagType:
    """A word that was put on an account."""

    tag: str
    """The word."""


@row(Account)
class AccountInternalType:
    """What an account's members never see."""

    note: str | None
    """A note."""
    usage_at: UsagePointType | None = to_one(latest_usage)
    """The last count."""
    badge_count: int = sql(
        Account,
        lambda a: select(func.count()).where(BadgeAward.account_id == a.id).scalar_subquery(),
    )
    """How many badges were awarded."""


def members_of(
    account: type[Account], name_contains: str | None = UNSET, order_by: MemberOrder | None = UNSET
) -> Select[Member]:
    rows = select(Member).where(Member.account_id == account.id)
    if given(name_contains):
        rows = rows.where(func.strpos(Member.name, name_contains) > 0)
    if given(order_by):
        seats = order_by.field is MemberOrderField.SEATS
        key: Any = Member.seats if seats else Member.last_seen_at
        key = key.desc() if order_by.descending else key
        rows = rows.order_by(key if seats else key.nulls_last(), Member.name)
    return rows


def children_of(account: type[Account], filter: AccountFilter | None = UNSET) -> Select[Account]:  # noqa: A002
    rows = select(Account).where(Account.parent_id == account.id)
    return rows.where(chosen(filter)) if given(filter) else rows


Happening: TypeAlias = Annotated[
    "MilestoneType | BadgeAwardType", strawberry.union("Happening", description="What happened.")
]


def happenings_of(account: type[Account], oldest_first: bool = False) -> Merged:
    steps = select(Milestone).where(Milestone.account_id == account.id)
    awards = select(BadgeAward).where(BadgeAward.account_id == account.id)
    if oldest_first:
        return [
            steps.order_by(Milestone.achieved_at.nulls_first(), Milestone.title.desc()),
            awards.order_by(BadgeAward.awarded_at.nulls_first(), BadgeAward.badge.desc()),
        ]
    return [
        steps.order_by(Milestone.achieved_at.desc().nulls_last(), Milestone.title),
        awards.order_by(BadgeAward.awarded_at.desc().nulls_last(), BadgeAward.badge),
    ]


def scaled(account: type[Account], by: Decimal = 1) -> ColumnElement[float | None]:
    return account.score * by


@node(Account, prefix="acct")
class AccountType(Node, NamedType):
    """A company that is our customer."""

    name: str
    """The company's name."""
    label: str = column(Account.name)
    """The same by another name."""
    tier: Tier
    """How large it is."""
    created_at: datetime
    """When it became known."""
    customer_since: date | None
    """Since when it pays."""
    score: Decimal | None
    """Its health."""
    scaled_score: Decimal | None = sql(Account, scaled)
    """Its health times something."""
    traits: JSON | None
    """What else is known."""
    tags: list[str]
    """Words."""
    tag_rows: list[TagType] = to_many(tag_rows)
    """Words as objects."""
    mrr: MoneyType = embedded(lambda a: {"amount_minor": a.mrr_minor, "currency_code": a.currency})
    """What it pays in a month."""
    discount: MoneyType | None = embedded(
        lambda a: {"amount_minor": a.mrr_minor // 10, "currency_code": a.currency}, when=lambda a: a.mrr_minor > 500
    )
    """A tenth, for those who pay much."""
    csm: StaffType | None = to_one(Account.csm_id)
    """Who looks after it."""
    parent: AccountType | None = to_one(Account.parent_id)
    """The company that it belongs to."""
    children: Connection[AccountType] = to_many(children_of, order_by=newest_first(Account.created_at))
    """Companies that belong to it."""
    members: Connection[MemberType] = to_many(members_of, order_by=in_order(Member.name))
    """Its people."""
    milestones: list[MilestoneType] = to_many(Milestone.account_id, order_by=in_order(Milestone.position))
    """Its way."""
    badges: Connection[BadgeAwardType] = to_many(BadgeAward.account_id, order_by=newest_first(BadgeAward.awarded_at))
    """What it achieved."""
    usage: list[UsagePointType] = to_many(usage_of)
    """Counts by day."""
    happenings: Connection[Happening] = to_many(happenings_of)
    """What happened, in pages."""
    history: list[Happening] = to_many(lambda account: happenings_of(account, oldest_first=True))
    """What happened, all of it."""
    latest: Happening | None = to_one(happenings_of)
    """What happened last."""
    internal: AccountInternalType | None = same_row(gate="accounts:internal")
    """For staff."""


@node(Member, prefix="mem")
class MemberType(Node, NamedType):
    """A person in an account."""

    name: str
    """Their name."""
    seats: int
    """Seats they use."""
    last_seen_at: datetime | None
    """When they were last seen."""
    account: AccountType = to_one(Member.account_id)
    """Where they work."""


@node(Milestone, prefix="mile")
class MilestoneType(Node):
    """A step on the way."""

    title: str
    """What it is."""
    position: int
    """Where it stands."""
    achieved_at: datetime | None
    """When it was reached."""
    account: AccountType = to_one(Milestone.account_id)
    """Whose it is."""


@node(BadgeAward, prefix="badge", permission="badges:read")
class BadgeAwardType(Node):
    """A badge that was awarded."""

    badge: str
    """Key of the badge."""
    awarded_at: datetime
    """When."""
    member: MemberType | None = to_one(BadgeAward.member_id)
    """Who did it."""


@row()
class TierCountType:
    """Accounts of a tier."""

    key: str
    """The tier."""
    count: int
    """How many."""


def by_tier(portfolio: Any) -> Computed:
    number = func.count().label("count")
    rows = select(Account.tier.label("key"), number).group_by(Account.tier).order_by(never_null(Account.tier))
    f = arguments_of(portfolio).get("filter")
    return rows.where(chosen(f)) if given(f) else rows


@row()
class PortfolioType:
    """All accounts together."""

    account_count: int
    """How many."""
    by_tier: list[TierCountType] = to_many(by_tier)
    """By tier."""


@row()
class ViewerType:
    """Who asks."""

    kind: str
    """`member` or `staff`."""
    account: AccountType | None = to_one(lambda viewer: select(Account).where(Account.id == viewer_account()))
    """A member's account."""


@one(AccountType)
def account(id: Annotated[strawberry.ID, strawberry.argument(description="Public id.")]) -> Select[Account]:  # noqa: A002
    """One account."""
    return select(Account).where(Account.id == key_of(id, "acct"))


@connection(AccountType, order_by=in_order(Account.name))
def accounts(filter: AccountFilter | None = UNSET, order_by: AccountOrder | None = UNSET) -> Select[Account]:  # noqa: A002
    """Accounts, in pages."""
    rows = select(Account)
    if given(filter):
        rows = rows.where(chosen(filter))
    if given(order_by):
        keys = {
            AccountOrderField.NAME: Account.name,
            AccountOrderField.MRR: Account.mrr_minor,
            AccountOrderField.SCORE: func.coalesce(Account.score, -1.0),
        }
        key: ColumnElement[Any] = keys[order_by.field]  # type: ignore[assignment]
        rows = rows.order_by(key.desc() if order_by.descending else key, Account.created_at)
    return rows


@connection(AccountType)
def ranking(tier: Tier | None = UNSET) -> Merged:
    """Accounts by score, best first, then those without one."""
    rows = select(Account)
    if given(tier):
        rows = rows.where(Account.tier == tier)
    return [
        rows.where(Account.score.is_not(None)).order_by(never_null(Account.score).desc()),
        rows.where(Account.score.is_(None)).order_by(literal_column("-1", Double()).desc()),
    ]


@connection(BadgeAwardType, order_by=newest_first(BadgeAward.awarded_at), permission="badges:read")
def badge_awards() -> Select[BadgeAward]:
    """Every badge that was awarded."""
    return select(BadgeAward)


@connection("NamedType")
def named(name_contains: str | None = UNSET) -> Merged:
    """Whatever has a name."""
    rows = [
        select(Account).order_by(Account.name),
        select(Staff).order_by(Staff.name),
        select(Member).order_by(Member.name),
    ]
    if given(name_contains):
        accounts, staff, members = rows
        return [
            accounts.where(func.strpos(Account.name, name_contains) > 0),
            staff.where(func.strpos(Staff.name, name_contains) > 0),
            members.where(func.strpos(Member.name, name_contains) > 0),
        ]
    return rows


@many(StaffType, order_by=in_order(Staff.name))
def staff() -> Select[Staff]:
    """Everybody who works here."""
    return select(Staff)


@one(PortfolioType, required=True)
def portfolio(filter: AccountFilter | None = UNSET) -> Computed:  # noqa: A002
    """All accounts together."""
    rows = select(func.count().label("account_count")).select_from(Account)
    return rows.where(chosen(filter)) if given(filter) else rows


@one(ViewerType, required=True)
def viewer() -> Computed:
    """Who asks."""
    return select(func.text(viewer_kind()).label("kind"))


@strawberry.input(description="Objects by their ids.")
class ShowInput:
    id: strawberry.ID
    ids: list[strawberry.ID]
    count: int | None = UNSET


@mutation_payload
class ShowPayload:
    """What was at hand."""

    account: AccountType | None
    """The account with the id."""
    award: BadgeAwardType | None
    """The badge with the id."""
    steps: list[MilestoneType]
    """The milestones among the ids."""
    members: list[MemberType]
    """The members among the ids."""
    count: int | None
    """The number that was given."""


@mutation()
async def show(info: Info, input: ShowInput) -> ShowPayload:  # noqa: A002 - its name in the schema
    """Answer with objects by their keys, as every mutation does, having changed nothing."""
    async with info.context.begin():
        return await payload(
            ShowPayload,
            info,
            account=decode_id(input.id, "acct"),
            award=decode_id(input.id, "badge"),
            steps=[key for one_id in input.ids if (key := decode_id(one_id, "mile"))],
            members=[key for one_id in input.ids if (key := decode_id(one_id, "mem"))],
            count=input.count if given(input.count) else None,
        )
