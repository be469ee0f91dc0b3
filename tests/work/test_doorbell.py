"""The doorbell on a real Valkey: bounded, and never in anybody's way."""

from __future__ import annotations

from functools import partial

import redis

from backend.settings import Settings
from backend.work import Queue
from backend.work.doorbell import SLOTS, Doorbell, alive_key, connect
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
