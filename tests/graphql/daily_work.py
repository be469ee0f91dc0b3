"""What staff noted of both customers: rows in every table of daily work, whose texts only staff may see.

And what one of each customer's people was told, which is theirs alone.
"""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

from sqlalchemy import select

from backend.accounts.models import AccountOwner, OwnerRole, SavedView
from backend.billing.models import BillingFact
from backend.db import clock
from backend.db.engine import Database
from backend.engagement.models import InboundMail, Note, Pulse, Touchpoint
from backend.events import DomainEventRow
from backend.identity.models import AuditEntry, Staff
from backend.notifications.models import Notification
from backend.support.models import Ticket
from backend.tasks.models import Task
from tests.graphql.world import World, public


async def add_daily_work(database: Database, world: World) -> None:
    """Add the rows, and their texts and ids to what the customers may not see."""
    async with database.begin() as session:
        now = await clock.now(session)
        session.add(OwnerRole(key="sponsor", name="Sponsor", position=0))
        await session.flush()
        person = (await session.get_one(Staff, world.staff)).person_id
        for customer in (world.acme, world.zenith):
            own = {"account_id": customer.account}
            texts = {what: f"{what} about {customer.name}" for what in ("Touchpoint", "Note", "Pulse", "Task", "Mail")}
            touchpoint = Touchpoint(
                **own,
                kind="CALL",
                occurred_at=now,
                summary=texts["Touchpoint"],
                person_id=customer.persons[0],
                logged_by=world.staff,
            )
            note = Note(**own, body=texts["Note"], written_by=world.staff)
            deleted = Note(**own, body=f"Deleted note about {customer.name}", deleted_at=now)
            expires_on = world.today + timedelta(days=9)
            pulse = Pulse(**own, mood="RED", reason=texts["Pulse"], expires_on=expires_on, recorded_by=world.staff)
            task = Task(**own, title=texts["Task"], assignee_id=world.staff, created_by=world.staff)
            entry = AuditEntry(
                **own, actor="staff", action="probe.made", subject=f"probe:{customer.name}", after={"of": customer.name}
            )
            owner = AccountOwner(**own, role_key="sponsor", staff_id=world.staff)
            view = SavedView(
                owner_id=world.staff, name=f"View of {customer.name}", filter={"text": customer.name}, columns=["name"]
            )
            session.add_all([touchpoint, note, deleted, pulse, task, entry, owner, view])
            await session.flush()
            waiting = InboundMail(
                message_hash=sha256(b"waiting" + customer.account.bytes).digest(),
                state="REJECTED",
                reason="AMBIGUOUS",
                subject=texts["Mail"],
            )
            logged = InboundMail(
                **own,
                message_hash=sha256(b"logged" + customer.account.bytes).digest(),
                state="LOGGED",
                touchpoint_id=touchpoint.id,
                settled_at=now,
            )
            session.add_all([waiting, logged])
            event = DomainEventRow(**own, type="TaskAssigned", body={})
            session.add(event)
            await session.flush()
            told = Notification(
                **own, person_id=person, matter="TASK_ASSIGNED", event_id=event.id, task_id=task.id, read_at=now
            )
            failed = DomainEventRow(**own, type="PaymentFailed", body={})
            session.add_all([told, failed])
            await session.flush()
            facts = {"amount": "4,321.00" if customer is world.acme else "8,765.00", "currency": "EUR"}
            own_news = Notification(
                **own, person_id=customer.persons[0], matter="PAYMENT_FAILED", event_id=failed.id, facts=facts
            )
            session.add(own_news)
            await session.flush()
            customer.personal += [own_news.id.hex, facts["amount"]]
            customer.secrets += customer.personal
            ticket = (await session.scalars(select(Ticket).where(Ticket.account_id == customer.account))).one()
            fact = (await session.scalars(select(BillingFact).where(BillingFact.account_id == customer.account))).one()
            customer.hidden += texts.values()
            customer.hidden += [f"probe:{customer.name}", f"View of {customer.name}"]
            customer.deleted.append(deleted.body)
            customer.ids += [
                public(prefix, row.id)
                for prefix, row in (
                    ("touch", touchpoint),
                    ("note", note),
                    ("note", deleted),
                    ("pulse", pulse),
                    ("task", task),
                    ("audit", entry),
                    ("told", told),
                    ("told", own_news),
                    ("evt", event),
                    ("tick", ticket),
                    ("fact", fact),
                    ("view", view),
                    ("inmail", waiting),
                    ("inmail", logged),
                )
            ]
