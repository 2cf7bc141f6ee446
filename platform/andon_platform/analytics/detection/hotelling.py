"""Hotelling's T2 of each reading by itself, with a shrunk covariance: the textbook's multivariate chart.

It sees that signals stop going together, even while each stays inside its own limits; it has no memory, so
that a small shift that lasts escapes it (see :mod:`.level_and_trend`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.stats import f

from andon_platform.analytics.detection.port import shares
from andon_platform.analytics.detection.rows import Rows, shrunk_covariance, spread


class Hotelling:
    """``alpha``: share of normal readings above the limit, if readings were normal and independent.

    The limit is Phase II's, p (m + 1)(m - 1) / (m (m - p)) F(1 - alpha; p, m - p) for p signals and m learned
    readings (Tracy, Young and Mason, Journal of Quality Technology 24 (1992) 88-95).
    """

    def __init__(self, learn_rows: int = 400, *, alpha: float = 0.0027) -> None:
        self.learn_rows, self.alpha = learn_rows, alpha
        self._rows = Rows(learn_rows)
        self._fitted = False
        self._mean = self._whiten = self._at = np.zeros(0)
        self._limit = 1.0

    @property
    def learned(self) -> float:
        """See the port."""
        return 1.0 if self._fitted else min(1.0, len(self._rows) / self.learn_rows)

    def learn_one(self, values: Mapping[str, float]) -> None:
        """See the port."""
        if not self._fitted:
            self._rows.learn(values)

    def score_one(self, values: Mapping[str, float]) -> float:
        """See the port."""
        if not self._fitted:
            if not self._rows.full:
                return 0.0
            self._fit()
        self._at = self._whiten @ (np.array(self._rows.row(values)) - self._mean)
        return math.sqrt(float(self._at @ self._at) / self._limit)

    def because(self) -> dict[str, float]:
        """See the port: reconstruction-based contributions."""
        if not len(self._at):
            return {}
        pull = self._whiten.T @ self._at
        return shares(self._rows.signals, pull**2 / (self._whiten**2).sum(axis=0))

    def _fit(self) -> None:
        raw = self._rows.matrix()
        m, p = raw.shape
        if m <= p + 1:
            raise ValueError(f"{m} readings are too few for {p} signals: learn at least {p + 2}")
        self._mean, scale = spread(raw)
        precision = np.linalg.inv(shrunk_covariance((raw - self._mean) / scale))
        self._whiten = np.linalg.cholesky(precision).T / scale
        self._limit = p * (m + 1) * (m - 1) / (m * (m - p)) * float(f.ppf(1 - self.alpha, p, m - p))
        self._fitted = True
        self._rows.clear()

    def state(self) -> dict[str, Any]:
        """See the port."""
        fitted = [self._mean.tolist(), self._whiten.tolist(), self._limit] if self._fitted else None
        return {"rows": self._rows.state(), "fitted": fitted}

    def restore(self, state: Mapping[str, Any]) -> None:
        """See the port."""
        self._rows.restore(state["rows"])
        if state["fitted"]:
            mean, whiten, self._limit = state["fitted"]
            self._mean, self._whiten, self._fitted = np.array(mean), np.array(whiten), True
