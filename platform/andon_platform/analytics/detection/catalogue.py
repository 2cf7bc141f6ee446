"""The detectors by name. To add one: write its file, name it here; the contract suite then runs on it.

A detector is imported when it is first made: some bring libraries that take a second, and a start shall not.
"""

from __future__ import annotations

import importlib
from typing import Final, cast

from andon_platform.analytics.detection.port import Detector

DETECTORS: Final[dict[str, str]] = {
    "level-and-trend": "level_and_trend:LevelAndTrend",
    "ewma-residual": "ewma_residual:EwmaResidual",
    "hotelling": "hotelling:Hotelling",
    "half-space-trees": "half_space:HalfSpace",
}
"""Name to module, below this package, and class; what makes one takes the rows to learn."""
DEFAULT: Final = "level-and-trend"


def detector(name: str, learn_rows: int) -> Detector:
    """A fresh detector.

    Raises:
        KeyError: there is none of that name; says which there are.
    """
    if name not in DETECTORS:
        raise KeyError(f"no detector {name!r}: there are {', '.join(DETECTORS)}")
    module, _, made = DETECTORS[name].partition(":")
    return cast(Detector, getattr(importlib.import_module(f"{__package__}.{module}"), made)(learn_rows))
