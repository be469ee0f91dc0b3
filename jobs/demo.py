"""What somebody made happen in the demo."""

from __future__ import annotations

from uuid import UUID

from backend.demo import actions
from backend.demo.actions import DemoAction
from jobs.actor import Lease, long_actor


@long_actor("demo.act")
async def act(lease: Lease, action: str, account_id: UUID, press: UUID) -> None:
    """Do it, in transactions of the ways that it takes."""
    await actions.perform(lease.database, DemoAction(action), account_id, press)
