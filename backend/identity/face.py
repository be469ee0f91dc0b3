"""The face of the customers' side: its name, its colour and its logo, as the program's file says or as staff chose."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Text, func, select, update

from backend.db.engine import WriteSession
from backend.errors import InvalidInput
from backend.identity import audit
from backend.identity.logo import pictured
from backend.identity.models import Organization
from backend.permissions import Permission
from backend.viewer import Viewer

COLOR = re.compile(r"#[0-9a-f]{6}")
MOST_OF_NAME = 100
"""Characters."""


def portal_name(o: type[Organization] = Organization) -> ColumnElement[str]:
    """SQL: what the portal calls itself."""
    return func.coalesce(o.chosen_portal_name, o.portal_name, o.name, type_=Text())


def accent_color(o: type[Organization] = Organization) -> ColumnElement[str | None]:
    """SQL: the portal's colour; null: its own."""
    return func.coalesce(o.chosen_accent_color, o.accent_color, type_=Text())


def logo(o: type[Organization] = Organization) -> ColumnElement[str | None]:
    """SQL: the portal's logo as a `data:` address; null where there is none."""
    return func.coalesce(o.chosen_logo, o.logo, type_=Text())


async def choose(session: WriteSession, viewer: Viewer, chosen: Mapping[str, str | None]) -> Any:
    """Set some of `name`, `accent_color` and `logo`, whatever the program's file says; None goes back to what it says.

    Answers with the row of what holds then. Raises InvalidInput for what no page could show, naming the field.
    """
    viewer.require(Permission.SYSTEM_WRITE)
    fields: dict[str, tuple[str, Any, Callable[[str], str]]] = {
        "name": ("name", Organization.chosen_portal_name, named),
        "accent_color": ("accentColor", Organization.chosen_accent_color, coloured),
        "logo": ("logo", Organization.chosen_logo, pictured),
    }
    values = {}
    for key, (field, column, check) in fields.items():
        if key in chosen:
            words = chosen[key]
            try:
                values[column] = None if words is None else check(words)
            except ValueError as error:
                raise InvalidInput(f"The {field} {error}", field=[field]) from None
    before = (await session.execute(CHOSEN.with_for_update())).one()
    if values:
        await session.execute(update(Organization).values(values))
    after = (await session.execute(CHOSEN)).one()
    if after != before:
        await audit.record_of(
            session, viewer, "portal.changed", subject="organization:1", before=_told(before), after=_told(after)
        )
    return (await session.execute(SHOWN)).one()


SHOWN = select(
    portal_name().label("name"),
    accent_color().label("accent_color"),
    logo().label("logo"),
    Organization.is_demo.label("is_demo"),
    Organization.name.label("organization"),
)
"""What holds: one row, or none before Waymark is set up."""
CHOSEN = select(
    Organization.chosen_portal_name.label("name"),
    Organization.chosen_accent_color.label("accent_color"),
    Organization.chosen_logo.label("logo"),
)


def _told(row: Any) -> dict[str, Any]:
    """What the audit says of a choice: of an image only whether there is one."""
    return {"name": row.name, "accent_color": row.accent_color, "has_logo": row.logo is not None}


def named(words: str) -> str:
    """A name of the portal. Raises ValueError saying what is wrong with it."""
    found = words.strip()
    if not 1 <= len(found) <= MOST_OF_NAME or not found.isprintable():
        raise ValueError(f"has to have 1 to {MOST_OF_NAME} characters, on one line.")
    return found


def coloured(words: str) -> str:
    """A colour as pages take it. Raises ValueError saying what is wrong with it."""
    found = words.strip().lower()
    if not COLOR.fullmatch(found):
        raise ValueError("should match # and six letters or digits, such as #2f6fed.")
    return found
