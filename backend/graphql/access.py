"""Who is on the staff, and who may do what: read by everybody there, changed by admins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import Select, Text, func, literal_column, select
from strawberry import UNSET

from backend.graphql.mutation import Info, idempotency_key, key_in, mutation, mutation_payload, payload
from backend.graphql.planner import connection, given, in_order
from backend.identity import staff as service
from backend.identity.models import Person, Staff, StaffRole
from backend.permissions import Permission

if TYPE_CHECKING:
    from backend.identity.graphql import StaffType


@connection("StaffType", order_by=in_order(Staff.id), permission=Permission.ACCOUNTS_INTERNAL)
def staff(
    text: Annotated[str | None, strawberry.argument(description="Part of the name or address, in any case.")] = UNSET,
    is_active: Annotated[
        bool | None, strawberry.argument(description="On the staff still, or no more; both by default.")
    ] = UNSET,
) -> Select[Staff]:
    """[staff] Who is on the staff, or was, in the order in which they came."""
    chosen = select(Staff).join(Person, Person.id == Staff.person_id).where(Person.erased_at.is_(None))
    if given(text):
        words: Any = func.concat(func.lower(Person.name), literal_column("' '", Text()), Person.email_key)
        chosen = chosen.where(func.strpos(words, func.lower(text)) > 0)
    if given(is_active):
        chosen = chosen.where(Staff.is_active if is_active else ~Staff.is_active)
    return chosen


@strawberry.input(description="Somebody new on the staff.")
class AddStaffInput:
    """Somebody new on the staff."""

    email: str = strawberry.field(description="The address that they sign in with, by a mailed link at first.")
    name: str = strawberry.field(description="Their name, as customers and colleagues see it.")
    role: StaffRole = strawberry.field(description="What they do.")
    idempotency_key: str | None = idempotency_key()


@mutation_payload
class AddStaffPayload:
    """What came of adding somebody to the staff."""

    staff: StaffType | None
    """Who it is."""


@mutation(permission=Permission.STAFF_WRITE)
async def add_staff(info: Info, input: AddStaffInput) -> AddStaffPayload:  # noqa: A002 - its name in the schema
    """[staff] Give a person a role on the staff. Needs staff:write, and a person: no key does it."""
    viewer = info.context.viewer
    async with info.context.begin("system") as session:  # no viewer's login makes persons
        made = await service.create(session, email=input.email, name=input.name, role=input.role, actor=viewer)
        return await payload(AddStaffPayload, info, staff=made.id)


@strawberry.input(description="Somebody of the staff, and their role from now on.")
class SetStaffRoleInput:
    """Somebody of the staff, and their role from now on."""

    staff_id: strawberry.ID = strawberry.field(description="Who.")
    role: StaffRole = strawberry.field(description="What they do from now on.")


@mutation_payload
class SetStaffRolePayload:
    """What came of giving somebody another role."""

    staff: StaffType | None
    """Who it is."""


@mutation(permission=Permission.STAFF_WRITE)
async def set_staff_role(info: Info, input: SetStaffRoleInput) -> SetStaffRolePayload:  # noqa: A002 - its name in the schema
    """[staff] Give somebody of the staff another role; the last admin stays one. Needs staff:write."""
    async with info.context.begin("system") as session:  # no viewer's login changes roles
        key = key_in(input.staff_id, "staff", field="staffId")
        found = await service.set_role(session, info.context.viewer, staff_id=key, role=input.role)
        return await payload(SetStaffRolePayload, info, staff=found)


@strawberry.input(description="Somebody of the staff.")
class DeactivateStaffInput:
    """Somebody of the staff."""

    staff_id: strawberry.ID = strawberry.field(description="Who.")


@mutation_payload
class DeactivateStaffPayload:
    """What came of taking somebody off the staff."""

    staff: StaffType | None
    """Who it is."""


@mutation(permission=Permission.STAFF_WRITE)
async def deactivate_staff(info: Info, input: DeactivateStaffInput) -> DeactivateStaffPayload:  # noqa: A002 - its name in the schema
    """[staff] Take somebody off the staff and sign them out; `reactivateStaff` undoes it. The last admin stays.
    Needs staff:write."""
    async with info.context.begin("system") as session:  # no viewer's login changes roles
        key = key_in(input.staff_id, "staff", field="staffId")
        found = await service.deactivate(session, info.context.viewer, staff_id=key)
        return await payload(DeactivateStaffPayload, info, staff=found)


@strawberry.input(description="Somebody who was on the staff.")
class ReactivateStaffInput:
    """Somebody who was on the staff."""

    staff_id: strawberry.ID = strawberry.field(description="Who.")


@mutation_payload
class ReactivateStaffPayload:
    """What came of taking somebody onto the staff again."""

    staff: StaffType | None
    """Who it is."""


@mutation(permission=Permission.STAFF_WRITE)
async def reactivate_staff(info: Info, input: ReactivateStaffInput) -> ReactivateStaffPayload:  # noqa: A002 - its name in the schema
    """[staff] Take somebody onto the staff again, in the role that they had. Needs staff:write."""
    async with info.context.begin("system") as session:  # no viewer's login changes roles
        key = key_in(input.staff_id, "staff", field="staffId")
        found = await service.reactivate(session, info.context.viewer, staff_id=key)
        return await payload(ReactivateStaffPayload, info, staff=found)
