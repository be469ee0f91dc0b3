"""What staff do with tasks."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update

from backend.accounts import queries as accounts
from backend.announcing import Announcement, Topic, announce
from backend.db.engine import WriteSession
from backend.db.ids import uuid7
from backend.errors import Conflict, NotFound
from backend.events import emit
from backend.identity import audit
from backend.identity import queries as identity
from backend.permissions import Permission
from backend.tasks.events import TaskAssigned, TaskClosed, TaskCreated, TaskReopened
from backend.tasks.models import Task, TaskState
from backend.texts import line, prose
from backend.viewer import Viewer


async def create(
    session: WriteSession,
    viewer: Viewer,
    *,
    title: str,
    body: str | None = None,
    account_id: UUID | None = None,
    assignee_id: UUID | None = None,
    due_on: date | None = None,
) -> UUID:
    """Note something to do; returns its id. Without an assignee it is the viewer's, or nobody's for an API key.

    Raises NotFound for an unknown account or somebody who is not on the staff, InvalidInput for the texts.
    """
    viewer.require(Permission.TASKS_WRITE)
    own = await identity.staff_id(session, viewer)
    if account_id is not None:
        await accounts.require(session, account_id)
    if assignee_id is not None:
        await identity.require_staff(session, assignee_id, field="assigneeId")
    made, assignee_id = uuid7(), assignee_id or own
    await session.execute(
        insert(Task).values(
            id=made,
            account_id=account_id,
            title=line(title, field="title"),
            body=prose(body, field="body") if body is not None else None,
            assignee_id=assignee_id,
            due_on=due_on,
            created_by=own,
        )
    )
    await emit(session, TaskCreated(account_id=account_id, task_id=made, assignee_id=assignee_id))
    after = {"assignee": _word(assignee_id), "dueOn": _word(due_on)}
    await audit.record_of(session, viewer, "task.created", subject=f"task:{made}", account_id=account_id, after=after)
    return made


async def change(
    session: WriteSession,
    viewer: Viewer,
    *,
    task_id: UUID,
    title: str | None = None,
    body: tuple[str | None] | None = None,
    assignee_id: tuple[UUID | None] | None = None,
    due_on: tuple[date | None] | None = None,
) -> UUID:
    """Change a task; returns its id. None leaves a value as it is, `(None,)` empties it.

    Raises NotFound, InvalidInput, and Conflict for a task that is closed.
    """
    viewer.require(Permission.TASKS_WRITE)
    task = await _locked(session, task_id)
    if task.state != TaskState.OPEN:
        raise Conflict("The task is closed. Reopen it first.", field=["taskId"], params={"state": task.state})
    wanted: dict[str, Any] = {}
    if title is not None:
        wanted["title"] = line(title, field="title")
    if body is not None:
        wanted["body"] = prose(body[0], field="body") if body[0] is not None else None
    if assignee_id is not None:
        if assignee_id[0] is not None:
            await identity.require_staff(session, assignee_id[0], field="assigneeId")
        wanted["assignee_id"] = assignee_id[0]
    if due_on is not None:
        wanted["due_on"] = due_on[0]
    changes = {name: value for name, value in wanted.items() if value != getattr(task, name)}
    if not changes:
        return task.id
    await _update(session, task, changes)
    announce(session, Announcement(Topic.TASK, task.account_id, task.id))
    if "assignee_id" in changes:
        passed = TaskAssigned(
            account_id=task.account_id,
            task_id=task.id,
            before=task.assignee_id,
            after=changes["assignee_id"],
            by=await identity.staff_id(session, viewer),
        )
        await emit(session, passed)
    told = [name for name in ("assignee_id", "due_on") if name in changes]
    texts = sorted(changes.keys() - set(told))
    await audit.record_of(
        session,
        viewer,
        "task.updated",
        subject=f"task:{task.id}",
        account_id=task.account_id,
        before={name: _word(getattr(task, name)) for name in told},
        after={name: _word(changes[name]) for name in told} | ({"changed": texts} if texts else {}),
    )
    return task.id


async def close(session: WriteSession, viewer: Viewer, *, task_id: UUID, state: TaskState) -> UUID:
    """Note that a task is done, or that it is not to be done; returns its id. One that is so already stays as it is.

    Raises NotFound, and Conflict for one that was closed the other way.
    """
    viewer.require(Permission.TASKS_WRITE)
    task = await _locked(session, task_id)
    if task.state == state:
        return task.id
    if task.state != TaskState.OPEN:
        raise Conflict("The task is closed already. Reopen it first.", field=["taskId"], params={"state": task.state})
    closed_by = await identity.staff_id(session, viewer)
    await _update(session, task, {"state": state.value, "closed_at": func.waymark_now(), "closed_by": closed_by})
    await emit(session, TaskClosed(account_id=task.account_id, task_id=task.id, state=state.value))
    await _note(session, viewer, task, "task.closed", state)
    return task.id


async def reopen(session: WriteSession, viewer: Viewer, *, task_id: UUID) -> UUID:
    """Open a task that was closed; returns its id. One that is open stays as it is. Raises NotFound."""
    viewer.require(Permission.TASKS_WRITE)
    task = await _locked(session, task_id)
    if task.state == TaskState.OPEN:
        return task.id
    await _update(session, task, {"state": TaskState.OPEN.value, "closed_at": None, "closed_by": None})
    await emit(session, TaskReopened(account_id=task.account_id, task_id=task.id))
    await _note(session, viewer, task, "task.reopened", TaskState.OPEN)
    return task.id


async def _locked(session: WriteSession, task_id: UUID) -> Task:
    found = await session.scalar(select(Task).where(Task.id == task_id).with_for_update())
    if found is None:
        raise NotFound("There is no such task, or you may not see it.", field=["taskId"])
    return found


async def _update(session: WriteSession, task: Task, values: dict[str, Any]) -> None:
    await session.execute(
        update(Task).where(Task.id == task.id).values(values).execution_options(synchronize_session=False)
    )


async def _note(session: WriteSession, viewer: Viewer, task: Task, action: str, state: TaskState) -> None:
    await audit.record_of(
        session,
        viewer,
        action,
        subject=f"task:{task.id}",
        account_id=task.account_id,
        before={"state": task.state},
        after={"state": state.value},
    )


def _word(value: UUID | date | None) -> str | None:
    return None if value is None else str(value)
