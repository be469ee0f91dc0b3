"""Looking a deployment over: what is wrong, what soon will be, and what to do about it.

Each check asks one thing, waits at most some seconds, and gives findings; none changes anything.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from backend import vitals
from backend.applications import service as applications
from backend.applications.models import PORTAL
from backend.db.access import LOGINS
from backend.db.binaries import OLDEST_POSTGRES, OLDEST_REDIS, OLDEST_VALKEY
from backend.db.engine import LOOKING, Database, WriteSession
from backend.db.migrate import head
from backend.identity import signing
from backend.operation import OperationError
from backend.processes import SERVICES
from backend.sealing import SealError
from backend.settings import Settings, SettingsError, environment_name
from backend.web import portal
from backend.work.doorbell import ALIVE_SECONDS, alive_key

CHECK_SECONDS = 15.0
SKEW_WARN, SKEW_FAIL = 1.0, 4.0
"""Seconds by which the clocks of this host and of PostgreSQL may differ: tokens allow for 5."""
LAG_WARN, LAG_FAIL = 10.0, 120.0
"""Seconds for which facts may wait to be scored; a deployment at work keeps them under two."""
LATE_WARN, LATE_FAIL = 60.0, 600.0
"""Seconds for which work may be due before a worker must have been missing."""
SCHEDULE_LATE = 2 * 3600.0
LEAST_DISK = 2e9
HOURLY = "sweep live health"


class Level(StrEnum):
    """How grave a finding is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    level: Level
    subject: str
    what: str
    remedy: str = ""


Findings = AsyncIterator[Finding]
OK, WARN, FAIL = Level


async def examine(settings: Settings) -> list[Finding]:
    """Everything that can be seen with these settings, in the order of what depends on what. Raises nothing."""
    found = [finding async for finding in _settings(settings)]
    for kind in LOGINS:
        found += await _bounded(f"login {kind}", lambda kind=kind: _collect(_login(settings, kind)))  # type: ignore[misc]
    if settings.redis_url:
        found += await _bounded("valkey", lambda: _collect(_valkey(settings)))
    if not any(finding.level is FAIL and finding.subject == "login system" for finding in found):
        found += await _bounded("database", lambda: _database(settings))
    return found


async def _collect(findings: Findings) -> list[Finding]:
    return [finding async for finding in findings]


async def _bounded(subject: str, check: Callable[[], Awaitable[list[Finding]]]) -> list[Finding]:
    """A check's findings, or one that says why there are none."""
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check()
    except TimeoutError:
        return [Finding(FAIL, subject, f"no answer within {CHECK_SECONDS:.0f} seconds")]
    except (OperationError, SettingsError) as error:
        return [Finding(FAIL, subject, str(error))]
    except (RedisError, SQLAlchemyError, OSError) as error:
        return [Finding(FAIL, subject, f"failed ({type(error).__name__})")]


async def _settings(settings: Settings) -> Findings:
    missing = [
        name for name in ("secret", "redis_url", *(f"{kind}_url" for kind in LOGINS)) if not _value(settings, name)
    ]
    if missing:
        names = ", ".join(map(environment_name, missing))
        yield Finding(WARN, "settings", f"{names} not set, so not everything can be looked at", "docs/settings.md")
    if settings.public_url.startswith("https://") and not settings.trusted_proxies:
        what = "TLS ends at a proxy, and none but one on this machine is believed about where requests come from"
        remedy = "Set WAYMARK_TRUSTED_PROXIES to its address as the API sees it, 127.0.0.1 where it is on this machine."
        yield Finding(WARN, "settings", what, remedy)
    if settings.env == "production":
        if not settings.base_url.startswith("https://"):
            remedy = "Set WAYMARK_PUBLIC_URL to the https address of the proxy that ends TLS."
            yield Finding(FAIL, "settings", f"production is reached by {settings.base_url}, without TLS", remedy)
        if not settings.mail_from:
            remedy = "Set WAYMARK_SMTP_URL and WAYMARK_MAIL_FROM; until then mail waits, and after hours it is parked."
            yield Finding(WARN, "settings", "no mail server is set, so sign-in links and invitations wait", remedy)
        if settings.allow_clock:
            yield Finding(FAIL, "settings", "WAYMARK_ALLOW_CLOCK is set in production", "Unset it, then migrate.")
    free = shutil.disk_usage(settings.data_dir if settings.data_dir.exists() else ".").free
    level = OK if free >= LEAST_DISK else FAIL
    yield Finding(
        level, "disk", f"{free / 1e9:,.1f} GB free here", "" if level is OK else "Make room, or move the data."
    )


def _value(settings: Settings, name: str) -> str:
    return str(getattr(settings, name))


async def _login(settings: Settings, kind: Any) -> Findings:
    if not _value(settings, f"{kind}_url"):
        return
    database = Database(settings, (kind,))
    try:
        await database.open()  # refuses a login that row security would not bind
        async with database.engine(kind).connect() as connection:
            login = await connection.scalar(text("select current_user"))
    finally:
        await database.close()
    if login != LOGINS[kind]:
        remedy = f"Use {LOGINS[kind]}, which `waymark migrate` makes; policies name it."
        yield Finding(FAIL, f"login {kind}", f"{environment_name(f'{kind}_url')} logs in as {login}", remedy)
    else:
        yield Finding(OK, f"login {kind}", f"{login} connects and is bound by row security")


async def _valkey(settings: Settings) -> Findings:
    redis = Redis.from_url(settings.redis_url, socket_timeout=5, socket_connect_timeout=5)
    try:
        about: dict[str, Any] = await redis.info("server")
        name = "Valkey" if "valkey_version" in about else "Redis"
        version = str(about.get("valkey_version") or about["redis_version"])
        oldest = OLDEST_VALKEY if name == "Valkey" else OLDEST_REDIS
        is_new = int(version.partition(".")[0]) >= oldest
        yield Finding(OK if is_new else FAIL, "valkey", f"{name} {version}", "" if is_new else f"{oldest} or later.")
        for service in SERVICES:
            if service.health:  # it answers over HTTP instead
                continue
            is_alive = await redis.exists(alive_key(service.name))
            what = "is at work" if is_alive else f"left no sign of life within {ALIVE_SECONDS} seconds"
            yield Finding(OK if is_alive else WARN, service.name, what, "" if is_alive else "Start it, or see its log.")
    finally:
        await redis.aclose()


async def _database(settings: Settings) -> list[Finding]:
    database = Database(settings)
    try:
        await database.open()
        async with database.begin() as session:
            return [
                finding
                for check in (_server, _clock, _secret, _portal, _room, _at_work)
                async for finding in check(session, settings)
            ]
    finally:
        await database.close()


async def _server(session: WriteSession, _settings: Settings) -> Findings:
    version = int(await session.scalar(text("select current_setting('server_version_num')")) or 0) // 10_000
    remedy = "" if version >= OLDEST_POSTGRES else f"Waymark needs {OLDEST_POSTGRES} or later."
    yield Finding(OK if version >= OLDEST_POSTGRES else FAIL, "postgresql", f"version {version}", remedy)
    revision = await session.scalar(text("select version_num from alembic_version"))
    if revision == head():
        yield Finding(OK, "migrations", f"at {revision}")
    else:
        yield Finding(FAIL, "migrations", f"at {revision}, this version is at {head()}", "Run `waymark upgrade`.")
    partition = await session.scalar(
        text("select to_regclass('events_' || to_char(waymark_now() + interval '1 month', 'YYYY_MM'))::text")
    )
    if partition is None:
        remedy = "The clock and worker-default make it; see that they run."
        yield Finding(WARN, "events", "there is no partition for the next month yet", remedy)


async def _clock(session: WriteSession, _settings: Settings) -> Findings:
    began = time.time()  # not the product's time: it is the host's clock that is looked at
    theirs = float(await session.scalar(text("select extract(epoch from clock_timestamp())::float8")) or 0)
    skew = theirs - (began + time.time()) / 2
    level = FAIL if abs(skew) > SKEW_FAIL else WARN if abs(skew) > SKEW_WARN else OK
    what = f"PostgreSQL's is {skew:+.1f} seconds from this host's"
    yield Finding(level, "time", what, "" if level is OK else "Let both hosts keep time by NTP.")
    moved = await session.scalar(text("select moved_by from clock_offset"))
    if moved:
        yield Finding(WARN, "time", f"Waymark's clock is moved by {moved}", "Only tests and trials should do so.")


async def _secret(session: WriteSession, settings: Settings) -> Findings:
    if not settings.secret or not await session.scalar(text("select exists (select from signing_keys)")):
        return
    try:
        await signing.signer(session, settings)
        yield Finding(OK, "secret", "opens what is stored encrypted")
    except SealError as error:
        yield Finding(FAIL, "secret", str(error))


async def _portal(session: WriteSession, settings: Settings) -> Findings:
    sent = portal.marks(settings.portal_dir)
    if sent is None:
        yield Finding(OK, "portal", "is not built here")
    elif missing := sent - await applications.released(session, PORTAL):
        level = FAIL if settings.env == "production" else WARN
        what = f"{len(missing):,} of its {len(sent):,} documents are not registered, so the API refuses them"
        yield Finding(level, "portal", what, "Run `waymark migrate`, which registers them.")
    else:
        yield Finding(OK, "portal", f"is built, and all its {len(sent):,} documents are registered")


async def _room(session: WriteSession, settings: Settings) -> Findings:
    """Whether the server has room for the connections that one of each process may open."""
    state = await vitals.read(session)
    api, others = api_connections(settings), settings.write_pool_size * (len(SERVICES) - 1)
    fits = (state.most_connections - others) // api
    what = (
        f"{state.taken_connections} of {state.most_connections} in use; one of each process may open {api + others}"
        f" (API {api}), so {max(0, fits)} API processes fit"
    )
    if settings.pooler:
        yield Finding(OK, "connections", f"behind a pooler; {what}")
    elif fits < 1:
        yield Finding(FAIL, "connections", what, "Raise max_connections, lower the pool sizes, or use a pooler.")
    else:
        yield Finding(OK, "connections", what)
    yield Finding(OK, "database", f"{state.database_bytes / 1e6:,.0f} MB")


async def _at_work(session: WriteSession, _settings: Settings) -> Findings:
    state = await vitals.read(session)
    late = max(state.work, key=lambda work: work.oldest_due, default=None)
    if late is not None and late.oldest_due > LATE_WARN:
        what = f"{late.kind} has been due for {late.oldest_due:,.0f} seconds ({late.due} items)"
        level = FAIL if late.oldest_due > LATE_FAIL else WARN
        yield Finding(level, "work", what, "See that the clock and the workers run and what their logs say.")
    else:
        yield Finding(OK, "work", "nothing has been due for longer than a minute")
    if state.ingest_lag > LAG_WARN:
        what = f"facts have waited {state.ingest_lag:,.0f} seconds to be counted and scored"
        level = FAIL if state.ingest_lag > LAG_FAIL else WARN
        yield Finding(
            level, "ingest", what, "See that worker-critical runs, and `waymark work list --kind health.follow`."
        )
    for work in state.work:
        if work.parked:
            remedy = f"waymark work list --state PARKED --kind {work.kind}"
            yield Finding(WARN, "work", f"{work.parked} items of {work.kind} are parked", remedy)
    age = state.schedules.get(HOURLY)
    if age is not None and age > SCHEDULE_LATE:
        yield Finding(
            FAIL, "schedules", f"the last hourly slot was taken {age / 3600:.1f} hours ago", "Start the clock."
        )
    for source, silent in state.sources.items():
        yield Finding(OK, "sources", f"{source} delivered {_ago(silent)} ago")


def api_connections(settings: Settings) -> int:
    """Connections that one API process may open: a write pool per login, three read pools."""
    return len(LOGINS) * settings.write_pool_size + 2 * settings.read_pool_size + LOOKING


def _ago(seconds: float) -> str:
    for unit, name in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:,.0f} {name}"
    return f"{seconds:,.0f} seconds"
