"""Capability: how well what a process makes fits between its specification limits.

Cp and Cpk take sigma within subgroups (or from moving ranges), Pp and Ppk the standard deviation of all values
(ISO 22514-2 calls the first machine or short-term, the second long-term); Cpm counts the distance to the target as
well (Chan, Cheng and Spiring, Journal of Quality Technology 20 (1988) 162-175). Its sigma is that of Cp, within, so
that the two differ by the distance alone, as R's qcc has it; others (NIST/SEMATECH e-Handbook 6.1.6) put the standard
deviation of all values there, which is larger where the process drifts: give it as ``sigma_within`` to have theirs.
Confidence intervals: Cp and Pp by the chi-squared distribution (Kane, Journal of Quality Technology 18 (1986) 41-52),
Cpk and Ppk after Bissell (Applied Statistics 39 (1990) 331-340), Cpm after Boyles (Journal of Quality Technology 23
(1991) 17-26), whose degrees of freedom are n (1 + d^2)^2 / (1 + 2 d^2) for a distance of d sigmas from the target. R's
qcc leaves out the square above, so that far from the target its intervals are wider than they promise. All of them
take n - 1 degrees of freedom, as qcc and the handbook do, whichever sigma it is; moving ranges tell somewhat less.
The shares expected beyond the limits are of a normal distribution with the standard deviation of all values.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from scipy.stats import chi2, norm

from andon_platform.analytics.spc.chart import ROUNDING, finite, spread
from andon_platform.analytics.spc.constants import d2
from andon_platform.analytics.spc.individuals import moving_ranges


@dataclass(frozen=True, slots=True)
class Index:
    """An index with its confidence interval (both None where a one-sided specification gives none)."""

    value: float | None
    low: float | None
    high: float | None


NONE = Index(None, None, None)


@dataclass(frozen=True, slots=True)
class Capability:
    """All indices of one characteristic; sigmas and mean in its unit, shares beyond the limits between 0 and 1."""

    count: int
    mean: float
    sigma_within: float
    sigma_overall: float
    cp: Index
    cpk: Index
    pp: Index
    ppk: Index
    cpm: Index
    below: float
    above: float
    expected_below: float
    expected_above: float


def capability(
    values: Sequence[float],
    lower: float | None,
    upper: float | None,
    *,
    target: float | None = None,
    sigma_within: float | None = None,
    confidence: float = 0.95,
) -> Capability:
    """Of values in the order of time. ``sigma_within`` comes from an X-bar chart's ``sigma_within``; without it,
    from moving ranges. ``target``: the middle of the limits unless given. With one limit alone Cpk and Ppk are the
    index of that side (CPU or CPL), and there is no Cp, Pp or Cpm.

    Raises:
        ValueError: fewer than two values, values that are all the same or no numbers, no limit, limits in the wrong
            order, a confidence outside (0, 1).
    """
    finite([at for at in (lower, upper, target) if at is not None], "a specification limit or the target")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence {confidence}: it is above 0 and below 1")
    if lower is None and upper is None:
        raise ValueError("no specification limit: give lower, upper, or both")
    if lower is not None and upper is not None and lower >= upper:
        raise ValueError(f"lower {lower} is not below upper {upper}")
    if len(values) < 2:
        raise ValueError(f"{len(values)} values: at least 2 are needed")
    finite(values)
    n, mean, overall = len(values), fmean(values), spread(stdev(values), values)
    within = fmean(moving_ranges(values)) / d2(2) if sigma_within is None else sigma_within
    finite([within], "sigma within")
    if not (spread(within, values) > 0 and overall > 0):
        raise ValueError("the values do not vary: capability would be infinite")
    if target is None and lower is not None and upper is not None:
        target = (lower + upper) / 2
    if any(abs(at - mean) * ROUNDING > min(within, overall) for at in (lower, upper, target) if at is not None):
        raise ValueError("a specification limit or the target is too large for values that vary so little")
    return Capability(
        n, mean, within, overall,
        cp=_two_sided(lower, upper, within, n, confidence),
        cpk=_nearest(lower, upper, mean, within, n, confidence),
        pp=_two_sided(lower, upper, overall, n, confidence),
        ppk=_nearest(lower, upper, mean, overall, n, confidence),
        cpm=_to_target(lower, upper, target, mean, within, n, confidence),
        below=_share(v < lower for v in values) if lower is not None else 0.0,
        above=_share(v > upper for v in values) if upper is not None else 0.0,
        expected_below=float(norm.cdf((lower - mean) / overall)) if lower is not None else 0.0,
        expected_above=float(norm.sf((upper - mean) / overall)) if upper is not None else 0.0,
    )  # fmt: skip


def _share(flags: Iterable[bool]) -> float:
    return fmean(map(float, flags))


def _two_sided(lower: float | None, upper: float | None, sigma: float, n: int, confidence: float) -> Index:
    if lower is None or upper is None:
        return NONE
    value, alpha = (upper - lower) / (6 * sigma), 1 - confidence
    low, high = (value * math.sqrt(float(chi2.ppf(q, n - 1)) / (n - 1)) for q in (alpha / 2, 1 - alpha / 2))
    return Index(value, low, high)


def _nearest(lower: float | None, upper: float | None, mean: float, sigma: float, n: int, confidence: float) -> Index:
    sides = [(upper - mean) / (3 * sigma)] if upper is not None else []
    sides += [(mean - lower) / (3 * sigma)] if lower is not None else []
    value = min(sides)
    half = float(norm.ppf(1 - (1 - confidence) / 2)) * math.sqrt(1 / (9 * n) + value**2 / (2 * (n - 1)))
    return Index(value, value - half, value + half)


def _to_target(
    lower: float | None, upper: float | None, target: float | None, mean: float, sigma: float, n: int, confidence: float
) -> Index:
    if lower is None or upper is None or target is None:
        return NONE
    off = (mean - target) / sigma
    value = (upper - lower) / (6 * sigma * math.sqrt(1 + off**2))
    freedom, alpha = n * (1 + off**2) ** 2 / (1 + 2 * off**2), 1 - confidence
    low, high = (value * math.sqrt(float(chi2.ppf(q, freedom)) / freedom) for q in (alpha / 2, 1 - alpha / 2))
    return Index(value, low, high)
