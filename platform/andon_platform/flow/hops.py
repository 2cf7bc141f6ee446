"""The time of one hop, of all messages of the last half minute: percentiles from a histogram of logarithmic bins.

Twenty bins a decade, from 10 us to 1,000 s, so that a percentile is within 6 % of the true one. Adding a message costs
a logarithm; the clock is read once a batch.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import log10
from typing import Final

from prometheus_client.core import HistogramMetricFamily

PER_DECADE: Final = 20
LEAST_US: Final = 10
_BINS: Final = 8 * PER_DECADE + 2
#: The window is between one slot shorter and as long as all slots together.
SLOT_S: Final = 5.0
SLOTS: Final = 6
#: What Prometheus gets is four edges a decade.
_COARSE: Final = PER_DECADE // 4


@dataclass(frozen=True, slots=True)
class HopFigures:
    """Of ``count`` messages lately; of ``ahead`` of them the later clock read an earlier time than the earlier one,
    so clocks differ and the times say little. Without messages the percentiles are 0."""

    count: int
    p50_ms: float
    p99_ms: float
    ahead: int = 0


class Hop:
    """Times are microseconds; ``clock`` gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._slots: dict[int, list[int]] = {}
        self._past = [0] * (_BINS + 1)
        self._sum_us = 0

    def add(self, us: int) -> None:
        """Count one message."""
        self.add_many((us,))

    def add_many(self, times: Iterable[int]) -> None:
        """Count messages."""
        bins = self._slot()
        for us in times:
            if us < LEAST_US:
                bins[0] += 1
                bins[_BINS] += us < 0
                self._sum_us += max(us, 0)
            else:
                at = 1 + int(PER_DECADE * log10(us / LEAST_US))
                bins[at if at < _BINS else _BINS - 1] += 1
                self._sum_us += us

    def _slot(self) -> list[int]:
        """Bins, and behind them how many of the messages were ahead of their time."""
        now = int(self._clock() / SLOT_S)
        slot = self._slots.get(now)
        if slot is None:
            self._forget(now)
            slot = self._slots[now] = [0] * (_BINS + 1)
        return slot

    def _forget(self, now: int) -> None:
        """Slots out of the window go to what is counted for ever."""
        for old in [n for n in self._slots if n <= now - SLOTS]:
            for i, n in enumerate(self._slots.pop(old)):
                self._past[i] += n

    def figures(self) -> HopFigures:
        """Lately."""
        self._forget(int(self._clock() / SLOT_S))
        if not self._slots:
            return HopFigures(0, 0.0, 0.0)
        *bins, ahead = (sum(column) for column in zip(*self._slots.values(), strict=True))
        count = sum(bins)
        if not count:
            return HopFigures(0, 0.0, 0.0)
        return HopFigures(count, _at(bins, count * 0.5), _at(bins, count * 0.99), ahead)

    def samples(self) -> tuple[list[tuple[str, float]], float]:
        """As Prometheus wants it, since the start: (cumulative counts by edge in seconds, sum in seconds)."""
        *every, _ = (sum(column) for column in zip(self._past, *self._slots.values(), strict=True))
        found, running = [], every[0]
        for at in range(1, _BINS - 1, _COARSE):
            running += sum(every[at : at + _COARSE])
            found.append((f"{_edge_us(at + _COARSE - 1) / 1e6:.6g}", float(running)))
        return [*found, ("+Inf", float(sum(every)))], self._sum_us / 1e6


def family(name: str, text: str, hops: dict[str, Hop]) -> HistogramMetricFamily:
    """One metric with the label ``hop``."""
    found = HistogramMetricFamily(name, text, labels=["hop"])
    for hop, times in hops.items():
        buckets, total = times.samples()
        found.add_metric([hop], buckets=buckets, sum_value=total)
    return found


def _edge_us(at: int) -> float:
    """The upper edge of a bin."""
    return float(LEAST_US * 10 ** (at / PER_DECADE))


def _at(bins: list[int], rank: float) -> float:
    """The time (ms) up to which ``rank`` messages lie, as the middle of its bin."""
    running = 0
    for at, n in enumerate(bins):
        if n and running + n >= rank:
            if at == 0:
                return LEAST_US / 2e3
            return round(_edge_us(at) / 1e3 * 10 ** (-0.5 / PER_DECADE), 4)
        running += n
    raise AssertionError("the rank lies beyond the bins")
