"""From all events of one object to its facts: the same facts whatever the order and number of deliveries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from backend.billing import service
from backend.billing.facts import Fact, replace_facts
from backend.billing.models import BillingRules, StripeEvent, StripeEventState, StripeObject
from backend.billing.queries import billing_rules
from backend.billing.service import InvoiceFacts, Term
from backend.billing.stripe import customers, happenings, subscriptions
from backend.billing.stripe.happenings import Happening
from backend.billing.stripe.inbox import ask
from backend.billing.stripe.snapshots import Snapshot, in_order
from backend.billing.stripe.subscriptions import Discounts, Piece
from backend.db import clock
from backend.db.engine import WriteSession
from backend.identity.queries import time_zone
from backend.usage.models import Source

Events = Mapping[str, Sequence[Snapshot]]
"""Name of the object that events carry → their states of it."""


async def take(session: WriteSession, source_id: UUID, object_id: str) -> None:
    """Bring the facts of one object up to its events: a subscription, an invoice, a charge, a customer or a coupon."""
    # One transaction at a time speaks for a source: see `revise`.
    await session.scalar(select(Source.id).where(Source.id == source_id).with_for_update(key_share=True))
    events, named, received_at = await _events(session, source_id, object_id)
    if received_at is not None:
        await session.execute(
            update(Source)
            .where(Source.id == source_id)
            .values(last_received_at=func.greatest(Source.last_received_at, received_at))
        )
    if events.get("coupon"):
        waiting = select(StripeObject.object_id).where(
            StripeObject.source_id == source_id, StripeObject.awaits == object_id
        )
        await ask(session, source_id, (await session.scalars(waiting.order_by(StripeObject.object_id))).all())
        return
    if events.get("customer"):
        await _customer(session, source_id, object_id, named)
        return
    customer_id = _customer_of(events)
    before = await session.scalar(
        select(StripeObject.account_id).where(StripeObject.source_id == source_id, StripeObject.object_id == object_id)
    )
    await _note(session, source_id, object_id, customer_id=customer_id, named_account=named)
    account_id = await customers.account_of(session, source_id, customer_id, named)
    if account_id is None:
        return
    if before is None and named is not None and customer_id is not None:
        # What this object names may tell whose the customer's other objects are.
        await customers.ask_for_all(session, source_id, customer_id)
    derivation = Derivation(
        session=session,
        source_id=source_id,
        object_id=object_id,
        account_id=account_id,
        today=await clock.today(session),
        zone=ZoneInfo(await time_zone(session)),
    )
    awaits = remark = None
    if events.get("subscription"):
        awaits, remark = await derivation.subscription(events, await billing_rules(session))
    if events.get("invoice"):
        await derivation.invoice(events["invoice"])
    if events.get("charge") or events.get("dispute") or events.get("refund"):
        await derivation.charge(events)
    await session.execute(
        update(StripeObject)
        .where(StripeObject.source_id == source_id, StripeObject.object_id == object_id)
        .values(account_id=account_id, awaits=awaits, remark=remark, derived_at=func.waymark_now())
    )


async def _events(
    session: WriteSession, source_id: UUID, object_id: str
) -> tuple[dict[str, list[Snapshot]], str | None, datetime | None]:
    """States of what the events carry, by its name; the account that the newest of them names; the newest receipt."""
    rows = await session.scalars(
        select(StripeEvent)
        .where(
            StripeEvent.source_id == source_id,
            StripeEvent.target == object_id,
            StripeEvent.state == StripeEventState.TAKEN.value,
        )
        .order_by(StripeEvent.created_at, StripeEvent.event_id)
    )
    found: dict[str, list[Snapshot]] = {}
    named, received_at = None, None
    for row in rows:
        received_at = max(filter(None, (received_at, row.received_at)))
        named = row.body.get("account", named)
        for name, thing in row.body.items():
            if name not in {"previous", "account"}:
                previous = row.body.get("previous", {})
                found.setdefault(name, []).append(
                    Snapshot(row.event_id, row.type, row.created_at, row.received_at, thing, previous)
                )
    return found, named, received_at


def _customer_of(events: Events) -> str | None:
    """The customer that the newest state names."""
    for name in ("subscription", "invoice", "charge"):
        for state in reversed(in_order(events.get(name, ()))):
            if isinstance(state.object.get("customer"), str):
                return str(state.object["customer"])
    return None


async def _note(session: WriteSession, source_id: UUID, object_id: str, **values: Any) -> None:
    statement = insert(StripeObject).values(source_id=source_id, object_id=object_id, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["source_id", "object_id"], set_=dict(values)))


async def _customer(session: WriteSession, source_id: UUID, customer_id: str, named: str | None) -> None:
    """A customer has no facts, but whose it is decides whose the facts of its objects are."""
    of_customer = (StripeObject.source_id == source_id, StripeObject.object_id == customer_id)
    before = await session.scalar(select(StripeObject.account_id).where(*of_customer))
    await _note(session, source_id, customer_id, customer_id=customer_id, named_account=named)
    account_id = await customers.account_of(session, source_id, customer_id, named)
    if account_id != before:
        await session.execute(update(StripeObject).where(*of_customer).values(account_id=account_id))
        await customers.ask_for_all(session, source_id, customer_id)


class Derivation:
    """The facts of one object for one account, in one transaction."""

    def __init__(
        self,
        *,
        session: WriteSession,
        source_id: UUID,
        object_id: str,
        account_id: UUID,
        today: date,
        zone: ZoneInfo,
    ) -> None:
        self.session = session
        self.source_id = source_id
        self.object_id = object_id
        self.account_id = account_id
        self.today = today
        self.day_of: Callable[[datetime], date] = lambda moment: moment.astimezone(zone).date()

    async def subscription(self, events: Events, rules: BillingRules) -> tuple[str | None, str | None]:
        """Its terms, and what happened to it; what its amounts await, and a remark."""
        states = events["subscription"]
        discounts = await self._discounts(events.get("discount", ()))
        found = subscriptions.history(states, self.day_of, discounts)
        terms = [self._term(piece, rules.seat_plans) for piece in found.pieces]
        await service.replace_terms(self.session, self.source_id, self.object_id, terms)
        await self._happened(happenings.of_subscription(self.object_id, states, self.day_of))
        return found.awaits, found.remark

    def _term(self, piece: Piece, seat_plans: Sequence[str] | None) -> Term:
        if seat_plans is None:
            has_seats = piece.is_by_quantity and piece.quantity > 1
        else:
            has_seats = piece.plan_key in seat_plans or piece.product_key in seat_plans
        return Term(
            account_id=self.account_id,
            external_id=f"{self.object_id}/{piece.item}/{piece.starts_on}",
            contract_key=self.object_id,
            plan_key=piece.plan_key,
            product_key=piece.product_key,
            is_add_on=piece.is_add_on,
            status=piece.status.value,
            starts_on=piece.starts_on,
            ends_on=piece.ends_on,
            renews_on=piece.renews_on,
            auto_renews=piece.auto_renews,
            mrr_minor=piece.mrr_minor,
            currency=piece.currency,
            seats=piece.quantity if has_seats else None,
            bill_period_months=piece.months,
            known_on=self.today,
        )

    async def _discounts(self, states: Sequence[Snapshot]) -> Discounts:
        known = {
            str(state.object["id"]): state.object for state in in_order(states) if state.object.get("id") is not None
        }
        sources = [one.get("source") for one in known.values()]
        names = [s["coupon"] for s in sources if isinstance(s, dict) and isinstance(s.get("coupon"), str)]
        coupons: dict[str, Mapping[str, Any]] = {}
        if names:
            rows = await self.session.scalars(
                select(StripeEvent)
                .where(
                    StripeEvent.source_id == self.source_id,
                    StripeEvent.target.in_(names),
                    StripeEvent.state == StripeEventState.TAKEN.value,
                )
                .order_by(StripeEvent.created_at, StripeEvent.event_id)
            )
            coupons = {str(row.target): row.body["coupon"] for row in rows if "coupon" in row.body}
        return Discounts(known, coupons)

    async def invoice(self, states: Sequence[Snapshot]) -> None:
        """The invoice and its payments."""
        state = happenings.invoice_state(states, self.day_of)
        invoice = None
        if state is not None:
            invoice = InvoiceFacts(
                account_id=self.account_id,
                external_id=self.object_id,
                amount_minor=state.amount_minor,
                currency=state.currency,
                issued_on=state.issued_on,
                due_on=state.due_on,
                settled_on=state.settled_on,
                settled_as=state.settled_as.value if state.settled_as else None,
                known_on=self.today,
            )
        await service.replace_invoice(self.session, self.source_id, self.object_id, invoice)
        await self._happened(happenings.of_invoice(self.object_id, states, self.day_of))

    async def charge(self, events: Events) -> None:
        """Its refunds and disputes."""
        parts = (events.get(name, ()) for name in ("charge", "refund", "dispute"))
        await self._happened(happenings.of_charge(self.object_id, *parts))

    async def _happened(self, found: Sequence[Happening]) -> None:
        facts = [
            Fact(
                account_id=self.account_id,
                external_id=one.key,
                object_key=self.object_id,
                kind=one.kind.value,
                occurred_at=one.at,
                occurred_on=self.day_of(one.at),
                amount_minor=one.amount_minor,
                currency=one.currency,
                effective_on=one.effective_on,
                known_on=self.today,
            )
            for one in found
        ]
        await replace_facts(self.session, self.source_id, self.object_id, facts)
