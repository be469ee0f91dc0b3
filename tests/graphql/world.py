"""Two customers, Acme and Zenith, with something in every place that the schema shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from backend.accounts.models import Account, AccountInternal, Stage
from backend.applications import service as applications
from backend.applications.models import DocumentPolicy
from backend.billing.models import BillingFact, Invoice, Subscription, SubscriptionStatus
from backend.db import clock
from backend.db.engine import Database
from backend.health.models import (
    CurrentCustomerHealth,
    CurrentHealth,
    CustomerHealthSnapshot,
    HealthAction,
    HealthLeaf,
    HealthModel,
    HealthOverride,
    HealthSnapshot,
)
from backend.identity import keys, signing, tokens
from backend.identity.models import Member, MemberRole, Organization, SignInMethod, Staff, StaffRole
from backend.identity.sessions import start as start_session
from backend.identity.signing import Signer
from backend.permissions import ACCOUNT_SCOPES, STAFF_SCOPES
from backend.settings import Settings
from backend.support.models import Ticket
from backend.usage.models import Metric, Source, SourceFeed, SourceKind, UsageDaily
from backend.work import Queue, WorkItem
from tests.factories import make_account, make_member, make_staff, make_tier
from tests.health.world import default_model

POINT = 1_000_000


@dataclass
class Customer:
    """The ids of one customer's rows."""

    name: str
    account: UUID
    members: list[UUID]
    persons: list[UUID]
    override: UUID
    secrets: list[str]
    """Texts that only this customer's rows hold."""
    hidden: list[str]
    """Texts of this customer's rows that only staff may see."""
    personal: list[str] = field(default_factory=list)
    """Texts of rows that are the first person's alone, towards colleagues too."""
    deleted: list[str] = field(default_factory=list)
    """Texts of rows that were deleted, which nobody may see."""
    ids: list[str] = field(default_factory=list)
    """Public ids of what staff noted of this customer."""


@dataclass
class World:
    """What the tests speak of."""

    settings: Settings
    acme: Customer
    zenith: Customer
    staff: UUID
    source: UUID
    work: UUID
    today: date
    keys: dict[str, str]
    """API keys by what a test calls them."""
    people: dict[str, tuple[UUID, UUID | None]]
    """Person, and account for members, by what a test calls them."""
    sessions: dict[str, UUID]
    """The session of each of them."""
    signer: Signer
    client: httpx.AsyncClient = field(init=False)

    def credential(self, who: str) -> str:
        """A key, or a token that was just made: tests may run longer than a token lives."""
        if who in self.keys:
            return self.keys[who]
        person_id, account_id = self.people[who]
        return tokens.issue(
            self.settings, self.signer, person_id=person_id, account_id=account_id, session_id=self.sessions[who]
        ).text

    async def ask(self, who: str, query: str, variables: dict[str, Any] | None = None, **more: Any) -> httpx.Response:
        """Send an operation as `acme`, `zenith`, `staff`, another credential of this world, or `nobody`."""
        headers = {} if who == "nobody" else {"authorization": f"Bearer {self.credential(who)}"}
        return await self.client.post(
            "/graphql", json={"query": query, "variables": variables, **more}, headers=headers
        )

    async def data(self, who: str, query: str, variables: dict[str, Any] | None = None) -> Any:
        """The data of an operation that succeeds."""
        answer = await self.ask(who, query, variables)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert "errors" not in body, body
        return body["data"]

    async def errors(self, who: str, query: str, variables: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """The errors of an operation that is refused."""
        body = (await self.ask(who, query, variables)).json()
        assert "errors" in body, body
        assert "data" not in body, body
        found: list[dict[str, Any]] = body["errors"]
        return found


def public(prefix: str, key: UUID) -> str:
    """The public id of a row."""
    return f"{prefix}_{key.hex}"


async def make_world(database: Database, settings: Settings) -> World:
    """Fill a fresh database."""
    async with database.begin() as session:
        today = await clock.today(session)
        session.add(Organization(name="Beacon", time_zone="UTC", home_currency="EUR"))
        await make_tier(session, "business", name="Business", rank=2, price_minor=50_000, price_currency="EUR")
        await make_tier(session, "starter", name="Starter", rank=1, health_visibility="WORDS", limits={"credits": 500})
        session.add_all(
            Stage(key=key, name=name, position=place, from_day=start, below_day=end)
            for place, (key, name, start, end) in enumerate([("begin", "Begin", 0, 30), ("go_on", "Go on", 30, 99_999)])
        )
        session.add(Stage(key="after", name="After", position=2, from_day=99_999))
        staff = await make_staff(session, StaffRole.ADMIN, email="csm@beacon.example")
        others = {role: await make_staff(session, role) for role in StaffRole if role is not StaffRole.ADMIN}
        source = await _source(session, today)
        await _model(session)
        acme = await _customer(session, "Acme", "business", staff, source, today, score=61_234_567, change=-6 * POINT)
        zenith = await _customer(session, "Zenith", "starter", staff, source, today, score=30_111_222, change=2 * POINT)
        child = await make_account(session, "Acme Labs", parent_id=acme.account, tier_key="starter")
        work = WorkItem(kind="health.score", queue=Queue.BULK.value, args={}, parks_after=5, last_error="no such day")
        session.add(work)
        await session.flush()
        made = await keys.create(session, name="Portal", words=ACCOUNT_SCOPES, account_id=acme.account)
        narrow = await keys.create(session, name="Narrow", words=["accounts:read"])
        clerk = await keys.create(session, name="Clerk", words=["accounts:read", "accounts:internal", "accounts:write"])
        wide = await keys.create(session, name="Wide", words=STAFF_SCOPES)
        made_keys = await _applications(session)
        people = {
            "acme": (acme.persons[0], acme.account),
            "acme viewer": (acme.persons[1], acme.account),
            "zenith": (zenith.persons[0], zenith.account),
            "staff": (staff.person_id, None),
            **{role.value: (other.person_id, None) for role, other in others.items()},
        }
        sessions = {
            who: (await start_session(session, *whose, how=SignInMethod.PASSWORD)).session_id
            for who, whose in people.items()
        }
        signer = await signing.signer(session, settings)
    made_keys |= {"acme key": made.text, "narrow key": narrow.text, "narrow staff": clerk.text, "staff key": wide.text}
    zenith.hidden.append(child.id.hex)
    return World(settings, acme, zenith, staff.id, source.id, work.id, today, made_keys, people, sessions, signer)


REGISTERED = "query Own { viewer { kind } }"
"""The one document that the application Locked registered."""


async def _applications(session: AsyncSession) -> dict[str, str]:
    """Two applications, Front, which sends any document, and Locked, which does not; and a key of each."""
    front = await applications.create(session, name="Front", origins=["https://front.example"])
    locked = await applications.create(
        session, name="Locked", origins=["https://locked.example"], document_policy=DocumentPolicy.REGISTERED
    )
    documents = {sha256(REGISTERED.encode()).hexdigest(): REGISTERED}
    await applications.push(session, name="Locked", documents=documents)
    made = {}
    for name, application in (("front key", front), ("locked key", locked)):
        key = await keys.create(session, name=name, words=["organization:read"], application_id=application.id)
        made[name] = key.text
    return made


async def _source(session: AsyncSession, today: date) -> Source:
    source = Source(key="warehouse", name="Warehouse", kind=SourceKind.CSV.value)
    session.add(source)
    session.add(Metric(key="logins", name="Logins", unit="logins", is_core=True))
    session.add(Metric(key="credits", name="Credits", unit="credits", scale=2))
    session.add(Metric(key="margin", name="Margin", is_customer_visible=False))
    await session.flush()
    session.add(SourceFeed(source_id=source.id, feed="metric:logins", since=today, until=today, first_known_on=today))
    return source


LEAVES = (
    ("people", "Active people", "usage", "Usage", 600_000, True, "{numerator} of {denominator} people were active."),
    ("depth", "Features in use", "usage", "Usage", 250_000, True, "{numerator} features are in use."),
    ("mood", "Mood of tickets", "support", "Support", 150_000, False, "The mood of tickets is {value}."),
)


def _definition() -> dict[str, object]:
    """What the model measures: as the first leaves of the default program, between this world's anchors."""
    model = default_model()
    leaves = [
        first.model_copy(
            update={
                "key": key,
                "name": name,
                "group": group,
                "weight": weight,
                "poor": 0.05,
                "healthy": 0.4,
                "visible": visible,
                "statement": statement,
            }
        )
        for first, (key, name, group, _, weight, visible, statement) in zip(model.leaves, LEAVES, strict=False)
    ]
    groups = {group: name for _, _, group, name, *_ in LEAVES}
    return model.model_copy(update={"leaves": tuple(leaves), "groups": groups, "profiles": ()}).stored()


async def _model(session: AsyncSession) -> None:
    session.add(HealthModel(version=1, definition=_definition(), fingerprint="f" * 64, applied_by="command line"))
    await session.flush()
    for place, (key, name, group, group_name, weight, visible, statement) in enumerate(LEAVES, 1):
        session.add(
            HealthLeaf(
                model_version=1,
                profile=0,
                position=place,
                key=key,
                name=name,
                group_key=group,
                group_name=group_name,
                weight=weight,
                poor=0.05,
                healthy=0.4,
                unit="",
                statement=statement,
                change_phrase=key,
                change_denominator="seats" if key == "people" else "",
                nothing=f"Nothing of {key} was reported",
                is_customer_visible=visible,
            )
        )
        session.add(
            HealthAction(
                key=f"more_{key}",
                position=place,
                leaf_key=key,
                title=f"{{step}} more: {name}",
                body="Invite a colleague.",
                who="Anybody",
                link="/people",
                by_amount=1,
            )
        )
    await session.flush()


async def _customer(
    session: AsyncSession,
    name: str,
    tier: str,
    staff: Staff,
    source: Source,
    today: date,
    *,
    score: int,
    change: int,
) -> Customer:
    account = await make_account(
        session,
        name,
        tier_key=tier,
        external_id=f"crm-{name}",
        industry=f"Industry of {name}",
        use_case=f"Use of {name}",
        success_manager_id=staff.id,
    )
    first = await make_member(
        session, account, email=f"admin@{name.lower()}.example", role=MemberRole.ADMIN.value, title=f"Head of {name}"
    )
    second = await make_member(session, account, email=f"viewer@{name.lower()}.example", role=MemberRole.VIEWER.value)
    internal = await session.get_one(AccountInternal, account.id)
    internal.mrr_minor, internal.mrr_currency = score // 1000, "EUR"
    internal.renews_on, internal.tags, internal.traits = today + timedelta(days=40), [f"tag-{name}"], {"seen": name}
    override = HealthOverride(
        account_id=account.id,
        category="CRITICAL",
        signal="cancellation_intent",
        reason=f"Reason of {name}",
        ends_at=datetime.now(UTC) + timedelta(days=3),
    )
    session.add(override)
    await _facts(session, account, source, today, name)
    await _health(session, account, today, score, change)
    await session.flush()
    people = [first, second]
    return Customer(
        name,
        account.id,
        [m.id for m in people],
        [m.person_id for m in people],
        override.id,
        [
            name,
            name.lower(),
            *([str(number_of(name))] if name == "Zenith" else []),
            *(key.hex for m in people for key in (account.id, m.person_id, m.id)),
        ],
        [
            f"tag-{name}",
            f"Reason of {name}",
            f"failed-of-{name}",
            f"tick-{name}",
            "cancellation_intent",
            "CRITICAL",
            str(score / POINT),
            "Mood",
            "margin",
        ],
    )


def number_of(name: str) -> int:
    """Logins a day of a customer."""
    return 7 if name == "Acme" else 7_654_321


async def _facts(session: AsyncSession, account: Account, source: Source, today: date, name: str) -> None:
    metrics = {m.key: m.id for m in await session.scalars(select(Metric))}
    number = number_of(name)
    for key, delta in (("logins", number), ("credits", number * 100 + 25), ("margin", 5)):
        for back in (0, 1):
            session.add(
                UsageDaily(
                    account_id=account.id,
                    day=today - timedelta(days=back),
                    metric_id=metrics[key],
                    source_id=source.id,
                    known_on=today,
                    delta=delta,
                )
            )
    session.add(
        Subscription(
            account_id=account.id,
            source_id=source.id,
            external_id=f"sub-{name}",
            revision=1,
            plan_key=f"plan-{name}",
            status=SubscriptionStatus.ACTIVE.value,
            starts_on=today - timedelta(days=90),
            mrr_minor=12_345,
            currency="EUR",
            seats=12,
            limit_metric="logins",
            limit_quantity=100,
            known_on=today,
        )
    )
    session.add(
        Invoice(
            account_id=account.id,
            source_id=source.id,
            external_id=f"inv-{name}",
            revision=1,
            amount_minor=1,
            currency="EUR",
            issued_on=today,
            due_on=today,
            known_on=today,
        )
    )
    session.add(
        BillingFact(
            account_id=account.id,
            source_id=source.id,
            external_id=f"fail-{name}",
            revision=1,
            object_key=f"failed-of-{name}",
            kind="PAYMENT_FAILED",
            occurred_at=datetime.now(UTC),
            occurred_on=today,
            amount_minor=1,
            currency="EUR",
            known_on=today,
        )
    )
    session.add(
        Ticket(
            account_id=account.id,
            source_id=source.id,
            external_id=f"tick-{name}",
            revision=1,
            opened_on=today,
            opened_at=datetime.now(UTC),
            known_on=today,
        )
    )


async def _health(session: AsyncSession, account: Account, today: date, score: int, change: int) -> None:
    contributions = [score - 20 * POINT, 12 * POINT, 8 * POINT]
    inside: dict[str, Any] = {
        "account_id": account.id,
        "model_version": 1,
        "profile": 0,
        "score": score,
        "band": "YELLOW" if score >= 40 * POINT else "RED",
        "coverage": 1_000_000,
        "statuses": "MZM",
        "numerators": [9.0, 0.0, 0.5],
        "denominators": [12.0, None, 2.0],
        "normalised": [70 * POINT, 48 * POINT, 53 * POINT],
        "weights": [600_000, 250_000, 150_000],
        "contributions": contributions,
    }
    outside = {
        **inside,
        "score": contributions[0] + contributions[1],
        "statuses": "MZ",
        "numerators": [9.0, 0.0],
        "denominators": [12.0, None],
        "normalised": [70 * POINT, 48 * POINT],
        "weights": [705_882, 294_118],
        "contributions": contributions[:2],
    }
    session.add(
        CurrentHealth(
            **inside,
            day=today,
            sort_score=score,
            category="MONITOR",
            trend="FALLING",
            change_7=change,
            change_30=-change,
        )
    )
    session.add(CurrentCustomerHealth(**outside, day=today, trend="STEADY"))
    for back in (1, 2):
        day = today - timedelta(days=back)
        session.add(HealthSnapshot(**inside, day=day, revision=1, known_on=day))
        session.add(CustomerHealthSnapshot(**outside, day=day, revision=1))
    corrected = {**inside, "score": score + POINT, "contributions": [contributions[0] + POINT, *contributions[1:]]}
    session.add(HealthSnapshot(**corrected, day=today - timedelta(days=1), revision=2, known_on=today))


__all__ = ["LEAVES", "Customer", "Member", "World", "make_world", "public", "text"]
