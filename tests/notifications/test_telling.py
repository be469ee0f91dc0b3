"""Whoever is to know of an alert or a task is told, once, and nobody else."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text, update

from backend.accounts.models import AccountOwner, OwnerRole
from backend.alerts import service as alerts
from backend.alerts import telling
from backend.alerts.program import Notify
from backend.db.engine import Database, WriteSession
from backend.events import DomainEventRow
from backend.identity.models import Staff, StaffRole
from backend.notifications import service
from backend.notifications.models import Notification
from backend.permissions import Permission
from backend.viewer import Viewer
from jobs import actors
from jobs.runner import Runner
from tests.alerts.test_alerts import CANCELLATION, CHURN_RISK, happened, look, rules
from tests.factories import make_account, make_staff

assert "alerts.tell" in actors.ACTORS


async def told(session: WriteSession) -> list[tuple[UUID, str]]:
    found = await session.execute(select(Notification.person_id, Notification.matter).order_by(Notification.id))
    return [(row.person_id, row.matter) for row in found]


async def tell_all(session: WriteSession) -> None:
    """What workers do with the alerts' events."""
    for event_id in await session.scalars(select(DomainEventRow.id).order_by(DomainEventRow.id)):
        await telling.tell(session, event_id)


def notifying(rule: dict[str, Any], **notify: Any) -> dict[str, Any]:
    return {**rule, "notify": notify}


def by(staff: Staff) -> Viewer:
    permissions = frozenset({Permission.ALERTS_WRITE, Permission.ACCOUNTS_INTERNAL, Permission.PROFILE_WRITE})
    return Viewer(kind="staff", person_id=staff.person_id, permissions=permissions)


async def test_an_alert_tells_the_success_manager_once_and_nobody_else(session: WriteSession) -> None:
    manager = await make_staff(session)
    for role in StaffRole:
        await make_staff(session, role)
    await rules(session, cancel=notifying(CANCELLATION, success_manager=True))
    account = await make_account(session, success_manager_id=manager.id)
    await happened(session, account.id)
    [alert] = await look(session)

    await tell_all(session)
    await tell_all(session)

    [row] = await session.scalars(select(Notification))
    assert (row.person_id, row.matter, row.alert_id) == (manager.person_id, "URGENT_ALERT", alert)
    assert (row.account_id, row.read_at) == (account.id, None)


async def test_it_tells_of_coming_back_and_of_the_end_but_not_whoever_ended_it(session: WriteSession) -> None:
    one, other = await make_staff(session, StaffRole.BILLING), await make_staff(session, StaffRole.BILLING)
    await rules(session, dear=notifying(CHURN_RISK, roles=["BILLING"]))
    await make_account(session, mrr_minor=1000)
    [alert] = await look(session)
    await tell_all(session)

    await alerts.acknowledge(session, by(one), alert_id=alert)
    await alerts.resolve(session, by(one), alert_id=alert)
    await tell_all(session)
    after_the_end = await told(session)
    await alerts.reopen(session, by(one), alert_id=alert)
    await tell_all(session)

    assert sorted(after_the_end) == sorted(
        [(one.person_id, "ALERT"), (other.person_id, "ALERT"), (other.person_id, "ALERT_RESOLVED")]
    )
    assert sorted(await told(session)) == sorted(
        [*after_the_end, (one.person_id, "ALERT_REOPENED"), (other.person_id, "ALERT_REOPENED")]
    )


async def test_who_is_told_follows_the_rule_and_never_is_nobody(session: WriteSession) -> None:
    csm, gone = await make_staff(session), await make_staff(session, is_active=False)
    manager, admin = await make_staff(session, StaffRole.MANAGER), await make_staff(session, StaffRole.ADMIN)
    sponsor, erased = await make_staff(session, StaffRole.EXECUTIVE), await make_staff(session, StaffRole.BILLING)
    await session.execute(
        text("update persons set name = null, email = null, erased_at = waymark_now() where id = :id"),
        {"id": erased.person_id},
    )
    session.add(OwnerRole(key="sponsor", name="Sponsor", position=0))
    mine, left, owned = [await make_account(session, success_manager_id=one) for one in (csm.id, gone.id, None)]
    await session.flush()
    session.add(AccountOwner(account_id=owned.id, role_key="sponsor", staff_id=sponsor.id))
    await session.flush()

    async def who(account: UUID, **notify: Any) -> set[UUID]:
        return await telling.recipients(session, Notify.model_validate(notify), account)

    assert await who(mine.id, success_manager=True) == {csm.person_id}
    assert await who(left.id, success_manager=True) == {manager.person_id}
    assert await who(owned.id, success_manager=True, owners=("sponsor",)) == {manager.person_id, sponsor.person_id}
    assert await who(mine.id, owners=("sponsor",)) == {manager.person_id}
    assert await who(mine.id, roles=(StaffRole.BILLING,)) == {manager.person_id}
    assert await who(mine.id) == {manager.person_id}

    await session.execute(update(Staff).where(Staff.id == manager.id).values(is_active=False))
    assert await who(left.id, success_manager=True) == {admin.person_id}
    await session.execute(update(Staff).where(Staff.id == admin.id).values(is_active=False))
    assert await who(left.id, success_manager=True) == {csm.person_id, sponsor.person_id}
    await session.execute(update(Staff).values(is_active=False))
    assert await who(left.id, success_manager=True) == set()


async def test_a_worker_tells_of_an_alert_that_a_transaction_opened(database: Database) -> None:
    async with database.begin() as session:
        staff = await make_staff(session, StaffRole.MANAGER)
        await rules(session, dear=notifying(CHURN_RISK, roles=["MANAGER"]))
        await make_account(session, mrr_minor=1000)
        await look(session)

    await Runner(database).answer("alerts.tell")
    await Runner(database).answer("alerts.tell")

    async with database.begin() as session:
        assert await told(session) == [(staff.person_id, "ALERT")]


async def test_marking_is_for_ones_own_alone_and_all_or_nothing(session: WriteSession) -> None:
    ada, bob = await make_staff(session, StaffRole.MANAGER), await make_staff(session, StaffRole.MANAGER)
    await rules(session, dear=notifying(CHURN_RISK, roles=["MANAGER"]))
    for _ in range(2):
        await make_account(session, mrr_minor=1000)
    await look(session)
    await tell_all(session)

    marked = await service.mark_read(session, by(ada), None)

    read = await session.execute(
        select(Notification.person_id, func.count(Notification.read_at)).group_by(Notification.person_id)
    )
    assert len(marked) == 2
    assert dict(read.all()) == {ada.person_id: 2, bob.person_id: 0}
    assert await service.mark_read(session, by(ada), None) == []


@pytest.mark.parametrize(
    "days, is_read, stays", [(89, True, True), (91, True, False), (364, False, True), (366, False, False)]
)
async def test_what_was_read_is_forgotten_after_90_days_and_the_rest_after_a_year(
    session: WriteSession, days: int, is_read: bool, stays: bool
) -> None:
    await make_staff(session, StaffRole.MANAGER)
    await rules(session, dear=notifying(CHURN_RISK, roles=["MANAGER"]))
    await make_account(session, mrr_minor=1000)
    await look(session)
    await tell_all(session)
    await session.execute(
        text(
            "update notifications set created_at = created_at - make_interval(days => :days),"
            " read_at = case when :is_read then created_at end"
        ),
        {"days": days, "is_read": is_read},
    )

    await service.prune(session)

    assert bool(await told(session)) is stays
