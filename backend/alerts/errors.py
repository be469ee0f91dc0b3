"""Refusals of alerts.

DomainError
├── NotFound
│   └── AlertNotFound     no such alert
└── Conflict
    └── AlertClosed       it is resolved already
"""

from __future__ import annotations

from backend.errors import Conflict, NotFound


class AlertNotFound(NotFound):
    """No such alert."""

    def __init__(self) -> None:
        super().__init__("There is no such alert.", field=["alertId"])


class AlertClosed(Conflict):
    """The alert is resolved already."""

    code = "ALREADY_RESOLVED"

    def __init__(self) -> None:
        super().__init__("The alert is resolved already.", field=["alertId"])
