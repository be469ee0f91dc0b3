"""What accounts can be filtered by that tasks know."""

from __future__ import annotations

from typing import Any

from sqlalchemy import exists

from backend.accounts.models import Account
from backend.filters import Condition, Fields, Path, Reading
from backend.tasks.models import Task, TaskState


def _has_open(reading: Reading, given: Any, path: Path) -> Condition:
    has = exists().where(Task.account_id == Account.id, Task.state == TaskState.OPEN.value).correlate(Account)
    return reading.truth(given, has, path)


FIELDS: Fields = {"hasOpenTask": _has_open}
