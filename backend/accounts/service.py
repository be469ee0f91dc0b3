"""Accounts as sources state them, and their tiers over time."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db.engine import WriteSession


@dataclass(frozen=True)
class AccountFacts:
    """What is said about an account. None says nothing: what is stored stays."""

    external_id: str
    customer_since: date
    name: str | None = None
    tier_key: str | None = None
    industry: str | None = None
    use_case: str | None = None
    success_manager_id: UUID | None = None
    churn_reason: str | None = None
    traits: Mapping[str, Any] = field(default_factory=dict)


SAID = """
with said as materialized (
    select * from jsonb_to_recordset((:facts)::jsonb) as f (
        external_id text, customer_since date, name text, tier_key text, industry text, use_case text,
        success_manager_id uuid, churn_reason text, traits jsonb)
)
"""

MAKE = (
    SAID
    + """,
made as (
    insert into accounts (external_id, name, customer_since, industry, use_case, success_manager_id)
    select external_id, coalesce(name, external_id), customer_since, industry, use_case, success_manager_id
    from said order by external_id
    on conflict (external_id) do nothing
    returning id, external_id
),
with_internals as (
    insert into account_internals (account_id, churn_reason, traits)
    select made.id, said.churn_reason, coalesce(said.traits, '{}') from made join said using (external_id)
)
select external_id from made
"""
)

CHANGE = (
    SAID
    + """
update accounts a
set name = coalesce(said.name, a.name), customer_since = said.customer_since,
    industry = coalesce(said.industry, a.industry), use_case = coalesce(said.use_case, a.use_case),
    success_manager_id = coalesce(said.success_manager_id, a.success_manager_id)
from said
where a.external_id = said.external_id
  and (a.name, a.customer_since, a.industry, a.use_case, a.success_manager_id) is distinct from
      (coalesce(said.name, a.name), said.customer_since, coalesce(said.industry, a.industry),
       coalesce(said.use_case, a.use_case), coalesce(said.success_manager_id, a.success_manager_id))
returning a.external_id
"""
)

CHANGE_INTERNALS = (
    SAID
    + """
update account_internals i
set churn_reason = coalesce(said.churn_reason, i.churn_reason), traits = i.traits || coalesce(said.traits, '{}')
from said join accounts a on a.external_id = said.external_id
where i.account_id = a.id
  and (i.churn_reason, i.traits) is distinct from
      (coalesce(said.churn_reason, i.churn_reason), i.traits || coalesce(said.traits, '{}'))
returning a.external_id
"""
)

# A stated tier holds from the first day; where another was stated before, from today on, and the row that had no end
# is known to be wrong from today. Tiers that follow from subscriptions outrank what is stated.
STATE_TIERS = (
    SAID
    + """,
wanted as (
    select a.id, said.external_id, said.tier_key, a.customer_since, t.id as tier_row, t.tier_key as present,
           t.valid_from
    from said join accounts a on a.external_id = said.external_id
    left join account_tiers t on t.account_id = a.id and t.superseded_on is null and t.valid_to is null
    where said.tier_key is not null and t.tier_key is distinct from said.tier_key
      and not exists (
          select from account_tiers d where d.account_id = a.id and d.is_derived and d.superseded_on is null)
),
superseded as (
    update account_tiers t set superseded_on = waymark_today() from wanted where t.id = wanted.tier_row
),
ended as (
    insert into account_tiers (account_id, tier_key, valid_from, valid_to, known_on)
    select id, present, valid_from, waymark_today(), waymark_today() from wanted
    where present is not null and valid_from < waymark_today()
),
begun as (
    insert into account_tiers (account_id, tier_key, valid_from, known_on)
    select id, tier_key, case when present is null then customer_since else waymark_today() end,
           case when present is null then least(customer_since, waymark_today()) else waymark_today() end
    from wanted
),
now_in as (
    update accounts a set tier_key = wanted.tier_key from wanted where a.id = wanted.id
)
select external_id from wanted
"""
)

# One row a term of a plan that a tier names. A term that is gone or has changed leaves its row behind as superseded.
DERIVE_TIERS = """
with wanted as materialized (
    select w.account_id, w.tier_key, w.valid_from, w.valid_to, min(w.known_on) as known_on
    from jsonb_to_recordset((:terms)::jsonb) as w (
        account_id uuid, tier_key text, valid_from date, valid_to date, known_on date)
    group by 1, 2, 3, 4
),
current_rows as materialized (
    select t.* from account_tiers t
    where t.superseded_on is null and t.account_id = any((:accounts)::uuid[])
      and (t.is_derived or t.account_id in (select account_id from wanted))
),
superseded as (
    update account_tiers t set superseded_on = waymark_today()
    where t.id in (
        select c.id from current_rows c
        where not c.is_derived or not exists (
            select from wanted w where w.account_id = c.account_id and w.tier_key = c.tier_key
              and w.valid_from = c.valid_from and w.valid_to is not distinct from c.valid_to))
    returning t.account_id, t.valid_from, t.valid_to
)
insert into account_tiers (account_id, tier_key, valid_from, valid_to, known_on, is_derived)
select w.account_id, w.tier_key, w.valid_from, w.valid_to,
       case when exists (
           select from superseded s where s.account_id = w.account_id
             and s.valid_from < coalesce(w.valid_to, 'infinity') and coalesce(s.valid_to, 'infinity') > w.valid_from)
       then waymark_today() else w.known_on end, true
from wanted w
where not exists (
    select from current_rows c where c.is_derived and c.account_id = w.account_id and c.tier_key = w.tier_key
      and c.valid_from = w.valid_from and c.valid_to is not distinct from w.valid_to)
"""

# The tier of today, else the last one that was.
REFRESH_TIERS = """
update accounts a set tier_key = latest.tier_key
from (
    select distinct on (t.account_id) t.account_id, t.tier_key
    from account_tiers t left join tiers on tiers.key = t.tier_key
    where t.superseded_on is null and t.account_id = any((:accounts)::uuid[]) and t.valid_from <= waymark_today()
    order by t.account_id, (t.valid_to is null or t.valid_to > waymark_today()) desc,
             coalesce(t.valid_to, 'infinity') desc, tiers.rank desc nulls last, t.valid_from desc, t.id
) latest
where a.id = latest.account_id and a.tier_key is distinct from latest.tier_key
"""


@dataclass(frozen=True)
class TierTerm:
    """An account was in a tier from a day to a day (exclusive), as known from `known_on`."""

    account_id: UUID
    tier_key: str
    valid_from: date
    valid_to: date | None
    known_on: date


async def put_accounts(session: WriteSession, facts: Sequence[AccountFacts]) -> set[str]:
    """Make or change accounts by their external ids, each named once; the external ids of those with news."""
    if not facts:
        return set()
    parameters = {"facts": json.dumps([asdict(fact) for fact in facts], default=str)}
    changed: set[str] = set()
    for statement in (CHANGE, CHANGE_INTERNALS, MAKE, STATE_TIERS):
        changed |= set((await session.scalars(text(statement), parameters)).all())
    return changed


async def put_parents(session: WriteSession, parents: Mapping[str, str]) -> set[str]:
    """Set parents, external id → the parent's external id; the external ids of those with news."""
    statement = text(
        "update accounts a set parent_id = p.id from jsonb_each_text((:parents)::jsonb) as said (child, parent)"
        " join accounts p on p.external_id = said.parent"
        " where a.external_id = said.child and a.parent_id is distinct from p.id returning a.external_id"
    )
    return set((await session.scalars(statement, {"parents": json.dumps(dict(parents))})).all())


async def derive_tiers(session: WriteSession, accounts: Sequence[UUID], terms: Sequence[TierTerm]) -> None:
    """Make the tiers of accounts follow from the terms of their plans; `terms` are all terms of these accounts."""
    ids = [str(account) for account in accounts]
    rows = json.dumps([asdict(term) for term in terms], default=str)
    await session.execute(text(DERIVE_TIERS), {"accounts": ids, "terms": rows})
    await refresh_tiers(session, accounts)


async def refresh_tiers(session: WriteSession, accounts: Sequence[UUID]) -> None:
    """Set `accounts.tier_key` to the tier of today."""
    await session.execute(text(REFRESH_TIERS), {"accounts": [str(account) for account in accounts]})


async def ids_of(session: AsyncSession, external_ids: Sequence[str]) -> dict[str, UUID]:
    """Ids of accounts by their external ids; unknown ones are left out."""
    rows = await session.execute(
        text("select external_id, id from accounts where external_id = any(:ids)"), {"ids": list(external_ids)}
    )
    return dict(rows.all())
