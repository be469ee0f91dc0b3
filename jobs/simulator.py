"""The simulator process: `python -m jobs.simulator`. It keeps the customers of the demo living.

Twice a second one of them does what it usually does, on the way that events of a source take. It ends at once where the
data are not the demo's. SIGTERM or SIGINT stops it. Exit codes: 0 stopped, 2 unusable settings, 3 the database was not
reached (the supervisor starts the process anew), 4 no demo.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import time
from random import Random

import structlog
from sqlalchemy.exc import SQLAlchemyError

from backend.db import clock
from backend.db.engine import CUT, Database
from backend.db.ids import uuid7
from backend.demo.actions import writer_of
from backend.demo.errors import NotADemo
from backend.demo.habits import Habits, helpdesk_speaks, learn
from backend.identity.queries import is_demo
from backend.ingest.intake import Intake
from backend.ingest.messages import Arrival
from backend.ingest.write_keys import Writer
from backend.settings import Settings
from backend.work.doorbell import Doorbell
from jobs.process import SERVER_LOST, main_of

log = structlog.get_logger("waymark.simulator")

PAUSE_SECONDS = 0.5
LEARN_SECONDS = 600.0
TICKET_EVERY = 240
"""Steps between two tickets, while the helpdesk speaks."""
NO_DEMO = 4


class Simulator:
    """What it knows of the customers' habits, and how far it is."""

    def __init__(self, database: Database, rng: Random) -> None:
        self._database = database
        self._intake = Intake(database, slots=1)
        self._rng = rng
        self._habits = Habits({}, {})
        self._learned_at: float | None = None
        self._steps = 0

    async def step(self) -> int:
        """Have something happen; how many events were stored. Raises NotADemo and what the database raises."""
        async with self._database.begin() as session:
            if not await is_demo(session):
                raise NotADemo
            if self._learned_at is None or time.monotonic() - self._learned_at > LEARN_SECONDS:
                self._habits, self._learned_at = await learn(session), time.monotonic()
            now = await clock.now(session)
            product, helpdesk = await writer_of(session, "product"), await writer_of(session, "helpdesk")
            is_ticket = self._steps % TICKET_EVERY == TICKET_EVERY - 1 and await helpdesk_speaks(session)
        self._steps += 1
        item = self._habits.next(self._rng, now)
        if item is None:
            return 0
        writer: Writer = product
        if is_ticket:
            writer = helpdesk
            item = {**item, "event": "Support Ticket Opened", "properties": _question(self._rng)}
            item.pop("userId", None)
        return (await self._intake.take(writer, [item], Arrival())).stored


def _question(rng: Random) -> dict[str, str]:
    said = rng.choice(("Thanks, that was a great help!", "How do we connect a second shop?", "This answer was wrong."))
    return {"ticket_id": f"live-{uuid7()}", "text": said}


async def run(chosen: Settings) -> int:
    """Step until a signal; returns the exit code."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    with Doorbell(chosen.redis_url) as doorbell:
        database = Database(chosen, ring=doorbell.ring, announce=doorbell.announce)
        await database.open()
        try:
            simulator = Simulator(database, Random())  # noqa: S311 - nothing secret follows from it
            log.info("ready")
            while not stop.is_set():
                await simulator.step()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(PAUSE_SECONDS):
                        await stop.wait()
            return 0
        except NotADemo as error:
            log.error("nothing to simulate", why=error.message)
            return NO_DEMO
        except (SQLAlchemyError, *CUT, OSError) as error:
            log.warning("PostgreSQL does not answer", error=type(error).__name__)
            return SERVER_LOST
        finally:
            await database.close()


def main(arguments: list[str]) -> int:
    """Run from the command line; returns the exit code."""
    return main_of("simulator", arguments, run)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
