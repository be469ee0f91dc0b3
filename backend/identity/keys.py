"""API keys, `wmk_<prefix>_<secret>`: shown once, stored as SHA-256, scoped, expiring."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import Double, bindparam, cast, func, insert, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db import clock
from backend.db.driver_statement import DriverStatement
from backend.db.engine import Database
from backend.errors import Conflict, Forbidden, InvalidInput, NotFound
from backend.events import emit
from backend.identity import audit, queries
from backend.identity.events import ApiKeyCreated, ApiKeyRevoked
from backend.identity.models import ApiKey, MemberRole, StaffRole
from backend.permissions import (
    ACCOUNT_SCOPES,
    MEMBER_PERMISSIONS,
    STAFF_PERMISSIONS,
    STAFF_SCOPES,
    Permission,
    scopes,
)
from backend.viewer import Viewer

START = "wmk_"
LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
LONGEST_DAYS = 3_660
TOUCHED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made. `text` is the only copy of the secret there will ever be."""

    id: UUID
    text: str
    scopes: frozenset[Permission]
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """What a valid key may do."""

    id: UUID
    account_id: UUID | None
    application_id: UUID | None
    scopes: frozenset[Permission]
    seconds_left: float | None
    """Until it expires; None for a key without an end."""


def new_key(start: str) -> tuple[str, str]:
    """A new key with 256 random bits behind its prefix: `<start><ten letters>`, and the whole of it."""
    prefix = start + "".join(secrets.choice(LETTERS) for _ in range(10))
    return prefix, f"{prefix}_{secrets.token_urlsafe(32)}"


def prefix_of(text: str) -> str:
    """The part of a key that lists show and rows are found by."""
    return "_".join(text.split("_", 2)[:2])


async def create(
    session: AsyncSession,
    *,
    name: str,
    words: Iterable[str],
    account_id: UUID | None = None,
    application_id: UUID | None = None,
    expires_days: int | None = 365,
    actor: audit.Actor = "command line",
    created_by: UUID | None = None,
) -> NewKey:
    """Make a key of the organization, or of one account. Raises InvalidInput for scopes that it may not have."""
    allowed = STAFF_SCOPES if account_id is None else ACCOUNT_SCOPES
    chosen = scopes(words, allowed)
    if not chosen:
        raise InvalidInput(f"A key needs at least one scope: {', '.join(sorted(allowed))}.", field=["scopes"])
    if not name.strip() or "\0" in name or len(name) > 200:
        raise InvalidInput("Give the key a name of 1 to 200 characters.", field=["name"], params={"most": 200})
    if expires_days is not None and not 1 <= expires_days <= LONGEST_DAYS:
        raise InvalidInput(
            f"A key lives 1 to {LONGEST_DAYS} days.", field=["expiresDays"], params={"most": LONGEST_DAYS}
        )
    prefix, text = new_key(START)
    expires_at = await clock.now(session) + timedelta(days=expires_days) if expires_days is not None else None
    key_id = await session.scalar(
        insert(ApiKey)
        .values(
            name=name.strip(),
            prefix=prefix,
            secret_hash=key_hash(text),
            account_id=account_id,
            application_id=application_id,
            scopes=sorted(chosen),
            created_by=created_by,
            expires_at=expires_at,
        )
        .returning(ApiKey.id)
    )
    assert key_id is not None  # noqa: S101 - RETURNING gives the row that was inserted
    await audit.record(
        session,
        "api_key.created",
        actor=actor,
        actor_person_id=created_by,
        subject=f"api_key:{key_id}",
        account_id=account_id,
        after={
            "scopes": sorted(chosen),
            "expiresAt": expires_at and expires_at.isoformat(),
            "application": application_id and str(application_id),
        },
    )
    return NewKey(key_id, text, chosen, expires_at)


async def make(
    session: AsyncSession,
    viewer: Viewer,
    *,
    name: str,
    words: Collection[str],
    account_id: UUID | None,
    expires_days: int,
) -> NewKey:
    """Make a key on behalf of a person: for one account, or, by staff alone, for the organization.

    A member's key is one of their account. Raises InvalidInput for scopes that they do not have themselves, NotFound
    for another account, Forbidden where a key asks.
    """
    person_id = _person(viewer)
    if viewer.kind == "member":
        account_id = account_id or viewer.account_id
        if account_id != viewer.account_id:
            raise NotFound("There is no such account, or you may not see it.", field=["accountId"])
    if beyond := sorted(set(words) & STAFF_SCOPES - viewer.permissions):
        raise InvalidInput(f"You have no {beyond[0]} yourself, so no key of yours has it.", field=["scopes"])
    made = await create(
        session,
        name=name,
        words=words,
        account_id=account_id,
        expires_days=expires_days,
        actor=viewer.kind,
        created_by=person_id,
    )
    await emit(session, ApiKeyCreated(account_id=account_id, person_id=person_id, key_id=made.id))
    return made


async def end(session: AsyncSession, viewer: Viewer, *, key_id: UUID) -> UUID:
    """End a key on behalf of a person; returns its id. One that has ended stays as it is. Raises NotFound."""
    person_id = _person(viewer)
    ended = (
        await session.execute(
            update(ApiKey)
            .where(ApiKey.id == key_id, ApiKey.revoked_at.is_(None))
            .values(revoked_at=func.waymark_now())
            .returning(ApiKey.account_id)
        )
    ).one_or_none()
    if ended is None:
        if await session.scalar(select(ApiKey.id).where(ApiKey.id == key_id)) is None:
            raise NotFound("There is no such key, or you may not see it.", field=["apiKeyId"])
        return key_id
    await emit(session, ApiKeyRevoked(account_id=ended.account_id, person_id=person_id, key_id=key_id))
    await audit.record_of(session, viewer, "api_key.revoked", subject=f"api_key:{key_id}", account_id=ended.account_id)
    return key_id


async def end_of_left(
    session: AsyncSession, left: Collection[tuple[UUID, UUID]], *, viewer: Viewer | None = None
) -> None:
    """End the keys that members who leave made for the account: they hold the secrets. `left` has account and person.

    Without a viewer it was a file that said so, read by the command line.
    """
    rows = await session.execute(
        update(ApiKey)
        .where(tuple_(ApiKey.account_id, ApiKey.created_by).in_(sorted(left)), ApiKey.revoked_at.is_(None))
        .values(revoked_at=func.waymark_now())
        .returning(ApiKey.id, ApiKey.account_id)
        .execution_options(synchronize_session=False)
    )
    for row in rows.all():
        person_id = viewer.person_id if viewer else None
        await emit(session, ApiKeyRevoked(account_id=row.account_id, person_id=person_id, key_id=row.id))
        told = {"subject": f"api_key:{row.id}", "account_id": row.account_id, "after": {"reason": "MAKER_LEFT"}}
        if viewer is None:
            await audit.record(session, "api_key.revoked", actor="command line", **told)
        else:
            await audit.record_of(session, viewer, "api_key.revoked", **told)


def _person(viewer: Viewer) -> UUID:
    viewer.require(Permission.KEYS_WRITE)
    if viewer.person_id is None:
        raise Forbidden("An API key makes and ends no keys: sign in as a person.")
    return viewer.person_id


async def revoke(session: AsyncSession, *, prefix: str, actor: audit.Actor = "command line") -> UUID:
    """End a key; API processes notice within seconds. Raises NotFound, and Conflict when it has ended already."""
    row = await session.scalar(select(ApiKey).where(ApiKey.prefix == prefix).with_for_update())
    if row is None:
        raise NotFound(f"There is no key with the prefix {prefix!r}.", field=["prefix"])
    if row.revoked_at is not None:
        raise Conflict(f"The key {prefix} was revoked already.", field=["prefix"])
    row.revoked_at = await clock.now(session)
    await session.flush()
    await audit.record(session, "api_key.revoked", actor=actor, subject=f"api_key:{row.id}", account_id=row.account_id)
    return row.id


HOLDER = DriverStatement(
    select(
        ApiKey.id,
        ApiKey.secret_hash,
        ApiKey.account_id,
        ApiKey.application_id,
        ApiKey.scopes,
        ApiKey.created_by,
        cast(func.extract("epoch", ApiKey.expires_at - func.waymark_now()), Double).label("seconds_left"),
        or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at < func.waymark_now() - TOUCHED_EVERY).label(
            "is_untouched"
        ),
        queries.role_of(ApiKey.created_by, None).scalar_subquery().label("staff_role"),
        queries.role_of(ApiKey.created_by, ApiKey.account_id).scalar_subquery().label("member_role"),
    ).where(ApiKey.prefix == bindparam("prefix"), ApiKey.revoked_at.is_(None))
)


async def holder(database: Database, text: str) -> KeyHolder | None:
    """Who holds the key, or None for one that is unknown, expired or revoked. Notes its use, at most once a minute.

    A key never does more than whoever made it may do now; nothing, once they have left.
    """
    row = await HOLDER.row(database.read["system"], prefix=prefix_of(text))
    if row is None or not hmac.compare_digest(row["secret_hash"], key_hash(text)):
        return None
    left: float | None = row["seconds_left"]
    if left is not None and left <= 0:
        return None
    allowed = STAFF_SCOPES if row["account_id"] is None else ACCOUNT_SCOPES
    if row["created_by"] is not None:
        allowed &= _permissions_of(row["staff_role"], row["member_role"])
    chosen = frozenset(Permission(s) for s in row["scopes"] if s in allowed)
    if not chosen:
        return None
    if row["is_untouched"]:
        async with database.begin() as session:
            await session.execute(update(ApiKey).where(ApiKey.id == row["id"]).values(last_used_at=func.waymark_now()))
    return KeyHolder(row["id"], row["account_id"], row["application_id"], chosen, left)


def _permissions_of(staff_role: str | None, member_role: str | None) -> frozenset[Permission]:
    """What a person may do now: on the staff, and in the account that a key is of."""
    found: frozenset[Permission] = frozenset()
    if staff_role is not None:
        found |= STAFF_PERMISSIONS[StaffRole(staff_role)]
    if member_role is not None:
        found |= MEMBER_PERMISSIONS[MemberRole(member_role)]
    return found


def key_hash(text: str) -> bytes:
    """What is stored of a key: SHA-256, since 256 random bits need no slow hash."""
    return sha256(text.encode("utf-8", "surrogatepass")).digest()
