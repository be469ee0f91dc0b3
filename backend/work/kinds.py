"""Every kind of work, in one place that the web may import: nothing here knows the functions that do the work."""

from __future__ import annotations

from dataclasses import dataclass

from backend.work.models import Queue


@dataclass(frozen=True)
class Kind:
    """How the items of one kind are done."""

    queue: Queue
    attempts: int = 10
    """How often an item is tried before it is parked, 1 or more. Waits between: 5 seconds, doubling, at most 1 hour."""
    limit_seconds: int = 60
    """Time limit of one transaction, 1 or more. The database itself ends one that outlives it."""
    batch: int = 10
    """How many items one worker thread claims at once. 1 for items that take long."""
    own_threads: int = 0
    """For a kind that waits for outside parties: how many threads of a worker do it and nothing else, beside those that
    the kinds of its queue share. 0: it shares them."""


KINDS: dict[str, Kind] = {
    "alerts.hear": Kind(Queue.CRITICAL),
    "alerts.tell": Kind(Queue.CRITICAL),
    "alerts.sweep": Kind(Queue.DEFAULT, limit_seconds=300, batch=1),
    "billing.derive_accounts": Kind(Queue.BULK, limit_seconds=600, batch=1),
    "demo.act": Kind(Queue.CRITICAL, batch=1),
    "engagement.purge_notes": Kind(Queue.DEFAULT),
    "engagement.prune_mail": Kind(Queue.DEFAULT),
    "engagement.take_mail": Kind(Queue.DEFAULT, batch=1),
    "erasure.search": Kind(Queue.BULK, limit_seconds=600, batch=1),
    "idempotency.prune": Kind(Queue.DEFAULT),
    "billing.note_limits": Kind(Queue.BULK, limit_seconds=600, batch=1),
    "billing.take_stripe_object": Kind(Queue.CRITICAL),
    "billing.resolve_customers": Kind(Queue.DEFAULT),
    "billing.prune_stripe_events": Kind(Queue.BULK, limit_seconds=600, batch=1),
    "identity.forget_challenges": Kind(Queue.DEFAULT),
    "identity.forget_failures": Kind(Queue.DEFAULT),
    "identity.forget_vouches": Kind(Queue.DEFAULT),
    "identity.forget_links": Kind(Queue.DEFAULT),
    "identity.mail_change": Kind(Queue.DEFAULT),
    "identity.mail_invitation": Kind(Queue.DEFAULT),
    "identity.mail_link": Kind(Queue.DEFAULT),
    "identity.prune_sessions": Kind(Queue.DEFAULT),
    "ingest.make_partitions": Kind(Queue.DEFAULT),
    "ingest.prune_event_keys": Kind(Queue.BULK, limit_seconds=600, batch=1),
    "notifications.tell_of_task": Kind(Queue.CRITICAL),
    "notifications.tell_members": Kind(Queue.CRITICAL),
    "notifications.digest": Kind(Queue.DEFAULT),
    "notifications.prune": Kind(Queue.DEFAULT),
    "support.take_events": Kind(Queue.CRITICAL),
    "mail.prune": Kind(Queue.DEFAULT),
    "mail.send": Kind(Queue.DEFAULT, attempts=14, own_threads=4),
    "webhooks.send": Kind(Queue.DEFAULT, attempts=14, batch=1, own_threads=4),
    "webhooks.prune": Kind(Queue.DEFAULT),
    "work.prune": Kind(Queue.DEFAULT),
    "health.score_chunk": Kind(Queue.BULK, limit_seconds=900, batch=1),
    "health.close_day": Kind(Queue.BULK),
    "health.sweep": Kind(Queue.BULK),
    "health.follow": Kind(Queue.CRITICAL, attempts=6, limit_seconds=300, batch=1),
    "ingest.resolve": Kind(Queue.BULK, limit_seconds=600, batch=1),
    "ingest.resolve_recent": Kind(Queue.DEFAULT),
}
"""Kind → how it is done. A test holds it against the actors: each kind has one, each actor has a kind."""


def kind_of(name: str) -> Kind:
    """The kind of this name. Raises LookupError for a name that is not in KINDS."""
    try:
        return KINDS[name]
    except KeyError:
        raise LookupError(f"{name!r} is no kind of work; backend/work/kinds.py lists them.") from None
