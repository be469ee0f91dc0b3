"""The portal's face as pages are handed out with it: what one process knows of it, looked at again every few seconds.

It stands in the page itself, so that the first thing that anybody sees has the right name, colour and logo, and nothing
moves when more comes. The logo is a file of its own, named by its content, so that browsers keep it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import asyncpg
import orjson
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from backend.db.engine import Database
from backend.identity.face import SHOWN
from backend.identity.logo import Logo, read
from backend.identity.models import OidcProvider

BRAND = "brand"
"""The first part of a logo's address."""
ENDINGS = {"image/png": "png", "image/svg+xml": "svg", "image/webp": "webp"}
KEPT_SECONDS = 2.0
"""How long a changed face may be shown as it was."""
LONGEST_SECONDS = 1.0
"""How long a page waits for it; where the database is away, it goes out with what was known."""
PROVIDERS = select(OidcProvider.key, OidcProvider.name).order_by(OidcProvider.name, OidcProvider.key)
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Face:
    """What a page is told of the portal's face."""

    name: str | None = None
    accent: str | None = None
    logo: Logo | None = None
    logo_path: str | None = None
    """Where the logo is."""
    is_demo: bool = False
    organization: str | None = None
    """The company's own name."""
    providers: Sequence[tuple[str, str]] = ()
    """Keys and names of the identity providers that staff may sign in with, by name."""

    def told(self) -> str:
        """The face as JSON, as pages read it."""
        proportion = None if self.logo is None else round(self.logo.proportion, 3)
        logo = None if proportion is None else {"path": self.logo_path, "proportion": proportion}
        face = {"name": self.name, "accent": self.accent, "logo": logo, "isDemo": self.is_demo}
        return orjson.dumps(face).decode()

    def told_to_staff(self) -> str:
        """What the console's page is told, which has Waymark's own face, as JSON."""
        providers = [{"key": key, "name": name} for key, name in self.providers]
        console = {"isDemo": self.is_demo, "organization": self.organization, "providers": providers}
        return orjson.dumps(console).decode()


class Faces:
    """What this process knows of the portal's face."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known = Face()
        self._until = 0.0
        self._looking = asyncio.Lock()

    async def now(self) -> Face:
        """The face that holds, or held some seconds ago; where the database is away, the last that was known."""
        if self._until <= time.monotonic():
            async with self._looking:
                if self._until <= time.monotonic():
                    await self._look()
        return self._known

    async def _look(self) -> None:
        try:
            async with asyncio.timeout(LONGEST_SECONDS), self._database.begin() as session:
                row = (await session.execute(SHOWN)).one_or_none()
                providers = [(key, name) for key, name in await session.execute(PROVIDERS)]
        except (SQLAlchemyError, asyncpg.PostgresError, OSError, TimeoutError) as error:
            log.warning("the portal's face is not known anew: %s", type(error).__name__)
        else:
            self._known = replace(Face() if row is None else _face(row), providers=providers)
        self._until = time.monotonic() + KEPT_SECONDS


def _face(row: Any) -> Face:
    face = Face(row.name, row.accent_color, is_demo=row.is_demo, organization=row.organization)
    try:
        logo = None if row.logo is None else read(row.logo)
    except ValueError:  # from before it was looked into; the rest is shown without it
        logo = None
    if logo is None:
        return face
    path = f"/{BRAND}/{sha256(logo.body).hexdigest()[:20]}.{ENDINGS[logo.kind]}"
    return replace(face, logo=logo, logo_path=path)
