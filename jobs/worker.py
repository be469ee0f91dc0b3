"""A worker process: `python -m jobs.worker critical|default|bulk`.

Dramatiq's threads take doorbells from Redis; the work itself runs on the one event loop of the main thread. On
SIGTERM or SIGINT nothing new is begun; what runs may finish within WAYMARK_DRAIN_SECONDS, then it is rolled back and
given back. Exit codes: 0 drained, 2 unusable settings, 3 PostgreSQL was not reached at the start or Redis for 30
seconds (the supervisor starts the process anew).
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Sequence

import dramatiq
import redis
import structlog

from backend.db.engine import Database
from backend.settings import Settings
from backend.telemetry import tracing
from backend.work.doorbell import Doorbell, line_of, make_broker, slot_key
from backend.work.kinds import KINDS
from backend.work.models import Queue
from jobs import actors
from jobs.process import SERVER_LOST, UNUSABLE_SETTINGS, run_as
from jobs.runner import Runner

log = structlog.get_logger("waymark.worker")

THREADS = {Queue.CRITICAL: 4, Queue.DEFAULT: 4, Queue.BULK: 2}
"""Those that kinds without threads of their own share."""
POLL_MILLISECONDS = {Queue.CRITICAL: 100, Queue.DEFAULT: 200, Queue.BULK: 500}
"""How long an idle worker waits at most before it looks for bells again."""
PING_SECONDS = 2.0
PINGS = 15
CANCEL_SECONDS = 3.0


class Bell:
    """The Dramatiq actor of a kind: hands the bell to the event loop and waits there for the answer."""

    def __init__(
        self, kind: str, client: redis.Redis, loop: asyncio.AbstractEventLoop, answer: Callable[[str], Awaitable[None]]
    ) -> None:
        self._kind, self._client, self._loop, self._answer = kind, client, loop, answer

    def __call__(self, slot: int) -> None:
        """Answer one bell."""
        # Freed first: work that is asked for from now on may come after our claim, and needs a bell of its own.
        with contextlib.suppress(redis.RedisError):
            self._client.delete(slot_key(self._kind, slot))
        asyncio.run_coroutine_threadsafe(self._run(), self._loop).result()

    async def _run(self) -> None:
        try:
            await self._answer(self._kind)
        except asyncio.CancelledError:
            log.info("interrupted", kind=self._kind)


async def work(chosen: Settings, queue: Queue) -> int:
    """Work for one queue until a signal; returns the exit code."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    with Doorbell(chosen.redis_url) as doorbell:
        database = Database(chosen, ring=doorbell.ring, announce=doorbell.announce)
        await database.open()
        try:
            runner = Runner(database)
            kinds = {kind: spec for kind, spec in KINDS.items() if spec.queue is queue}
            # Each shared thread needs one connection; one stays free for claims that run meanwhile, and for the short
            # transactions of those that wait for others.
            lines = {queue.value: max(1, min(THREADS[queue], chosen.write_pool_size - 1))}
            lines |= {line_of(kind): spec.own_threads for kind, spec in kinds.items() if spec.own_threads}
            # Dramatiq expects one worker on a broker.
            brokers = {line: make_broker(chosen.redis_url, patience=10.0) for line in lines}
            for kind in kinds:
                line = line_of(kind)
                bell = Bell(kind, brokers[line].client, loop, runner.answer)
                dramatiq.Actor(bell, broker=brokers[line], actor_name=kind, queue_name=line, priority=0, options={})
            poll = POLL_MILLISECONDS[queue]
            workers = [
                dramatiq.Worker(broker, queues={line}, worker_threads=lines[line], worker_timeout=poll)
                for line, broker in brokers.items()
            ]
            for worker in workers:
                worker.start()
            log.info("ready", queue=queue.value, threads=lines, kinds=sorted(kinds))
            code = await _watch(brokers[queue.value].client, stop, lambda: doorbell.beat(f"worker-{queue}"))
            await _drain(workers, runner, chosen.drain_seconds)
            return code
        finally:
            await database.close()


async def _watch(client: redis.Redis, stop: asyncio.Event, beat: Callable[[], None]) -> int:
    """Wait for the stop; returns the exit code. Dramatiq reconnects by itself, but not out of every state."""
    missed = 0
    while not stop.is_set():
        try:
            await asyncio.to_thread(client.ping)
            missed = 0
            beat()
        except redis.RedisError as error:
            missed += 1
            log.warning("Redis does not answer", error=type(error).__name__, missed=missed)
            if missed == PINGS:
                return SERVER_LOST
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PING_SECONDS):
                await stop.wait()
    return 0


async def _drain(workers: Sequence[dramatiq.Worker], runner: Runner, seconds: float) -> None:
    """Let what runs finish; shortly before the time is up interrupt it."""
    log.info("draining")
    runner.is_draining = True
    stopped = [_stop(worker, seconds) for worker in workers]
    for patience, then in ((max(0.0, seconds - CANCEL_SECONDS), runner.cancel), (CANCEL_SECONDS, None)):
        _, running = await asyncio.wait(stopped, timeout=patience)
        if not running:
            return
        if then:
            then()
    log.warning("not drained in time")


def _stop(worker: dramatiq.Worker, seconds: float) -> asyncio.Future[None]:
    """Have a worker stop, in a thread of our own: Dramatiq's stop may outlast its timeout, and must not keep the
    process from ending."""
    loop = asyncio.get_running_loop()
    stopped: asyncio.Future[None] = loop.create_future()

    def stop() -> None:
        worker.stop(timeout=int(seconds * 1000))
        loop.call_soon_threadsafe(stopped.set_result, None)

    threading.Thread(target=stop, name="stop", daemon=True).start()
    return stopped


def main(arguments: list[str]) -> int:
    """Run from the command line; returns the exit code."""
    if len(arguments) != 1 or arguments[0] not in set(Queue):
        sys.stderr.write(f"usage: python -m jobs.worker {'|'.join(Queue)}\n")
        return UNUSABLE_SETTINGS
    queue = Queue(arguments[0])
    name = f"worker-{queue}"

    async def traced(chosen: Settings) -> int:
        assert actors.MODULES  # noqa: S101 - imported for the actors that they declare
        with tracing(chosen, name):
            return await work(chosen, queue)

    return run_as(name, traced)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
