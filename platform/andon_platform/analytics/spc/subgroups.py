"""X-bar R and X-bar S: subgroups of a few values taken at one time.

Constants and formulas as in NIST/SEMATECH e-Handbook 6.3.2.1 and ISO 7870-2.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, stdev

from andon_platform.analytics.spc.chart import Limits, Points, constant, enough
from andon_platform.analytics.spc.constants import c4, d2, d3

Subgroups = Sequence[Sequence[float]]


def _size(subgroups: Subgroups) -> int:
    enough(len(subgroups), 2, "subgroups")
    sizes = {len(group) for group in subgroups}
    if len(sizes) != 1 or min(sizes) < 2:
        raise ValueError(f"subgroups of {sorted(sizes)} values: all need the same number, 2 or more")
    return sizes.pop()


def means(subgroups: Subgroups) -> list[float]:
    """Mean of each."""
    return [fmean(group) for group in subgroups]


def ranges(subgroups: Subgroups) -> list[float]:
    """Largest less smallest of each."""
    return [max(group) - min(group) for group in subgroups]


def deviations(subgroups: Subgroups) -> list[float]:
    """Standard deviation of each (with n - 1)."""
    return [stdev(group) for group in subgroups]


def xbar_r(subgroups: Subgroups, width: float = 3.0) -> tuple[Limits, Limits]:
    """Limits of means and of ranges, with sigma = mean range / d2(n).

    Raises:
        ValueError: subgroups of different sizes, of one value, or fewer than two of them.
    """
    n = _size(subgroups)
    mean_range = fmean(ranges(subgroups))
    sigma = mean_range / d2(n)
    spread = d3(n) * sigma
    low, high = max(0.0, mean_range - width * spread), mean_range + width * spread
    return _xbar(subgroups, sigma, n, width), Limits("range", mean_range, low, high, spread, n, width)


def xbar_s(subgroups: Subgroups, width: float = 3.0) -> tuple[Limits, Limits]:
    """Limits of means and of standard deviations, with sigma = mean standard deviation / c4(n).

    Raises:
        ValueError: as :func:`xbar_r`.
    """
    n = _size(subgroups)
    mean_deviation = fmean(deviations(subgroups))
    sigma = mean_deviation / c4(n)
    spread = sigma * math.sqrt(1 - c4(n) ** 2)
    low, high = max(0.0, mean_deviation - width * spread), mean_deviation + width * spread
    return _xbar(subgroups, sigma, n, width), Limits("stddev", mean_deviation, low, high, spread, n, width)


def _xbar(subgroups: Subgroups, sigma: float, n: int, width: float) -> Limits:
    centre, spread = fmean(means(subgroups)), sigma / math.sqrt(n)
    within = {"sigma_within": sigma}
    return Limits("xbar", centre, centre - width * spread, centre + width * spread, spread, n, width, within)


def place(plotted: Sequence[float], limits_: Limits) -> Points:
    """Points of any of these charts: :func:`means`, :func:`ranges` or :func:`deviations`."""
    return constant(plotted, limits_)
