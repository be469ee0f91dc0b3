"""The doorbell on a real Valkey: bounded, and never in anybody's way."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest
import redis

from backend.announcing import CHANNEL
from backend.settings import Settings
from backend.work import Queue
from backend.work.doorbell import LOST, SLOTS, Doorbell, alive_key, connect
from tests.jobs.probe import until


def waiting(client: redis.Redis, queue: str) -> int:
    return int(client.llen(f"waymark:{queue}"))


async def test_outstanding_bells_of_a_kind_are_bounded(settings_with_valkey: Settings) -> None:
    client = connect(settings_with_valkey.redis_url, patience=5)
    client.flushall()

    async def has_rung(round_: int) -> bool:
        return bool(client.exists(alive_key(f"round {round_}")))

    with Doorbell(settings_with_valkey.redis_url) as doorbell:
        for round_ in range(3 * SLOTS):
            doorbell.ring(["probe.count_critical"])
            doorbell.beat(f"round {round_}")  # noted after the ring
            await until(partial(has_rung, round_), "it rings")
        doorbell.ring(["probe.count_bulk"])

    assert waiting(client, "critical") == SLOTS
    assert waiting(client, "bulk") == 1
    client.flushall()
    client.close()


async def test_ringing_in_vain_disturbs_nobody(settings_with_valkey: Settings) -> None:
    with Doorbell("redis://127.0.0.1:1/0") as doorbell:
        for _ in range(100):
            doorbell.ring([f"probe.count_{queue}" for queue in Queue])
        doorbell.beat("clock")

    assert not doorbell._thread.is_alive()


class Listener:
    """Hears what is announced, as an API process does."""

    def __init__(self, url: str) -> None:
        self._client = connect(url, patience=5)
        self._line = self._client.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
        self._line.subscribe(CHANNEL)
        self._line.get_message(timeout=5)  # it is subscribed
        self.heard: list[str] = []

    async def hears(self, *lines: str) -> bool:
        """Whether just this has been heard so far, in this order."""
        while (message := self._line.get_message()) is not None:
            self.heard += message["data"].decode().splitlines()
        return self.heard == list(lines)

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *_: object) -> None:
        self._line.close()
        self._client.close()


async def test_a_process_that_starts_tells_that_the_one_before_it_may_have_told_too_little(
    settings_with_valkey: Settings,
) -> None:
    with Listener(settings_with_valkey.redis_url) as listener, Doorbell(settings_with_valkey.redis_url) as doorbell:
        await until(partial(listener.hears, LOST), "it tells of its start")
        doorbell.announce(["health - -"])

        await until(partial(listener.hears, LOST, "health - -"), "it announces")


async def test_a_bell_that_cannot_be_rung_takes_no_announcement_with_it(
    settings_with_valkey: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def in_vain(_kind: str) -> None:
        monkeypatch.undo()
        raise redis.ConnectionError

    with Listener(settings_with_valkey.redis_url) as listener, Doorbell(settings_with_valkey.redis_url) as doorbell:
        await until(partial(listener.hears, LOST), "it tells of its start")
        monkeypatch.setattr(doorbell, "_ring", in_vain)
        with doorbell._noticed:  # both are one round
            doorbell.ring(["probe.count_critical"])
            doorbell.announce(["health - -"])

        await until(partial(listener.hears, LOST, "health - -"), "it announces")


async def test_announcements_that_could_not_be_published_are_told_of_with_the_next(
    settings_with_valkey: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Listener(settings_with_valkey.redis_url) as listener, Doorbell(settings_with_valkey.redis_url) as doorbell:
        await until(partial(listener.hears, LOST), "it tells of its start")
        tried = asyncio.Event()

        def in_vain(_channel: str, _lines: str) -> None:
            monkeypatch.undo()
            tried.set()
            raise redis.ConnectionError

        monkeypatch.setattr(doorbell._broker.client, "publish", in_vain)
        doorbell.announce(["health - -"])
        await asyncio.wait_for(tried.wait(), 5)
        doorbell.announce(["task - -"])

        await until(partial(listener.hears, LOST, LOST, "task - -"), "it announces")
