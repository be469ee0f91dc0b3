"""From a credential to a viewer. Identity comes from the credential alone, never from anything else in a request."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db.engine import Database
from backend.identity import keys, tokens
from backend.identity.errors import BadCredential
from backend.identity.models import Member, MemberRole, MemberState, Person, Staff, StaffRole
from backend.identity.signing import PublicKeys
from backend.permissions import MEMBER_PERMISSIONS, STAFF_PERMISSIONS
from backend.settings import Settings
from backend.viewer import Viewer

KEPT_SECONDS = 5.0
"""How long a verified credential is believed without looking again: a revoked key or a changed role holds that long."""
KEPT_AT_MOST = 10_000


@dataclass(frozen=True, slots=True)
class _Kept:
    viewer: Viewer
    until: float
    """By the process's monotonic clock."""


class Authenticator:
    """Verifies access tokens and API keys; keeps verified ones for some seconds, keyed by their hash."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self.keys = PublicKeys(database)
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()

    async def viewer(self, authorization: str | None) -> Viewer | None:
        """The viewer of an `Authorization` header; None without one. Raises BadCredential for one that is not valid."""
        if authorization is None:
            return None
        scheme, _, credential = authorization.partition(" ")
        credential = credential.strip()
        if scheme.lower() != "bearer" or not credential or len(credential) > tokens.LONGEST:
            raise BadCredential
        mark = sha256(credential.encode("utf-8", "surrogatepass")).digest()
        kept = self._kept.get(mark)
        if kept is not None and kept.until > time.monotonic():
            return kept.viewer
        found, seconds = await self._look_up(credential)
        self._kept[mark] = _Kept(found, time.monotonic() + min(seconds, KEPT_SECONDS))
        self._kept.move_to_end(mark)
        while len(self._kept) > KEPT_AT_MOST:
            self._kept.popitem(last=False)
        return found

    async def _look_up(self, credential: str) -> tuple[Viewer, float]:
        if credential.startswith(keys.START):
            async with self._database.begin() as session:
                holder = await keys.holder(session, credential)
            if holder is None:
                raise BadCredential
            viewer = Viewer(
                kind="member" if holder.account_id else "staff",
                account_id=holder.account_id,
                key_id=holder.id,
                application_id=holder.application_id,
                permissions=frozenset(holder.scopes),
            )
            return viewer, KEPT_SECONDS if holder.seconds_left is None else holder.seconds_left
        claims = await tokens.verify(self._settings, self.keys, credential)
        async with self._database.begin() as session:
            viewer = await _person(session, claims)
        return viewer, claims.seconds_left()


async def _person(session: AsyncSession, claims: tokens.Claims) -> Viewer:
    if claims.account_id is None:
        role = await session.scalar(select(Staff.role).where(Staff.person_id == claims.person_id, Staff.is_active))
        if role is None:
            raise BadCredential
        return Viewer(
            kind="staff", person_id=claims.person_id, permissions=frozenset(STAFF_PERMISSIONS[StaffRole(role)])
        )
    role = await session.scalar(
        select(Member.role)
        .join(Person, Person.id == Member.person_id)
        .where(
            Person.erased_at.is_(None),
            Member.person_id == claims.person_id,
            Member.account_id == claims.account_id,
            Member.state == MemberState.ACTIVE,
        )
    )
    if role is None:
        raise BadCredential
    return Viewer(
        kind="member",
        account_id=claims.account_id,
        person_id=claims.person_id,
        permissions=frozenset(MEMBER_PERMISSIONS[MemberRole(role)]),
    )
