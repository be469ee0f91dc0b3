"""Time limits for much short work.

A timer for each costs more than some requests take, and nearly none of them ever rings. Here they are looked at
together, ten times a second while there are any: so a limit may ring that much late, and never early.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType

LOOK_SECONDS = 0.1


class Rings:
    """A callback that is due once, unless it is taken back."""

    __slots__ = ("_all", "due", "ring")

    def __init__(self, all_of_them: dict[Rings, None], due: float, ring: Callable[[], None]) -> None:
        self._all, self.due, self.ring = all_of_them, due, ring

    def cancel(self) -> None:
        """Take it back; nothing happens where it has rung."""
        self._all.pop(self, None)


class Limit:
    """A context that raises TimeoutError when its time is over, as `asyncio.timeout` does."""

    __slots__ = ("_cancelling", "_is_over", "_patience", "_rings", "_seconds", "_task")

    def __init__(self, patience: Patience, seconds: float) -> None:
        self._patience, self._seconds = patience, seconds
        self._is_over = False

    def __enter__(self) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - whoever waits does so in a task
        self._task, self._cancelling = task, task.cancelling()
        self._rings = self._patience.after(self._seconds, self._over)

    def _over(self) -> None:
        self._is_over = True
        self._task.cancel()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self._rings.cancel()
        if self._is_over and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error


class Patience:
    """The limits of one event loop."""

    def __init__(self) -> None:
        self._all: dict[Rings, None] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._looks = False

    def after(self, seconds: float, ring: Callable[[], None]) -> Rings:
        """Have a callback rung after so many seconds."""
        loop = self._loop = self._loop or asyncio.get_running_loop()
        found = Rings(self._all, loop.time() + seconds, ring)
        self._all[found] = None
        if not self._looks:
            self._looks = True
            loop.call_later(LOOK_SECONDS, self._look)
        return found

    def limit(self, seconds: float) -> Limit:
        """A context for work that may take so many seconds."""
        return Limit(self, seconds)

    def _look(self) -> None:
        assert self._loop is not None  # noqa: S101 - `after` has set it
        now = self._loop.time()
        for one in [one for one in self._all if one.due <= now]:
            one.cancel()
            one.ring()
        self._looks = bool(self._all)
        if self._looks:
            self._loop.call_later(LOOK_SECONDS, self._look)
