"""The staff list as it is usually built with Strawberry: resolvers, SQLAlchemy's ORM, a DataLoader per relation.

Everything that makes such a server fast is done. Parsed and validated documents are kept. Each relation of the whole
page is one statement. Only the columns that are shown are loaded. Statements are prepared once by the driver, and run
without BEGIN and COMMIT, since one read needs neither. The answer is encoded by orjson. The server, the middleware and
the authentication are Waymark's own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson
import strawberry
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import aliased, load_only
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.types import Info

from backend.accounts import models as accounts_models
from backend.health import models as health_models
from backend.identity import models as identity_models
from backend.identity.errors import BadCredential
from bench.rivals.application import application

MEMBERS_PER_ACCOUNT = 100
POINT = 1_000_000

Sessions = async_sessionmaker[AsyncSession]
Leaves = list[health_models.HealthLeaf]


class Loaders:
    """The relations of one request, each read once for the whole page."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self.tiers = DataLoader(self._by(accounts_models.Tier, "key", "name"))
        self.staff = DataLoader(self._by(identity_models.Staff, "id", "person_id"))
        self.persons = DataLoader(self._by(identity_models.Person, "id", "name", "email"))
        self.internals = DataLoader(
            self._by(accounts_models.AccountInternal, "account_id", "mrr_minor", "mrr_currency")
        )
        self.health = DataLoader(
            self._by(
                health_models.CurrentHealth,
                "account_id",
                "model_version",
                "profile",
                "score",
                "band",
                "statuses",
                "numerators",
                "denominators",
                "contributions",
            )
        )
        self.leaves: DataLoader[tuple[int, int], Leaves] = DataLoader(self._leaves)
        self._members: dict[int, DataLoader[UUID, list[identity_models.Member]]] = {}

    def _by(self, model: Any, key: str, *columns: str) -> Callable[[list[Any]], Awaitable[Sequence[Any]]]:
        attribute = getattr(model, key)
        statement = select(model).options(load_only(attribute, *(getattr(model, name) for name in columns)))

        async def load(keys: list[Any]) -> list[Any]:
            async with self._sessions() as session:
                rows = await session.scalars(statement.where(attribute.in_(keys)))
                found = {getattr(row, key): row for row in rows}
            return [found.get(key) for key in keys]

        return load

    def members(self, first: int) -> DataLoader[UUID, list[identity_models.Member]]:
        """The loader of the first members of accounts."""
        if first not in self._members:
            self._members[first] = DataLoader(lambda keys: self._first_members(keys, first))
        return self._members[first]

    async def _first_members(self, keys: list[UUID], first: int) -> list[list[identity_models.Member]]:
        member = identity_models.Member
        place = func.row_number().over(partition_by=member.account_id, order_by=(member.joined_on, member.id))
        numbered = select(member, place.label("place")).where(member.account_id.in_(keys)).subquery()
        shown = aliased(member, numbered)
        statement = (
            select(shown)
            .options(load_only(shown.account_id, shown.person_id, shown.role))
            .where(numbered.c.place <= first)
            .order_by(numbered.c.account_id, numbered.c.place)
        )
        found: dict[UUID, list[identity_models.Member]] = {key: [] for key in keys}
        async with self._sessions() as session:
            for row in await session.scalars(statement):
                found[row.account_id].append(row)
        return [found[key] for key in keys]

    async def _leaves(self, keys: list[tuple[int, int]]) -> list[Leaves]:
        leaf = health_models.HealthLeaf
        found: dict[tuple[int, int], Leaves] = {key: [] for key in keys}
        async with self._sessions() as session:
            rows = await session.scalars(
                select(leaf)
                .options(
                    load_only(leaf.model_version, leaf.profile, leaf.position, leaf.key, leaf.statement, leaf.nothing)
                )
                .where(leaf.model_version.in_({version for version, _ in keys}))
                .order_by(leaf.position)
            )
            for row in rows:
                if (row.model_version, row.profile) in found:
                    found[row.model_version, row.profile].append(row)
        return [found[key] for key in keys]


@dataclass(frozen=True, slots=True)
class Context:
    """What resolvers share in one request."""

    sessions: Sessions
    loaders: Loaders


Asked = Info[Context, None]


@strawberry.type
class Tier:
    name: str


@strawberry.type
class Staff:
    display_name: str


@strawberry.type
class Person:
    display_name: str
    email: str | None


@strawberry.type
class Member:
    role: str
    person_id: strawberry.Private[UUID]

    @strawberry.field
    async def person(self, info: Asked) -> Person | None:
        row = await info.context.loaders.persons.load(self.person_id)
        return row and Person(display_name=row.name or row.email or "Somebody", email=row.email)


@strawberry.type
class MemberConnection:
    nodes: list[Member]


@strawberry.type
class Money:
    amount_minor: int
    currency_code: str


@strawberry.type
class HealthFactor:
    key: str
    statement: str
    numerator: float | None
    denominator: float | None
    contribution: float | None
    status: str


@strawberry.type
class HealthScore:
    row: strawberry.Private[health_models.CurrentHealth]
    score: float | None
    band: str

    @strawberry.field
    async def factors(self, info: Asked) -> list[HealthFactor]:
        row = self.row
        leaves = await info.context.loaders.leaves.load((row.model_version, row.profile))
        measured = zip(leaves, row.statuses, row.numerators, row.denominators, row.contributions, strict=True)
        return [
            HealthFactor(
                key=leaf.key,
                statement=sentence(leaf, letter, numerator, denominator),
                numerator=numerator,
                denominator=denominator,
                contribution=contribution / POINT,
                status=STATUSES[letter],
            )
            for leaf, letter, numerator, denominator, contribution in measured
        ]


@strawberry.type
class AccountInternal:
    account_id: strawberry.Private[UUID]

    @strawberry.field
    async def health(self, info: Asked) -> HealthScore | None:
        row = await info.context.loaders.health.load(self.account_id)
        return row and HealthScore(row=row, score=None if row.score is None else row.score / POINT, band=row.band)

    @strawberry.field
    async def mrr(self, info: Asked) -> Money | None:
        row = await info.context.loaders.internals.load(self.account_id)
        return row and Money(amount_minor=row.mrr_minor, currency_code=row.mrr_currency)


@strawberry.type
class Account:
    row: strawberry.Private[accounts_models.Account]
    name: str

    @strawberry.field
    def id(self) -> strawberry.ID:
        return strawberry.ID(f"acct_{self.row.id.hex}")

    @strawberry.field
    async def tier(self, info: Asked) -> Tier | None:
        row = await info.context.loaders.tiers.load(self.row.tier_key)
        return row and Tier(name=row.name)

    @strawberry.field
    async def success_manager(self, info: Asked) -> Staff | None:
        if self.row.success_manager_id is None:
            return None
        staff = await info.context.loaders.staff.load(self.row.success_manager_id)
        person = await info.context.loaders.persons.load(staff.person_id)
        return Staff(display_name=person.name or "Somebody")

    @strawberry.field
    def internal(self) -> AccountInternal:
        return AccountInternal(account_id=self.row.id)

    @strawberry.field
    async def members(self, info: Asked, first: int) -> MemberConnection:
        rows = await info.context.loaders.members(min(first, MEMBERS_PER_ACCOUNT)).load(self.row.id)
        return MemberConnection(nodes=[Member(role=row.role, person_id=row.person_id) for row in rows])


@strawberry.type
class AccountConnection:
    nodes: list[Account]


@strawberry.enum
class AccountOrderField(StrEnum):
    NAME = "NAME"
    HEALTH = "HEALTH"


@strawberry.enum
class OrderDirection(StrEnum):
    ASC = "ASC"
    DESC = "DESC"


@strawberry.input
class AccountOrder:
    field: AccountOrderField
    direction: OrderDirection = OrderDirection.DESC


@strawberry.type
class Query:
    @strawberry.field
    async def accounts(self, info: Asked, first: int, order_by: AccountOrder) -> AccountConnection:
        account, health = accounts_models.Account, health_models.CurrentHealth
        keys = {
            AccountOrderField.NAME: (account.name, account.id),
            AccountOrderField.HEALTH: (health.sort_score, health.account_id),
        }[order_by.field]
        down = order_by.direction is OrderDirection.DESC
        statement = (
            select(account)
            .join(health, health.account_id == account.id)
            .options(load_only(account.id, account.name, account.tier_key, account.success_manager_id))
            .order_by(*(key.desc() if down else key for key in keys))
            .limit(min(first, 100))
        )
        async with info.context.sessions() as session:
            rows = await session.scalars(statement)
            return AccountConnection(nodes=[Account(row=row, name=row.name) for row in rows])


STATUSES = {"M": "MEASURED", "Z": "ZERO", "S": "STALE", "N": "NO_SOURCE", "T": "TOO_NEW", "X": "NOT_APPLICABLE"}
SPECIAL = {
    "N": "No source for this is connected",
    "T": "The account is too young to tell",
    "X": "This does not apply",
}


def sentence(leaf: health_models.HealthLeaf, letter: str, numerator: float | None, denominator: float | None) -> str:
    """A factor as a sentence; only the numbers that it names are spelled."""
    if letter in SPECIAL:
        return SPECIAL[letter]
    statement = leaf.nothing if letter == "Z" else leaf.statement
    if "{numerator}" in statement:
        statement = statement.replace("{numerator}", spoken(numerator, TENTH))
    if "{denominator}" in statement:
        statement = statement.replace("{denominator}", spoken(denominator, TENTH))
    if "{value}" in statement or "{percent}" in statement:
        value = numerator if numerator is None or denominator is None else numerator / denominator
        statement = statement.replace("{value}", spoken(value, HUNDREDTH))
        statement = statement.replace("{percent}", f"{spoken(None if value is None else value * 100, ONE)} %")
    return f"{statement} when its source was last heard of" if letter == "S" else statement


ONE, TENTH, HUNDREDTH = Decimal(1), Decimal("0.1"), Decimal("0.01")


def spoken(number: float | None, unit: Decimal) -> str:
    """A number as people read it: halves away from zero, as the database rounds."""
    if number is None:
        return "?"
    if number.is_integer():
        return str(int(number))
    rounded = str(Decimal(f"{number:.15g}").quantize(unit, ROUND_HALF_UP))
    return rounded.rstrip("0").rstrip(".") if "." in rounded else rounded


class Door(GraphQL[Context, None]):
    """Strawberry's own ASGI application, with our authentication before it and orjson behind it."""

    async def get_context(self, request: Any, response: Any) -> Context:
        state = request.state
        try:
            viewer = await state.authenticator.viewer(request.headers.get("authorization"))
        except BadCredential:
            viewer = None
        if viewer is None or not viewer.allows("accounts:internal"):
            raise HTTPException(401)
        # One statement needs no transaction around it, and staff see every row: nothing has to be set.
        engine = state.database.engine("staff").execution_options(isolation_level="AUTOCOMMIT")
        sessions = async_sessionmaker(engine, expire_on_commit=False)
        return Context(sessions, Loaders(sessions))

    def encode_json(self, data: object) -> bytes:
        return orjson.dumps(data)


schema = strawberry.Schema(Query, extensions=[ParserCache, ValidationCache])


def create_app() -> Starlette:
    """The application."""
    return application(Route("/graphql", Door(schema, graphql_ide=None)))
