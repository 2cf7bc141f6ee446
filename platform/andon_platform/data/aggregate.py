"""Time buckets and the partial sums from which every aggregate follows; the same in every store.

A partial describes the values of one stretch of time. Partials of neighbouring stretches merge into that of
both, so minutes make hours and roll-ups make any ``every`` that is a multiple of theirs.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

Aggregate = Literal["raw", "mean", "min", "max", "first", "last", "count", "sum", "stddev"]

MINUTE: Final = 60_000_000
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR


def floor(t: int, every: int) -> int:
    """The start of the bucket that holds ``t``."""
    return t - t % every


def ceil(t: int, every: int) -> int:
    """The first bucket's start at or after ``t``."""
    return -(-t // every) * every


@dataclass(frozen=True, slots=True)
class Partial:
    """Count, sum, extremes, ends with their times, and ``m2``: the sum of squared distances from the mean."""

    n: int
    total: float
    low: float
    high: float
    first_t: int
    first: float
    last_t: int
    last: float
    m2: float

    @classmethod
    def of(cls, points: Iterable[tuple[int, float]]) -> Partial:
        """The partial of (time, value) points, at least one."""
        ordered = sorted(points)
        values = [v for _, v in ordered]
        total = math.fsum(values)
        mean = total / len(values)
        m2 = math.fsum((v - mean) ** 2 for v in values)
        (first_t, first), (last_t, last) = ordered[0], ordered[-1]
        return cls(len(values), total, min(values), max(values), first_t, first, last_t, last, m2)

    def merge(self, other: Partial) -> Partial:
        """The partial of both (Chan et al. 1979 for ``m2``: stable where a sum of squares is not)."""
        n = self.n + other.n
        apart = other.total / other.n - self.total / self.n
        early = self if self.first_t <= other.first_t else other
        late = self if self.last_t > other.last_t else other
        return Partial(
            n,
            self.total + other.total,
            min(self.low, other.low),
            max(self.high, other.high),
            early.first_t,
            early.first,
            late.last_t,
            late.last,
            self.m2 + other.m2 + apart * apart * self.n * other.n / n,
        )

    def value(self, agg: Aggregate) -> float:
        """The aggregate of what this partial describes."""
        match agg:
            case "mean" | "raw":
                return self.total / self.n
            case "min":
                return self.low
            case "max":
                return self.high
            case "first":
                return self.first
            case "last":
                return self.last
            case "count":
                return float(self.n)
            case "sum":
                return self.total
            case "stddev":
                return math.sqrt(max(self.m2, 0.0) / self.n)
