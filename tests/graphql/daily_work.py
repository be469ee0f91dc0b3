"""What staff noted of both customers: rows in every table of daily work, whose texts only staff may see."""

from __future__ import annotations

from datetime import timedelta

from backend.accounts.models import AccountOwner, OwnerRole
from backend.db import clock
from backend.db.engine import Database
from backend.engagement.models import Note, Pulse, Touchpoint
from backend.events import DomainEventRow
from backend.identity.models import AuditEntry, Staff
from backend.notifications.models import Notification
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
            texts = {what: f"{what} about {customer.name}" for what in ("Touchpoint", "Note", "Pulse", "Task")}
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
            session.add_all([touchpoint, note, deleted, pulse, task, entry, owner])
            await session.flush()
            event = DomainEventRow(**own, type="TaskAssigned", body={})
            session.add(event)
            await session.flush()
            told = Notification(
                **own, person_id=person, matter="TASK_ASSIGNED", event_id=event.id, task_id=task.id, read_at=now
            )
            session.add(told)
            await session.flush()
            customer.hidden += texts.values()
            customer.hidden.append(f"probe:{customer.name}")
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
                )
            ]
