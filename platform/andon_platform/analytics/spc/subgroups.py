"""X-bar R and X-bar S: subgroups of a few values taken at one time.

Constants and formulas as in NIST/SEMATECH e-Handbook 6.3.2.1 and ISO 7870-2. Subgroups of different sizes are for
X-bar S alone, after Montgomery, Introduction to Statistical Quality Control, 6.3.2: each value counts the same in the
mean, each degree of freedom in the standard deviation, and each subgroup has limits of its own size. Ranges of
different sizes cannot be compared.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain
from statistics import fmean, stdev

from andon_platform.analytics.spc import chart
from andon_platform.analytics.spc.chart import Limits, Points, constant, enough, finite
from andon_platform.analytics.spc.constants import c4, d2, d3

Subgroups = Sequence[Sequence[float]]


def _sizes(subgroups: Subgroups, least: int = 2) -> list[int]:
    enough(len(subgroups), least, "subgroups")
    sizes = [len(group) for group in subgroups]
    if any(size < 2 for size in sizes):
        raise ValueError("a subgroup of fewer than 2 values")
    finite(chain.from_iterable(subgroups))
    return sizes


def means(subgroups: Subgroups) -> list[float]:
    """Mean of each."""
    return [chart.mean(group) for group in subgroups]


def ranges(subgroups: Subgroups) -> list[float]:
    """Largest less smallest of each; 0 where that is only what rounding leaves."""
    return [chart.spread(max(group) - min(group), group) for group in subgroups]


def deviations(subgroups: Subgroups) -> list[float]:
    """Standard deviation of each (with n - 1); 0 where that is only what rounding leaves."""
    return [chart.spread(stdev(group), group) for group in subgroups]


def xbar_r(subgroups: Subgroups, width: float = 3.0) -> tuple[Limits, Limits]:
    """Limits of means and of ranges, with sigma = mean range / d2(n).

    Raises:
        ValueError: subgroups of different sizes, of one value, fewer than two of them, or a value that is no number.
    """
    sizes = set(_sizes(subgroups))
    if len(sizes) > 1:
        raise ValueError(f"subgroups of {sorted(sizes)} values: ranges need one size, X-bar S takes any")
    n = sizes.pop()
    mean_range = fmean(ranges(subgroups))
    sigma = _spread(mean_range / d2(n), subgroups)
    own = d3(n) * sigma
    low, high = max(0.0, mean_range - width * own), mean_range + width * own
    return _xbar(subgroups, sigma, n, width), Limits("range", mean_range, low, high, own, n, width)


def xbar_s(subgroups: Subgroups, width: float = 3.0) -> tuple[Limits, Limits]:
    """Limits of means and of standard deviations, with sigma = mean standard deviation / c4(n).

    Of subgroups of different sizes the pooled standard deviation stands for the mean one, and limits are those of a
    subgroup of the mean size (rounded): :func:`place_means` and :func:`place_deviations` give each its own.

    Raises:
        ValueError: a subgroup of one value, fewer than two subgroups, or a value that is no number.
    """
    sizes = _sizes(subgroups)
    n, one_size = round(fmean(sizes)), len(set(sizes)) == 1
    found = deviations(subgroups)
    if one_size:
        centre = fmean(found)
    else:
        squares = sum((size - 1) * s * s for size, s in zip(sizes, found, strict=True))
        centre = math.sqrt(squares / (sum(sizes) - len(sizes)))
    centre = _spread(centre, subgroups)
    own = centre / c4(n) * math.sqrt(1 - c4(n) ** 2)
    low, high = max(0.0, centre - width * own), centre + width * own
    return _xbar(subgroups, centre / c4(n), n, width), Limits("stddev", centre, low, high, own, n, width)


def _spread(sigma: float, subgroups: Subgroups) -> float:
    return chart.spread(sigma, chain.from_iterable(subgroups))


def _xbar(subgroups: Subgroups, sigma: float, n: int, width: float) -> Limits:
    centre, own = chart.mean(list(chain.from_iterable(subgroups))), sigma / math.sqrt(n)
    within = {"sigma_within": sigma}
    return Limits("xbar", centre, centre - width * own, centre + width * own, own, n, width, within)


def place(plotted: Sequence[float], limits_: Limits) -> Points:
    """Points of subgroups of the size that the limits are for: :func:`means`, :func:`ranges` or :func:`deviations`."""
    return constant(plotted, limits_)


def place_means(subgroups: Subgroups, limits_: Limits) -> Points:
    """Means of subgroups of any sizes, each with limits of its own size (A3(n) times the mean standard deviation).

    Raises:
        ValueError: a subgroup of one value, or a value that is no number.
    """
    deviation = limits_.parameters["sigma_within"] * c4(limits_.n)
    sigmas = [deviation / (c4(n) * math.sqrt(n)) for n in _sizes(subgroups, least=0)]
    return _placed(means(subgroups), limits_, sigmas, -math.inf)


def place_deviations(subgroups: Subgroups, limits_: Limits) -> Points:
    """Standard deviations of subgroups of any sizes, each with limits of its own size (B3(n) and B4(n)).

    Raises:
        ValueError: as :func:`place_means`.
    """
    sigmas = [limits_.centre / c4(n) * math.sqrt(1 - c4(n) ** 2) for n in _sizes(subgroups, least=0)]
    return _placed(deviations(subgroups), limits_, sigmas, 0.0)


def _placed(values: list[float], limits_: Limits, sigmas: list[float], least: float) -> Points:
    low = [max(least, limits_.centre - limits_.width * s) for s in sigmas]
    high = [limits_.centre + limits_.width * s for s in sigmas]
    return Points(values, low, high, [limits_.centre] * len(values), sigmas)
