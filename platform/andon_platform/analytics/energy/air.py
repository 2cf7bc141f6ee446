"""Compressed air that no machine accounts for: what the compressor supplies against what the machines' work explains.

A regression after ISO 50006 (energy baseline with relevant variables): in a reference time the supply is explained by
how long each machine produced, ``flow = base + sum(rate * share producing)``, with no rate below zero. ``base`` holds
what machines take while they stand, and the leaks that were there already. Later, what is supplied beyond that model is
a new leak. Leaks often take 20 to 30 % of a compressor's output (U.S. DOE, Compressed Air Tip Sheet 3, 2004).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import nnls

#: Buckets that a baseline needs at least, beyond one for each machine in it.
FEWEST: Final = 30
#: A leak is said when the mean excess is this many standard errors above nothing, and this share of the supply.
CERTAIN: Final = 3.0
SMALLEST_SHARE: Final = 0.03


@dataclass(frozen=True, slots=True)
class AirBaseline:
    """The model of a reference time: m3/min, ``rates`` in the order of the machines; ``spread`` is the standard
    deviation of what it leaves unexplained."""

    base: float
    rates: tuple[float, ...]
    spread: float
    buckets: int


@dataclass(frozen=True, slots=True)
class AirBalance:
    """What was supplied and what the baseline expects, m3/min on average, over ``buckets``.

    ``leak`` is the excess if it is ``certain``, else 0; ``share`` is that of the supply.
    """

    supplied: float
    expected: float
    excess: float
    error: float
    buckets: int

    @property
    def certain(self) -> bool:
        """Whether the excess is no chance and worth somebody's time."""
        return self.excess > CERTAIN * self.error and self.excess > SMALLEST_SHARE * self.supplied

    @property
    def leak(self) -> float:
        return self.excess if self.certain else 0.0

    @property
    def share(self) -> float:
        return self.leak / self.supplied if self.supplied > 0 else 0.0


def air_baseline(flow: Sequence[float], producing: Sequence[Sequence[float]]) -> AirBaseline | None:
    """Learn from buckets: ``flow[i]`` in m3/min, ``producing[i][j]`` the share of bucket i that machine j produced.

    None where there are too few buckets to tell.
    """
    machines = len(producing[0]) if producing else 0
    if len(flow) < FEWEST + machines:
        return None
    y = np.asarray(flow, dtype=float)
    x = np.column_stack([np.ones(len(y)), np.asarray(producing, dtype=float).reshape(len(y), machines)])
    weights, _ = nnls(x, y)
    left = y - x @ weights
    spread = math.sqrt(float(left @ left) / (len(y) - 1))
    return AirBaseline(float(weights[0]), tuple(float(w) for w in weights[1:]), spread, len(y))


def air_balance(
    baseline: AirBaseline, flow: Sequence[float], producing: Sequence[Sequence[float]]
) -> AirBalance | None:
    """Hold later buckets against the baseline; None without any.

    The error is that of a mean of buckets that depend on their neighbours: their lag-1 correlation makes them count
    for less (Bartlett), and the baseline's own error is added.
    """
    if not flow:
        return None
    y = np.asarray(flow, dtype=float)
    x = np.asarray(producing, dtype=float).reshape(len(y), len(baseline.rates))
    expected = baseline.base + x @ np.asarray(baseline.rates)
    excess = y - expected
    spread = max(baseline.spread, float(np.std(excess)))
    r = _lag1(excess)
    effective = max(1.0, len(y) * (1 - r) / (1 + r))
    error = math.hypot(spread / math.sqrt(effective), baseline.spread / math.sqrt(baseline.buckets))
    return AirBalance(float(y.mean()), float(expected.mean()), float(excess.mean()), error, len(y))


def _lag1(values: np.ndarray) -> float:
    """Lag-1 autocorrelation, 0 to 0.95."""
    if len(values) < 3:
        return 0.0
    centred = values - values.mean()
    power = float(centred @ centred)
    return min(0.95, max(0.0, float(centred[1:] @ centred[:-1]) / power)) if power > 0 else 0.0
