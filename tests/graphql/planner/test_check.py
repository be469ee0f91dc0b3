"""The checks at start-up name every fault of a declaration."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

import pytest
import strawberry
from sqlalchemy import Numeric, cast, func, select
from strawberry import UNSET

from backend.graphql.planner import (
    Computed,
    Connection,
    Decimal,
    DeclarationError,
    Merged,
    Node,
    assemble,
    check,
    column,
    connection,
    embedded,
    given,
    in_order,
    kept,
    node,
    one,
    row,
    same_row,
    sql,
    to_many,
    to_one,
)
from tests.graphql.planner import sample
from tests.graphql.planner.models import Account, Member, Milestone, Staff

pytestmark = pytest.mark.unit


@row()
class PriceType:
    amount_minor: int
    currency_code: str


@strawberry.input
class Choice:
    field: sample.AccountOrderField


@connection("FaultyType")
def unordered(order_by: Choice | None = UNSET) -> Computed:
    rows = select(Account)
    if given(order_by) and order_by.field is sample.AccountOrderField.SCORE:
        return rows.order_by(Account.score)
    return rows


@one("PersonType")
def nowhere() -> Computed:
    return select(Staff)


@node(Staff, prefix="staff")
class PersonType(Node):
    name: str
    unlisted: Connection[FaultyType] | None = kept(nowhere)
    accounts: Connection[FaultyType] = to_many(Account.csm_id, order_by=in_order(Account.customer_since))
    milestones: list[FaultyType] = to_many(Member.account_id)


@row(Account)
class GatedType:
    note: str = column(Account.note)  # type: ignore[assignment]


@node(Account, prefix="faulty")
class FaultyType(Node):
    missing: str
    note: str
    mrr_minor: int
    score: Decimal
    renamed: str = column(Member.name)
    share: float = sql(Account, lambda a: cast(a.score, Numeric) / 3)  # type: ignore[assignment]
    csm: PersonType = to_one(Account.csm_id)
    parent: PersonType | None = to_one(Account.parent_id)
    members: PersonType | None = to_many(Account.csm_id)
    internal: GatedType = same_row(gate="x")
    price: PriceType = embedded(lambda a: {"amount_minor": a.mrr_minor})
    sometimes: PriceType = embedded(
        lambda a: {"amount_minor": 1, "currency_code": a.currency}, when=lambda a: a.mrr_minor > 0
    )
    other: PriceType | None = to_one(lambda a: select(func.count().label("amount_minor")))
    milestones: list[GatedType] = to_many(lambda a: select(Milestone))
    one_like: FaultyType | None = kept(unordered, order_by=Account.traits)
    always: Connection[FaultyType] = kept(unordered, order_by=Account.traits)
    unasked: Connection[FaultyType] | None = kept(unordered, filter=Account.traits)
    unkept: Connection[FaultyType] | None = kept(unordered, order_by=Account.name)


Anything: TypeAlias = Annotated["PersonType | FaultyType", strawberry.union("Anything")]


@connection("Anything")
def strangers() -> Merged:
    return [select(Staff).order_by(Staff.name), select(Member).order_by(Member.name)]


@connection("Anything")
def contrary() -> Merged:
    return [select(Staff).order_by(Staff.name), select(Account).order_by(Account.name.desc())]


@connection("Anything")
def unsure() -> Merged:
    return [select(Staff).order_by(Staff.name), select(Account).order_by(Account.note)]


@connection("Anything")
def twice() -> Merged:
    return [select(Staff).order_by(Staff.name), select(Staff).order_by(Staff.name)]


@one("Anything")
def without_order() -> Merged:
    return [select(Staff)]


@one(PersonType, required=True)
def someone() -> Computed:
    return select(Staff)


def test_the_sample_declarations_have_no_fault() -> None:
    check(assemble(sample))


def test_every_fault_is_named() -> None:
    names: dict[str, Any] = {
        "FaultyType": FaultyType,
        "PersonType": PersonType,
        "GatedType": GatedType,
        "PriceType": PriceType,
        "unordered": unordered,
        "someone": someone,
        "strangers": strangers,
        "contrary": contrary,
        "unsure": unsure,
        "twice": twice,
        "without_order": without_order,
    }

    with pytest.raises(DeclarationError) as caught:
        check(assemble(names), may_hide=lambda table, kind: table == "staff" and kind == "member")

    nullable = "the column may be null; declare the field nullable, or the column NOT NULL."
    known = (
        "created_at, csm_id, currency, customer_since, id, mrr_minor, name, note, parent_id, score, tags, tier, traits"
    )
    assert sorted(str(caught.value).splitlines()) == sorted(
        [
            f"Faulty.missing: the row has no column 'missing', only {known}",
            f"Faulty.note: {nullable}",
            "Faulty.mrrMinor: Int cannot read BigInteger(), only integer, small_integer.",
            f"Faulty.score: {nullable}",
            "Faulty.renamed: Member.name is no column of Account.",
            "Faulty.share: Float cannot read Numeric(), only float, double, double_precision, real, integer, "
            "small_integer.",
            "Faulty.csm: Account.csm_id may be null; declare the field nullable, or the column NOT NULL.",
            "Faulty.parent: Account.parent_id does not refer to Staff.",
            "Faulty.members: use to_many for a list or a Connection, and to_one for an object.",
            "Faulty.internal: a field behind a gate is null without the permission; declare it nullable.",
            "Faulty.price: Int cannot read BigInteger(), only integer, small_integer.",
            "Faulty.sometimes: it is null where `when` is not true; declare it nullable.",
            "Faulty.other: the row has no column 'currency_code', only amount_minor",
            f"Faulty.milestones: its function selects {Milestone}, but Gated is declared over {Account}.",
            "Faulty.oneLike: Query.unordered answers FaultyConnection!; declare that.",
            "Faulty.always: it is null where what is kept cannot be used any more; declare it nullable.",
            "Faulty.unasked: Query.unordered has no argument 'filter'.",
            "Faulty.unkept: Account.name is no JSON column of Account.",
            "Person.unlisted: nowhere is no field of Query here.",
            f"Gated.note: {nullable}",
            "Person.accounts: it is ordered by t1.customer_since, which may be null; say where nulls "
            "stand (.nulls_last()), coalesce it, or vouch for it with never_null().",
            "Person.milestones: Member.account_id is no column of Account.",
            "Query.unordered: it is ordered by t1.score, which may be null; say where nulls stand "
            "(.nulls_last()), coalesce it, or vouch for it with never_null().",
            f"Query.strangers: a Select of {Member} is no object of exactly one of the types of Anything.",
            "Query.contrary: the Selects of a feed are ordered by keys of other types or directions.",
            "Query.unsure: it is ordered by t2.note, which may be null; say where nulls stand (.nulls_last()), "
            "coalesce it, or vouch for it with never_null().",
            "Query.twice: return one Select for each type of the feed.",
            "Query.withoutOrder: Person needs a public id, and its Select an order, to be in a feed.",
            "Query.someone: row security hides rows of staff from a member; declare the field nullable.",
        ]
    )
