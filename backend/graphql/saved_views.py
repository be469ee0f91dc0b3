"""Saved views of the accounts list: what a list shows, by a name."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import strawberry
from sqlalchemy import Boolean, Select, Text, func, literal_column, select

from backend.accounts import views
from backend.accounts.graphql import AccountOrder, AccountOrderField, accounts
from backend.accounts.models import DefaultView, SavedView
from backend.graphql.account_filter import AccountFilter, stored
from backend.graphql.enums import OrderDirection
from backend.graphql.health_change import ChangeWindow
from backend.graphql.mutation import Info, idempotency_key, key_in, mutation, mutation_payload, payload
from backend.graphql.planner import (
    JSON,
    Connection,
    Node,
    connection,
    embedded,
    in_order,
    kept,
    node,
    row,
    sql,
    to_one,
    viewer_person,
)
from backend.identity.models import Staff
from backend.permissions import Permission

if TYPE_CHECKING:
    from backend.accounts.graphql import AccountType
    from backend.identity.graphql import StaffType

COLUMNS = f"What the list shows, in its order: {', '.join(views.COLUMNS)}, or {views.TRAIT}key for a trait."


@row()
class SavedOrderType:
    """[staff] The order of a saved view."""

    field: AccountOrderField
    """What decides."""
    direction: OrderDirection
    """Which end comes first."""
    window: ChangeWindow
    """For HEALTH_CHANGE: over how many days."""


def _part(view: Any, name: str, otherwise: str) -> Any:
    return func.coalesce(
        func.jsonb_extract_path_text(view.ordering, name), literal_column(f"'{otherwise}'"), type_=Text()
    )


def _order(view: Any) -> dict[str, Any]:
    defaults = {"field": "NAME", "direction": "ASC", "window": "DAYS_7"}
    return {name: _part(view, name, otherwise) for name, otherwise in defaults.items()}


def _own_role() -> Any:
    return select(Staff.id).where(Staff.person_id == viewer_person()).scalar_subquery()


@node(SavedView, prefix="view", permission=Permission.ACCOUNTS_INTERNAL)
class SavedViewType(Node):
    """[staff] What the accounts list shows, by a name. Everybody sees their own and those that others share."""

    name: str
    """Its name."""
    owner: StaffType | None = to_one(SavedView.owner_id)
    """Whose it is; they alone change it."""
    is_mine: bool = sql(
        SavedView, lambda v: func.coalesce(v.owner_id == _own_role(), literal_column("false"), type_=Boolean())
    )
    """Whether it is one's own."""
    is_shared: bool
    """Whether all of the staff see it."""
    filter: JSON
    """Which accounts: a value of AccountFilter, to be sent as it is."""
    order_by: SavedOrderType | None = embedded(_order, when=lambda v: v.ordering.is_not(None))
    """In which order; null: by name."""
    columns: list[str]
    """What is shown of each account, in this order."""
    accounts: Connection[AccountType] | None = kept(accounts, filter=SavedView.filter, order_by=SavedView.ordering)
    """What it holds today, in its order; null where its filter cannot be used any more. Queries alone may ask."""
    created_at: datetime
    """When it was kept."""
    changed_at: datetime | None
    """When it was last changed."""
    deleted_at: datetime | None
    """When it was deleted; it can be restored for 30 days."""


@connection(SavedViewType, order_by=in_order(SavedView.name), permission=Permission.ACCOUNTS_INTERNAL)
def saved_views() -> Select[SavedView]:
    """[staff] One's own saved views and those that others share, by name."""
    return select(SavedView).where(SavedView.deleted_at.is_(None))


def default_view(_viewer: Any) -> Select[SavedView]:
    """The view with which the accounts list of the viewer begins."""
    chosen = select(SavedView).join(DefaultView, DefaultView.view_id == SavedView.id)
    return chosen.where(DefaultView.staff_id == _own_role(), SavedView.deleted_at.is_(None))


def _stored_order(order: AccountOrder | None) -> dict[str, str] | None:
    if order is None:
        return None
    return {"field": order.field.value, "direction": order.direction.value, "window": order.window.value}


@strawberry.input(description="A view to be kept.")
class CreateSavedViewInput:
    """A view to be kept."""

    name: str = strawberry.field(description="Its name; 1 to 100 characters.")
    is_shared: bool = strawberry.field(default=False, description="Whether all of the staff see it.")
    filter: AccountFilter = strawberry.field(description="Which accounts; {} for all.")
    order_by: AccountOrder | None = strawberry.field(description="In which order; by name by default.")
    columns: list[str] = strawberry.field(description=COLUMNS)
    idempotency_key: str | None = idempotency_key()


@mutation_payload
class CreateSavedViewPayload:
    """What came of keeping a view."""

    saved_view: SavedViewType | None
    """The view."""


@mutation(permission=Permission.ACCOUNTS_INTERNAL)
async def create_saved_view(info: Info, input: CreateSavedViewInput) -> CreateSavedViewPayload:  # noqa: A002 - its name in the schema
    """[staff] Keep a view of the accounts list. Needs accounts:internal."""
    async with info.context.begin() as session:
        made = await views.create(
            session,
            info.context.viewer,
            name=input.name,
            is_shared=input.is_shared,
            filter=stored(input.filter),
            order=_stored_order(input.order_by),
            columns=input.columns,
        )
        return await payload(CreateSavedViewPayload, info, saved_view=made)


@strawberry.input(description="A view of one's own and what changes of it.")
class UpdateSavedViewInput:
    """A view of one's own and what changes of it."""

    saved_view_id: strawberry.ID = strawberry.field(description="The view.")
    name: strawberry.Maybe[str] = strawberry.field(description="Its name; 1 to 100 characters.")
    is_shared: strawberry.Maybe[bool] = strawberry.field(description="Whether all of the staff see it.")
    filter: strawberry.Maybe[AccountFilter] = strawberry.field(description="Which accounts; {} for all.")
    order_by: strawberry.Maybe[AccountOrder | None] = strawberry.field(description="In which order; null: by name.")
    columns: strawberry.Maybe[list[str]] = strawberry.field(description=COLUMNS)


@mutation_payload
class UpdateSavedViewPayload:
    """What came of changing a view."""

    saved_view: SavedViewType | None
    """The view."""


@mutation(permission=Permission.ACCOUNTS_INTERNAL)
async def update_saved_view(info: Info, input: UpdateSavedViewInput) -> UpdateSavedViewPayload:  # noqa: A002 - its name in the schema
    """[staff] Rename or change a view of one's own. Needs accounts:internal."""
    async with info.context.begin() as session:
        found = await views.change(
            session,
            info.context.viewer,
            view_id=key_in(input.saved_view_id, "view", field="savedViewId"),
            name=input.name.value if input.name else None,
            is_shared=input.is_shared.value if input.is_shared else None,
            filter=stored(input.filter.value) if input.filter else None,
            order=(_stored_order(input.order_by.value),) if input.order_by else None,
            columns=input.columns.value if input.columns else None,
        )
        return await payload(UpdateSavedViewPayload, info, saved_view=found)


@strawberry.input(description="Which view.")
class DeleteSavedViewInput:
    """Which view."""

    saved_view_id: strawberry.ID = strawberry.field(description="A view of one's own.")


@mutation_payload
class DeleteSavedViewPayload:
    """What came of deleting a view."""

    saved_view: SavedViewType | None
    """The view, which lists leave out from now on."""


@mutation(permission=Permission.ACCOUNTS_INTERNAL)
async def delete_saved_view(info: Info, input: DeleteSavedViewInput) -> DeleteSavedViewPayload:  # noqa: A002 - its name in the schema
    """[staff] Delete a view of one's own; `restoreSavedView` brings it back for 30 days. Needs accounts:internal."""
    async with info.context.begin() as session:
        key = key_in(input.saved_view_id, "view", field="savedViewId")
        found = await views.remove(session, info.context.viewer, view_id=key)
        return await payload(DeleteSavedViewPayload, info, saved_view=found)


@strawberry.input(description="Which view.")
class RestoreSavedViewInput:
    """Which view."""

    saved_view_id: strawberry.ID = strawberry.field(description="A deleted view of one's own.")


@mutation_payload
class RestoreSavedViewPayload:
    """What came of restoring a view."""

    saved_view: SavedViewType | None
    """The view."""


@mutation(permission=Permission.ACCOUNTS_INTERNAL)
async def restore_saved_view(info: Info, input: RestoreSavedViewInput) -> RestoreSavedViewPayload:  # noqa: A002 - its name in the schema
    """[staff] Bring a deleted view of one's own back. Needs accounts:internal."""
    async with info.context.begin() as session:
        key = key_in(input.saved_view_id, "view", field="savedViewId")
        found = await views.restore(session, info.context.viewer, view_id=key)
        return await payload(RestoreSavedViewPayload, info, saved_view=found)


@strawberry.input(description="With which view one's own list of accounts begins.")
class SetDefaultViewInput:
    """With which view one's own list of accounts begins."""

    saved_view_id: strawberry.ID | None = strawberry.field(
        description="One's own view or a shared one; null: with all accounts."
    )


@mutation_payload
class SetDefaultViewPayload:
    """What came of choosing a view to begin with."""

    saved_view: SavedViewType | None
    """The view."""


@mutation(permission=Permission.ACCOUNTS_INTERNAL)
async def set_default_view(info: Info, input: SetDefaultViewInput) -> SetDefaultViewPayload:  # noqa: A002 - its name in the schema
    """[staff] Choose the view with which one's own list of accounts begins. Needs accounts:internal."""
    async with info.context.begin() as session:
        key = key_in(input.saved_view_id, "view", field="savedViewId") if input.saved_view_id else None
        chosen = await views.choose(session, info.context.viewer, view_id=key)
        return await payload(SetDefaultViewPayload, info, saved_view=chosen)
