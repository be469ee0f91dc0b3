"""Telling the members of an account: what, whom of them, and with which facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select

from backend.db import clock
from backend.db.engine import WriteSession
from backend.events import DomainEventRow
from backend.identity.models import Member, MemberState, Person, Session
from backend.money import minor_digits
from backend.notifications import service
from backend.notifications.models import Matter
from backend.notifications.preferences import MEMBERS
from backend.permissions import MEMBER_PERMISSIONS

NEWS = timedelta(days=7)
"""How long ago something may have been to be told. A source that hands in its past tells nobody of it."""


@dataclass(frozen=True)
class Told:
    """What members are told of a type of event."""

    matter: Matter
    facts: Callable[[Mapping[str, Any]], dict[str, Any]]
    """What is kept of the event's fields: ids, amounts and days, never names."""


def _kept(*names: str) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    return lambda body: {name: body[name] for name in names}


def _payment(body: Mapping[str, Any]) -> dict[str, Any]:
    amount = Decimal(body["amount_minor"]).scaleb(-minor_digits(body["currency"]))
    return {"amount": f"{amount:,f}", "currency": body["currency"]}


TOLD: Mapping[str, Told] = {
    "MemberJoined": Told(Matter.TEAMMATE_JOINED, _kept("member_id")),
    "CustomerStandingChanged": Told(Matter.STANDING_CHANGED, _kept("before", "after", "model_version")),
    "LimitNear": Told(Matter.LIMIT_NEAR, _kept("metric_key", "included", "reached_on")),
    "LimitReached": Told(Matter.LIMIT_REACHED, _kept("metric_key", "included", "month")),
    "PaymentFailed": Told(Matter.PAYMENT_FAILED, _payment),
}
"""Type of event → what is told of it; each has its line in `backend/reactions.py`."""


async def tell(session: WriteSession, event_id: UUID, *, news: timedelta = NEWS) -> None:
    """Tell the members of an account what happened in it, but not whom it is about: they know.

    What happened longer ago than `news` is none. Nobody is told who may not see it, who left, or who was not here for
    two months: a mail would be one of strangers.
    """
    event = await session.get_one(DomainEventRow, event_id)
    told = TOLD[event.type]
    day = event.body.get("occurred_on")
    if day is not None and date.fromisoformat(day) < await clock.today(session) - news:
        return
    permission = MEMBERS[told.matter].permission
    roles = [role.value for role, permissions in MEMBER_PERMISSIONS.items() if permission in permissions]
    persons = await session.scalars(
        select(Member.person_id)
        .join(Person, Person.id == Member.person_id)
        .where(
            Member.account_id == event.account_id,
            Member.state == MemberState.ACTIVE,
            Member.role.in_(roles),
            Person.erased_at.is_(None),
            # Sessions are forgotten 30 days after their end.
            exists().where(Session.person_id == Member.person_id),
            Member.person_id.is_distinct_from(event.person_id),
        )
    )
    await service.tell(session, set(persons), told.matter, event, facts=told.facts(event.body))
