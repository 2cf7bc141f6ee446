"""Limits, and points judged by them.

A point is out of control beyond its limit, not on it, and one on the centre is on no side of it. Both are told to
what double arithmetic can tell: a mean of equal values may differ from them in its last digit.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from statistics import fmean
from typing import Any, Final, Literal

Kind = Literal["individuals", "moving-range", "xbar", "range", "stddev", "p", "np", "c", "u", "ewma", "cusum", "t2"]

#: What rounding may leave in a mean or a limit, as a share of it.
ROUNDING: Final = 1e-12
#: Sums of the squares of larger ones leave what a double can hold, and nothing in a plant is as large.
LARGEST: Final = 1e150


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one chart, in the unit of what is charted.

    ``sigma`` is the standard deviation of what is plotted (of a mean, for an X-bar chart); where it differs from
    point to point (p and u charts, the first points of an EWMA), points carry their own. ``n`` is the subgroup's
    size. ``basis`` says what the limits were estimated from: machine, signal, start, stop, count.
    """

    kind: Kind
    centre: float
    lower: float
    upper: float
    sigma: float
    n: int = 1
    width: float = 3.0
    parameters: dict[str, float] = field(default_factory=dict)
    basis: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, found: dict[str, Any]) -> Limits:
        """From :meth:`to_dict`."""
        return cls(**found)


@dataclass(frozen=True, slots=True)
class Points:
    """What is plotted: one value, lower and upper limit, centre and sigma a point; same length all."""

    values: Sequence[float]
    lower: Sequence[float]
    upper: Sequence[float]
    centre: Sequence[float]
    sigma: Sequence[float]

    @property
    def beyond(self) -> list[int]:
        """Indices of points outside their limits."""
        rows = zip(self.values, self.lower, self.upper, strict=True)
        return [
            i
            for i, (value, low, high) in enumerate(rows)
            if not low - ROUNDING * abs(low) <= value <= high + ROUNDING * abs(high)
        ]

    @property
    def scaled(self) -> list[float]:
        """Distance from the centre in sigmas, to a billionth: what run rules read."""
        rows = zip(self.values, self.centre, self.sigma, strict=True)
        return [round((value - centre) / sigma, 9) if sigma > 0 else 0.0 for value, centre, sigma in rows]


def constant(values: Sequence[float], limits: Limits) -> Points:
    """Points of a chart whose limits are the same for all."""
    n = len(values)
    return Points(list(values), [limits.lower] * n, [limits.upper] * n, [limits.centre] * n, [limits.sigma] * n)


def enough(count: int, least: int, what: str) -> None:
    """Raises ValueError where there is too little to estimate from."""
    if count < least:
        raise ValueError(f"{count} {what}: at least {least} are needed to estimate limits")


def finite(values: Iterable[float | None], what: str = "a value") -> None:
    """Raises ValueError where one is missing, NaN or infinite: it would be in every limit, or hide a shift."""
    for value in values:
        if value is None or not math.isfinite(value):
            raise ValueError(f"{what} is missing or no number")
        if abs(value) > LARGEST:
            raise ValueError(f"{what} is too large to reckon with: {value:g}")


def spread(sigma: float, values: Iterable[float]) -> float:
    """``sigma`` of these values; 0 where it is no more than what rounding leaves in them."""
    return sigma if sigma > ROUNDING * max(map(abs, values)) else 0.0


def mean(values: Sequence[float]) -> float:
    """Of values that are all the same exactly that value, which their sum by their number need not be."""
    return values[0] if min(values) == max(values) else fmean(values)
