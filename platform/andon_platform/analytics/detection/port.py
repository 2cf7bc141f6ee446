"""What any detector can do. One contract suite (``tests/contract/test_detector_contract.py``) runs on all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]


class Detector(Protocol):
    """Learns from normal values, then scores each new one.

    Values come as a mapping from signal to number; a signal that is absent keeps its last value. The set of
    signals is fixed by the first value that is learned; others are ignored.
    """

    #: Values to learn before the first score; below it :meth:`score_one` gives 0.
    learn_rows: int

    def learn_one(self, values: Mapping[str, float]) -> None:
        """Take up a value that is normal."""
        ...

    def score_one(self, values: Mapping[str, float]) -> float:
        """How unusual this value is, with what came before it: 0 is as usual as can be, 1 is the limit of
        what was seen while learning, above it is unusual. Goes on in time, but does not learn."""
        ...

    def because(self) -> dict[str, float]:
        """Share of each signal in the last score, largest first; the shares add up to 1."""
        ...

    @property
    def learned(self) -> float:
        """How much of :attr:`learn_rows` was learned, 0 to 1."""
        ...

    def state(self) -> dict[str, Any]:
        """All it knows, as plain JSON."""
        ...

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from :meth:`state`."""
        ...


def shares(signals: list[str], weights: Vector) -> dict[str, float]:
    """Weights (one per signal, not negative) as shares, largest first."""
    total = float(weights.sum())
    if not np.isfinite(total) or total <= 0:
        return {name: 1 / len(signals) for name in signals}
    found = {name: float(w) / total for name, w in zip(signals, weights, strict=True)}
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))
