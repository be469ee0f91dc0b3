"""Saved views of the accounts list: somebody's own, and those that they share with the staff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or

from backend.accounts.models import DefaultView, SavedView
from backend.db.engine import WriteSession
from backend.db.ids import uuid7
from backend.errors import Conflict, Forbidden, InvalidInput, LimitReached, NotFound
from backend.identity import queries as identity
from backend.permissions import Permission
from backend.program.section import nearest
from backend.texts import line
from backend.viewer import Viewer

COLUMNS: Mapping[str, str] = {
    "name": "Name",
    "externalId": "External id",
    "tier": "Tier",
    "industry": "Industry",
    "customerSince": "Customer since",
    "successManager": "Success manager",
    "score": "Score",
    "band": "Band",
    "category": "Category",
    "change7": "Change over 7 days",
    "why7": "Why it moved in 7 days",
    "change30": "Change over 30 days",
    "why30": "Why it moved in 30 days",
    "pulse": "Pulse",
    "mrr": "MRR",
    "currency": "Currency",
    "seats": "Seats",
    "renewsOn": "Renews on",
    "churnedOn": "Churned on",
    "lastTouchAt": "Last touch",
    "tags": "Tags",
}
"""What a list of accounts can show, by the word for it, with its heading."""
TRAIT = "trait:"
"""A column that begins so shows the trait with the key that follows."""
MOST_COLUMNS = 40
MOST_VIEWS = 100
"""How many views somebody may have at a time."""
RESTORABLE = timedelta(days=30)
"""How long a deleted view can be brought back."""


def checked_columns(columns: Sequence[str]) -> list[str]:
    """The columns, each once and in their order. Raises InvalidInput for none, too many, and unknown ones."""
    found = list(dict.fromkeys(columns))
    if not 1 <= len(found) <= MOST_COLUMNS:
        raise InvalidInput(f"Choose 1 to {MOST_COLUMNS} columns.", field=["columns"])
    for place, column in enumerate(found):
        is_trait = column.startswith(TRAIT) and column != TRAIT
        if column not in COLUMNS and not is_trait:
            raise InvalidInput(
                f"{column[:60]!r} is no column. {nearest(column[:60], COLUMNS)} A trait is written {TRAIT}key.",
                field=["columns", str(place)],
            )
        if len(column) > 200 or not column.isprintable():
            raise InvalidInput("A trait's key has at most 200 characters.", field=["columns", str(place)])
    return found


async def create(
    session: WriteSession,
    viewer: Viewer,
    *,
    name: str,
    is_shared: bool,
    filter: Mapping[str, Any],  # noqa: A002 - its name everywhere
    order: Mapping[str, str] | None,
    columns: Sequence[str],
) -> UUID:
    """Keep a view; returns its id. Raises Forbidden for an API key, InvalidInput, and LimitReached."""
    owner_id = await _own(session, viewer)
    made = uuid7()
    kept = await session.scalar(
        select(func.count()).where(SavedView.owner_id == owner_id, SavedView.deleted_at.is_(None))
    )
    if (kept or 0) >= MOST_VIEWS:
        raise LimitReached(f"You have {MOST_VIEWS} views. Delete one first.", params={"most": MOST_VIEWS})
    await session.execute(
        insert(SavedView).values(
            id=made,
            owner_id=owner_id,
            name=line(name, field="name", most=100),
            is_shared=is_shared,
            filter=dict(filter),
            ordering=dict(order) if order is not None else None,
            columns=checked_columns(columns),
        )
    )
    return made


async def change(
    session: WriteSession,
    viewer: Viewer,
    *,
    view_id: UUID,
    name: str | None = None,
    is_shared: bool | None = None,
    filter: Mapping[str, Any] | None = None,  # noqa: A002 - its name everywhere
    order: tuple[Mapping[str, str] | None] | None = None,
    columns: Sequence[str] | None = None,
) -> UUID:
    """Change a view of one's own; returns its id. None leaves a value as it is.

    Raises NotFound, InvalidInput, and Conflict for one that was deleted.
    """
    view = await _locked(session, viewer, view_id)
    if view.deleted_at is not None:
        raise Conflict("The view was deleted. Restore it first.", field=["savedViewId"])
    wanted: dict[str, Any] = {}
    if name is not None:
        wanted["name"] = line(name, field="name", most=100)
    if is_shared is not None:
        wanted["is_shared"] = is_shared
    if filter is not None:
        wanted["filter"] = dict(filter)
    if order is not None:
        wanted["ordering"] = dict(order[0]) if order[0] is not None else None
    if columns is not None:
        wanted["columns"] = checked_columns(columns)
    if wanted:
        await _update(session, view, {**wanted, "changed_at": func.waymark_now()})
    return view.id


async def remove(session: WriteSession, viewer: Viewer, *, view_id: UUID) -> UUID:
    """Delete a view of one's own, which can be restored for 30 days; returns its id. Raises NotFound.

    The rows of those that were deleted longer ago go at the same time.
    """
    view = await _locked(session, viewer, view_id)
    if view.deleted_at is None:
        over = SavedView.owner_id == view.owner_id, SavedView.deleted_at < func.waymark_now() - RESTORABLE
        await session.execute(delete(SavedView).where(*over).execution_options(synchronize_session=False))
        await _update(session, view, {"deleted_at": func.waymark_now()})
    return view.id


async def restore(session: WriteSession, viewer: Viewer, *, view_id: UUID) -> UUID:
    """Bring a deleted view of one's own back; returns its id. Raises NotFound."""
    view = await _locked(session, viewer, view_id)
    if view.deleted_at is not None:
        await _update(session, view, {"deleted_at": None})
    return view.id


async def choose(session: WriteSession, viewer: Viewer, *, view_id: UUID | None) -> UUID | None:
    """Have the accounts list begin with a view, one's own or a shared one; None: with all accounts. Raises NotFound."""
    staff_id = await _own(session, viewer)
    if view_id is None:
        await session.execute(delete(DefaultView).where(DefaultView.staff_id == staff_id))
        return None
    seen = select(SavedView.id).where(SavedView.id == view_id, SavedView.deleted_at.is_(None))
    if await session.scalar(seen) is None:
        raise _unknown()
    chosen = insert_or(DefaultView).values(staff_id=staff_id, view_id=view_id)
    await session.execute(
        chosen.on_conflict_do_update(index_elements=[DefaultView.staff_id], set_={"view_id": chosen.excluded.view_id})
    )
    return view_id


async def _own(session: WriteSession, viewer: Viewer) -> UUID:
    viewer.require(Permission.ACCOUNTS_INTERNAL)
    found = await identity.staff_id(session, viewer)
    if found is None:
        raise Forbidden("Only somebody of the staff has views of their own.")
    return found


async def _locked(session: WriteSession, viewer: Viewer, view_id: UUID) -> SavedView:
    """The view, where it is the viewer's own: those that others share can be seen, and are theirs to change."""
    owner_id = await _own(session, viewer)
    own = select(SavedView).where(SavedView.id == view_id, SavedView.owner_id == owner_id)
    found = await session.scalar(own.with_for_update())
    if found is None:
        raise _unknown()
    return found


def _unknown() -> NotFound:
    return NotFound("There is no such view, or it is not yours.", field=["savedViewId"])


async def _update(session: WriteSession, view: SavedView, values: dict[str, Any]) -> None:
    await session.execute(
        update(SavedView).where(SavedView.id == view.id).values(values).execution_options(synchronize_session=False)
    )
