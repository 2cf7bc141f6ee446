"""The plant clock: wall time to plant time and back, over segments of constant pace.

Stamps on the wire and in the store are wall time; every duration, calendar and lead time is plant time.
A plant at pace 60 lives an hour a minute. All times are integer microseconds.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right
from collections.abc import Sequence

from andon_contracts.errors import ContractError
from andon_contracts.messages import ClockSegment

MIN_PACE, MAX_PACE = 0.1, 3600.0


class PlantClock:
    """Piecewise linear, continuous and strictly growing: plant time as a function of wall time."""

    def __init__(self, segments: Sequence[ClockSegment]) -> None:
        if not segments:
            raise ContractError("a plant clock has at least one segment")
        for segment in segments:
            if not MIN_PACE <= segment.pace <= MAX_PACE:
                raise ContractError(f"pace {segment.pace} is not between {MIN_PACE} and {MAX_PACE}")
        for before, after in itertools.pairwise(segments):
            if after.wall <= before.wall or after.plant <= before.plant:
                raise ContractError("the segments of a plant clock grow in wall and in plant time")
        self._segments = list(segments)
        self._walls = [s.wall for s in segments]
        self._plants = [s.plant for s in segments]

    @classmethod
    def starting(cls, wall: int, pace: float = 1.0) -> PlantClock:
        """A clock whose plant time equals wall time at ``wall``."""
        return cls([ClockSegment(wall=wall, plant=wall, pace=pace)])

    @property
    def segments(self) -> list[ClockSegment]:
        """The segments, oldest first."""
        return list(self._segments)

    @property
    def pace(self) -> float:
        """The pace now: plant seconds a wall second."""
        return self._segments[-1].pace

    def plant(self, wall: int) -> int:
        """Plant time at ``wall``; before the first segment both clocks run together."""
        i = bisect_right(self._walls, wall) - 1
        if i < 0:
            first = self._segments[0]
            return first.plant + wall - first.wall
        s = self._segments[i]
        return s.plant + round((wall - s.wall) * s.pace)

    def wall(self, plant: int) -> int:
        """The first wall microsecond at which it is ``plant`` or later; the inverse of :meth:`plant` but for that.

        Never a moment before: who waits for an event until this time must find that it has come.
        """
        i = bisect_right(self._plants, plant) - 1
        if i < 0:
            first = self._segments[0]
            return first.wall + plant - first.plant
        s = self._segments[i]
        wall = s.wall + math.ceil((plant - s.plant) / s.pace)
        # a quotient of floats may lie a hair below the whole number that it stands for
        return wall if self.plant(wall) >= plant else wall + 1

    def seconds(self, start: int, stop: int) -> float:
        """Plant seconds between two wall times."""
        return (self.plant(stop) - self.plant(start)) / 1e6

    def with_pace(self, wall: int, pace: float) -> PlantClock:
        """The clock with another pace from ``wall`` on.

        Raises:
            ContractError: a pace out of range, or a time before the last change.
        """
        segment = ClockSegment(wall=wall, plant=self.plant(wall), pace=pace)
        return PlantClock([*self._segments, segment])
