"""Outgoing webhooks by Standard Webhooks: told in the caller's transaction, sent by a worker.

    await webhooks.publish(session, "alert.opened", data, event_id=event.id, at=event.occurred_at)

`docs/webhooks.md` has the whole.
"""

from backend.webhooks.service import publish

__all__ = ["publish"]
