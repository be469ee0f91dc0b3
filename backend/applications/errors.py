"""What applications refuse.

DomainError
├── NotFound
│   └── NoSuchApplication     no application has the name
├── Conflict
│   ├── NameTaken             an application has the name already
│   └── OriginTaken           an origin belongs to another application
└── InvalidInput              a name, an origin or a number that cannot be used
"""

from __future__ import annotations

from backend.errors import Conflict, NotFound


class NoSuchApplication(NotFound):
    """No application has the name."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is no application named {name!r}; `waymark applications list` shows all.", field=["application"]
        )


class NameTaken(Conflict):
    """An application has the name already."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is an application named {name!r} already.", field=["name"])


class OriginTaken(Conflict):
    """An origin tells one application from another, so it belongs to one."""

    def __init__(self, origin: str, name: str) -> None:
        super().__init__(f"{origin} belongs to the application {name!r} already.", field=["origins"])
