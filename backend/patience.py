"""Time limits for much short work.

A timer for each costs more than some requests take, and nearly none of them ever rings. Here they are looked at
together, ten times a second while there are any: so a limit may ring that much late, and never early.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Any

LOOK_SECONDS = 0.1


class Rings:
    """A callback that is due once, unless it is taken back."""

    __slots__ = ("_all", "due", "ring")

    def __init__(self, all_of_them: dict[Rings, None], due: float, ring: Callable[[], None]) -> None:
        self._all, self.due, self.ring = all_of_them, due, ring
        all_of_them[self] = None

    def cancel(self) -> None:
        """Take it back; nothing happens where it has rung."""
        self._all.pop(self, None)


class Limit(Rings):
    """A context that raises TimeoutError when its time is over, as `asyncio.timeout` does. Its time runs from the
    moment it is made."""

    __slots__ = ("_cancelling", "_is_over", "_task")

    def __init__(self, all_of_them: dict[Rings, None], due: float, task: asyncio.Task[Any]) -> None:
        super().__init__(all_of_them, due, self._over)
        self._task, self._cancelling, self._is_over = task, task.cancelling(), False

    def __enter__(self) -> None:
        """Begin what is limited."""

    def _over(self) -> None:
        self._is_over = True
        self._task.cancel()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self.cancel()
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
        return Rings(self._all, self._in(seconds), ring)

    def limit(self, seconds: float) -> Limit:
        """A context for work that may take so many seconds from now."""
        due = self._in(seconds)
        task = asyncio.current_task(self._loop)
        assert task is not None  # noqa: S101 - whoever waits does so in a task
        return Limit(self._all, due, task)

    def _in(self, seconds: float) -> float:
        loop = self._loop = self._loop or asyncio.get_running_loop()
        if not self._looks:
            self._looks = True
            loop.call_later(LOOK_SECONDS, self._look)
        return loop.time() + seconds

    def _look(self) -> None:
        assert self._loop is not None  # noqa: S101 - `after` has set it
        now = self._loop.time()
        for one in [one for one in self._all if one.due <= now]:
            one.cancel()
            one.ring()
        self._looks = bool(self._all)
        if self._looks:
            self._loop.call_later(LOOK_SECONDS, self._look)
