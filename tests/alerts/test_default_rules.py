"""The alerts of the shipped program, from what sources send to who is told: opened once, added to, closed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import select, text

from backend.alerts import service as alerts
from backend.db import clock
from backend.db.engine import Database
from backend.graphql.planner import Planner
from backend.graphql.schema import schema
from backend.identity.models import Staff, StaffRole
from backend.notifications.models import Notification
from backend.permissions import Permission
from backend.program.assemble import DEFAULT, load
from backend.program.service import apply
from backend.settings import Settings
from backend.usage.models import Metric
from backend.viewer import Viewer
from jobs.actors import ACTORS
from jobs.live import follow_once
from tests.alerts.test_alerts import source, used
from tests.billing.stripe_events import Stripe, do_all_work, event, invoice, subscription, unix
from tests.factories import make_account, make_staff
from tests.ingest.sending import Sender, sending

KINDS = [
    kind for kind in ACTORS if kind.startswith(("alerts.hear", "alerts.tell", "billing.take", "support.", "ingest."))
]
STAFF = Viewer("staff", permissions=frozenset({Permission.ALERTS_WRITE, Permission.ACCOUNTS_INTERNAL}))
FAILED = event("invoice.payment_failed", invoice(), "2026-02-01T10:00")
PAID = event(
    "invoice.paid",
    invoice(status="paid", amount_remaining=0, status_transitions={"paid_at": unix("2026-02-06T09:00")}),
    "2026-02-06T09:00",
)


class Company:
    """A company whose customer `cus_1` sends events and pays by Stripe."""

    def __init__(self, sender: Sender, stripe: Stripe, account: UUID) -> None:
        self.sender, self.stripe, self.account = sender, stripe, account
        self.database = sender.database
        self._number = 0

    async def send(self, name: str, **properties: Any) -> dict[str, Any]:
        """An event of the customer, which may be sent again."""
        self._number += 1
        said = {"type": "track", "event": name, "userId": "u1", "groupId": "cus_1", "messageId": str(self._number)}
        await self.again(said | {"properties": properties})
        return said | {"properties": properties}

    async def send_late(self, name: str, *, days_ago: int, **properties: Any) -> None:
        """An event of the customer that comes long after it happened."""
        at = datetime.now(UTC) - timedelta(days=days_ago)
        self._number += 1
        said = {"type": "track", "event": name, "userId": "u1", "groupId": "cus_1", "messageId": str(self._number)}
        await self.again(said | {"properties": properties, "timestamp": at.isoformat()})

    async def again(self, said: dict[str, Any]) -> None:
        """The very same event."""
        await self.sender.batch([said])
        await self.settle()

    async def bill(self, *said: dict[str, Any]) -> None:
        """Events of Stripe."""
        await self.stripe.deliver(*said)
        await self.settle()

    async def settle(self) -> None:
        """All that follows, and a look at everything besides."""
        for _ in range(2):
            await do_all_work(self.database, KINDS)
            async with self.database.begin() as session:
                while await follow_once(session):
                    pass
            async with self.database.begin() as session:
                await alerts.sweep(session)
        await do_all_work(self.database, KINDS)

    async def alerts(self) -> list[tuple[str, str, str, Any]]:
        """Every alert that there ever was."""
        rows = await self.sender.rows("select rule_key, state, severity, facts from alerts order by id")
        return [(row[0], row[1], row[2], row[3]) for row in rows]

    async def told(self) -> list[tuple[str, str]]:
        """Whom of the staff was told what."""
        async with self.database.begin() as session:
            found = await session.execute(
                select(Staff.role, Notification.matter)
                .join(Staff, Staff.person_id == Notification.person_id)
                .order_by(Notification.id, Staff.role)
            )
            return sorted((row.role, row.matter) for row in found)


@pytest.fixture
async def company(settings_with_valkey: Settings, database: Database) -> AsyncIterator[Company]:
    async with database.begin() as session:
        await session.execute(text("insert into organizations (name) values ('Test')"))
        await apply(session, load(DEFAULT, applied_by="test"))
        staff = {role: await make_staff(session, role) for role in StaffRole}
        manager = staff[StaffRole.CSM].id
        account = await make_account(session, "Acme", external_id="cus_1", success_manager_id=manager)
    stripe = Stripe(database, settings_with_valkey)
    await stripe.connect()
    async with sending(settings_with_valkey, database) as sender:
        made = Company(sender, stripe, account.id)
        yield made


async def test_a_failed_payment_is_billings_and_over_once_it_is_paid(company: Company) -> None:
    await company.bill(FAILED)
    await company.bill(FAILED, FAILED)
    opened, told = await company.alerts(), await company.told()
    await company.bill(PAID)
    await company.bill(PAID)

    assert opened == [("payment_failed", "OPEN", "WARNING", {"count": 1})]
    assert told == [("BILLING", "ALERT")]
    assert await company.alerts() == [("payment_failed", "RESOLVED", "WARNING", {"count": 1})]
    assert await company.told() == [("BILLING", "ALERT"), ("BILLING", "ALERT_RESOLVED")]


async def test_a_negative_ticket_is_the_managers_and_another_one_adds_to_it(company: Company) -> None:
    first = await company.send("Support Ticket Opened", ticket_id="t1", sentiment=-0.9)
    await company.again(first)
    for sentiment in (-0.2, -0.3, -0.1, -0.8):  # about the bound, and never calm
        await company.send("Support Ticket Commented", ticket_id="t1", sentiment=sentiment)
    await company.send("Support Ticket Opened", ticket_id="t2", sentiment=0.6)
    once = await company.alerts()
    await company.send("Support Ticket Opened", ticket_id="t3", sentiment=-0.5)

    assert once == [("negative_ticket", "OPEN", "WARNING", {"count": 1})]
    assert await company.alerts() == [("negative_ticket", "OPEN", "WARNING", {"count": 2})]
    assert await company.told() == [("MANAGER", "ALERT")]


async def test_an_intent_to_cancel_is_urgent_and_over_when_it_is_withdrawn(company: Company) -> None:
    viewed = await company.send("Cancellation Page Viewed")
    await company.again(viewed)
    once = await company.alerts()
    paying = event("customer.subscription.created", subscription(), "2026-01-10")
    leaving = event("customer.subscription.updated", subscription(cancel_at=unix("2099-01-01")), "2026-02-01")
    staying = event("customer.subscription.updated", subscription(), "2026-02-02")
    await company.bill(paying, leaving)
    await company.bill(leaving)
    more, told = await company.alerts(), await company.told()
    await company.bill(staying)

    assert once == [("cancellation_intent", "OPEN", "URGENT", {"count": 1})]
    assert more == [("cancellation_intent", "OPEN", "URGENT", {"count": 2})]
    assert told == [("CSM", "URGENT_ALERT"), ("MANAGER", "URGENT_ALERT")]
    assert [row[:2] for row in await company.alerts()] == [("cancellation_intent", "RESOLVED")]


async def test_what_happened_long_ago_alarms_nobody_when_it_comes_now(company: Company) -> None:
    async with company.database.begin() as session:  # as if the rules had been in force for years
        await session.execute(text("update alert_rules set in_force_since = '2020-01-01'"))
    await company.send_late("Cancellation Page Viewed", days_ago=31)
    await company.send_late("Support Ticket Opened", days_ago=400, ticket_id="t1", sentiment=-0.9)
    await company.send_late("Support Ticket Opened", days_ago=400, ticket_id="t2", sentiment=-0.9)
    nothing = await company.alerts()
    await company.send_late("Cancellation Page Viewed", days_ago=29)
    await company.send_late("Support Ticket Commented", days_ago=1, ticket_id="t3", sentiment=-0.9)

    assert nothing == []
    assert await company.alerts() == [
        ("cancellation_intent", "OPEN", "URGENT", {"count": 1}),
        ("negative_ticket", "OPEN", "WARNING", {"count": 1}),
    ]


async def test_use_that_halves_is_the_success_managers_and_neither_flaps_nor_repeats(company: Company) -> None:
    async def use(amounts: dict[int, int]) -> None:
        async with company.database.begin() as session:
            metric = await session.scalar(select(Metric.id).where(Metric.key == "conversations"))
            assert metric is not None
            made = await source(session, last=await clock.today(session))
            await used(session, company.account, metric, made, amounts)
        await company.settle()

    async def state() -> list[str]:
        return [row[1] for row in await company.alerts() if row[0] == "use_halved"]

    await use({40: 100, 10: 45})
    halved, told = await company.alerts(), await company.told()
    mails = await company.sender.rows("select count(*) from mails")
    seen = [await state()]
    for more in ({9: 6}, {8: 8}, {7: 3}):  # 49, 41 and 38 % less: it ends below 40 alone
        await use(more)
        seen.append(await state())

    [opened] = [row for row in halved if row[0] == "use_halved"]
    assert opened == ("use_halved", "OPEN", "WARNING", {"percent": 55, "before": 100, "recent": 45, "days": 28})
    assert told.count(("CSM", "ALERT")) == len(halved)
    assert mails == [(len(halved),)]  # at once, not in tomorrow's digest
    assert seen == [["OPEN"], ["OPEN"], ["OPEN"], ["RESOLVED"]]


async def test_the_useful_share_of_a_rule_is_that_of_the_alerts_that_were_judged(database: Database) -> None:
    async with database.begin() as session:
        await session.execute(text("insert into organizations (name) values ('Test')"))
        await apply(session, load(DEFAULT, applied_by="test"))
        for verdict in (True, True, False, None):
            account = await make_account(session)
            await session.execute(
                text(
                    "insert into alerts (account_id, rule_key, severity, facts)"
                    " values (:a, 'health_red', 'WARNING', '{}')"
                ),
                {"a": account.id},
            )
            alert = await session.scalar(text("select id from alerts where account_id = :a"), {"a": account.id})
            if verdict is not None:
                await alerts.judge(session, STAFF, alert_id=alert, is_useful=verdict)

    asked = "{ alertRules { key alertCount judgedCount usefulShare } }"
    found = orjson.loads((await Planner(schema()).execute(asked, None, {}, STAFF, database.read)).data or b"")

    rules = {rule.pop("key"): rule for rule in found["alertRules"]}
    assert rules["health_red"]["alertCount"] == 4
    assert rules["health_red"]["judgedCount"] == 3
    assert round(rules["health_red"]["usefulShare"], 6) == 0.666667
    assert rules["use_halved"] == {"alertCount": 0, "judgedCount": 0, "usefulShare": None}
