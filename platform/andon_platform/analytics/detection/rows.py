"""Values as rows of numbers: which signals, in which order, and what was learned of them so far."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from typing import Any

import numpy as np

from andon_platform.analytics.detection.port import Vector

#: A signal that stood still while learning counts as having this standard deviation, relative to its level:
#: else the last digit of a display would be an alarm.
RESOLUTION = 1e-4


class Rows:
    """The first ``size`` rows that were learned."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.signals: list[str] = []
        #: Row after row in one piece: a thousand machines warm up at the same time.
        self.kept = array("d")
        self.last: list[float] = []

    def __len__(self) -> int:
        return len(self.kept) // len(self.signals) if self.signals else 0

    def row(self, values: Mapping[str, float]) -> list[float]:
        """The values in the signals' order; absent ones as they were last."""
        try:
            self.last = [values[name] for name in self.signals]
        except KeyError:
            self.last = [values.get(name, before) for name, before in zip(self.signals, self.last, strict=True)]
        return self.last

    def learn(self, values: Mapping[str, float]) -> None:
        """Take up a row, unless there are enough."""
        if not self.signals:
            self.signals = list(values)
            self.last = [0.0] * len(self.signals)
        row = self.row(values)
        if len(self) < self.size:
            self.kept.extend(row)

    def clear(self) -> None:
        """What was learned from them is known now: the rows themselves can go."""
        self.kept = array("d")

    @property
    def full(self) -> bool:
        """Whether all that is to be learned has been."""
        return len(self) >= self.size

    def matrix(self) -> Vector:
        """Rows by signals."""
        return np.array(self.kept, np.float64).reshape(len(self), len(self.signals))

    def state(self) -> dict[str, Any]:
        """Plain JSON."""
        return {"signals": self.signals, "kept": self.kept.tolist(), "last": self.last}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from :meth:`state`."""
        self.signals, self.last = list(state["signals"]), list(state["last"])
        self.kept = array("d", state["kept"])


def spread(matrix: Vector) -> tuple[Vector, Vector]:
    """Mean and standard deviation of each column; the latter at least :data:`RESOLUTION` of the level."""
    mean = matrix.mean(axis=0)
    return mean, np.maximum(matrix.std(axis=0), np.maximum(np.abs(mean) * RESOLUTION, 1e-12))


def shrunk_covariance(matrix: Vector) -> Vector:
    """Covariance of the columns (n by p), drawn towards a multiple of the identity so that it can be inverted.

    Ledoit and Wolf, "A well-conditioned estimator for large-dimensional covariance matrices", Journal of
    Multivariate Analysis 88 (2004) 365-411, equations 9 to 14; columns should be of one scale.
    """
    n, p = matrix.shape
    centred = matrix - matrix.mean(axis=0)
    sample = centred.T @ centred / n
    mu = np.trace(sample) / p
    target = mu * np.eye(p)
    delta = ((sample - target) ** 2).sum()
    squares = centred**2
    beta = ((squares.T @ squares / n - sample**2).sum()) / n
    part = 1.0 if delta <= 0 else float(min(max(beta, 0.0), delta) / delta)
    found: Vector = part * target + (1 - part) * sample
    return found + 1e-12 * np.eye(p)
