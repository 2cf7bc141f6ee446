"""Isolation in a stream: half-space trees (Tan, Ting and Liu, "Fast anomaly detection for streaming data",
IJCAI 2011, 1511-1516), as the library `river` has them. What falls where little was seen is unusual."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from river.anomaly import HalfSpaceTrees

from andon_platform.analytics.detection.port import shares
from andon_platform.analytics.detection.rows import Rows, spread


class HalfSpace:
    """``slack``: times the 99th percentile of the scores while learning."""

    def __init__(self, learn_rows: int = 400, *, trees: int = 25, height: int = 8, slack: float = 1.0) -> None:
        self.learn_rows, self.trees, self.height, self.slack = learn_rows, trees, height, slack
        self._rows = Rows(learn_rows)
        self._forest: HalfSpaceTrees | None = None
        self._mean = self._scale = self._at = np.zeros(0)
        self._limit = 1.0

    @property
    def learned(self) -> float:
        """See the port."""
        return min(1.0, len(self._rows) / self.learn_rows)

    def learn_one(self, values: Mapping[str, float]) -> None:
        """See the port."""
        self._rows.learn(values)

    def _place(self, row: list[float]) -> dict[str, float]:
        """Signals between 0 and 1, six standard deviations wide: the trees cut that interval."""
        self._at = (np.array(row) - self._mean) / self._scale
        inside = np.clip(self._at / 12 + 0.5, 0.0, 1.0)
        return dict(zip(self._rows.signals, inside.tolist(), strict=True))

    def score_one(self, values: Mapping[str, float]) -> float:
        """See the port."""
        if self._forest is None:
            if not self._rows.full:
                return 0.0
            self._forest = self._fit()
        return self._raw(self._forest, self._rows.row(values)) / self._limit

    def _raw(self, forest: HalfSpaceTrees, row: list[float]) -> float:
        return float(forest.score_one(self._place(row)))

    def because(self) -> dict[str, float]:
        """See the port. Trees give no reason; this is how far each signal is from its mean, squared."""
        return shares(self._rows.signals, self._at**2) if len(self._at) else {}

    def _fit(self) -> HalfSpaceTrees:
        raw = self._rows.matrix()
        self._mean, self._scale = spread(raw)
        forest = HalfSpaceTrees(n_trees=self.trees, height=self.height, window_size=len(raw) // 2, seed=1)
        for row in raw.tolist():
            forest.learn_one(self._place(row))
        scores = [self._raw(forest, row) for row in raw.tolist()]
        self._limit = max(float(np.quantile(scores, 0.99)), 1e-9) * self.slack
        return forest

    def state(self) -> dict[str, Any]:
        """See the port: the trees are grown again from the learned rows and the seed."""
        return {"rows": self._rows.state(), "fitted": self._forest is not None}

    def restore(self, state: Mapping[str, Any]) -> None:
        """See the port."""
        self._rows.restore(state["rows"])
        self._forest = self._fit() if state["fitted"] else None
