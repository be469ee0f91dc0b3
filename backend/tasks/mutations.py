"""Tasks as the API changes them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import strawberry

from backend.graphql.mutation import (
    Info,
    absent_or,
    absent_or_key,
    idempotency_key,
    key_in,
    mutation,
    mutation_payload,
    payload,
)
from backend.graphql.planner import Markdown
from backend.permissions import Permission
from backend.tasks import service
from backend.tasks.models import TaskState

if TYPE_CHECKING:
    from backend.tasks.graphql import TaskType


@strawberry.input(description="Something to do.")
class CreateTaskInput:
    """Something to do."""

    title: str = strawberry.field(description="What; 1 to 200 characters.")
    body: Markdown | None = strawberry.field(description="More of it; at most 10,000 characters.")
    account_id: strawberry.ID | None = strawberry.field(description="For which account.")
    assignee_id: strawberry.ID | None = strawberry.field(description="Who of the staff; oneself by default.")
    due_on: date | None = strawberry.field(description="By when.")
    idempotency_key: str | None = idempotency_key()


@mutation_payload
class CreateTaskPayload:
    """What came of noting a task."""

    task: TaskType | None
    """The task."""


@mutation(permission=Permission.TASKS_WRITE)
async def create_task(info: Info, input: CreateTaskInput) -> CreateTaskPayload:  # noqa: A002 - its name in the schema
    """[staff] Note something to do. Needs tasks:write."""
    async with info.context.begin() as session:
        made = await service.create(
            session,
            info.context.viewer,
            title=input.title,
            body=input.body,
            account_id=key_in(input.account_id, "acct", field="accountId") if input.account_id else None,
            assignee_id=key_in(input.assignee_id, "staff", field="assigneeId") if input.assignee_id else None,
            due_on=input.due_on,
        )
        return await payload(CreateTaskPayload, info, task=made)


@strawberry.input(description="A task and what changes of it.")
class UpdateTaskInput:
    """A task and what changes of it."""

    task_id: strawberry.ID = strawberry.field(description="An open task.")
    title: strawberry.Maybe[str] = strawberry.field(description="What is to be done.")
    body: strawberry.Maybe[Markdown | None] = strawberry.field(description="More of it.")
    assignee_id: strawberry.Maybe[strawberry.ID | None] = strawberry.field(
        description="Who of the staff; null: nobody."
    )
    due_on: strawberry.Maybe[date | None] = strawberry.field(description="By when; null: some day.")


@mutation_payload
class UpdateTaskPayload:
    """What came of changing a task."""

    task: TaskType | None
    """The task."""


@mutation(permission=Permission.TASKS_WRITE)
async def update_task(info: Info, input: UpdateTaskInput) -> UpdateTaskPayload:  # noqa: A002 - its name in the schema
    """[staff] Change an open task, or pass it on. Needs tasks:write."""
    async with info.context.begin() as session:
        found = await service.change(
            session,
            info.context.viewer,
            task_id=key_in(input.task_id, "task", field="taskId"),
            title=input.title.value if input.title else None,
            body=absent_or(input.body),
            assignee_id=absent_or_key(input.assignee_id, "staff", field="assigneeId"),
            due_on=absent_or(input.due_on),
        )
        return await payload(UpdateTaskPayload, info, task=found)


@strawberry.input(description="Which task.")
class CompleteTaskInput:
    """Which task."""

    task_id: strawberry.ID = strawberry.field(description="The task.")


@mutation_payload
class CompleteTaskPayload:
    """What came of completing a task."""

    task: TaskType | None
    """The task."""


@mutation(permission=Permission.TASKS_WRITE)
async def complete_task(info: Info, input: CompleteTaskInput) -> CompleteTaskPayload:  # noqa: A002 - its name in the schema
    """[staff] Note that a task is done. `reopenTask` undoes it. Needs tasks:write."""
    async with info.context.begin() as session:
        task_id = key_in(input.task_id, "task", field="taskId")
        found = await service.close(session, info.context.viewer, task_id=task_id, state=TaskState.DONE)
        return await payload(CompleteTaskPayload, info, task=found)


@strawberry.input(description="Which task.")
class CancelTaskInput:
    """Which task."""

    task_id: strawberry.ID = strawberry.field(description="The task.")


@mutation_payload
class CancelTaskPayload:
    """What came of cancelling a task."""

    task: TaskType | None
    """The task."""


@mutation(permission=Permission.TASKS_WRITE)
async def cancel_task(info: Info, input: CancelTaskInput) -> CancelTaskPayload:  # noqa: A002 - its name in the schema
    """[staff] Note that a task is not to be done. `reopenTask` undoes it. Needs tasks:write."""
    async with info.context.begin() as session:
        task_id = key_in(input.task_id, "task", field="taskId")
        found = await service.close(session, info.context.viewer, task_id=task_id, state=TaskState.CANCELLED)
        return await payload(CancelTaskPayload, info, task=found)


@strawberry.input(description="Which task.")
class ReopenTaskInput:
    """Which task."""

    task_id: strawberry.ID = strawberry.field(description="A task that was done or cancelled.")


@mutation_payload
class ReopenTaskPayload:
    """What came of reopening a task."""

    task: TaskType | None
    """The task."""


@mutation(permission=Permission.TASKS_WRITE)
async def reopen_task(info: Info, input: ReopenTaskInput) -> ReopenTaskPayload:  # noqa: A002 - its name in the schema
    """[staff] Open a task that was done or cancelled. Needs tasks:write."""
    async with info.context.begin() as session:
        found = await service.reopen(
            session, info.context.viewer, task_id=key_in(input.task_id, "task", field="taskId")
        )
        return await payload(ReopenTaskPayload, info, task=found)
