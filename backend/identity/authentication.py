"""From a credential to a viewer. Identity comes from the credential alone, never from anything else in a request."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from hashlib import sha256
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, bindparam, exists

from backend.db.driver_statement import DriverStatement
from backend.db.engine import Database
from backend.identity import customer_view, keys, second_factor, tokens
from backend.identity.errors import BadCredential, ViewOver
from backend.identity.models import MemberRole, Session, StaffRole
from backend.identity.queries import role_of
from backend.identity.sessions import is_open
from backend.identity.signing import PublicKeys
from backend.permissions import MEMBER_PERMISSIONS, STAFF_PERMISSIONS, Permission
from backend.settings import Settings
from backend.viewer import Viewer

KEPT_SECONDS = 5.0
"""How long a verified credential is believed without looking again: a revoked key, an ended session or a changed role
holds that long."""
KEPT_AT_MOST = 10_000
WITHOUT_SECOND_FACTOR = frozenset({Permission.PROFILE_WRITE})
"""What is left to staff who have to turn two-factor on: turning it on."""


@dataclass(frozen=True, slots=True)
class _Kept:
    viewer: Viewer
    until: float
    """By the process's monotonic clock."""


class Authenticator:
    """Verifies access tokens and API keys; keeps verified ones for some seconds, keyed by their hash.

    Whoever asks for one that is being looked up waits for that answer: all the streams of a credential look at it in
    the same moment, when something is told to all of them.
    """

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self.keys = PublicKeys(database)
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()
        self._looking: dict[bytes, asyncio.Task[Viewer]] = {}

    async def viewer(self, authorization: str | None) -> Viewer | None:
        """The viewer of an `Authorization` header; None without one. Raises BadCredential for one that is not valid."""
        if authorization is None:
            return None
        scheme, _, credential = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise BadCredential
        return await self.holder(credential.strip())

    async def holder(self, credential: str) -> Viewer:
        """The viewer who holds an access token or an API key. Raises BadCredential for one that is not valid."""
        if not credential or len(credential) > tokens.LONGEST:
            raise BadCredential
        mark = sha256(credential.encode("utf-8", "surrogatepass")).digest()
        kept = self._kept.get(mark)
        if kept is not None and kept.until > time.monotonic():
            return kept.viewer
        looking = self._looking.get(mark)
        if looking is None:
            looking = self._looking[mark] = asyncio.create_task(self._keep(mark, credential))
            looking.add_done_callback(lambda done: self._looked(mark, done))
        return await asyncio.shield(looking)  # of several that wait, one may give up

    async def viewed(self, viewer: Viewer, view: str) -> Viewer:
        """The customer as whom staff view, by the header `Waymark-View`. Raises Forbidden, and ViewOver."""
        if len(view) > customer_view.LONGEST:
            raise ViewOver
        mark = sha256(f"{viewer.session_id} {view}".encode("utf-8", "surrogatepass")).digest()
        kept = self._kept.get(mark)
        if kept is None or kept.until <= time.monotonic():
            kept = self._believe(mark, *await customer_view.viewed(self._database, self._settings, viewer, view))
        viewer.require(Permission.ACCOUNTS_IMPERSONATE)  # which they may have lost since
        return replace(kept.viewer, application_id=viewer.application_id)

    def _looked(self, mark: bytes, done: asyncio.Task[Viewer]) -> None:
        del self._looking[mark]
        if not done.cancelled():
            done.exception()  # those who wait have it; where nobody does, it is no news

    async def _keep(self, mark: bytes, credential: str) -> Viewer:
        return self._believe(mark, *await self._look_up(credential)).viewer

    def _believe(self, mark: bytes, viewer: Viewer, seconds: float) -> _Kept:
        kept = self._kept[mark] = _Kept(viewer, time.monotonic() + min(seconds, KEPT_SECONDS))
        self._kept.move_to_end(mark)
        while len(self._kept) > KEPT_AT_MOST:
            self._kept.popitem(last=False)
        return kept

    async def _look_up(self, credential: str) -> tuple[Viewer, float]:
        if credential.startswith(keys.START):
            holder = await keys.holder(self._database, credential)
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
        return await _person(self._database, self._settings, claims), claims.seconds_left()


def _role_in_session(account_id: ColumnElement[UUID] | None) -> DriverStatement:
    """The role in which the person of a session may act now; no row where they may not, or the session ended."""
    person_id = bindparam("person_id", type_=Uuid())
    is_signed_in = exists().where(
        Session.id == bindparam("session_id", type_=Uuid()),
        Session.person_id == person_id,
        Session.account_id.is_not_distinct_from(account_id),
        is_open(),
    )
    return DriverStatement(role_of(person_id, account_id).where(is_signed_in))


STAFF_ROLE = _role_in_session(None)
MEMBER_ROLE = _role_in_session(bindparam("account_id", type_=Uuid()))


async def _person(database: Database, settings: Settings, claims: tokens.Claims) -> Viewer:
    session = {"session_id": claims.session_id, "person_id": claims.person_id}
    is_staff = claims.account_id is None
    if is_staff:
        row = await STAFF_ROLE.row(database.read["system"], **session)
    else:
        row = await MEMBER_ROLE.row(database.read["system"], account_id=claims.account_id, **session)
    if row is None:
        raise BadCredential
    role: str = row["role"]
    permissions = STAFF_PERMISSIONS[StaffRole(role)] if is_staff else MEMBER_PERMISSIONS[MemberRole(role)]
    if is_staff and settings.staff_two_factor and await _lacks_second_factor(database, claims.session_id):
        permissions &= WITHOUT_SECOND_FACTOR
    return Viewer(
        kind="staff" if is_staff else "member",
        account_id=claims.account_id,
        person_id=claims.person_id,
        session_id=claims.session_id,
        permissions=frozenset(permissions),
    )


async def _lacks_second_factor(database: Database, session_id: UUID) -> bool:
    async with database.begin() as session:
        return await second_factor.is_missing(session, session_id)
