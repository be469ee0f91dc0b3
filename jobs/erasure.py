"""Searching all that is stored for what names somebody who is erased."""

from __future__ import annotations

from uuid import UUID

from backend.erasure import service
from jobs.actor import Lease, long_actor


@long_actor("erasure.search")
async def search(lease: Lease, erasure_id: UUID) -> None:
    """Search on where it stopped, until nothing is left."""
    while True:
        async with lease.begin() as session:
            if not await service.search_next(session, erasure_id):
                return
