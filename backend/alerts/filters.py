"""What accounts can be filtered by that alerts know."""

from __future__ import annotations

from typing import Any

from sqlalchemy import exists

from backend.accounts.models import Account
from backend.alerts.models import Alert, AlertState
from backend.filters import Condition, Fields, Path, Reading


def _has_open(reading: Reading, given: Any, path: Path) -> Condition:
    has = exists().where(Alert.account_id == Account.id, Alert.state != AlertState.RESOLVED.value).correlate(Account)
    return reading.truth(given, has, path)


FIELDS: Fields = {"hasOpenAlert": _has_open}
