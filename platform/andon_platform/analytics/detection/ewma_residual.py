"""One signal at a time: how far each is from its own forecast.

The forecast is the exponentially weighted mean so far (Hunter, "The exponentially weighted moving average",
Journal of Quality Technology 18 (1986) 203-210); its residual is compared with the residuals seen while
learning. It sees jumps and spikes, not slow drifts: the forecast follows those.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from andon_platform.analytics.detection.port import shares
from andon_platform.analytics.detection.rows import Rows, spread


class EwmaResidual:
    """``weight``: of the newest value in the forecast (lambda); ``sigmas``: standard deviations that score 1."""

    def __init__(self, learn_rows: int = 400, *, weight: float = 0.2, sigmas: float = 5.0) -> None:
        self.learn_rows, self.weight, self.sigmas = learn_rows, weight, sigmas
        self._rows = Rows(learn_rows)
        self._fitted = False
        self._forecast = self._unit = self._off = np.zeros(0)

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
        off = np.array(self._rows.row(values)) - self._forecast
        self._forecast += self.weight * off
        self._off = np.abs(off) / self._unit
        return float(self._off.max()) / self.sigmas

    def because(self) -> dict[str, float]:
        """See the port: by the square of the deviation."""
        return shares(self._rows.signals, self._off**2) if len(self._off) else {}

    def _fit(self) -> None:
        raw = self._rows.matrix()
        self._forecast = raw[0].copy()
        residuals = np.empty_like(raw)
        for i, row in enumerate(raw):
            residuals[i] = row - self._forecast
            self._forecast += self.weight * residuals[i]
        _, scale = spread(raw)
        self._unit = np.maximum(residuals.std(axis=0), scale * 1e-3)
        self._fitted = True
        self._rows.clear()

    def state(self) -> dict[str, Any]:
        """See the port."""
        fitted = [self._forecast.tolist(), self._unit.tolist()] if self._fitted else None
        return {"rows": self._rows.state(), "fitted": fitted}

    def restore(self, state: Mapping[str, Any]) -> None:
        """See the port."""
        self._rows.restore(state["rows"])
        if state["fitted"]:
            self._forecast, self._unit = map(np.array, state["fitted"])
            self._fitted = True
