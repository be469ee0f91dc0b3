"""One process's subscriptions: who follows what, and one reading for all who asked the same.

Streams of equal operations, variables, permissions and account (and person, where something depends on them) form a
group. An announcement is read once a group, on that kind of viewer's own login, where row security
decides what it may see; the bytes go to each stream. While a group reads, further announcements of the same row are
one. A stream that does not take what it is sent is ended, and its client connects again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError

from backend.announcing import CHANNEL, OF_PERSONS, Announcement, Topic, read
from backend.graphql.planner import Planner, Pools, Prepared, Refusal, WatchPlan, outcome_of, problem
from backend.viewer import Viewer

MOST_WAITING = 100
"""Messages that wait for one stream; with more it is ended."""
MOST_OF_ONE = 100
"""Streams of one credential."""
MOST = 10_000
"""Streams of one process."""
READS_AT_ONCE = 4
HEARD_AT_ONCE = 500
"""Announcements, some milliseconds of them: a sweep may tell of thousands, and requests must not wait for all."""
CLOSE_SECONDS = 2.0
QUIET_SECONDS = 5.0
"""After so long without a word Valkey is asked whether it is there, and after twice that it counts as away."""
SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
"""Seconds between attempts to connect again."""
Place = tuple[Topic, UUID | Literal["all"] | None]
"""A topic and the account of an announcement, or its person: one, none, or whichever."""
log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Stream:
    """What one client is sent: JSON texts of results, then None at the end."""

    group: _Group
    credential: str
    waiting: asyncio.Queue[bytes | None] = field(default_factory=lambda: asyncio.Queue(MOST_WAITING + 2))

    def offer(self, result: bytes) -> None:
        """Send a result; a stream that is too far behind is told so and ended."""
        if self.waiting.qsize() >= MOST_WAITING:
            while not self.waiting.empty():
                self.waiting.get_nowait()
            self.end(problem("RESYNC", "Too much waited to be taken. Ask anew for what is shown, and subscribe again."))
        else:
            self.waiting.put_nowait(result)

    def end(self, *errors: dict[str, Any]) -> None:
        """End the stream, once; errors come first."""
        if self.group.streams.pop(self, False) is False:
            return
        if errors:
            self.waiting.put_nowait(orjson.dumps({"errors": errors}))
        self.waiting.put_nowait(None)


@dataclass(slots=True, eq=False)
class _Group:
    key: Any
    """What those who follow have in common."""
    plan: WatchPlan
    values: dict[str, Any]
    viewer: Viewer
    """Any of those who follow."""
    accounts: frozenset[UUID] | None
    streams: dict[Stream, None] = field(default_factory=dict)
    pending: dict[UUID | None, None] = field(default_factory=dict)
    reading: asyncio.Task[None] | None = None

    def places(self) -> list[Place]:
        """Where the announcements come that may be for this group; row security decides."""
        topic, own = self.plan.topic, self.viewer.account_id
        if topic in OF_PERSONS:  # so that nobody reads what was told to others
            return [] if self.viewer.person_id is None else [(topic, self.viewer.person_id)]
        if self.accounts is not None:
            return [(topic, account) for account in self.accounts if own is None or own == account]
        return [(topic, "all")] if own is None else [(topic, own), (topic, None)]


class Hub:
    """The subscriptions of one process. `open` it once."""

    def __init__(self, url: str, planner: Planner, pools: Pools) -> None:
        self._url = url
        self._planner = planner
        self._pools = pools
        self._groups: dict[Any, _Group] = {}
        self._places: dict[Place, dict[_Group, None]] = defaultdict(dict)
        self._of: Counter[str] = Counter()
        self._reads = asyncio.Semaphore(READS_AT_ONCE)
        self._listening: asyncio.Task[None] | None = None
        self._hears = asyncio.Event()
        self._is_open = True
        self.is_ending = False
        self.readings = 0
        """Statements run so far."""

    @property
    def streams(self) -> int:
        """Streams open now."""
        return self._of.total()

    def open(self) -> None:
        """Begin to listen, in the background."""
        self._listening = asyncio.create_task(self._listen())

    def end(self) -> None:
        """End all streams: the process stops, and clients connect to another one."""
        self.is_ending = True
        for group in list(self._groups.values()):
            for stream in list(group.streams):
                stream.end()

    async def close(self) -> None:
        """End all streams and stop listening."""
        self._is_open = False
        self.end()
        tasks = [group.reading for group in self._groups.values() if group.reading is not None]
        if self._listening is not None:
            tasks.append(self._listening)
        for task in tasks:
            task.cancel()
        if tasks:  # a client that is just giving up may swallow the cancellation, so nobody waits for it without end
            await asyncio.wait(tasks, timeout=CLOSE_SECONDS)

    async def join(self, prepared: Prepared, credential: str) -> Stream:
        """A stream of a subscription that was prepared. Raises Refusal where there are too many, or Valkey is away."""
        if self._of[credential] >= MOST_OF_ONE or self.streams >= MOST:
            raise Refusal([problem("THROTTLED", f"{MOST_OF_ONE} subscriptions at a time; end one of them.")])
        try:
            async with asyncio.timeout(QUIET_SECONDS):
                await self._hears.wait()
        except TimeoutError:
            message = "Changes cannot be told now. Try again in some seconds."
            raise Refusal([problem("INTERNAL_SERVER_ERROR", message)]) from None
        plan, viewer = prepared.plan, prepared.viewer
        assert isinstance(plan, WatchPlan)  # noqa: S101 - the view sends subscriptions alone
        values, accounts = prepared.arguments
        person = viewer.person_id if plan.is_personal else None
        key = plan, prepared.given_key(), viewer.kind, viewer.permissions, viewer.account_id, person
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = _Group(key, plan, values, viewer, accounts)
            for place in group.places():
                self._places[place][group] = None
        stream = Stream(group, credential)
        group.streams[stream] = None
        self._of[credential] += 1
        return stream

    def leave(self, stream: Stream) -> None:
        """Forget a stream whose client is gone. Call it once for each that was joined."""
        group = stream.group
        group.streams.pop(stream, None)
        self._of[stream.credential] -= 1
        if not self._of[stream.credential]:
            del self._of[stream.credential]
        if not group.streams and self._groups.get(group.key) is group:
            del self._groups[group.key]
            for place in group.places():
                del self._places[place][group]
                if not self._places[place]:
                    del self._places[place]

    def hear(self, heard: Announcement) -> None:
        """Have a change read by all groups that follow it."""
        for place in ((heard.topic, heard.account_id), (heard.topic, "all")):
            for group in self._places.get(place, ()):
                group.pending[heard.key] = None
                if group.reading is None:
                    group.reading = asyncio.create_task(self._read(group))

    async def _read(self, group: _Group) -> None:
        try:
            while group.pending and group.streams:
                key = next(iter(group.pending))
                del group.pending[key]
                await self._read_one(group, key)
        finally:
            group.pending.clear()
            group.reading = None

    async def _read_one(self, group: _Group, key: UUID | None) -> None:
        more: Mapping[str, Any] = {}
        try:
            async with self._reads, asyncio.timeout(QUIET_SECONDS):
                self.readings += 1
                if key is None:
                    more = {"at": await self._pools[group.viewer.kind].fetchval("select waymark_now()")}
                found = await self._planner.read_answer(group.plan, key, more, group.values, group.viewer, self._pools)
        except Exception as error:  # noqa: BLE001 - the boundary to the client: nothing of a fault may leak
            for stream in list(group.streams):
                stream.end(*outcome_of(error).errors)
            return
        if found is not None:
            result = b'{"data":{"%b":%b}}' % (group.plan.key.encode(), found)
            for stream in list(group.streams):
                stream.offer(result)

    async def _listen(self) -> None:
        pause, was_away = 0.0, False
        while self._is_open:
            try:
                async with Redis.from_url(self._url, socket_connect_timeout=1.0) as client, client.pubsub() as line:
                    await line.subscribe(CHANNEL)
                    if was_away:
                        self.hear(Announcement(Topic.RESYNC))
                    self._hears.set()
                    pause = 0.0
                    await self._follow(line)
            except (RedisError, OSError) as error:
                if not was_away or self._hears.is_set():  # once an outage
                    log.warning("announcements are not heard: %s", type(error).__name__)
                self._hears.clear()
                was_away = True
                pause = min(max(2 * pause, SHORTEST_PAUSE), LONGEST_PAUSE)
                await asyncio.sleep(pause)

    async def _follow(self, line: Any) -> None:
        heard = time.monotonic()
        while self._is_open:
            message = await line.get_message(timeout=QUIET_SECONDS)
            if message is None:
                if time.monotonic() - heard > 2 * QUIET_SECONDS:
                    raise ConnectionError
                await line.ping()
                continue
            heard = time.monotonic()
            if message["type"] == "message":
                for number, text in enumerate(message["data"].decode().splitlines(), start=1):
                    try:
                        self.hear(read(text))
                    except ValueError:
                        log.warning("an announcement cannot be read")
                    if not number % HEARD_AT_ONCE:
                        await asyncio.sleep(0)
