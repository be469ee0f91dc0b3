"""Tasks as staff read them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import Boolean, Date, Select, and_, func, literal_column, select
from strawberry import UNSET

from backend.graphql.enums import OrderDirection, describe
from backend.graphql.planner import (
    Markdown,
    Node,
    any_of,
    column,
    connection,
    given,
    in_order,
    key_of,
    node,
    sql,
    to_one,
    viewer_person,
)
from backend.identity.models import Staff
from backend.permissions import Permission
from backend.tasks.models import Task, TaskState

if TYPE_CHECKING:
    from backend.accounts.graphql import AccountType
    from backend.identity.graphql import StaffType

describe(
    TaskState,
    "Where a task stands.",
    OPEN="To be done.",
    DONE="Done.",
    CANCELLED="Not to be done any more.",
)


def _is_overdue(task: Any) -> Any:
    late = and_(task.state == literal_column("'OPEN'"), task.due_on < func.waymark_today(type_=Date))
    return func.coalesce(late, literal_column("false"), type_=Boolean())


@node(Task, prefix="task", permission=Permission.ACCOUNTS_INTERNAL)
class TaskType(Node):
    """[staff] Something that somebody of the staff has to do."""

    title: str
    """What is to be done."""
    body: Markdown | None = column(Task.body)
    """More of it."""
    account: AccountType | None = to_one(Task.account_id)
    """For which account; null for none in particular."""
    assignee: StaffType | None = to_one(Task.assignee_id)
    """Who does it; null while nobody does."""
    due_on: date | None
    """By when."""
    is_overdue: bool = sql(Task, _is_overdue)
    """Whether it is open and its day is over."""
    state: TaskState
    """Where it stands."""
    closed_at: datetime | None
    """When it was done or cancelled."""
    closed_by: StaffType | None = to_one(Task.closed_by)
    """Who closed it; null while it is open, and for an API key."""
    created_by: StaffType | None = to_one(Task.created_by)
    """Who noted it; null for an API key."""
    created_at: datetime
    """When it was noted."""


class TaskOrderField(StrEnum):
    """What tasks are ordered by."""

    DUE = "DUE"
    CREATED = "CREATED"


describe(
    TaskOrderField,
    "What tasks are ordered by.",
    DUE="The day by which they are to be done; without one they come last.",
    CREATED="When they were noted.",
)


@strawberry.input(description="An ordering of tasks.")
class TaskOrder:
    """An ordering of tasks."""

    field: TaskOrderField = strawberry.field(default=TaskOrderField.DUE, description="What decides.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="Which end comes first.")


@strawberry.input(description="Which tasks. Everything that is given has to hold.")
class TaskFilter:
    """Which tasks."""

    state: list[TaskState] | None = strawberry.field(default=UNSET, description="In one of these states.")
    account_id: strawberry.ID | None = strawberry.field(default=UNSET, description="For this account.")
    assignee_id: strawberry.ID | None = strawberry.field(default=UNSET, description="Done by this person of the staff.")
    is_assigned: bool | None = strawberry.field(default=UNSET, description="Done by somebody, or by nobody.")
    due_before: date | None = strawberry.field(default=UNSET, description="Due before this day.")
    is_overdue: bool | None = strawberry.field(default=UNSET, description="Open and late, or not.")


Filter = Annotated[TaskFilter | None, strawberry.argument(description="Which tasks; all by default.")]
OrderBy = Annotated[TaskOrder | None, strawberry.argument(description="What is due soonest by default.")]


def chosen(tasks: Select[Task], chosen_by: TaskFilter | None, order: TaskOrder | None) -> Select[Task]:
    """Some tasks, in an order whose keys are never null."""
    if given(chosen_by):
        if given(chosen_by.state):
            tasks = tasks.where(any_of(Task.state, chosen_by.state))
        if given(chosen_by.account_id):
            tasks = tasks.where(Task.account_id == key_of(chosen_by.account_id, "acct"))
        if given(chosen_by.assignee_id):
            tasks = tasks.where(Task.assignee_id == key_of(chosen_by.assignee_id, "staff"))
        if given(chosen_by.is_assigned):
            tasks = tasks.where(Task.assignee_id.is_not(None) if chosen_by.is_assigned else Task.assignee_id.is_(None))
        if given(chosen_by.due_before):
            tasks = tasks.where(Task.due_on < chosen_by.due_before)
        if given(chosen_by.is_overdue):
            late = _is_overdue(Task)
            tasks = tasks.where(late if chosen_by.is_overdue else ~late)
    field = order.field if given(order) else TaskOrderField.DUE
    descending = given(order) and order.direction is OrderDirection.DESC
    key: Any = Task.created_at
    if field is TaskOrderField.DUE:
        last = "date '0001-01-01'" if descending else "date '9999-12-31'"
        key = func.coalesce(Task.due_on, literal_column(last, Date()))
    return tasks.order_by(key.desc() if descending else key)


@connection(TaskType, order_by=in_order(Task.id), permission=Permission.ACCOUNTS_INTERNAL)
def tasks(
    filter: Filter = UNSET,  # noqa: A002 - the argument's name in the schema
    order_by: OrderBy = UNSET,
) -> Select[Task]:
    """[staff] Tasks, in pages."""
    return chosen(select(Task), filter, order_by)


@connection(TaskType, order_by=in_order(Task.id), permission=Permission.ACCOUNTS_INTERNAL)
def my_tasks(
    filter: Filter = UNSET,  # noqa: A002 - the argument's name in the schema
    order_by: OrderBy = UNSET,
) -> Select[Task]:
    """[staff] The viewer's own tasks; none for an API key."""
    own = select(Staff.id).where(Staff.person_id == viewer_person()).scalar_subquery()
    return chosen(select(Task).where(Task.assignee_id == own), filter, order_by)


def tasks_of(internal: Any, filter: Filter = UNSET, order_by: OrderBy = UNSET) -> Select[Task]:  # noqa: A002 - as above
    """The tasks for an account."""
    return chosen(select(Task).where(Task.account_id == internal.account_id), filter, order_by)
