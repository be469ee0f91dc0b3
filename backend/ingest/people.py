"""What `identify`, `group` and `alias` state: persons, members, accounts, traits, and which names are one person's.

Statements hold whatever the order in which they come: of two that differ the later one by its own time counts, and an
account or a membership began with the earliest. Only statements that came with the key of a server are handed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select, text

from backend.accounts.live import Description, describe_accounts, meet_accounts
from backend.accounts.service import ids_of
from backend.accounts.traits import converted
from backend.db import clock
from backend.db.engine import WriteSession
from backend.identity import live
from backend.identity.tombstones import START as ERASED
from backend.ingest.messages import ANONYMOUS, EARLIEST, Statement, sender_time
from backend.ingest.models import PersonTrait
from backend.usage.feeds import Span, deliver

MOST_TRAITS = 100
LONGEST_TRAIT = 1_000
LONGEST_TRAIT_KEY = 63

# Of two statements at the same time one has to win, whichever it is.
SAY = """
insert into {table} ({subject}, key, value, said_at, source_id)
select s.subject, s.key, cast(s.value as jsonb), s.at, :source_id
from unnest(cast(:subjects as uuid[]), cast(:keys as text[]), cast(:values as text[]), cast(:times as timestamptz[]))
    as s (subject, key, value, at)
order by 1, 2
on conflict ({subject}, key) do update
set value = excluded.value, said_at = excluded.said_at, source_id = excluded.source_id
where (excluded.said_at, excluded.value::text) > ({table}.said_at, {table}.value::text)
returning {subject} as subject, key, value
"""

VOCABULARY = """
select coalesce((select trait_names from ingest_rules), '{}') as names,
       (select coalesce(jsonb_object_agg(key, jsonb_build_array(kind, choices)), '{}')
        from traits where not is_retired) as kinds
"""
Trait = str | float | bool


@dataclass(frozen=True)
class Vocabulary:
    """The traits that the running program knows."""

    names: Mapping[str, str]
    """What `group` calls one → its key."""
    kinds: Mapping[str, tuple[str, list[str]]]
    """Key → kind and choices."""

    def read(self, traits: Iterable[tuple[str, Trait]]) -> Iterator[tuple[str, Trait]]:
        """Traits under the program's names and in its kinds. One that is not of its kind is left out, so that whatever
        fitted before stays; one that the program does not know is taken as it is."""
        for name, value in traits:
            key = self.names.get(name, name)
            fits = converted(*self.kinds[key], value) if key in self.kinds else value
            if fits is not None:
                yield key, fits


@dataclass
class Touched:
    """The names under which events may wait that belong somewhere now."""

    persons: set[str] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)


def address_of(statement: Statement) -> str | None:
    """The address that a statement gives a person, where it is one."""
    email = statement.traits.get("email")
    is_one = isinstance(email, str) and 3 <= len(email) <= 320 and "@" in email[1:-1] and not email.isspace()
    return email.strip() if is_one and isinstance(email, str) else None


async def state(session: WriteSession, source_id: UUID, statements: Sequence[Statement]) -> Touched:
    """Let statements hold, each of which may have held before. Their persons' names lead to persons already.

    Of an erased person nothing is said any more, but to which accounts they belong.
    """
    statements = [one for one in statements if one.kind == "group" or not (one.user or "").startswith(ERASED)]
    touched = Touched()
    met = [(s.group, _since(s)) for s in statements if s.group]
    made = await meet_accounts(session, met)
    accounts = await ids_of(session, sorted({key for key, _ in met})) if met else {}
    touched.groups = {key for key, account in accounts.items() if account in made}

    moved = {s.previous: s.user for s in statements if s.kind == "alias" and s.previous and s.user}
    joined = {s.anonymous: s.user for s in statements if s.anonymous and s.user and not s.user.startswith(ERASED)}
    await live.link_names(session, source_id, moved | _anonymous(moved), moves=True)
    await live.link_names(session, source_id, _anonymous(joined), moves=False)
    touched.persons = {*moved, *_anonymous(moved), *_anonymous(joined)}

    users = {s.user for s in statements if s.user}
    persons = await live.persons_of(session, source_id, sorted(users))
    memberships = [
        (accounts[s.group], persons[s.user], s.said_at)
        for s in statements
        if s.user in persons and s.group in accounts and s.user and s.group
    ]
    if await live.join_accounts(session, memberships):
        today = await clock.today(session)
        days = [min(at.date(), today) for _, _, at in memberships]
        await deliver(session, source_id, {}, {"members": Span(min(days), max(days), today)})
        await live.describe_persons(session, titles=await _titles(session, {person for _, person, _ in memberships}))
    touched.persons |= {s.user for s in statements if s.user and s.group}

    await _describe(session, source_id, statements, persons, accounts)
    return touched


async def _titles(session: WriteSession, persons: set[UUID]) -> dict[UUID, str]:
    """What was said of titles before there was a membership that could have one."""
    rows = await session.execute(
        select(PersonTrait.person_id, PersonTrait.value).where(
            PersonTrait.person_id.in_(persons), PersonTrait.key == "title"
        )
    )
    return {row.person_id: row.value for row in rows if isinstance(row.value, str)}


async def make_personal_accounts(session: WriteSession, source_id: UUID, users: Mapping[str, datetime]) -> None:
    """Make an account of each person who is in none: user id → a time at which the person was a customer."""
    rows = await session.execute(
        text(
            """select i.external_id, i.person_id from person_identities i
            where i.source_id = :source_id and i.external_id = any(:keys)
            and not exists (select from members m where m.person_id = i.person_id)"""
        ),
        {"source_id": source_id, "keys": list(users)},
    )
    alone: dict[str, UUID] = dict(rows.all())
    made = await meet_accounts(session, [(key, users[key]) for key in sorted(alone)])
    accounts = await ids_of(session, sorted(alone)) if alone else {}
    # Nobody joins an account that was there: its name may be the same by chance, and a member sees what is in it.
    await live.join_accounts(
        session, [(accounts[key], alone[key], users[key]) for key in sorted(alone) if accounts.get(key) in made]
    )


def _anonymous(names: Mapping[str, str]) -> dict[str, str]:
    return {ANONYMOUS + name: user for name, user in names.items()}


def _since(statement: Statement) -> datetime:
    """Since when the account of a statement was a customer, as far as it tells."""
    created = sender_time(statement.traits.get("createdAt")) if statement.kind == "group" else None
    return created if created and EARLIEST <= created < statement.said_at else statement.said_at


async def _describe(
    session: WriteSession,
    source_id: UUID,
    statements: Iterable[Statement],
    persons: Mapping[str, UUID],
    accounts: Mapping[str, UUID],
) -> None:
    of_persons: Said = {}
    of_accounts: Said = {}
    vocabulary: Vocabulary | None = None
    for statement in statements:
        person, account = persons.get(statement.user or ""), accounts.get(statement.group or "")
        if statement.kind == "identify" and person:
            _hear(of_persons, person, statement, _traits(statement))
        elif statement.kind == "group" and account:
            vocabulary = vocabulary or await _vocabulary(session)
            _hear(of_accounts, account, statement, vocabulary.read(_traits(statement)))
    words: dict[str, dict[UUID, str]] = {"name": {}, "email": {}, "title": {}}
    for person, key, value in await _news(session, source_id, of_persons, "person_traits", "person_id"):
        if key in words and isinstance(value, str):
            words[key][person] = value
    await live.describe_persons(session, names=words["name"], emails=words["email"], titles=words["title"])
    described: dict[UUID, Description] = {}
    for account, key, value in await _news(session, source_id, of_accounts, "account_traits", "account_id"):
        one = described.setdefault(account, Description())
        if key in {"name", "industry"} and isinstance(value, str):
            setattr(one, key, value)
        else:
            one.traits[key] = value
    await describe_accounts(session, described)


Said = dict[tuple[UUID, str], tuple[datetime, str]]
"""Subject and key of traits → when something was said of it, and what, as JSON."""


def _hear(said: Said, subject: UUID, statement: Statement, traits: Iterable[tuple[str, Trait]]) -> None:
    for key, value in traits:
        one = statement.said_at.astimezone(UTC), orjson.dumps(value).decode()
        said[subject, key] = max(said.get((subject, key), one), one)


async def _news(
    session: WriteSession, source_id: UUID, said: Said, table: str, subject: str
) -> list[tuple[UUID, str, Any]]:
    """Note what is said; what of it is newer than what was said before: subject, key, value."""
    if not said:
        return []
    pairs = sorted(said)
    rows = await session.execute(
        text(SAY.format(table=table, subject=subject)),
        {
            "source_id": source_id,
            "subjects": [str(one) for one, _ in pairs],
            "keys": [key for _, key in pairs],
            "values": [said[pair][1] for pair in pairs],
            "times": [said[pair][0] for pair in pairs],
        },
    )
    return [(row.subject, row.key, row.value) for row in rows]


async def _vocabulary(session: WriteSession) -> Vocabulary:
    row = (await session.execute(text(VOCABULARY))).one()
    return Vocabulary(row.names, row.kinds)


def _traits(statement: Statement) -> list[tuple[str, Trait]]:
    """Traits that are single values: what is nested stays with the event alone."""
    said: dict[str, Trait] = {
        key: value
        for key, value in statement.traits.items()
        if isinstance(value, str | int | float | bool) and len(key) <= LONGEST_TRAIT_KEY
    }
    if statement.kind == "identify":
        parts = [part for key in ("firstName", "lastName") if isinstance(part := said.get(key), str)]
        if "name" not in said and parts:
            said["name"] = " ".join(parts)
        said.pop("email", None)
        if (email := address_of(statement)) is not None:
            said["email"] = email
    short = [(key, value) for key, value in sorted(said.items()) if len(orjson.dumps(value).decode()) <= LONGEST_TRAIT]
    return short[:MOST_TRAITS]
