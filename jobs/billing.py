"""What changes for accounts because a day has passed."""

from __future__ import annotations

from backend.billing import service
from backend.db.engine import WriteSession
from jobs.actor import actor


@actor("billing.derive_accounts")
async def derive_accounts(session: WriteSession) -> None:
    """Bring revenue, seats, renewal, churn and tier of every account to today: terms begin and end."""
    await service.derive_all(session)
