"""A small world of facts: put into the database for scoring, and read by the reference in plain Python."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.accounts.models import Account, AccountInternal, AccountTier
from backend.accounts.program import Tiers
from backend.billing.models import Invoice, Subscription
from backend.db.ids import uuid7
from backend.health.definition import Model
from backend.health.program import Health
from backend.health.program import model as model_of
from backend.identity.models import Organization, Person
from backend.program.assemble import DEFAULT, load
from backend.support.models import Ticket
from backend.usage.models import MemberDay, Metric, Source, SourceDay, SourceFeed, UsageDaily
from backend.usage.program import Metrics

FOR_EVER = date.max


def default_model() -> Model:
    program = load(DEFAULT)
    return model_of(program.section(Health), program.section(Tiers), program.section(Metrics))


def metrics_of_default() -> list[str]:
    return list(load(DEFAULT).section(Metrics).metrics)


@dataclass(frozen=True)
class Use:
    day: date
    metric: str
    delta: int
    users: int = 0
    known: date | None = None
    source: int = 0


@dataclass(frozen=True)
class Seen:
    """A member was active in a metric."""

    day: date
    metric: str
    person: int
    known: date | None = None


@dataclass(frozen=True)
class Term:
    starts: date
    ends: date | None = None
    seats: int | None = None
    limit: tuple[str, int] | None = None
    known: date | None = None
    superseded: date | None = None


@dataclass(frozen=True)
class Bill:
    due: date
    settled: date | None = None
    known: date | None = None
    superseded: date | None = None


@dataclass(frozen=True)
class Talk:
    """A ticket; sentiment in millionths."""

    opened: date
    sentiment: int
    known: date | None = None
    superseded: date | None = None


@dataclass(frozen=True)
class Held:
    """A tier."""

    tier: str
    starts: date
    ends: date | None = None
    known: date | None = None
    superseded: date | None = None


@dataclass
class Facts:
    """What is known of one account."""

    since: date
    uses: list[Use] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    terms: list[Term] = field(default_factory=list)
    bills: list[Bill] = field(default_factory=list)
    talks: list[Talk] = field(default_factory=list)
    tiers: list[Held] = field(default_factory=list)


@dataclass
class Spoken:
    """What a source delivers: feed → first day; and the days on which it spoke."""

    feeds: dict[str, date]
    days: list[date]


PEOPLE = [UUID(int=(0x7 << 76) | (0b10 << 62) | number) for number in range(1, 40)]


async def make_metrics(session: AsyncSession, keys: list[str]) -> dict[str, int]:
    await session.execute(insert(Metric), [{"key": key, "name": key} for key in keys])
    return {row.key: row.id for row in await session.execute(select(Metric.key, Metric.id))}


async def make_organization(session: AsyncSession, *, zone: str = "UTC") -> None:
    await session.execute(insert(Organization).values(id=1, name="Example", time_zone=zone))
    await session.execute(insert(Person), [{"id": person, "name": f"P{n}"} for n, person in enumerate(PEOPLE)])


async def make_sources(session: AsyncSession, spoken: list[Spoken]) -> list[UUID]:
    ids = []
    for number, source in enumerate(spoken):
        made = uuid7()
        await session.execute(insert(Source).values(id=made, key=f"source_{number}", name="S", kind="CSV"))
        for feed, since in source.feeds.items():
            await session.execute(
                insert(SourceFeed).values(
                    source_id=made, feed=feed, since=since, until=max(source.days), first_known_on=since
                )
            )
        await session.execute(
            insert(SourceDay),
            [{"source_id": made, "day": day, "known_on": day, "facts": 1} for day in source.days],
        )
        ids.append(made)
    return ids


async def make_account(session: AsyncSession, facts: Facts, metrics: dict[str, int], sources: list[UUID]) -> UUID:
    account = uuid7()
    await session.execute(insert(Account).values(id=account, name="Account", customer_since=facts.since))
    await session.execute(insert(AccountInternal).values(account_id=account))
    rows: dict[type, list[dict[str, object]]] = {
        UsageDaily: [
            {
                "account_id": account,
                "day": use.day,
                "metric_id": metrics[use.metric],
                "source_id": sources[use.source],
                "known_on": use.known or use.day,
                "delta": use.delta,
                "users": use.users,
            }
            for use in facts.uses
        ],
        MemberDay: [
            {
                "account_id": account,
                "day": seen.day,
                "metric_id": metrics[seen.metric],
                "person_id": PEOPLE[seen.person],
                "known_on": seen.known or seen.day,
            }
            for seen in facts.seen
        ],
        Subscription: [
            {
                "account_id": account,
                "source_id": sources[0],
                "external_id": f"{account} {number}",
                "revision": 0,
                "plan_key": "plan",
                "status": "ACTIVE",
                "starts_on": term.starts,
                "ends_on": term.ends,
                "mrr_minor": 0,
                "currency": "USD",
                "seats": term.seats,
                "limit_metric": term.limit[0] if term.limit else None,
                "limit_quantity": term.limit[1] if term.limit else None,
                "known_on": term.known or term.starts,
                "superseded_on": term.superseded,
            }
            for number, term in enumerate(facts.terms)
        ],
        Invoice: [
            {
                "account_id": account,
                "source_id": sources[0],
                "external_id": f"{account} {number}",
                "revision": 0,
                "amount_minor": 1,
                "currency": "USD",
                "issued_on": bill.due - timedelta(days=14),
                "due_on": bill.due,
                "settled_on": bill.settled,
                "settled_as": None if bill.settled is None else "PAID",
                "known_on": bill.known or bill.due - timedelta(days=14),
                "superseded_on": bill.superseded,
            }
            for number, bill in enumerate(facts.bills)
        ],
        Ticket: [
            {
                "account_id": account,
                "source_id": sources[0],
                "external_id": f"{account} {number}",
                "revision": 0,
                "opened_on": talk.opened,
                "opened_at": datetime.combine(talk.opened, datetime.min.time(), UTC),
                "sentiment": talk.sentiment / 1_000_000,
                "known_on": talk.known or talk.opened,
                "superseded_on": talk.superseded,
            }
            for number, talk in enumerate(facts.talks)
        ],
        AccountTier: [
            {
                "account_id": account,
                "tier_key": held.tier,
                "valid_from": held.starts,
                "valid_to": held.ends,
                "known_on": held.known or held.starts,
                "superseded_on": held.superseded,
            }
            for held in facts.tiers
        ],
    }
    for table, found in rows.items():
        if found:
            await session.execute(insert(table), found)
    return account
