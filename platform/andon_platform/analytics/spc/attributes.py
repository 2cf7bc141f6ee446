"""p, np, c and u: counts. Shares of nonconforming units follow the binomial, nonconformities the Poisson law
(NIST/SEMATECH e-Handbook 6.3.3). Limits that would be negative are 0, and of a share above 1 are 1."""

from __future__ import annotations

import math
from collections.abc import Sequence

from andon_platform.analytics.spc.chart import Limits, Points, constant, enough


def _check(counts: Sequence[float], sizes: Sequence[float] | None = None, least: int = 2) -> None:
    enough(len(counts), least, "samples")
    if any(c < 0 or not math.isfinite(c) for c in counts):
        raise ValueError("a count is negative or no number")
    if sizes is not None:
        if len(sizes) != len(counts):
            raise ValueError(f"{len(counts)} counts and {len(sizes)} sizes: one size a count is needed")
        if any(n <= 0 or not math.isfinite(n) for n in sizes):
            raise ValueError("a sample's size is not positive")


def _pieces(nonconforming: Sequence[int], sizes: Sequence[int], least: int = 2) -> None:
    _check(nonconforming, sizes, least)
    if any(c > n for c, n in zip(nonconforming, sizes, strict=True)):
        raise ValueError("more nonconforming units than units in a sample")


def p(nonconforming: Sequence[int], sizes: Sequence[int], width: float = 3.0) -> Limits:
    """Share of nonconforming units in samples of (changing) size. Limits stand for the mean size; each point
    of :func:`place_p` has its own."""
    _pieces(nonconforming, sizes)
    centre, n = sum(nonconforming) / sum(sizes), sum(sizes) / len(sizes)
    sigma = math.sqrt(centre * (1 - centre) / n)
    low, high = max(0.0, centre - width * sigma), min(1.0, centre + width * sigma)
    return Limits("p", centre, low, high, sigma, round(n), width)


def place_p(nonconforming: Sequence[int], sizes: Sequence[int], limits_: Limits) -> Points:
    """Points with the limits of their own size.

    Raises:
        ValueError: counts or sizes that no sample can have.
    """
    _pieces(nonconforming, sizes, least=0)
    centre = limits_.centre
    sigmas = [math.sqrt(centre * (1 - centre) / n) for n in sizes]
    shares = [c / n for c, n in zip(nonconforming, sizes, strict=True)]
    low = [max(0.0, centre - limits_.width * s) for s in sigmas]
    high = [min(1.0, centre + limits_.width * s) for s in sigmas]
    return Points(shares, low, high, [centre] * len(shares), sigmas)


def np(nonconforming: Sequence[int], size: int, width: float = 3.0) -> Limits:
    """Number of nonconforming units in samples of one size."""
    _pieces(nonconforming, [size] * len(nonconforming))
    centre = sum(nonconforming) / len(nonconforming)
    sigma = math.sqrt(centre * (1 - centre / size))
    low, high = max(0.0, centre - width * sigma), min(float(size), centre + width * sigma)
    return Limits("np", centre, low, high, sigma, size, width)


def c(nonconformities: Sequence[int], width: float = 3.0) -> Limits:
    """Nonconformities on inspection units of one size."""
    _check(nonconformities)
    centre = sum(nonconformities) / len(nonconformities)
    sigma = math.sqrt(centre)
    return Limits("c", centre, max(0.0, centre - width * sigma), centre + width * sigma, sigma, 1, width)


def u(nonconformities: Sequence[int], units: Sequence[float], width: float = 3.0) -> Limits:
    """Nonconformities per unit in samples of (changing) size; see :func:`place_u`."""
    _check(nonconformities, units)
    centre, n = sum(nonconformities) / sum(units), sum(units) / len(units)
    sigma = math.sqrt(centre / n)
    return Limits("u", centre, max(0.0, centre - width * sigma), centre + width * sigma, sigma, 1, width, {"size": n})


def place_u(nonconformities: Sequence[int], units: Sequence[float], limits_: Limits) -> Points:
    """Points with the limits of their own size.

    Raises:
        ValueError: counts or sizes that no sample can have.
    """
    _check(nonconformities, units, least=0)
    centre = limits_.centre
    sigmas = [math.sqrt(centre / n) for n in units]
    rates = [count / n for count, n in zip(nonconformities, units, strict=True)]
    low = [max(0.0, centre - limits_.width * s) for s in sigmas]
    return Points(rates, low, [centre + limits_.width * s for s in sigmas], [centre] * len(rates), sigmas)


def place(counts: Sequence[float], limits_: Limits) -> Points:
    """Points of an np or a c chart.

    Raises:
        ValueError: counts that no sample can have.
    """
    _check(counts, least=0)
    if limits_.kind == "np" and any(count > limits_.n for count in counts):
        raise ValueError("more nonconforming units than units in a sample")
    return constant(counts, limits_)
