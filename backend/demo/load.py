"""Loads the demo organization into an empty database, in one transaction: it is there whole, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from random import Random
from uuid import UUID

from sqlalchemy import select, text

from backend.alerts import service as alerts
from backend.billing import service as billing
from backend.db import clock
from backend.db.engine import Database, WriteSession
from backend.demo import inboxes, troubles
from backend.demo.company import DAYS, SEED, Calendar, Company
from backend.demo.facts import Facts
from backend.demo.money import at, ordinary_terms
from backend.demo.population import ordinary
from backend.demo.situations import VISITORS, situations
from backend.demo.staffing import ORGANIZATION, PASSWORD, assign, colleagues
from backend.errors import Conflict
from backend.health import runs, scoring
from backend.health.runs import Knowledge
from backend.identity import audit, passwords
from backend.identity.models import Organization
from backend.program.setup import initialise
from backend.reactions import REACTIONS
from backend.usage.queries import metric_ids

SCORED_DAYS = DAYS - 28
"""The first days are only the ground of the first scores."""
HEARD_DAYS = 14
"""What happened in so many days is held against the rules of alerts."""
ACTION = "demo.loaded"

Progress = Callable[[str, float], None]
"""Told what is done now, and which share of the whole is behind it."""


async def load(
    database: Database,
    *,
    seed: int = SEED,
    share: float = 1.0,
    progress: Progress = lambda _what, _share: None,
) -> int:
    """Fill the database with the demo; returns how many customers it has.

    `share` of the ordinary customers, from 0 to 1; all situations are there in any case. Raises Conflict where the
    database is not empty.
    """
    async with database.begin() as session:
        await session.execute(text("set local synchronous_commit = off"))
        if await session.scalar(select(Organization.id)) is not None:
            raise Conflict("This database has an organization already. The demo needs an empty one.")
        progress("Setting up the organization", 0.0)
        await initialise(session, name=ORGANIZATION, applied_by="the demo")
        await session.execute(text("update organizations set is_demo = true"))
        now, today = await clock.now(session), await clock.today(session)
        calendar, rng = Calendar(today, now.hour), Random(seed)
        companies, staff = customers(rng, calendar, share), colleagues()
        assign(rng, companies, [one for one in staff if one.role == "CSM"])
        facts = Facts(session, calendar, companies, seed)
        progress("Customers and their people", 0.03)
        await facts.sources(now)
        await facts.staff(staff)
        await facts.customers(staff)
        progress("Subscriptions and invoices", 0.1)
        await facts.money()
        await billing.derive(session, [company.account_id for company in companies])
        progress("Fifteen months of use", 0.15)
        await facts.usage(await metric_ids(session))
        progress("Conversations and contacts", 0.4)
        await facts.conversations(staff)
        await troubles.refuse(session, facts, now)
        await troubles.park(session, calendar)
        await troubles.remove(session, now)
        told = await facts.timeline()
        await _score(session, calendar, progress)
        progress("Today's scores and alerts", 0.93)
        await scoring.score_now(session)
        await session.execute(text(BANDS))
        await _alert(session, calendar, told)
        await inboxes.judge(session, staff, at(calendar.day(-inboxes.JUDGED_DAYS)))
        await inboxes.fill(session, calendar, staff, visitors(companies))
        for person in [*(one.person_id for one in staff), *visitors(companies)]:
            await passwords.store(session, person, PASSWORD)
        await audit.record(session, ACTION, actor="command line", subject="organization:1", after={"seed": seed})
        progress("Done", 1.0)
        return len(companies)


def customers(rng: Random, calendar: Calendar, share: float = 1.0) -> list[Company]:
    """All customers: the situations first, then those that chance makes."""
    scripted = situations(rng, calendar)
    others = ordinary(rng, calendar, scripted, share)
    for company in others:
        company.terms = ordinary_terms(rng, calendar, company)
    return [*scripted, *others]


def visitors(companies: Sequence[Company]) -> dict[UUID, Company]:
    """The persons of customers who may sign in, each with their company: one of each that VISITORS names."""
    return {company.people[0].person_id: company for company in companies if company.name in VISITORS}


async def _score(session: WriteSession, calendar: Calendar, progress: Progress) -> None:
    """Close every day as the product does, each as known then."""
    first, last = calendar.day(-SCORED_DAYS), calendar.day(-1)
    run, chunks = await runs.request(session, knowledge=Knowledge.AS_OF, first=first, last=last, enqueued=False)
    for done, chunk in enumerate(chunks):
        progress("Scores of every day, as known then", 0.45 + 0.48 * done / len(chunks))
        await runs.score_chunk(session, run, chunk)


async def _alert(session: WriteSession, calendar: Calendar, told: Sequence[tuple[UUID, str, datetime]]) -> None:
    """Hold the rules against what is now and what happened lately, and have alerts begin when their reason did."""
    await session.execute(text(IN_FORCE), {"since": at(calendar.day(-DAYS))})
    since = at(calendar.day(-HEARD_DAYS))
    await alerts.consider(session, None, since=since)
    for event, kind, when in told:
        if when >= since and kind in REACTIONS:
            await alerts.hear(session, event)
    await session.execute(text(BEGUN))


IN_FORCE = "update alert_rules set in_force_since = :since"

# What the live scores would have told of, had they been followed.
BANDS = """
insert into domain_events (type, account_id, body, occurred_at)
select 'HealthBandChanged', account_id, jsonb_build_object('before', before, 'after', band, 'score', score),
       day + time '20:00' at time zone 'UTC'
from (select account_id, day, band, score, lag(band) over (partition by account_id order by day) as before
    from health_snapshots) s
where before <> band order by day
"""

BEGUN = """
update alerts a set opened_at = least(a.opened_at, b.at)
from (
    select o.alert_id as id, min(o.occurred_at) as at from alert_occurrences o group by 1
    union all
    select red.id, (select min(s.day) + time '20:00' at time zone 'UTC' from health_snapshots s
        where s.account_id = red.account_id and s.day > coalesce((select max(c.day) from health_snapshots c
            where c.account_id = red.account_id and c.band <> 'RED'), '-infinity'))
    from alerts red where red.rule_key = 'health_red') b
where b.id = a.id and b.at is not null
"""
