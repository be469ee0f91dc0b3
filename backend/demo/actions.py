"""Things that can be made to happen in the demo, each on the way that the real thing takes.

`ask` is the press of the button, in the transaction of whoever presses; a worker then does it. Message ids follow from
the press, so that work that is done twice changes nothing the second time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from backend.accounts import queries as accounts
from backend.accounts.models import Account
from backend.billing import facts, service
from backend.billing.facts import Fact
from backend.billing.models import BillingFact, BillingFactKind
from backend.billing.service import InvoiceFacts
from backend.db import clock
from backend.db.engine import Database, WriteSession
from backend.db.ids import uuid7
from backend.demo.errors import NotADemo
from backend.demo.names import FAMILY, GIVEN, slug
from backend.errors import NotFound
from backend.identity import audit
from backend.identity.queries import is_demo
from backend.ingest.intake import Intake
from backend.ingest.messages import Arrival
from backend.ingest.models import WriteKey, WriteKeyKind
from backend.ingest.write_keys import Writer
from backend.permissions import Permission
from backend.usage.models import Source
from backend.viewer import Viewer
from backend.work import enqueue

ACTED = "demo.acted"
LATE_DAYS = 5
MOST_PEOPLE = 200
ANGER = (
    "I am furious: your assistant gave our customers wrong answers again, it is a terrible disaster! We are angry and "
    "disappointed, this awful bug is a horrible waste of money!"
)


class DemoAction(StrEnum):
    """What can be made to happen."""

    BUSY_MORNING = "BUSY_MORNING"
    PAYMENT_FAILS = "PAYMENT_FAILS"
    ANGRY_TICKET = "ANGRY_TICKET"
    NEW_TEAMMATE = "NEW_TEAMMATE"
    HELPDESK_SILENT = "HELPDESK_SILENT"
    LATE_EVENTS = "LATE_EVENTS"


# A customer who does well and pays: what happens to it is seen. The largest of them, so that it is the same each time.
SOMEBODY = """
select i.account_id from account_internals i join current_health h using (account_id)
where h.band = 'GREEN' and h.category = 'SECURE' order by i.mrr_minor desc, i.account_id limit 1
"""
PEOPLE = """
select i.external_id from members m join person_identities i on i.person_id = m.person_id
where m.account_id = :account and m.state = 'ACTIVE' and i.source_id = :source order by i.external_id limit :most
"""


async def ask(session: AsyncSession, viewer: Viewer | None, *, action: DemoAction, account_id: UUID | None) -> UUID:
    """Have something happen to a customer, or to the largest that does well; returns which. Without a viewer it is the
    command line that asks.

    Raises Forbidden, NotADemo, and NotFound where there is no such customer.
    """
    if viewer is not None:
        viewer.require(Permission.ACCOUNTS_WRITE)
    if not await is_demo(session):
        raise NotADemo
    if account_id is not None:
        await accounts.require(session, account_id)
    chosen: UUID | None = account_id or await session.scalar(text(SOMEBODY))
    if chosen is None:
        raise NotFound("No customer does well enough to have something happen to it. Name one.", field=["accountId"])
    what, after = f"account:{chosen}", {"action": action.value}
    if viewer is not None:
        await audit.record_of(session, viewer, ACTED, subject=what, account_id=chosen, after=after)
    else:
        await audit.record(session, ACTED, actor="command line", subject=what, account_id=chosen, after=after)
    if (
        action is not DemoAction.HELPDESK_SILENT
    ):  # the simulator reads of it in the audit entries, and sends nothing more
        await enqueue(session, "demo.act", action=action.value, account_id=chosen, press=uuid7())
    return chosen


async def perform(database: Database, action: DemoAction, account_id: UUID, press: UUID) -> None:
    """Do what was asked for. The same press does it once."""
    async with database.begin() as session:
        now = await clock.now(session)
        account = await session.get_one(Account, account_id)
        key = account.external_id or str(account_id)
        if action is DemoAction.PAYMENT_FAILS:
            await _fail_payment(session, account_id, press)
            return
        helpdesk = action is DemoAction.ANGRY_TICKET
        writer = await writer_of(session, "helpdesk" if helpdesk else "product")
        found = await session.scalars(
            text(PEOPLE), {"account": account_id, "source": writer.source_id, "most": MOST_PEOPLE}
        )
        items = _items(action, key, account.name, found.all(), press, now)
    await Intake(database, slots=1).take(writer, items, Arrival())


def _items(
    action: DemoAction, account: str, name: str, people: Sequence[str], press: UUID, now: datetime
) -> list[dict[str, Any]]:
    """What a source would send."""
    rng = Random(press.int)
    made: list[dict[str, Any]] = []

    def track(event: str, user: str | None, at: datetime, **properties: Any) -> None:
        made.append(
            {
                "type": "track",
                "event": event,
                "messageId": f"{press}-{len(made)}",
                "timestamp": at.isoformat(),
                "context": {"groupId": account},
                "properties": properties,
                **({"userId": user} if user else {}),
            }
        )

    match action:
        case DemoAction.ANGRY_TICKET:
            track("Support Ticket Opened", None, now, ticket_id=f"live-{press}", text=ANGER)
        case DemoAction.BUSY_MORNING:
            for user in people:
                track("signed_in", user, now)
                for event in ("conversation_started", "conversation_started", "saved_reply_sent", "article_saved"):
                    track(event, user, now)
            track("workflow_run", None, now)
            track("api_called", None, now, calls=120)
        case DemoAction.NEW_TEAMMATE:
            given, family = rng.choice(GIVEN), rng.choice(FAMILY)
            user, tag = f"live-{press}", press.hex[-4:]
            traits = {"name": f"{given} {family}", "email": f"{given}.{family}.{tag}@{slug(name)}.example".lower()}
            base = {"userId": user, "timestamp": now.isoformat()}
            made.append({**base, "type": "identify", "messageId": f"{press}-identify", "traits": traits})
            made.append({**base, "type": "group", "messageId": f"{press}-group", "groupId": account})
            track("signed_in", user, now)
        case DemoAction.LATE_EVENTS:
            for user in people[:20]:
                for days in range(1, LATE_DAYS + 1):
                    track("conversation_started", user, now - timedelta(days=days))
                    track("report_viewed", user, now - timedelta(days=days, hours=1))
    return made


async def writer_of(session: AsyncSession, source_key: str) -> Writer:
    """Whoever sends for a source of the demo, as a server with a key does."""
    source = await session.scalar(select(Source.id).where(Source.key == source_key))
    key = await session.scalar(select(WriteKey.id).order_by(WriteKey.id).limit(1))
    if source is None or key is None:
        raise NotADemo
    return Writer(key, source, WriteKeyKind.SERVER, frozenset())


async def _fail_payment(session: WriteSession, account_id: UUID, press: UUID) -> None:
    """A payment of the newest invoice fails, for the first time or once more, as Stripe's events would tell."""
    now, today = await clock.now(session), await clock.today(session)
    source = (await writer_of(session, "billing")).source_id
    invoice, failed = f"live-{account_id}", f"live-{account_id}/{press}"
    of_invoice = select(BillingFact).where(
        BillingFact.source_id == source, BillingFact.object_key == invoice, BillingFact.superseded_on.is_(None)
    )
    earlier = [
        Fact(
            account_id=one.account_id,
            external_id=one.external_id,
            object_key=one.object_key,
            kind=one.kind,
            occurred_at=one.occurred_at,
            occurred_on=one.occurred_on,
            known_on=one.known_on,
            amount_minor=one.amount_minor,
            currency=one.currency,
        )
        for one in await session.scalars(of_invoice.where(BillingFact.kind == BillingFactKind.PAYMENT_FAILED.value))
    ]
    if any(one.external_id == failed for one in earlier):
        return
    row = (
        await session.execute(
            text("select mrr_minor, mrr_currency from account_internals where account_id = :account"),
            {"account": account_id},
        )
    ).one()
    amount = max(row.mrr_minor, 100)
    if not earlier:
        issued, due = today - timedelta(days=8), today - timedelta(days=1)
        bill = InvoiceFacts(account_id, invoice, amount, row.mrr_currency, issued, due, today)
        await service.put_invoices(session, source, [bill])
    new = Fact(
        account_id=account_id,
        external_id=failed,
        object_key=invoice,
        kind=BillingFactKind.PAYMENT_FAILED.value,
        occurred_at=now,
        occurred_on=today,
        known_on=today,
        amount_minor=amount,
        currency=row.mrr_currency,
    )
    await facts.replace_facts(session, source, invoice, [*earlier, new])
