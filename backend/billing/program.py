"""`billing.yaml`: how customers of a billing system are told apart, and which prices are sold by the seat."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints
from sqlalchemy.dialects.postgresql import insert

from backend.billing.models import BillingRules
from backend.db.engine import WriteSession
from backend.program.section import Program, Section

FILE = "billing.yaml"

Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class Stripe(Section):
    """What is read from Stripe beside amounts and states."""

    account_metadata: Name = "account_id"
    """Key of the metadata of a Stripe customer or subscription that holds the account's external id."""
    customer_trait: Name = "stripe_customer_id"
    """Trait of an account that holds its Stripe customer id."""
    seat_plans: Annotated[tuple[Name, ...], Field(max_length=500)] | None = None
    """Prices, lookup keys or products whose quantity is a number of seats; left out: every quantity above one is."""


class Billing(Section):
    """The whole file."""

    stripe: Stripe = Field(default_factory=Stripe)


async def apply(session: WriteSession, section: Billing, _program: Program) -> None:
    """Make `billing_rules` equal to the file. Facts that were derived before follow at their object's next event."""
    values = {
        "account_metadata": section.stripe.account_metadata,
        "customer_trait": section.stripe.customer_trait,
        "seat_plans": None if section.stripe.seat_plans is None else list(section.stripe.seat_plans),
    }
    statement = insert(BillingRules).values(id=1, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))
