"""What the demo refuses.

DomainError
└── Conflict
    └── NotADemo           the data are somebody's own
"""

from __future__ import annotations

from backend.errors import Conflict


class NotADemo(Conflict):
    """The data are somebody's own: nothing is made up there."""

    def __init__(self) -> None:
        super().__init__("These are your own data. Things are made to happen in the demo organization alone.")
