"""Accounts as live sources state them, set by set; each statement may be repeated."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from backend.db.engine import WriteSession

MEET = """
with said as materialized (
    select a.external_id, min((a.at at time zone waymark_zone())::date) as day
    from unnest(cast(:keys as text[]), cast(:times as timestamptz[])) as a (external_id, at) group by 1
),
met as (
    insert into accounts (external_id, name, customer_since) select external_id, external_id, day from said
    order by external_id
    on conflict (external_id) do update set customer_since = excluded.customer_since
    where accounts.customer_since > excluded.customer_since
    returning id, xmax = 0 as is_new
)
insert into account_internals (account_id) select id from met where is_new returning account_id
"""

DESCRIBE = """
with said as materialized (
    select * from jsonb_to_recordset(cast(:facts as jsonb)) as f (id uuid, name text, industry text, traits jsonb)
),
named as (
    update accounts a set name = coalesce(s.name, a.name), industry = coalesce(s.industry, a.industry)
    from said s where s.id = a.id
    and (a.name, a.industry) is distinct from (coalesce(s.name, a.name), coalesce(s.industry, a.industry))
)
update account_internals i set traits = i.traits || s.traits
from said s where s.id = i.account_id and i.traits is distinct from i.traits || s.traits
"""


@dataclass
class Description:
    """What is said of an account. None says nothing."""

    name: str | None = None
    industry: str | None = None
    traits: dict[str, Any] = field(default_factory=dict)


async def meet_accounts(session: WriteSession, met: Sequence[tuple[str, datetime]]) -> set[UUID]:
    """See to it that accounts exist: (external id, a time at which it was a customer). Those that are new.

    An account is a customer since the earliest of these times at the latest.
    """
    if not met:
        return set()
    values = {"keys": [key for key, _ in met], "times": [at for _, at in met]}
    return set((await session.scalars(text(MEET), values)).all())


async def describe_accounts(session: WriteSession, said: Mapping[UUID, Description]) -> None:
    """Set names, industries and traits of accounts; traits that are not named stay."""
    if said:
        facts = [
            {"id": str(account), "name": one.name, "industry": one.industry, "traits": one.traits}
            for account, one in sorted(said.items())
        ]
        await session.execute(text(DESCRIBE), {"facts": json.dumps(facts)})
