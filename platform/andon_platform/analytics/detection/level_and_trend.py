"""The default: Hotelling's T2 of every signal's smoothed level and smoothed change.

A multivariate EWMA chart (Lowry, Woodall, Champ and Rigdon, Technometrics 34 (1992) 46-53) on twice as many
variables: what a signal is, and how it moves. The covariance is that of the smoothed variables themselves, as
they were seen while learning, shrunk after Ledoit and Wolf: readings of a machine depend on those before
them, so that the textbook's covariance for independent ones would alarm all the time. The limit is the 99th
percentile of T2 while learning, times ``slack``, since a few minutes of learning do not show all that is normal.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from andon_platform.analytics.detection.port import shares
from andon_platform.analytics.detection.rows import Rows, shrunk_covariance, spread

QUANTILE: Final = 0.99


class LevelAndTrend:
    """``weight``: of the newest value in the smoothing (lambda); ``slack``: times the learned limit of T2."""

    def __init__(self, learn_rows: int = 400, *, weight: float = 0.1, slack: float = 6.5) -> None:
        self.learn_rows, self.weight, self.slack = learn_rows, weight, slack
        self._rows = Rows(learn_rows)
        self._fitted = False
        self._mean = self._whiten = self._offset = self._smooth = self._before = self._step = np.zeros(0)
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
        row = np.array(self._rows.row(values))
        smooth, before, n = self._smooth, self._before, len(row)
        step = self._step
        np.subtract(row, self._mean, out=step[:n])
        np.subtract(row, before, out=step[n:])
        before[:] = row
        step -= smooth
        step *= self.weight
        smooth += step
        distance = self._whiten @ smooth
        distance -= self._offset
        found = float(distance @ distance) / self._limit
        # T2 is a squared distance: its root is linear in the deviation, which people can compare
        return math.sqrt(found) if math.isfinite(found) else math.inf

    def because(self) -> dict[str, float]:
        """Reconstruction-based contributions (Alcala and Qin, Automatica 45 (2009) 1593-1600), level and trend
        of a signal together."""
        if not self._fitted:
            return {}
        precision = self._whiten.T @ self._whiten
        pull = self._whiten.T @ (self._whiten @ self._smooth - self._offset)
        parts = pull**2 / np.diag(precision)
        n = len(self._rows.signals)
        return shares(self._rows.signals, parts[:n] + parts[n:])

    def _fit(self) -> None:
        raw = self._rows.matrix()
        n = raw.shape[1]
        self._mean, scale = spread(raw)
        self._step, self._smooth, self._before = np.empty(2 * n), np.zeros(2 * n), raw[0].copy()
        steps = np.hstack([raw - self._mean, np.diff(raw, axis=0, prepend=raw[:1])])
        seen = np.empty_like(steps)
        for i, step in enumerate(steps):
            self._smooth += self.weight * (step - self._smooth)
            seen[i] = self._smooth
        self._before = raw[-1].copy()
        settled = seen[min(len(seen) // 4, math.ceil(3 / self.weight)) :]
        scales = np.concatenate([scale, scale])
        precision = np.linalg.inv(shrunk_covariance(settled / scales))
        self._whiten = np.linalg.cholesky(precision).T / scales
        self._offset = self._whiten @ settled.mean(axis=0)
        distances = ((settled @ self._whiten.T - self._offset) ** 2).sum(axis=1)
        self._limit = max(float(np.quantile(distances, QUANTILE)), 1e-12) * self.slack
        self._fitted = True
        self._rows.clear()

    def state(self) -> dict[str, Any]:
        """See the port."""
        found: dict[str, Any] = {"rows": self._rows.state(), "fitted": None}
        if self._fitted:
            arrays = (self._mean, self._whiten, self._offset, self._smooth, self._before)
            found["fitted"] = [a.tolist() for a in arrays] + [self._limit]
        return found

    def restore(self, state: Mapping[str, Any]) -> None:
        """See the port."""
        self._rows.restore(state["rows"])
        if state["fitted"]:
            *arrays, self._limit = state["fitted"]
            self._mean, self._whiten, self._offset, self._smooth, self._before = map(np.array, arrays)
            self._step = np.empty(2 * len(self._mean))
            self._fitted = True
