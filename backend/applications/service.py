"""Making, changing and removing applications, and releasing their documents."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend.applications.errors import NameTaken, NoSuchApplication, OriginTaken
from backend.applications.models import PORTAL, Application, DocumentPolicy, RegisteredDocument
from backend.db import clock
from backend.errors import InvalidInput, LimitReached, NotFound
from backend.identity import audit
from backend.identity.models import ApiKey
from backend.settings import MOST_POINTS
from backend.viewer import Viewer

MOST_APPLICATIONS = 1_000
MOST_ORIGINS = 50
MOST_DOCUMENTS = 5_000
"""Of one release."""
HELD = timedelta(days=30)
"""How long a document holds after the first release that came without it, so that pages left open go on working."""
ORIGIN = re.compile(r"https?://[a-z0-9.-]{1,253}(:\d{1,5})?|https?://\[[0-9a-f:.]+\](:\d{1,5})?")
DEFAULT_PORT = {"http": ":80", "https": ":443"}


def origin(words: str) -> str:
    """An origin as browsers write it. Raises InvalidInput."""
    found = words.strip().lower().rstrip("/")
    found = found.removesuffix(DEFAULT_PORT.get(found.partition("://")[0], "\0"))
    if not ORIGIN.fullmatch(found):
        raise InvalidInput(
            f"{words!r} is no origin. Write scheme and host, and a port where there is one: "
            "https://success.example.com or http://localhost:5173.",
            field=["origins"],
        )
    return found


async def create(
    session: AsyncSession,
    *,
    name: str,
    origins: Iterable[str] = (),
    document_policy: DocumentPolicy = DocumentPolicy.ANY,
    points_per_second: int = 1_000,
    actor: audit.Actor | Viewer = "command line",
) -> Application:
    """Make an application. Raises NameTaken, OriginTaken, InvalidInput, and LimitReached past a thousand."""
    if not name.strip() or "\0" in name or len(name) > 100:
        raise InvalidInput("Give the application a name of 1 to 100 characters.", field=["name"], params={"most": 100})
    _check_points(points_per_second)
    await _lock(session)
    if (await session.scalar(select(func.count()).select_from(Application)) or 0) >= MOST_APPLICATIONS:
        raise LimitReached(
            f"There are {MOST_APPLICATIONS} applications already; remove some.", params={"most": MOST_APPLICATIONS}
        )
    if await session.scalar(select(Application.id).where(Application.name == name.strip())):
        raise NameTaken(name.strip())
    made = Application(
        name=name.strip(),
        origins=await _free_origins(session, origins, None),
        document_policy=document_policy.value,
        points_per_second=points_per_second,
    )
    session.add(made)
    await session.flush()
    await _record(session, "application.created", made, actor)
    return made


async def change(
    session: AsyncSession,
    *,
    name: str,
    origins: Iterable[str] | None = None,
    document_policy: DocumentPolicy | None = None,
    points_per_second: int | None = None,
    actor: audit.Actor | Viewer = "command line",
) -> Application:
    """Change what is given; origins are replaced as a whole. Raises NoSuchApplication, OriginTaken, InvalidInput."""
    await _lock(session)
    found = await named(session, name)
    before = _state(found)
    if origins is not None:
        found.origins = await _free_origins(session, origins, found.id)
    if document_policy is not None:
        found.document_policy = document_policy.value
    if points_per_second is not None:
        _check_points(points_per_second)
        found.points_per_second = points_per_second
    await session.flush()
    await _record(session, "application.changed", found, actor, before=before)
    return found


async def remove(session: AsyncSession, *, name: str, actor: audit.Actor | Viewer = "command line") -> int:
    """Remove an application with its documents and revoke its keys; returns how many keys. Raises NoSuchApplication,
    and InvalidInput for the portal.
    """
    await _lock(session)
    found = await named(session, name)
    if found.id == PORTAL:
        raise InvalidInput("The portal is Waymark's own application and stays.", field=["application"])
    now = await clock.now(session)
    found.removed_at, found.name, found.origins = now, f"{found.name} ({found.id.hex})", []
    await session.execute(delete(RegisteredDocument).where(RegisteredDocument.application_id == found.id))
    revoked = await session.execute(
        update(ApiKey)
        .where(ApiKey.application_id == found.id, ApiKey.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(ApiKey.id)
    )
    await session.flush()
    await _record(session, "application.removed", found, actor)
    return len(revoked.all())


async def named(session: AsyncSession, name: str) -> Application:
    """The application with a name. Raises NoSuchApplication."""
    found = await session.scalar(
        select(Application).where(Application.name == name.strip(), Application.removed_at.is_(None))
    )
    if found is None:
        raise NoSuchApplication(name)
    return found


async def name_of(session: AsyncSession, application_id: UUID) -> str:
    """The name of an application. Raises NotFound."""
    found = await session.scalar(
        select(Application.name).where(Application.id == application_id, Application.removed_at.is_(None))
    )
    if found is None:
        raise NotFound("There is no such application.", field=["applicationId"])
    return found


@dataclass(frozen=True, slots=True)
class Release:
    """What came of a release."""

    new: int
    kept: int
    retired: int
    """Were in the release before and are not in this one."""
    forgotten: int
    """Had been retired for longer than `HELD`."""


async def released(session: AsyncSession, application_id: UUID) -> set[str]:
    """The SHA-256 of each document of an application's latest release."""
    return set(
        await session.scalars(
            select(RegisteredDocument.sha256).where(
                RegisteredDocument.application_id == application_id, RegisteredDocument.retired_at.is_(None)
            )
        )
    )


async def push(
    session: AsyncSession, *, name: str, documents: Mapping[str, str], actor: audit.Actor | Viewer = "command line"
) -> Release:
    """Release an application's documents, by their SHA-256: all that it sends from now on. Safe to repeat.

    What the release before had and this one has not holds for 30 days more. Raises NoSuchApplication and InvalidInput.
    """
    if not documents or len(documents) > MOST_DOCUMENTS:
        raise InvalidInput(f"A release has 1 to {MOST_DOCUMENTS:,} documents.", field=["documents"])
    await _lock(session)
    found = await named(session, name)
    now = await clock.now(session)
    own = RegisteredDocument.application_id == found.id
    current = await released(session, found.id)
    added = insert(RegisteredDocument).values(
        [
            {"application_id": found.id, "sha256": sha256, "text": document}
            for sha256, document in sorted(documents.items())
        ]
    )
    await session.execute(
        added.on_conflict_do_update(
            index_elements=["application_id", "sha256"], set_={"retired_at": None, "released_at": now}
        )
    )
    retired = current - documents.keys()
    if retired:
        await session.execute(
            update(RegisteredDocument).where(own, RegisteredDocument.sha256.in_(retired)).values(retired_at=now)
        )
    forgotten = await session.execute(
        delete(RegisteredDocument)
        .where(own, RegisteredDocument.retired_at < now - HELD)
        .returning(RegisteredDocument.sha256)
    )
    release = Release(
        new=len(documents.keys() - current),
        kept=len(documents.keys() & current),
        retired=len(retired),
        forgotten=len(forgotten.all()),
    )
    await audit.record(
        session,
        "documents.released",
        actor=actor,
        subject=f"application:{found.id}",
        after={"documents": len(documents), "new": release.new, "retired": release.retired},
    )
    return release


async def _free_origins(session: AsyncSession, words: Iterable[str], own: UUID | None) -> list[str]:
    wanted = sorted({origin(word) for word in words})
    if len(wanted) > MOST_ORIGINS:
        raise InvalidInput(f"An application has {MOST_ORIGINS} origins at most.", field=["origins"])
    taken = await session.execute(
        select(Application.name, Application.origins).where(
            Application.origins.overlap(wanted),
            Application.id.is_distinct_from(own),
        )
    )
    for name, origins in taken:
        raise OriginTaken(next(found for found in wanted if found in origins), name)
    return wanted


def _check_points(points: int) -> None:
    if not 1 <= points <= MOST_POINTS:
        raise InvalidInput(f"An application gains 1 to {MOST_POINTS:,} points a second.", field=["pointsPerSecond"])


async def _lock(session: AsyncSession) -> None:
    """One change of applications at a time: names, origins and their number are looked at before they are written."""
    await session.execute(text("select pg_advisory_xact_lock(hashtextextended('applications', 0))"))


def _state(application: Application) -> dict[str, Any]:
    return {
        "origins": application.origins,
        "documentPolicy": application.document_policy,
        "pointsPerSecond": application.points_per_second,
    }


async def _record(
    session: AsyncSession,
    action: str,
    application: Application,
    actor: audit.Actor | Viewer,
    before: Mapping[str, Any] | None = None,
) -> None:
    await audit.record(
        session,
        action,
        actor=actor,
        subject=f"application:{application.id}",
        before=before,
        after=_state(application),
    )
