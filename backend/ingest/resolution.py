"""Events whose account was not known when they came: they become events as soon as it is, as facts that came late."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from backend.db.engine import WriteSession
from backend.ingest.conversations import TURNS
from backend.ingest.messages import ANONYMOUS
from backend.ingest.people import Touched, make_personal_accounts
from backend.ingest.service import ACCOUNT, CONVERSED, MARK, PERSON, PROPERTIES, ask_for_tickets

MOST_AT_ONCE = 5_000
"""Events that a request resolves; the sweep takes the rest."""
MOST_A_SWEEP = 50_000

RESOLVE = f"""
with ready as (
    select s.id, p.id as person_id, {ACCOUNT} as account_id
    from unresolved_events s cross join lateral (select coalesce({PERSON}, s.person_id)) as p (id)
    where {{which}}
),
gone as (
    delete from unresolved_events u using (
        select u.id, r.person_id, r.account_id
        from (select * from ready where account_id is not null order by id limit {{most}}) r
        join unresolved_events u on u.id = r.id for update of u skip locked
    ) r
    where u.id = r.id
    returning u.source_id, u.message_id, u.name, u.occurred_at, u.properties, r.person_id, r.account_id
),
stored as (
    insert into events (account_id, source_id, message_id, person_id, name, occurred_at, known_at, properties)
    select account_id, source_id, message_id, person_id, name, occurred_at, waymark_now(), {PROPERTIES} from gone s
    returning account_id, source_id, received_at, id, name
),
marked as (
    {MARK}
),
{CONVERSED}
select message_id, name from gone
"""
NAMED = (
    "(s.source_id = :source_id and s.person_key = any(cast(:persons as text[])))"
    " or s.group_key = any(cast(:groups as text[]))"
)
SINCE = "s.received_at > waymark_now() - make_interval(mins => :minutes)"

ALONE = """
select s.source_id, s.person_key, min(s.occurred_at) as since from unresolved_events s
join person_identities i on i.source_id = s.source_id and i.external_id = s.person_key
where s.is_trusted and s.group_key is null and not s.person_key like :anonymous
  and not exists (select from members m where m.person_id = i.person_id)
group by 1, 2 order by 1, 2 limit 10000
"""


async def resolve_named(session: WriteSession, source_id: UUID, touched: Touched) -> list[str]:
    """Resolve events that wait under these names, at most 5,000; their message ids."""
    if not touched.persons and not touched.groups:
        return []
    values = {"source_id": source_id, "persons": sorted(touched.persons), "groups": sorted(touched.groups)}
    return await _resolve(session, NAMED, MOST_AT_ONCE, values)


async def resolve_recent(session: WriteSession, minutes: int) -> int:
    """Resolve events that came in the last minutes, while another transaction was about to name their account."""
    return len(await _resolve(session, SINCE, MOST_A_SWEEP, {"minutes": minutes}))


async def resolve_all(session: WriteSession) -> int:
    """Resolve every event that can be by now, at most 50,000; how many. Imports name accounts and members, too."""
    if await is_person_an_account(session):
        alone: dict[UUID, dict[str, datetime]] = {}
        for row in await session.execute(text(ALONE), {"anonymous": ANONYMOUS + "%"}):
            alone.setdefault(row.source_id, {})[row.person_key] = row.since
        for source_id, users in alone.items():
            await make_personal_accounts(session, source_id, users)
    return len(await _resolve(session, "true", MOST_A_SWEEP, {}))


async def _resolve(session: WriteSession, which: str, most: int, values: Mapping[str, object]) -> list[str]:
    rows = (await session.execute(text(RESOLVE.format(which=which, most=most)), values)).all()
    if any(row.name in TURNS for row in rows):
        await ask_for_tickets(session)
    return [row.message_id for row in rows]


async def is_person_an_account(session: WriteSession) -> bool:
    """Whether the running program says that a person who is in no account is one."""
    return bool(await session.scalar(text("select person_as_account from ingest_rules")))
