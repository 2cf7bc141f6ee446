"""EWMA: the weighted mean of all values so far, quick to see small lasting shifts (Roberts, Technometrics 1 (1959)
239-250; NIST/SEMATECH e-Handbook 6.3.2.4)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from andon_platform.analytics.spc.chart import Limits, Points, finite


def limits(target: float, sigma: float, weight: float = 0.2, width: float = 3.0, n: int = 1) -> Limits:
    """Limits in the steady state. ``sigma``: of a single value; ``weight``: lambda, of the newest; ``n``: values in a
    subgroup whose mean is charted.

    Raises:
        ValueError: a weight outside (0, 1], a sigma or an n that is not positive, a target that is no number.
    """
    if not 0 < weight <= 1:
        raise ValueError(f"weight {weight}: it is above 0 and at most 1")
    if not (sigma > 0 and math.isfinite(sigma)):
        raise ValueError(f"sigma {sigma}: it must be positive")
    if n < 1:
        raise ValueError(f"a subgroup of {n}: at least 1 value")
    finite([target], "the target")
    spread = sigma / math.sqrt(n) * math.sqrt(weight / (2 - weight))
    parameters = {"weight": weight, "sigma_value": sigma / math.sqrt(n)}
    return Limits("ewma", target, target - width * spread, target + width * spread, spread, n, width, parameters)


def statistics(values: Sequence[float], start: float, weight: float) -> list[float]:
    """z[i] = weight * x[i] + (1 - weight) * z[i-1], from ``start``.

    Raises:
        ValueError: a value that is no number; it would be in all that follow.
    """
    finite(values)
    found, at = [], start
    for value in values:
        at = weight * value + (1 - weight) * at
        found.append(at)
    return found


def place(values: Sequence[float], limits_: Limits, *, steady: bool = False) -> Points:
    """Points of the values' EWMA. The first limits are narrower, as the EWMA still knows little; ``steady``
    takes those of the long run for all (as NIST's example does)."""
    weight, sigma = limits_.parameters["weight"], limits_.parameters["sigma_value"]
    found = statistics(values, limits_.centre, weight)
    sigmas = [
        limits_.sigma if steady else sigma * math.sqrt(weight / (2 - weight) * (1 - (1 - weight) ** (2 * i)))
        for i in range(1, len(found) + 1)
    ]
    low = [limits_.centre - limits_.width * s for s in sigmas]
    high = [limits_.centre + limits_.width * s for s in sigmas]
    return Points(found, low, high, [limits_.centre] * len(found), sigmas)
