"""Imports every module that declares actors, so that ACTORS is whole."""

from jobs import (
    alerts,
    billing,
    demo,
    engagement,
    erasure,
    health,
    idempotency,
    identity,
    ingest,
    live,
    mail,
    notifications,
    support,
    webhooks,
    work,
)
from jobs.actor import ACTORS

MODULES = (
    alerts,
    billing,
    demo,
    engagement,
    erasure,
    health,
    idempotency,
    identity,
    ingest,
    live,
    mail,
    notifications,
    support,
    webhooks,
    work,
)

__all__ = ["ACTORS", "MODULES"]
