"""Search: accounts and people by a few letters, as whoever types them into one field expects."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import Integer, Select, Text, Uuid, case, cast, func, literal_column, or_, select, true, union_all
from strawberry import UNSET

from backend.accounts.models import Account, Tier
from backend.graphql.enums import describe
from backend.graphql.planner import Computed, any_of, connection, given, never_null, row, to_one
from backend.identity.models import Member, MemberState, Person
from backend.permissions import Permission

if TYPE_CHECKING:
    from backend.accounts.graphql import AccountType
    from backend.identity.graphql import PersonType


class SearchKind(StrEnum):
    """What is searched."""

    ACCOUNT = "ACCOUNT"
    PERSON = "PERSON"


describe(
    SearchKind,
    "What is searched.",
    ACCOUNT="Accounts, by name, or by the whole external id.",
    PERSON="People, by name or address.",
)

CANDIDATES = 500
"""How many of each kind are ranked, so that letters that everybody has cost no more than others."""
PARTS_FROM = 3
"""From so many letters on, an index finds them anywhere in a word (pg_trgm); fewer stand at the start."""


def _word(value: str) -> Any:
    return literal_column(f"'{value}'", Text())


def _literally(typed: Any) -> Any:
    """What was typed, in lower case, with what is special to LIKE taken literally."""
    part: Any = func.lower(func.btrim(typed))
    for special in ("\\", "%", "_"):
        part = func.replace(part, special, f"\\{special}")
    return part


def _holding(typed: Any) -> Any:
    """The pattern of what is found; nothing, where nothing was typed."""
    part = _literally(typed)
    length = func.length(func.btrim(typed))
    starting = case((length > 0, func.concat(part, _word("%"))))
    anywhere = func.concat(_word("%"), part, _word("%"))
    return case((length >= PARTS_FROM, anywhere), else_=starting)


def _rank(typed: Any, *words: Any) -> Any:
    """What is meant most likely comes first: the very word, then its start, then the start of a later word."""
    part, whole = _literally(typed), func.lower(func.btrim(typed))

    def like(pattern: Any) -> Any:
        return or_(*(func.lower(word).like(pattern) for word in words))

    return case(
        (or_(*(func.lower(word) == whole for word in words)), 0),
        (like(func.concat(part, _word("%"))), 1),
        (like(func.concat(_word("% "), part, _word("%"))), 2),
        else_=3,
    )


def _accounts(typed: Any, is_wanted: Any) -> Computed:
    tier = select(Tier.name).where(Tier.key == Account.tier_key).correlate(Account).scalar_subquery()
    found = or_(func.lower(Account.name).like(_holding(typed)), Account.external_id == func.btrim(typed))
    return (
        select(
            _word(SearchKind.ACCOUNT).label("kind"),
            Account.name.label("title"),
            tier.label("subtitle"),
            Account.id.label("account_id"),
            cast(literal_column("null"), Uuid()).label("person_id"),
            cast(_rank(typed, Account.name, Account.external_id), Integer()).label("rank"),
            Account.id.label("found_id"),
        )
        .where(is_wanted, found)
        .limit(CANDIDATES)
    )


def _people(typed: Any, is_wanted: Any) -> Computed:
    belongs = (
        select(Member.account_id)
        .where(Member.person_id == Person.id, Member.state != MemberState.LEFT.value)
        .order_by(Member.joined_on.desc(), Member.id.desc())
        .limit(1)
        .correlate(Person)
        .scalar_subquery()
    )
    holding = _holding(typed)
    return (
        select(
            _word(SearchKind.PERSON).label("kind"),
            func.coalesce(Person.name, Person.email, _word("Somebody"), type_=Text()).label("title"),
            Person.email.label("subtitle"),
            belongs.label("account_id"),
            Person.id.label("person_id"),
            cast(_rank(typed, Person.name, Person.email_key), Integer()).label("rank"),
            Person.id.label("found_id"),
        )
        .where(
            is_wanted,
            Person.erased_at.is_(None),
            or_(func.lower(Person.name).like(holding), Person.email_key.like(holding)),
        )
        .limit(CANDIDATES)
    )


def _account_of(hit: Any) -> Select[Account]:
    return select(Account).where(Account.id == hit.account_id)


def _person_of(hit: Any) -> Select[Person]:
    return select(Person).where(Person.id == hit.person_id)


@row(permission=Permission.ACCOUNTS_INTERNAL)
class SearchHitType:
    """[staff] Something that was found."""

    kind: SearchKind
    """What it is."""
    title: str
    """Its name."""
    subtitle: str | None
    """What tells it from others of the name: the tier of an account, the address of a person."""
    account: AccountType | None = to_one(_account_of)
    """The account; of a person the one that they joined last and did not leave."""
    person: PersonType | None = to_one(_person_of)
    """The person; null where an account was found."""


@connection(SearchHitType, permission=Permission.ACCOUNTS_INTERNAL)
def search(
    text: Annotated[
        str,
        strawberry.argument(
            description=f"In any case; fewer than {PARTS_FROM} letters are looked for at the start alone."
        ),
    ],
    kinds: Annotated[list[SearchKind] | None, strawberry.argument(description="Only these; all by default.")] = UNSET,
) -> Computed:
    """[staff] Accounts and people by a few letters of their name or address, those that are meant most likely first.
    Of each kind at most 500 are looked at."""
    parts = []
    for kind, rows in ((SearchKind.ACCOUNT, _accounts), (SearchKind.PERSON, _people)):
        is_wanted = any_of(_word(kind), kinds) if given(kinds) else true()
        parts.append(select(rows(text, is_wanted).subquery(f"{kind.value.lower()}_hits")))
    found = union_all(*parts).subquery("found")
    return select(found).order_by(
        never_null(found.c.rank), never_null(found.c.kind), never_null(found.c.title), never_null(found.c.found_id)
    )
