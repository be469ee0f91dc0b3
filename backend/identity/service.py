"""Persons and memberships as sources state them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from backend.db.engine import WriteSession
from backend.db.ids import uuid7
from backend.identity import keys, tombstones
from backend.identity.models import Member, MemberState, Person, PersonIdentity


@dataclass(frozen=True)
class PersonFacts:
    """How a source names a person. At least one of `external_id` and `email` is given."""

    external_id: str | None = None
    email: str | None = None
    name: str | None = None


@dataclass(frozen=True)
class MemberFacts:
    """What is said about a person in an account. None says nothing: what is stored stays."""

    account_id: UUID
    person_id: UUID
    joined_on: date
    role: str | None = None
    state: str | None = None
    title: str | None = None
    is_champion: bool | None = None
    left_on: date | None = None
    known_at: datetime | None = None


def email_key(email: str) -> str:
    """The form of an address under which two persons never share one."""
    return email.strip().casefold()


async def put_persons(
    session: WriteSession, source_id: UUID, facts: Sequence[PersonFacts]
) -> tuple[list[UUID], set[UUID]]:
    """Find or make the person of each; their ids in the same order, and those that were made or changed.

    The source's own id decides, then the address; a person that neither finds is new. An address moves to the person
    that the source names unless it is another person's. One who was erased is found by the same, and stays empty.
    """
    await tombstones.hold(session)
    by_identity = await _by_identity(session, source_id, [f.external_id for f in facts if f.external_id])
    keys = {fact: email_key(fact.email) for fact in facts if fact.email}
    by_key = await _by_key(session, list(set(keys.values())))
    erased = await _erased(session, source_id, facts, by_identity, by_key)
    by_identity |= erased.by_identity
    by_key |= erased.by_key
    news: set[UUID] = set()
    made: dict[UUID, dict[str, Any]] = {}
    new_identities: dict[str, UUID] = {}
    found: list[UUID] = []
    for fact in facts:
        key = keys.get(fact)
        person = by_identity.get(fact.external_id or "") or (by_key.get(key) if key else None)
        if person is None:
            person = uuid7()
            made[person] = {"id": person, "name": fact.name, "email": fact.email, "email_key": key}
            news.add(person)
        if key:
            by_key.setdefault(key, person)
        if fact.external_id and fact.external_id not in by_identity:
            by_identity[fact.external_id] = new_identities[fact.external_id] = person
        found.append(person)
    if made:
        # Another transaction may have made a person with the same address meanwhile: theirs is the one.
        kept = set(
            (
                await session.scalars(
                    insert(Person)
                    .values([made[person] for person in sorted(made)])
                    .on_conflict_do_nothing(index_elements=["email_key"])
                    .returning(Person.id)
                )
            ).all()
        )
        lost = {person: row["email_key"] for person, row in made.items() if person not in kept}
        if lost:
            theirs = await _by_key(session, list(lost.values()))
            instead = {person: theirs[key] for person, key in lost.items()}
            found = [instead.get(person, person) for person in found]
            new_identities = {key: instead.get(person, person) for key, person in new_identities.items()}
            news -= set(lost)
    if new_identities:
        rows: list[dict[str, Any]] = [
            {"id": uuid7(), "source_id": source_id, "external_id": erased.left.get(key, key), "person_id": person}
            for key, person in sorted(new_identities.items())
        ]
        kept_names = set(
            await session.scalars(
                insert(PersonIdentity)
                .values(rows)
                .on_conflict_do_nothing(index_elements=["source_id", "external_id"])
                .returning(PersonIdentity.external_id)
            )
        )
        # Another transaction may have named a person so meanwhile: whom this one made for the name is nobody.
        taken = {str(row["external_id"]): row["person_id"] for row in rows if row["external_id"] not in kept_names}
        if taken:
            theirs = await _by_identity(session, source_id, list(taken))
            instead = {person: theirs[key] for key, person in taken.items() if person in made}
            found = [instead.get(person, person) for person in found]
            await session.execute(delete(Person).where(Person.id.in_(set(instead) & news)))
            news -= set(instead)
    news |= await _update_persons(session, dict(zip(found, facts, strict=True)))
    return found, news


async def _by_identity(session: WriteSession, source_id: UUID, keys: Sequence[str]) -> dict[str, UUID]:
    rows = await session.execute(
        select(PersonIdentity.external_id, PersonIdentity.person_id).where(
            PersonIdentity.source_id == source_id, PersonIdentity.external_id.in_(keys)
        )
    )
    return dict(rows.all())


async def _by_key(session: WriteSession, keys: Sequence[str]) -> dict[str, UUID]:
    rows = await session.execute(select(Person.email_key, Person.id).where(Person.email_key.in_(keys)))
    return {key: person for key, person in rows.all() if key}


@dataclass(frozen=True)
class _Erased:
    """Erased persons whom facts name and nobody else answers to."""

    by_identity: dict[str, UUID] = field(default_factory=dict)
    by_key: dict[str, UUID] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)
    """What is stored of an id by which a source newly names one of them."""


async def _erased(
    session: WriteSession,
    source_id: UUID,
    facts: Sequence[PersonFacts],
    by_identity: dict[str, UUID],
    by_key: dict[str, UUID],
) -> _Erased:
    named = [
        (fact.external_id, email_key(fact.email) if fact.email else None)
        for fact in facts
        if (fact.external_id or "") not in by_identity and not (fact.email and email_key(fact.email) in by_key)
    ]
    ids = await tombstones.tombstones(session, PersonIdentity.external_id, [name for name, _ in named if name])
    keys = await tombstones.tombstones(session, Person.email_key, [key for _, key in named if key])
    found_ids = {ids[left]: person for left, person in (await _by_identity(session, source_id, list(ids))).items()}
    found_keys = {keys[left]: person for left, person in (await _by_key(session, list(keys))).items()}
    new = {name for name, key in named if name and name not in found_ids and key in found_keys}
    return _Erased(found_ids, found_keys, {name: left for left, name in ids.items() if name in new})


async def _update_persons(session: WriteSession, said: dict[UUID, PersonFacts]) -> set[UUID]:
    """Bring names and addresses up to date where they differ; the persons that changed."""
    stored = await session.execute(
        select(Person.id, Person.name, Person.email, Person.email_key).where(
            Person.id.in_(list(said)), Person.erased_at.is_(None)
        )
    )
    changes: dict[UUID, dict[str, Any]] = {}
    for person, name, email, key in stored.all():
        fact = said[person]
        change: dict[str, Any] = {}
        if fact.name and fact.name != name:
            change["name"] = fact.name
        if fact.email and fact.email != email:
            change |= {"email": fact.email, "email_key": email_key(fact.email)}
        if change:
            changes[person] = change | {"had": key}
    moved = {c["email_key"] for c in changes.values() if c.get("email_key") not in {None, c["had"]}}
    taken = await _by_key(session, list(moved)) if moved else {}
    changed = set()
    for person, change in sorted(changes.items()):
        change.pop("had")
        if taken.setdefault(change.get("email_key", str(person)), person) != person:
            del change["email"], change["email_key"]
        if change:
            await session.execute(update(Person).where(Person.id == person).values(change))
            changed.add(person)
    return changed


async def put_members(session: WriteSession, facts: Sequence[MemberFacts]) -> set[tuple[UUID, UUID]]:
    """Make or change memberships, each (account, person) named once; those with news. Who leaves leaves no API keys."""
    if not facts:
        return set()
    pairs = [(fact.account_id, fact.person_id) for fact in facts]
    stored = {
        (member.account_id, member.person_id): member
        for member in await session.scalars(
            select(Member).where(tuple_(Member.account_id, Member.person_id).in_(pairs))
        )
    }
    erased = set(
        await session.scalars(
            select(Person.id).where(Person.id.in_({fact.person_id for fact in facts}), Person.erased_at.is_not(None))
        )
    )
    news: set[tuple[UUID, UUID]] = set()
    left: set[tuple[UUID, UUID]] = set()
    for fact in facts:
        pair = fact.account_id, fact.person_id
        said = {
            name: value
            for name in ("role", "state", "title", "is_champion", "joined_on", "left_on")
            if (value := getattr(fact, name)) is not None and not (name == "title" and fact.person_id in erased)
        }
        if fact.left_on is not None and fact.state is None:
            said["state"] = MemberState.LEFT.value
        member = stored.get(pair)
        if member is None:
            known = {"known_at": fact.known_at} if fact.known_at else {}
            stored[pair] = Member(id=uuid7(), account_id=pair[0], person_id=pair[1], **said, **known)
            session.add(stored[pair])
            news.add(pair)
        elif any(getattr(member, name) != value for name, value in said.items()):
            for name, value in said.items():
                setattr(member, name, value)
            news.add(pair)
            if member.state == MemberState.LEFT:
                left.add(pair)
    await session.flush()
    if left:
        await keys.end_of_left(session, left)
    return news
