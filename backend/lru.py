"""A bounded cache that forgets what was used least recently. Safe to use from any thread."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Lru(Generic[K, V]):
    """At most `size` entries whose weights add up to at most `weight`."""

    def __init__(self, size: int, weight: int) -> None:
        self._size = size
        self._weight = weight
        self._used = 0
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._lock = Lock()
        self.hits = self.misses = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: K) -> bool:
        return key in self._entries

    def get(self, key: K) -> V | None:
        """The value, now the most recently used, or None."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                self.misses += 1
                return None
            self.hits += 1
            self._entries.move_to_end(key)
            return entry[0]

    def put(self, key: K, value: V, weight: int = 1) -> None:
        """Keep a value. One that alone is heavier than a quarter of the cache is not kept."""
        if weight * 4 > self._weight:
            return
        with self._lock:
            before = self._entries.pop(key, None)
            if before is not None:
                self._used -= before[1]
            self._entries[key] = (value, weight)
            self._used += weight
            while len(self._entries) > self._size or self._used > self._weight:
                _, (_, dropped) = self._entries.popitem(last=False)
                self._used -= dropped
