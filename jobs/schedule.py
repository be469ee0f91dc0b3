"""When recurring work is due. Slots are computed from the clock that is handed in, and stored once each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from backend.work.asking import Argument

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST_CATCH_UP = 400  # slots, so that a clock that was moved by decades does not flood the work list


class Timing(Protocol):
    """A rule that yields slots."""

    def latest(self, now: datetime, zone: ZoneInfo) -> datetime:
        """The newest slot that is not after `now`, in UTC."""

    def before(self, slot: datetime, zone: ZoneInfo) -> datetime:
        """The slot before this slot."""


@dataclass(frozen=True)
class Every:
    """A slot each `interval` since 1970-01-01 UTC: hourly ones fall on the hour."""

    interval: timedelta

    def latest(self, now: datetime, zone: ZoneInfo) -> datetime:
        """The newest slot that is not after `now`."""
        return EPOCH + (now - EPOCH) // self.interval * self.interval

    def before(self, slot: datetime, zone: ZoneInfo) -> datetime:
        """One interval earlier."""
        return slot - self.interval


@dataclass(frozen=True)
class Daily:
    """A slot each calendar day at a time of the organization's zone.

    A time that the change to summer time skips falls that day as much later as the change is long; one that comes
    twice counts the first time.
    """

    at: time

    def latest(self, now: datetime, zone: ZoneInfo) -> datetime:
        """Today's slot, or yesterday's where today's is still to come."""
        today = self._on(now.astimezone(zone).date(), zone)
        return today if today <= now else self.before(today, zone)

    def before(self, slot: datetime, zone: ZoneInfo) -> datetime:
        """The slot of the day before."""
        return self._on(slot.astimezone(zone).date() - timedelta(days=1), zone)

    def _on(self, day: date, zone: ZoneInfo) -> datetime:
        return datetime.combine(day, self.at, tzinfo=zone).astimezone(UTC)


def no_arguments(_slot: datetime) -> Mapping[str, Argument]:
    """Arguments of work that is the same at every slot."""
    return {}


@dataclass(frozen=True)
class Schedule:
    """Recurring work. Its name is what is stored: renaming one starts it anew."""

    name: str
    kind: str
    timing: Timing
    arguments: Callable[[datetime], Mapping[str, Argument]] = no_arguments
    """The work's arguments from its slot, which comes in the organization's zone."""
    misses_none: bool = False
    """True: after an outage every missed slot is made up for, at most 400. False: the newest one alone."""

    def due(self, last: datetime | None, now: datetime, zone: ZoneInfo) -> list[datetime]:
        """The slots after `last` up to `now`, in their order; where none was ever taken, the newest alone."""
        slot = self.timing.latest(now, zone)
        found: list[datetime] = []
        while last is None or slot > last:
            found.append(slot)
            if last is None or not self.misses_none or len(found) == LONGEST_CATCH_UP:
                break
            slot = self.timing.before(slot, zone)
        return found[::-1]


def the_day_before(slot: datetime) -> Mapping[str, Argument]:
    """The calendar day that was over when the slot began."""
    return {"day": slot.date() - timedelta(days=1)}


SCHEDULES: tuple[Schedule, ...] = (
    Schedule("prune the work list", "work.prune", Daily(time(3, 40))),
    Schedule("purge deleted notes", "engagement.purge_notes", Daily(time(4, 0))),
    Schedule("forget mails that came in", "engagement.prune_mail", Daily(time(4, 5))),
    Schedule("forget idempotency keys", "idempotency.prune", Daily(time(3, 50))),
    Schedule("make partitions of events", "ingest.make_partitions", Every(timedelta(hours=6))),
    Schedule("forget failed sign-ins", "identity.forget_failures", Every(timedelta(hours=1))),
    Schedule("forget mailed links", "identity.forget_links", Every(timedelta(hours=1))),
    Schedule("forget sign-in challenges", "identity.forget_challenges", Every(timedelta(hours=1))),
    Schedule("forget used vouches", "identity.forget_vouches", Every(timedelta(hours=1))),
    Schedule("forget sessions", "identity.prune_sessions", Daily(time(3, 30))),
    Schedule("forget mails", "mail.prune", Daily(time(4, 10))),
    Schedule("mail digests", "notifications.digest", Every(timedelta(minutes=15))),
    Schedule("forget notifications", "notifications.prune", Daily(time(4, 20))),
    Schedule("forget webhooks", "webhooks.prune", Daily(time(4, 30))),
    Schedule("forget message ids", "ingest.prune_event_keys", Daily(time(3, 20))),
    Schedule("resolve events", "ingest.resolve", Every(timedelta(hours=1))),
    Schedule("resolve events of the last minutes", "ingest.resolve_recent", Every(timedelta(minutes=1))),
    Schedule("bring accounts to the day", "billing.derive_accounts", Daily(time(0, 1))),
    Schedule("look for limits", "billing.note_limits", Every(timedelta(hours=1))),
    Schedule("find the accounts of billing customers", "billing.resolve_customers", Every(timedelta(minutes=1))),
    Schedule("forget ignored events of Stripe", "billing.prune_stripe_events", Daily(time(3, 30))),
    Schedule("close the day", "health.close_day", Daily(time(0, 20)), the_day_before, misses_none=True),
    Schedule("look for alerts", "alerts.sweep", Every(timedelta(minutes=15))),
    Schedule("sweep live health", "health.sweep", Every(timedelta(hours=1))),
)
"""Every schedule. A test holds the kinds against `backend.work.kinds` and the arguments against the actors."""
