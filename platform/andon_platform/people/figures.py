"""How long people wait for help: figures over calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds over ``count`` waits; None where there is none."""

    count: int
    mean_s: float | None
    median_s: float | None
    p95_s: float | None
    longest_s: float | None


def percentile(values: Sequence[float], share: float) -> float:
    """By linear interpolation between order statistics (Hyndman and Fan's type 7, as NumPy's default), of at least one
    value; ``share`` from 0 to 1."""
    ordered = sorted(values)
    at = share * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


def waits(seconds: Sequence[float]) -> Waits:
    """Mean, median, 95th percentile and the longest."""
    if not seconds:
        return Waits(0, None, None, None, None)
    return Waits(len(seconds), fmean(seconds), percentile(seconds, 0.5), percentile(seconds, 0.95), max(seconds))
