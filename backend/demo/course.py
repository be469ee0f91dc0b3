"""How something goes over the days: straight lines between knots."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass


@dataclass(frozen=True)
class Course:
    """Values at days, ascending; before the first and after the last it stays as it is."""

    knots: tuple[tuple[int, float], ...]

    def at(self, day: int) -> float:
        """The value of a day."""
        after = bisect_right(self.knots, (day, float("inf")))
        if after == 0:
            return self.knots[0][1]
        begin, value = self.knots[after - 1]
        if after == len(self.knots):
            return value
        end, target = self.knots[after]
        return value + (target - value) * (day - begin) / (end - begin)


def steady(value: float) -> Course:
    """The same on every day."""
    return Course(((0, value),))


def knots(*points: tuple[int, float]) -> Course:
    """A course through these points."""
    return Course(points)
