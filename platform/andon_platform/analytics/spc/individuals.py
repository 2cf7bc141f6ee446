"""Individuals and moving range (XmR): one value at a time.

Sigma is the mean moving range of two neighbours over d2(2) = 1.128 (NIST/SEMATECH e-Handbook 6.3.2.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from andon_platform.analytics.spc.chart import Limits, Points, constant, enough, finite, mean, spread
from andon_platform.analytics.spc.constants import d2, d3


def moving_ranges(values: Sequence[float]) -> list[float]:
    """|x[i] - x[i-1]|; one less than there are values. What rounding leaves between two equal ones is 0."""
    return [spread(abs(b - a), (a, b)) for a, b in pairwise(values)]


def limits(values: Sequence[float], width: float = 3.0) -> tuple[Limits, Limits]:
    """Phase I limits of the individuals and of their moving range.

    Raises:
        ValueError: fewer than two values, or one that is no number.
    """
    enough(len(values), 2, "values")
    finite(values)
    centre, mean_range = mean(values), mean(moving_ranges(values))
    sigma = spread(mean_range / d2(2), values)
    return (
        Limits("individuals", centre, centre - width * sigma, centre + width * sigma, sigma, 1, width),
        _range_limits(mean_range, sigma, width),
    )


def _range_limits(mean_range: float, sigma: float, width: float) -> Limits:
    own = d3(2) * sigma
    upper = mean_range + width * own
    return Limits("moving-range", mean_range, max(0.0, mean_range - width * own), upper, own, 2, width)


def place(values: Sequence[float], limits_: Limits) -> Points:
    """Points of either chart: values for the one, :func:`moving_ranges` for the other."""
    return constant(values, limits_)
