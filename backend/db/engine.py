"""Connections of one process: raw read pools for the planner, SQLAlchemy sessions for writes.

Each kind of viewer has its own database login, so what a connection may see is settled by which pool it is from.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import cast
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from backend.db.access import ViewerKind
from backend.db.reaching import reaching
from backend.db.readers import Readers
from backend.settings import Settings, SettingsError

RUNG = "kinds to ring"
"""Key of `session.info`: the kinds of work that the transaction asked for."""
ANNOUNCED = "what to announce"
"""Key of `session.info`: what changed, for those who follow it live; `backend/announcing.py` writes it."""
SETTINGS = "settings"
"""Key of `session.info`: the settings of the process, for what is encrypted or hashed under its secret."""

WRITING = {"statement_timeout": "30s", "lock_timeout": "15s"}
"""Bounds of writes on behalf of requests, whose clients wait. Work has as long as its kind says."""
CONNECT_SECONDS = 10.0
"""How long a connection may take to make, and a transaction may wait for one."""
LOOKING = 2
"""Connections that look credentials up, at most; a look is a fraction of a millisecond."""
CUT = (asyncpg.InterfaceError, asyncpg.InternalClientError, asyncpg.PostgresConnectionError)
"""What the driver raises where the connection was lost, at whichever moment."""

BYPASSES = """
select case
    when r.rolsuper then 'is a superuser'
    when r.rolbypassrls then 'bypasses row security'
    when exists (select 1 from pg_class c where c.relowner = r.oid and c.relkind in ('r', 'p')) then 'owns tables'
    when pg_has_role(r.oid, 'waymark_owner', 'member') then 'is a member of the owner role'
end
from pg_roles r where r.rolname = current_user
"""


SET_ALL = text(
    "select set_config(name, value, true) from unnest(cast(:names as text[]), cast(:values as text[])) s (name, value)"
)
"""Sets, for the transaction."""


def login_settings(kind: ViewerKind, settings: Settings) -> dict[str, str]:
    """What the login of a kind of viewer has by itself, which holds behind a pooler too: `waymark migrate` sets it."""
    if kind == "system":  # also that of work, which takes as long as its kind says
        return {}
    return {
        "statement_timeout": str(settings.statement_timeout_ms),
        # A member reads one account's rows whatever the values are, so that the first plan is as good as any, and
        # six that heed the values cost more than they could save. What staff read depends on them.
        "plan_cache_mode": "force_generic_plan" if kind == "member" else "auto",
    }


class ReadSession(AsyncSession):
    """A session that only reads."""


class WriteSession(AsyncSession):
    """A session inside a transaction that its opener commits."""


def sqlalchemy_url(url: str) -> str:
    """The URL as SQLAlchemy's asyncpg dialect wants it."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(scheme="postgresql+asyncpg"))


class Database:
    """The pools of one process. Open it with the kinds of viewer that the process serves. One that also `reads` for
    viewers serves requests: its writes are bounded (WRITING).

    `ring` is told the kinds of work that a transaction asked for, once it has committed: `Doorbell.ring`. Without it
    the clock finds the work within a second. `announce` is told what changed, likewise: `Doorbell.announce`.
    """

    def __init__(
        self,
        settings: Settings,
        kinds: Iterable[ViewerKind] = ("system",),
        *,
        reads: Iterable[ViewerKind] = (),
        ring: Callable[[Iterable[str]], None] | None = None,
        announce: Callable[[Iterable[str]], None] | None = None,
    ) -> None:
        self._settings = settings
        self._ring = ring
        self._announce = announce
        self._kinds = tuple(kinds)
        self._reads = tuple(reads)
        self._engines: dict[ViewerKind, AsyncEngine] = {}
        self._sessions: dict[ViewerKind, async_sessionmaker[WriteSession]] = {}
        self.read: dict[ViewerKind, Readers] = {}

    @property
    def kinds(self) -> tuple[ViewerKind, ...]:
        """The kinds of viewer whose transactions this process can begin."""
        return self._kinds

    async def open(self) -> None:
        """Connect, and refuse a login that row security would not bind. Raises SettingsError naming the login,
        OperationError where the database cannot be reached; then nothing is left open.
        """
        try:
            await self._open()
        except BaseException:
            with suppress(Exception):  # what cannot be closed either would hide why
                await self.close()
            raise

    async def _open(self) -> None:
        settings = self._settings
        settings.require(*(f"{kind}_url" for kind in dict.fromkeys((*self._kinds, *self._reads))))
        for kind in self._kinds:
            engine = create_async_engine(
                sqlalchemy_url(getattr(settings, f"{kind}_url")),
                pool_size=settings.write_pool_size,
                max_overflow=0,
                pool_timeout=CONNECT_SECONDS,
                connect_args={
                    "timeout": CONNECT_SECONDS,
                    "statement_cache_size": 200,
                    "server_settings": self._session(kind),
                },
            )
            self._engines[kind] = engine
            self._sessions[kind] = async_sessionmaker(
                engine, class_=WriteSession, expire_on_commit=False, info={SETTINGS: settings}
            )
            with reaching(f"{kind}_url"):
                async with engine.connect() as connection:
                    _refuse_bypass(kind, await connection.scalar(text(BYPASSES)))
        for kind in self._reads:
            with reaching(f"{kind}_url"):
                readers = Readers(LOOKING if kind == "system" else settings.read_pool_size)
                await readers.open(
                    getattr(settings, f"{kind}_url"),
                    timeout=CONNECT_SECONDS,
                    command_timeout=settings.statement_timeout_ms / 1000 + 5,
                    reset=_keep,
                    server_settings=self._reading_settings(kind),
                )
                self.read[kind] = readers
                _refuse_bypass(kind, await readers.fetchval(BYPASSES))

    def _session(self, kind: ViewerKind) -> dict[str, str]:
        """Settings of connections that write."""
        if self._settings.pooler:  # it refuses start-up parameters; each transaction sets its own
            return {}
        return {"timezone": "UTC", "application_name": "waymark", **self._writing(kind)}

    def _writing(self, kind: ViewerKind) -> dict[str, str]:
        """What writes have otherwise than the login has by itself."""
        bounds = WRITING if self._reads else {}
        return bounds if kind == "system" else {**dict.fromkeys(WRITING, "0"), "plan_cache_mode": "auto", **bounds}

    def _reading_settings(self, kind: ViewerKind) -> dict[str, str]:
        if self._settings.pooler:  # the logins have the bounds by themselves, and the planner's statements read only
            return {}
        return {
            "timezone": "UTC",
            "application_name": "waymark",
            "default_transaction_read_only": "on",
            "statement_timeout": str(self._settings.statement_timeout_ms),
            **login_settings(kind, self._settings),
        }

    async def close(self) -> None:
        """Close every connection, also where one cannot be closed; raises what the last of those raised."""
        async with AsyncExitStack() as all_of_them:
            for engine in self._engines.values():
                all_of_them.push_async_callback(engine.dispose)
            for readers in self.read.values():
                all_of_them.push_async_callback(readers.close)

    @asynccontextmanager
    async def begin(
        self, kind: ViewerKind = "system", *, account_id: UUID | None = None, person_id: UUID | None = None
    ) -> AsyncIterator[WriteSession]:
        """A transaction as one kind of viewer: returning commits, raising rolls back."""
        async with self._sessions[kind]() as session:
            async with session.begin():
                chosen = dict(self._writing(kind)) if self._settings.pooler else {}
                if kind != "system":
                    chosen |= {"waymark.account_id": str(account_id or ""), "waymark.person_id": str(person_id or "")}
                if chosen:
                    await session.execute(SET_ALL, {"names": list(chosen), "values": list(chosen.values())})
                yield session
            self.ring(session.info.get(RUNG, ()))
            self.announce(session.info.get(ANNOUNCED, ()))

    @asynccontextmanager
    async def driver(
        self, kind: ViewerKind = "system", *, first: str = ""
    ) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
        """A transaction on the driver alone, where a session would cost more than the work: returning commits.

        `first`: a statement that goes with the one that begins it.
        """
        chosen = self._writing(kind) if self._settings.pooler else {}
        bounds = "".join(f"set local {name} = '{value}'; " for name, value in chosen.items())
        async with self._engines[kind].connect() as connection:
            found = await _driver(connection)
            if found.is_closed():  # it was lost while nobody used it
                await connection.invalidate()
                found = await _driver(connection)
            try:
                try:
                    await found.execute(f"begin; {bounds}{first}")
                    yield found
                except BaseException:  # also where `first` was given up, when the transaction has begun by then
                    if not found.is_closed():
                        await found.execute("rollback")
                    raise
                await found.execute("commit")
            except CUT:
                found.terminate()
                raise
            finally:
                if found.is_closed():
                    await connection.invalidate()

    def ring(self, kinds: Collection[str]) -> None:
        """Ring for kinds of work, where this process has a doorbell. Returns at once."""
        if self._ring is not None and kinds:
            self._ring(kinds)

    def announce(self, changes: Collection[str]) -> None:
        """Announce what changed, where this process has a doorbell. Returns at once."""
        if self._announce is not None and changes:
            self._announce(changes)

    def engine(self, kind: ViewerKind = "system") -> AsyncEngine:
        """The engine of a kind of viewer, for statements that need a raw connection (COPY)."""
        return self._engines[kind]


async def driver_of(session: AsyncSession) -> asyncpg.Connection[asyncpg.Record]:
    """The driver's connection inside the session's transaction, for COPY and where each detour counts."""
    connection = await session.connection()
    found = await _driver(connection)
    if not found.is_in_transaction():  # SQLAlchemy begins with the first statement that passes through it
        await connection.execute(text("select"))
    return found


async def _driver(connection: AsyncConnection) -> asyncpg.Connection[asyncpg.Record]:
    return cast("asyncpg.Connection[asyncpg.Record]", (await connection.get_raw_connection()).driver_connection)


async def _keep(_connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Reads leave nothing behind on a connection, so there is nothing to reset (saves a round trip)."""


def _refuse_bypass(kind: ViewerKind, reason: str | None) -> None:
    if reason:
        raise SettingsError(
            f"The login of WAYMARK_{kind.upper()}_URL {reason}, so it would see every customer's rows. "
            f"Use the login waymark_{kind}, which `waymark migrate` makes."
        )
