"""Hotelling's T2: several signals at once (Hotelling 1947; Montgomery chapter 11).

For individual readings Phase I's limit follows a beta distribution and Phase II's an F (Tracy, Young and Mason,
"Multivariate control charts for individual observations", Journal of Quality Technology 24 (1992) 88-95); for
subgroups both follow an F (Alt, "Multivariate quality control", 1985).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.stats import beta, f

from andon_platform.analytics.spc.chart import ROUNDING, finite

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Model:
    """Mean (p) and covariance (p by p) of ``count`` readings or subgroups of ``n``."""

    mean: Matrix
    covariance: Matrix
    count: int
    n: int = 1

    def statistics(self, points: Matrix) -> Matrix:
        """T2 of points (k by p), or of subgroup means."""
        deviations = np.sqrt(np.diag(self.covariance))
        off = (np.atleast_2d(points) - self.mean) / deviations
        solved = np.linalg.solve(_correlations(self.covariance, deviations), off.T).T
        found: Matrix = self.n * (off * solved).sum(axis=1)
        return found

    def limit(self, phase: Literal[1, 2], alpha: float = 0.0027) -> float:
        """The upper limit; there is no lower one. ``alpha``: share of points above it while all is well."""
        p, m, n = len(self.mean), self.count, self.n
        if n > 1:
            freedom = m * n - m - p + 1
            factor = p * (m - 1 if phase == 1 else m + 1) * (n - 1) / freedom
            return float(factor * f.ppf(1 - alpha, p, freedom))
        if phase == 1:
            return float((m - 1) ** 2 / m * beta.ppf(1 - alpha, p / 2, (m - p - 1) / 2))
        return float(p * (m + 1) * (m - 1) / (m * (m - p)) * f.ppf(1 - alpha, p, m - p))


def individuals(readings: Matrix) -> Model:
    """From readings (m by p).

    Raises:
        ValueError: too few readings, or signals that are copies of one another.
    """
    if readings.ndim != 2:
        raise ValueError("readings are rows of signals: an array of two dimensions")
    m, p = readings.shape
    if m < p + 2:
        raise ValueError(f"{m} readings of {p} signals: at least {p + 2} are needed")
    _numbers(readings)
    still = np.ptp(readings, axis=0) == 0
    return _sound(Model(readings.mean(axis=0), np.atleast_2d(np.cov(readings, rowvar=False)), m), still)


def subgroups(groups: Matrix) -> Model:
    """From m subgroups of n readings of p signals (m by n by p); the covariance is the mean of those within.

    Raises:
        ValueError: as :func:`individuals`.
    """
    if groups.ndim != 3:
        raise ValueError("subgroups are readings of signals: an array of three dimensions")
    m, n, p = groups.shape
    if n < 2 or m * n - m - p + 1 < 1:
        raise ValueError(f"{m} subgroups of {n} readings of {p} signals are too few")
    _numbers(groups)
    still = np.ptp(groups, axis=1).max(axis=0) == 0
    within = np.mean([np.atleast_2d(np.cov(group, rowvar=False)) for group in groups], axis=0)
    return _sound(Model(groups.mean(axis=(0, 1)), within, m, n), still)


def _numbers(readings: Matrix) -> None:
    finite(readings.ravel().tolist(), "a reading")


def _sound(model: Model, still: npt.NDArray[np.bool_]) -> Model:
    """Correlations tell of copies whatever the signals' units are: pascals and metres beside each other are none."""
    deviations = np.sqrt(np.diag(model.covariance))
    still = still | (deviations <= ROUNDING * np.abs(model.mean))
    if still.any() or np.linalg.matrix_rank(_correlations(model.covariance, deviations), tol=1e-10) < len(model.mean):
        raise ValueError("a signal is constant or follows from the others: leave it out")
    return model


def _correlations(covariance: Matrix, deviations: Matrix) -> Matrix:
    found: Matrix = covariance / np.outer(deviations, deviations)
    return found
