"""Persons and memberships as live sources state them, set by set; each statement may be repeated."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import text

from backend.db.engine import WriteSession
from backend.identity import tombstones
from backend.identity.models import PersonIdentity
from backend.identity.service import email_key

LINK = """
insert into person_identities (source_id, external_id, person_id)
select i.source_id, l.other, i.person_id
from unnest(cast(:others as text[]), cast(:keys as text[])) as l (other, key)
join person_identities i on i.source_id = cast(:source_id as uuid) and i.external_id = l.key
order by l.other
on conflict (source_id, external_id) do update set person_id = excluded.person_id
where cast(:moves as boolean) and person_identities.person_id <> excluded.person_id
"""

# Nobody who has left is let in again by what a product sends: to leave is a decision, and access hangs on it.
JOIN = """
with said as materialized (
    select m.account_id, m.person_id, min((m.at at time zone waymark_zone())::date) as day
    from unnest(cast(:accounts as uuid[]), cast(:persons as uuid[]), cast(:times as timestamptz[]))
        as m (account_id, person_id, at)
    group by 1, 2
)
insert into members (account_id, person_id, joined_on) select account_id, person_id, day from said
order by account_id, person_id
on conflict (account_id, person_id) do update set joined_on = excluded.joined_on
where members.joined_on > excluded.joined_on
returning joined_on, xmax = 0 as is_new
"""

NAME = """
update persons p set name = s.name
from unnest(cast(:persons as uuid[]), cast(:names as text[])) as s (id, name)
where p.id = s.id and p.erased_at is null and p.name is distinct from s.name
"""

ADDRESS = """
update persons p set email = s.email, email_key = s.key
from unnest(cast(:persons as uuid[]), cast(:emails as text[]), cast(:keys as text[])) as s (id, email, key)
where p.id = s.id and p.erased_at is null and p.email is distinct from s.email
  and not exists (select from persons o where o.email_key = s.key and o.id <> s.id)
"""

TITLE = """
update members m set title = s.title
from unnest(cast(:persons as uuid[]), cast(:titles as text[])) as s (id, title)
where m.person_id = s.id and m.title is distinct from s.title
  and not exists (select from persons p where p.id = s.id and p.erased_at is not null)
"""


async def names_as_stored(session: WriteSession, source_id: UUID, keys: Collection[str]) -> dict[str, str]:
    """How a source's names of persons stand in the database where that is not as they are: those of erased persons."""
    hashed = await tombstones.tombstones(session, PersonIdentity.external_id, keys)
    return {hashed[left]: left for left in await persons_of(session, source_id, list(hashed))} if hashed else {}


async def link_names(session: WriteSession, source_id: UUID, names: Mapping[str, str], *, moves: bool) -> None:
    """Let other names of a source lead to the person that a name of it leads to: other name → name.

    `moves`: also one that leads to somebody else by now. What was recorded under it stays as it was recorded.
    """
    if names:
        others = sorted(names)
        values = {"source_id": source_id, "others": others, "keys": [names[other] for other in others], "moves": moves}
        await session.execute(text(LINK), values)


async def persons_of(session: WriteSession, source_id: UUID, keys: Sequence[str]) -> dict[str, UUID]:
    """Persons by a source's names of them; names that lead nowhere are left out."""
    rows = await session.execute(
        text("select external_id, person_id from person_identities where source_id = :s and external_id = any(:keys)"),
        {"s": source_id, "keys": list(keys)},
    )
    return dict(rows.all())


async def join_accounts(session: WriteSession, joined: Sequence[tuple[UUID, UUID, datetime]]) -> bool:
    """Make persons members of accounts since a time at the latest: (account, person, time). Whether any is new."""
    if not joined:
        return False
    values = {
        "accounts": [str(account) for account, _, _ in joined],
        "persons": [str(person) for _, person, _ in joined],
        "times": [at for _, _, at in joined],
    }
    return any(row.is_new for row in (await session.execute(text(JOIN), values)).all())


async def describe_persons(
    session: WriteSession,
    *,
    names: Mapping[UUID, str] = MappingProxyType({}),
    emails: Mapping[UUID, str] = MappingProxyType({}),
    titles: Mapping[UUID, str] = MappingProxyType({}),
) -> None:
    """Set names, addresses and titles of persons. An address that is another person's stays theirs."""
    for statement, words, value in ((NAME, names, "names"), (ADDRESS, emails, "emails"), (TITLE, titles, "titles")):
        if not words:
            continue
        persons = sorted(words)
        values: dict[str, object] = {
            "persons": [str(person) for person in persons],
            value: [words[person] for person in persons],
        }
        if value == "emails":
            values["keys"] = [email_key(emails[person]) for person in persons]
        await session.execute(text(statement), values)
