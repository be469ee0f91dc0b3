"""More rows for the world: enough for pages, with equal sort keys, missing values, and every state that a row can have.

The rows are drawn from a fixed seed, so that they are the same in every run but for their ids and the day.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from backend.accounts.models import AccountInternal, AccountOwner, DefaultView, OwnerRole, SavedView, Trait
from backend.alerts.models import Alert, AlertOccurrence, AlertRule
from backend.applications.models import Application
from backend.billing.models import BillingFact, BillingFactKind, Invoice, Subscription
from backend.db.engine import Database
from backend.engagement.models import InboundMail, Note, Pulse, Touchpoint
from backend.events import DomainEventRow
from backend.health.models import CurrentHealth, CustomerHealthSnapshot, HealthModel, HealthOverride, HealthSnapshot
from backend.identity.models import ApiKey, AuditEntry, OidcProvider, RecoveryCode, SecondFactor, Session, Staff
from backend.ingest.models import EventReject, UnresolvedEvent, WriteKey
from backend.notifications.models import Notification, NotificationPreference
from backend.program.models import ProgramVersion
from backend.support.models import Ticket
from backend.tasks.models import Task
from backend.usage.models import Metric, SourceFeed, UsageDaily
from backend.webhooks.models import WebhookDelivery, WebhookEndpoint
from backend.work import WorkItem
from tests.factories import make_account, make_member
from tests.graphql.world import POINT, World

WORDS = ["alpha", "Ärger", "100%", "under_score", "back\\slash", 'quo"te', "é", "line\u2028break", "'tick'", "x"]
ACCOUNTS = 14


@dataclass
class Crowd:
    """What the rows are drawn from."""

    session: AsyncSession
    world: World
    draw: random.Random
    staff: list[UUID]
    persons: list[UUID]
    numbers: int = 0

    def maybe(self, value: Any) -> Any:
        """The value, or nothing."""
        return value if self.draw.random() < 0.6 else None

    def day(self) -> Any:
        """One of few days about today, so that many are equal."""
        return self.world.today + timedelta(days=self.draw.choice([-40, -12, -3, -1, 0, 2, 30]))

    def instant(self) -> datetime:
        """One of few instants of the past."""
        micro = self.draw.choice([0, 1, 120_000, 123_456])
        return datetime.combine(self.world.today, time(4), UTC) - timedelta(
            days=self.draw.randrange(1, 9), microseconds=micro
        )

    def word(self) -> str:
        """A text that an escape may go wrong with."""
        return self.draw.choice(WORDS)

    def key(self) -> str:
        """A text that no other row has."""
        self.numbers += 1
        return f"crowd-{self.numbers}"


async def add_crowd(database: Database, world: World) -> None:
    """Add the rows."""
    async with database.begin() as session:
        staff = list(await session.execute(select(Staff.id, Staff.person_id).order_by(Staff.id)))
        crowd = Crowd(session, world, random.Random(11), [s.id for s in staff], [s.person_id for s in staff])  # noqa: S311
        session.add_all(
            Trait(key=key, name=key, kind=kind, choices=["a", "b"] if kind == "CHOICE" else [], position=place % 2)
            for place, (key, kind) in enumerate([("seen", "TEXT"), ("size", "NUMBER"), ("plan", "CHOICE")])
        )
        session.add_all(OwnerRole(key=key, name=key, position=1) for key in ("adviser", "second"))
        session.add_all(
            AlertRule(key=key, name=crowd.word(), severity="INFO", definition={"of": key}) for key in ("a", "b")
        )
        session.add_all(
            ProgramVersion(number=number, fingerprint="f", files={}, difference=crowd.word(), applied_by="command line")
            for number in (1, 2, 3)
        )
        for version in (2, 3, 4):
            session.add(HealthModel(version=version, definition={}, fingerprint="e" * 64, applied_by=crowd.word()))
        accounts = [world.acme.account, world.zenith.account]
        for number in range(ACCOUNTS):
            made = await make_account(
                session,
                f"{crowd.word()} {number % 5}",
                tier_key=crowd.maybe(crowd.draw.choice(["business", "starter"])),
                industry=crowd.maybe(crowd.word()),
                success_manager_id=crowd.maybe(crowd.draw.choice(crowd.staff)),
                parent_id=crowd.maybe(crowd.draw.choice(accounts[:3])),
                customer_since=crowd.day(),
            )
            accounts.append(made.id)
            await _inside(crowd, made.id)
        await _rest(crowd, accounts)
        for account in accounts:
            await _of(crowd, account)


async def _inside(crowd: Crowd, account: UUID) -> None:
    internal = await crowd.session.get_one(AccountInternal, account)
    internal.mrr_minor, internal.mrr_currency = crowd.draw.choice([0, 500, 2**40]), crowd.draw.choice(["EUR", "USD"])
    internal.renews_on, internal.last_touch_at = crowd.maybe(crowd.day()), crowd.maybe(crowd.instant())
    internal.churned_on = crowd.draw.choice([None, None, crowd.world.today])
    internal.tags = crowd.draw.sample(["one", "Two", "tag-Acme", 'quo"te'], crowd.draw.randrange(4))
    traits: list[dict[str, Any]] = [{}, {"seen": "é"}, {"size": 5, "plan": "a"}]
    internal.traits = crowd.draw.choice(traits)
    if crowd.draw.random() < 0.7:
        like = await crowd.session.get_one(CurrentHealth, crowd.world.acme.account)
        copied = {c.key: getattr(like, c.key) for c in CurrentHealth.__table__.columns if c.key != "account_id"}
        score = crowd.draw.choice([None, 40 * POINT, 61_234_567])
        copied |= {"score": score, "sort_score": -1 if score is None else score, "band": "RED" if score else "GREEN"}
        copied |= {word: crowd.draw.choice([0, POINT, -3 * POINT]) for word in ("change_7", "change_30")}
        crowd.session.add(CurrentHealth(account_id=account, **copied))
    await crowd.session.flush()


async def _rest(crowd: Crowd, accounts: list[UUID]) -> None:
    """What belongs to no account, or to some of them."""
    session, draw, world = crowd.session, crowd.draw, crowd.world
    keys = [
        WriteKey(
            source_id=world.source, name=crowd.word(), kind="SERVER", prefix=crowd.key(), secret_hash=b"x",
            created_at=crowd.instant(), revoked_at=crowd.maybe(crowd.instant()),
        )
        for _ in range(5)
    ]  # fmt: skip
    hooks = [
        WebhookEndpoint(
            name=crowd.word(), host="a.example", url=b"x", secret=b"x", events=draw.choice([[], ["alert.opened"]]),
            created_at=crowd.instant(), failing_since=crowd.maybe(crowd.instant()),
        )
        for _ in range(4)
    ]  # fmt: skip
    provider = OidcProvider(key="company", name="Our login", issuer="https://issuer.example", client_id="x")
    session.add_all([*keys, *hooks, provider])
    await session.flush()
    for number in range(24):
        state = number % 4
        item = WorkItem(
            kind=draw.choice(["health.score", "probe"]), queue=draw.choice(["critical", "default", "bulk"]),
            parks_after=5, run_at=crowd.instant(), created_at=crowd.instant(),
            finished_at=crowd.instant() if state == 1 else None, parked_at=crowd.instant() if state == 2 else None,
            lease_until=crowd.instant() if state == 3 else None,
        )  # fmt: skip
        session.add(item)
        await session.flush()
        sent = draw.choice(["PENDING", "DELIVERED", "HELD"])
        session.add(
            WebhookDelivery(
                endpoint_id=draw.choice(hooks).id, type="alert.opened", body={"n": number}, state=sent,
                work_item_id=item.id if sent == "PENDING" else None, created_at=crowd.instant(),
                delivered_at=crowd.instant() if sent == "DELIVERED" else None, response_code=crowd.maybe(200),
            )
        )  # fmt: skip
        session.add(
            EventReject(
                source_id=world.source, write_key_id=draw.choice(keys).id, code=draw.choice(["MISSING", "TOO_LARGE"]),
                field=crowd.word(), reason=crowd.word(), body=crowd.word(), digest=crowd.key().encode(),
                received_at=crowd.instant(),
            )
        )  # fmt: skip
        session.add(
            UnresolvedEvent(
                source_id=world.source, message_id=crowd.key(), group_key=crowd.maybe(crowd.word()), name=crowd.word(),
                occurred_at=crowd.instant(), received_at=crowd.instant(), properties={}, is_trusted=True,
            )
        )  # fmt: skip
        session.add(
            AuditEntry(
                actor=draw.choice(["staff", "member", "api key", "command line"]), action=draw.choice(["a.b", "c.d"]),
                actor_person_id=crowd.maybe(draw.choice(crowd.persons)), account_id=crowd.maybe(draw.choice(accounts)),
                before=crowd.maybe({"n": number}), at=crowd.instant(),
            )
        )  # fmt: skip
    for number, (owner, is_shared) in enumerate((owner, shared) for owner in crowd.staff for shared in (True, False)):
        orders: list[dict[str, Any] | None] = [None, {"field": "MRR", "direction": "DESC", "window": "DAYS_7"}]
        filters: list[dict[str, Any]] = [
            {"text": crowd.word()},
            {"or": [{"isMine": True}, {"not": {"tier": {"in": ["business"]}}}]},
            {},
            {"mrrMinor": {"gte": number}, "renewsOn": {"isNull": False}},
        ]
        view = SavedView(
            owner_id=owner,
            name=crowd.word(),
            is_shared=is_shared,
            filter=filters[number % 4],
            ordering=orders[number % 3 != 1],
            columns=["name"],
            deleted_at=crowd.instant() if number % 5 == 4 else None,
        )
        session.add(view)
        if number < 4 and is_shared:
            await session.flush()
            session.add(DefaultView(staff_id=owner, view_id=view.id))
    for number in range(6):
        account = draw.choice([None, world.acme.account, world.zenith.account])
        session.add(
            ApiKey(
                name=crowd.word(), prefix=crowd.key(), secret_hash=b"x", scopes=["accounts:read"], account_id=account,
                created_at=crowd.instant(), created_by=crowd.maybe(draw.choice(crowd.persons)),
            )
        )  # fmt: skip
        session.add(Application(name=f"App {number}", created_at=crowd.instant()))
        session.add(
            SourceFeed(
                source_id=world.source, feed=crowd.key(), since=crowd.day(), until=crowd.day(),
                first_known_on=crowd.day(),
            )
        )  # fmt: skip
    for person, account in ((world.people["acme"]), (world.people["staff"])):
        for _ in range(5):
            session.add(
                Session(
                    person_id=person, account_id=account, how=draw.choice(["PASSWORD", "LINK"]),
                    device=crowd.maybe(crowd.word()), created_at=crowd.instant(), refreshed_at=crowd.instant(),
                    expires_at=datetime.now(UTC) + timedelta(days=5), ends_at=datetime.now(UTC) + timedelta(days=9),
                )
            )  # fmt: skip
        session.add(SecondFactor(person_id=person, secret=b"x", enabled_at=crowd.instant()))
        session.add_all(RecoveryCode(person_id=person, hash=f"hash {n}") for n in range(3))
    session.add(NotificationPreference(person_id=world.people["staff"][0], matter="ALERT", in_app=False, mail="DAILY"))
    await session.flush()


async def _of(crowd: Crowd, account: UUID) -> None:
    """What belongs to one account; much of it for some, little for others."""
    session, draw, world = crowd.session, crowd.draw, crowd.world
    many = draw.choice([0, 2, 7]) if account not in (world.acme.account, world.zenith.account) else 9
    own = {"account_id": account}
    metrics = list(await session.scalars(select(Metric.id).order_by(Metric.id)))
    for number in range(many):
        state = draw.choice(["ACTIVE", "INVITED", "LEFT"])
        member = await make_member(
            session, account, state=state, joined_on=crowd.day(), left_on=world.today if state == "LEFT" else None,
            title=crowd.maybe(crowd.word()), last_seen_at=crowd.maybe(crowd.instant()),
        )  # fmt: skip
        staff = crowd.maybe(draw.choice(crowd.staff))
        closed = draw.random() < 0.4
        task = Task(
            **(own if draw.random() < 0.8 else {}), title=crowd.word(), assignee_id=staff,
            due_on=crowd.maybe(crowd.day()), state="DONE" if closed else "OPEN", created_at=crowd.instant(),
            closed_at=crowd.instant() if closed else None,
        )  # fmt: skip
        event = DomainEventRow(**own, type=draw.choice(["TaskAssigned", "AccountTagged", "TaskCreated"]), body={})
        session.add_all([task, event])
        session.add(
            Note(**own, body=crowd.word(), written_by=staff, created_at=crowd.instant(),
                 deleted_at=draw.choice([None, None, crowd.instant()]))
        )  # fmt: skip
        session.add(
            Touchpoint(**own, kind=draw.choice(["CALL", "EMAIL"]), occurred_at=crowd.instant(), summary=crowd.word(),
                       person_id=crowd.maybe(member.person_id), logged_by=staff)
        )  # fmt: skip
        session.add(
            Pulse(**own, mood=draw.choice(["RED", "GREEN"]), reason=crowd.maybe(crowd.word()), recorded_by=staff,
                  expires_on=world.today + timedelta(days=draw.choice([-1, 5])), created_at=crowd.instant(),
                  withdrawn_at=draw.choice([None, None, crowd.instant()]))
        )  # fmt: skip
        session.add(
            InboundMail(message_hash=sha256(crowd.key().encode()).digest(), state="REJECTED", subject=crowd.word(),
                        reason=draw.choice(["UNKNOWN_SENDER", "AMBIGUOUS"]), sender=crowd.maybe(crowd.word()),
                        body=crowd.maybe(crowd.word()), received_at=crowd.instant(), **draw.choice([own, {}]))
        )  # fmt: skip
        started = crowd.instant()
        session.add(
            HealthOverride(**own, category=draw.choice(["AT_RISK", "CRITICAL"]), signal="probe", reason=crowd.word(),
                           started_at=started, ends_at=started + timedelta(days=draw.choice([1, 90])))
        )  # fmt: skip
        session.add(
            Invoice(**own, source_id=world.source, external_id=crowd.key(), revision=1, amount_minor=number,
                    currency="EUR", issued_on=crowd.day(), due_on=crowd.day(), known_on=world.today,
                    superseded_on=draw.choice([None, None, world.today]))
        )  # fmt: skip
        session.add(
            BillingFact(**own, source_id=world.source, external_id=crowd.key(), revision=1, object_key=crowd.word(),
                        kind=draw.choice(list(BillingFactKind)).value, occurred_at=crowd.instant(),
                        occurred_on=world.today, known_on=world.today, amount_minor=crowd.maybe(5), currency="EUR")
        )  # fmt: skip
        session.add(
            Ticket(**own, source_id=world.source, external_id=crowd.key(), revision=1, opened_on=world.today,
                   opened_at=crowd.instant(), known_on=world.today,
                   **draw.choice([{}, {"rating": 4.5, "rating_scale": 5}]), sentiment=crowd.maybe(0.25),
                   answered_at=crowd.maybe(datetime.now(UTC)))
        )  # fmt: skip
        session.add(
            Subscription(**own, source_id=world.source, external_id=crowd.key(), revision=1, plan_key=crowd.word(),
                         status="ACTIVE", starts_on=world.today - timedelta(days=draw.choice([5, 60])),
                         ends_on=crowd.maybe(world.today + timedelta(days=3)), mrr_minor=100, seats=crowd.maybe(3),
                         currency=draw.choice(["EUR", "USD"]), known_on=world.today)
        )  # fmt: skip
        rule = draw.choice(["falling", "a", "b"])
        alert = Alert(
            **own, rule_key=rule, severity=draw.choice(["INFO", "WARNING", "URGENT"]), facts={"n": number},
            state="RESOLVED", resolved_at=crowd.instant(), resolution="RECOVERED", opened_at=crowd.instant(),
            last_seen_at=crowd.instant(), is_useful=draw.choice([None, True, False]),
        )  # fmt: skip
        session.add(alert)
        await session.flush()
        for _ in range(draw.randrange(4)):
            made = await session.scalar(text("select uuidv7()"))
            session.add(
                AlertOccurrence(rule_key=rule, occurrence_id=made, alert_id=alert.id, name=crowd.word(),
                                occurred_at=crowd.instant())
            )  # fmt: skip
        session.add(
            Notification(
                **own, person_id=world.people["staff"][0], event_id=event.id, created_at=crowd.instant(),
                read_at=crowd.maybe(crowd.instant()), in_app=draw.random() < 0.8,
                **draw.choice(
                    [{"task_id": task.id, "matter": "TASK_ASSIGNED"}, {"alert_id": alert.id, "matter": "ALERT"}]
                ),
            )
        )  # fmt: skip
        if account == world.acme.account:
            joined = {"matter": "TEAMMATE_JOINED", "facts": {"member_id": str(draw.choice([member.id, world.staff]))}}
            failed = {"matter": "PAYMENT_FAILED", "facts": {"amount": "1,234.50", "currency": crowd.word()}}
            session.add_all(
                Notification(
                    **own, **draw.choice([joined, failed]), person_id=person, event_id=event.id,
                    created_at=crowd.instant(), read_at=crowd.maybe(crowd.instant()), in_app=draw.random() < 0.8,
                )
                for person, _ in (world.people["acme"], world.people["acme viewer"])
            )  # fmt: skip
        await session.flush()
    if many:
        session.add(AccountOwner(**own, role_key="adviser", staff_id=draw.choice(crowd.staff)))
        for metric in metrics:
            for back in range(2, 14):
                if draw.random() < 0.6:
                    day = world.today - timedelta(days=back)
                    session.add(
                        UsageDaily(**own, day=day, metric_id=metric, source_id=world.source, known_on=world.today,
                                   delta=draw.randrange(50))
                    )  # fmt: skip
    for table in (HealthSnapshot, CustomerHealthSnapshot):
        await _closings(crowd, account, table)


async def _closings(crowd: Crowd, account: UUID, table: Any) -> None:
    """Closings of six days like those of Acme, but for what the first factor contributes."""
    session, draw, world = crowd.session, crowd.draw, crowd.world
    like = await session.scalar(select(table).where(table.account_id == world.acme.account).order_by(table.day))
    assert like is not None
    copied = {c.key: getattr(like, c.key) for c in table.__table__.columns}
    for back in range(3, 9):
        contributions = [like.contributions[0] - back * POINT, *like.contributions[1:]]
        score = draw.choice([None, sum(contributions)]) if back != 5 else sum(contributions)
        copied |= {"account_id": account, "day": world.today - timedelta(days=back)}
        session.add(table(**{**copied, "score": score, "contributions": contributions}))
    await session.flush()
