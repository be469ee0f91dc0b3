"""Doorbells: Dramatiq messages in Redis that say "there is work of this kind", never which.

A lost bell costs a second, since the clock rings whatever is due; a bell too many finds nothing to claim. So nobody
waits for Redis: ringing only leaves a note for a thread, and what that thread cannot deliver it forgets. Lost
announcements are told of, with the next ones or when the process starts again.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from types import TracebackType
from typing import Self

import redis
import structlog
from dramatiq import Message
from dramatiq.brokers.redis import RedisBroker
from redis.backoff import NoBackoff
from redis.retry import Retry

from backend.announcing import CHANNEL, Announcement, Topic
from backend.work.kinds import KINDS

log = structlog.get_logger("waymark.doorbell")

NAMESPACE = "waymark"
SLOTS = 4
"""How many bells of one kind may be outstanding; each is answered by one worker thread."""
SLOT_MILLISECONDS = 10_000
"""After so long a bell counts as lost. A slow queue therefore gains at most SLOTS bells of a kind in that time, and
FULL bounds it whatever happens."""
ALIVE_SECONDS = 15
MOST_ANNOUNCED = 10_000
"""Announcements that wait to be published; more are lost, which is announced in their place."""
FULL = 500
"""No bell joins a queue that holds so many messages: its workers have enough to do."""


def connect(url: str, *, patience: float) -> redis.Redis:
    """A client that gives up after `patience` seconds and never tries twice."""
    return redis.Redis.from_url(
        url,
        socket_timeout=patience,
        socket_connect_timeout=patience,
        retry=Retry(NoBackoff(), 0),
        health_check_interval=15,
    )


def make_broker(url: str, *, patience: float) -> RedisBroker:
    """Dramatiq's broker as Waymark uses it: no retries, no results, no delays; PostgreSQL owns all of that.

    Messages that a killed worker had fetched come back after two to three minutes; the clock is faster.
    """
    return RedisBroker(  # type: ignore[no-untyped-call]
        client=connect(url, patience=patience),
        middleware=[],
        namespace=NAMESPACE,
        maintenance_chance=50_000,
        heartbeat_timeout=120_000,
        dead_message_ttl=3_600_000,
    )


def slot_key(kind: str, slot: int) -> str:
    """Redis key of one outstanding bell."""
    return f"{NAMESPACE}:bell:{kind}:{slot}"


def line_of(kind: str) -> str:
    """The queue of Dramatiq that carries a kind's bells: that of its queue, or one for its own threads."""
    spec = KINDS[kind]
    return kind if spec.own_threads else spec.queue.value


def alive_key(process: str) -> str:
    """Redis key that exists while at least one process of this name is alive."""
    return f"{NAMESPACE}:alive:{process}"


LOST = str(Announcement(Topic.RESYNC))


class Doorbell:
    """Rings kinds of work from a thread of its own. Safe to use from any thread; as a context manager it ends."""

    def __init__(self, url: str) -> None:
        self._broker = make_broker(url, patience=1.0)
        self._kinds: set[str] = set()
        self._beats: set[str] = set()
        # The process before may have ended between a commit and what it had to announce.
        self._announced: dict[str, None] = {LOST: None}
        self._noticed = threading.Condition()
        self._is_open = True
        self._is_heard = True
        self._has_lost = False
        """Whether announcements could not be published, which the next ones tell."""
        self._thread = threading.Thread(target=self._run, name="doorbell", daemon=True)
        self._thread.start()

    def ring(self, kinds: Iterable[str]) -> None:
        """Have these kinds rung soon. Returns at once and never fails."""
        with self._noticed:
            self._kinds.update(kinds)
            self._noticed.notify()

    def announce(self, changes: Iterable[str]) -> None:
        """Have changes published to the API processes soon. Returns at once and never fails."""
        with self._noticed:
            self._announced.update(dict.fromkeys(changes))
            if len(self._announced) > MOST_ANNOUNCED:
                self._announced = {LOST: None}
            self._noticed.notify()

    def beat(self, process: str) -> None:
        """Have it noted that a process such as `clock` or `worker-bulk` is alive and at work. Returns at once."""
        with self._noticed:
            self._beats.add(process)
            self._noticed.notify()

    def close(self) -> None:
        """Ring what was asked for and end the thread, within some seconds."""
        with self._noticed:
            self._is_open = False
            self._noticed.notify()
        self._thread.join(timeout=5.0)
        self._broker.client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _run(self) -> None:
        while True:
            with self._noticed:
                self._noticed.wait_for(lambda: self._kinds or self._beats or self._announced or not self._is_open)
                kinds, self._kinds = sorted(self._kinds), set()
                beats, self._beats = sorted(self._beats), set()
                announced, self._announced = list(self._announced), {}
                if not kinds and not beats and not announced:
                    return
            try:
                if announced:  # first: a lost bell is rung again, a lost announcement is not
                    self._publish(announced)
                for kind in kinds:
                    self._ring(kind)
                for process in beats:
                    self._broker.client.set(alive_key(process), 1, ex=ALIVE_SECONDS)
                self._is_heard = True
            except redis.RedisError as error:
                if self._is_heard:  # once per outage; the clock rings again when it is over
                    log.warning("not heard", error=type(error).__name__)
                self._is_heard = False
            except Exception:
                log.exception("not heard")  # the thread must outlive whatever went wrong

    def _publish(self, announced: list[str]) -> None:
        lines = [LOST, *announced] if self._has_lost else announced
        self._has_lost = True
        self._broker.client.publish(CHANNEL, "\n".join(lines))
        self._has_lost = False

    def _ring(self, kind: str) -> None:
        client, line = self._broker.client, line_of(kind)
        for slot in range(SLOTS):
            if client.set(slot_key(kind, slot), 1, nx=True, px=SLOT_MILLISECONDS):
                break
        else:
            return
        if client.hlen(f"{NAMESPACE}:{line}.msgs") < FULL:
            self._broker.enqueue(Message(queue_name=line, actor_name=kind, args=(slot,), kwargs={}, options={}))
