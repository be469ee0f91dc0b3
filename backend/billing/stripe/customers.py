"""Whose a Stripe customer is, and what to do when that becomes known."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from backend.billing.models import StripeObject
from backend.billing.queries import billing_rules
from backend.billing.stripe.inbox import ask
from backend.db.engine import WriteSession
from backend.errors import NotFound
from backend.usage.models import Source

# In this order: what staff said of the customer, what the object itself names, what the customer names, what its
# subscriptions name where they agree, an account whose external id is the customer's, an account with its trait.
RESOLVE = """
with customer as (
    select account_id, named_account, is_linked_by_hand from stripe_objects
    where source_id = :source_id and object_id = :customer_id
),
named as (
    select min(named_account) as account from stripe_objects
    where source_id = :source_id and customer_id = :customer_id having count(distinct named_account) = 1
)
select coalesce(
    (select account_id from customer where is_linked_by_hand),
    (select id from accounts where external_id = :named),
    (select a.id from accounts a join customer c on a.external_id = c.named_account),
    (select a.id from accounts a join named n on a.external_id = n.account),
    (select id from accounts where external_id = :customer_id))
"""

BY_TRAIT = """
select account_id from account_internals where traits ->> :trait = :customer_id order by account_id limit 2
"""


async def account_of(
    session: WriteSession, source_id: UUID, customer_id: str | None, named_account: str | None
) -> UUID | None:
    """The account that an object's facts belong to; None while nobody knows.

    A trait that two accounts have in common names neither.
    """
    parameters = {"source_id": source_id, "customer_id": customer_id or "", "named": named_account or ""}
    found: UUID | None = await session.scalar(text(RESOLVE), parameters)
    if found is None and customer_id:
        trait = (await billing_rules(session)).customer_trait
        accounts = (await session.scalars(text(BY_TRAIT), {"trait": trait, "customer_id": customer_id})).all()
        found = accounts[0] if len(accounts) == 1 else None
    return found


async def link(session: WriteSession, *, source_key: str, customer_id: str, account_id: UUID) -> int:
    """Say whose a customer is; the number of objects whose facts follow. Raises NotFound."""
    source_id = await session.scalar(select(Source.id).where(Source.key == source_key))
    if source_id is None:
        raise NotFound(f"There is no source {source_key}.", field=["source"])
    statement = insert(StripeObject).values(
        source_id=source_id,
        object_id=customer_id,
        customer_id=customer_id,
        account_id=account_id,
        is_linked_by_hand=True,
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["source_id", "object_id"], set_={"account_id": account_id, "is_linked_by_hand": True}
        )
    )
    return await ask_for_all(session, source_id, customer_id)


async def ask_for_all(session: WriteSession, source_id: UUID, customer_id: str) -> int:
    """Ask for the facts of everything of a customer; how many objects that is."""
    objects = await session.scalars(
        select(StripeObject.object_id)
        .where(
            StripeObject.source_id == source_id,
            StripeObject.customer_id == customer_id,
            StripeObject.object_id != customer_id,
        )
        .order_by(StripeObject.object_id)
    )
    found = objects.all()
    await ask(session, source_id, found)
    return len(found)


# Few wait, so what they wait for is looked up from them. Only what settles it is asked for, lest the same objects be
# asked for every minute.
RESOLVABLE = """
with waiting as (
    select source_id, object_id, customer_id, named_account from stripe_objects where account_id is null
)
select w.source_id, w.object_id from waiting w
where exists (select from accounts a where a.external_id in (w.customer_id, w.named_account))
union
select w.source_id, w.object_id from waiting w
join account_internals i on i.traits ->> :trait = w.customer_id
group by 1, 2 having count(*) = 1
order by 1, 2
"""


async def resolve(session: WriteSession) -> int:
    """Ask for the facts of every object whose account has become known; how many."""
    trait = (await billing_rules(session)).customer_trait
    by_source: dict[UUID, list[str]] = {}
    for source_id, object_id in await session.execute(text(RESOLVABLE), {"trait": trait}):
        by_source.setdefault(source_id, []).append(object_id)
    for source_id, objects in by_source.items():
        await ask(session, source_id, objects)
    return sum(len(objects) for objects in by_source.values())
